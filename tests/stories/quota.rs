//! Upload limits, and what the list of models costs.

use std::time::Duration;

use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};

use super::world::{User, When, World, configured, png};

async fn with(limits: &[(&str, &str)]) -> (World, User) {
    let limits = limits.iter().copied();
    let limits: Vec<_> = limits
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let world = World::with(configured(&limits));
    let ada = world.user("ada").await;
    (world, ada)
}

async fn uploaded(user: &User) -> (u16, String) {
    let answer = user.try_upload(png("me")).await;
    let retry_after = answer.headers.get("retry-after");
    let retry_after = retry_after.map(|seconds| seconds.to_str().unwrap().to_owned());
    (answer.status, retry_after.unwrap_or_default())
}

/// What `GET /v1/me` says of uploads.
async fn uploads_told(user: &User) -> Value {
    let me = user.get("/v1/me").await.body;
    let limits = me["limits"].as_array().unwrap().iter();
    let of_uploads = |limit: &&Value| limit["name"].as_str().unwrap().starts_with("upload");
    limits.filter(of_uploads).cloned().collect()
}

/// 1,012 uploads of one user were once accepted within 8 s.
#[tokio::test]
async fn concurrent_uploads_do_not_exceed_the_limit() {
    let (world, ada) = with(&[("MAX_UPLOADS_PER_DAY", "3")]).await;
    for seed in 0..20 {
        world.pauses.shuffle(seed);
        let user = world.user(&format!("user {seed}")).await;
        let all = join_all((0..10).map(|_| user.try_upload(png("me")))).await;
        let taken = all.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(taken, 3);
        let refused = all.iter().find(|answer| answer.status == 429).unwrap();
        assert_eq!(refused.code(), "rate_limited");
        assert_eq!(refused.headers["retry-after"], "86400");
        assert_eq!(
            (&refused.body["limit_name"], &refused.body["limit"]),
            (&json!("uploads_per_day"), &json!(3))
        );
    }
    // Refused uploads are not stored, and do not affect other users.
    assert_eq!(world.pictures.kept("uploads/").len(), 60);
    assert_eq!(uploaded(&ada).await.0, 201);
    world.check().await;
}

#[tokio::test]
async fn an_upload_counts_for_24_hours_and_the_answer_tells_when_they_end() {
    let (world, ada) = with(&[("MAX_UPLOADS_PER_DAY", "2")]).await;
    assert_eq!(uploaded(&ada).await.0, 201);
    world.tick(Duration::from_hours(10));
    let ada = world.user("ada").await;
    assert_eq!(uploaded(&ada).await.0, 201);
    assert_eq!(uploaded(&ada).await, (429, (14 * 3600).to_string()));
    world.tick(Duration::from_secs(14 * 3600 - 1));
    let ada = world.user("ada").await;
    assert_eq!(uploaded(&ada).await, (429, "1".into()));
    world.tick(Duration::from_secs(1));
    assert_eq!(uploaded(&ada).await.0, 201);
    assert_eq!(uploaded(&ada).await, (429, (10 * 3600).to_string()));
    world.check().await;
}

#[tokio::test]
async fn removed_uploads_still_count() {
    let (world, ada) = with(&[("MAX_UPLOADS_PER_DAY", "1")]).await;
    assert_eq!(uploaded(&ada).await.0, 201);
    let told = uploads_told(&ada).await;
    assert_eq!(ada.delete("/v1/account").await.status, 200);
    assert_eq!(
        uploads_told(&ada).await,
        told,
        "it resets when it would have"
    );
    assert_eq!(uploaded(&ada).await, (429, "86400".into()));
    world.pass(10).await;
    assert_eq!(world.pictures.kept("uploads/").len(), 0);
    let ada = world.user("ada").await;
    assert_eq!(uploaded(&ada).await.0, 429);
    world.check().await;
}

/// While R2 was down, retries once used up an account's day.
#[tokio::test]
async fn unstored_uploads_do_not_count() {
    let (world, ada) = with(&[("MAX_UPLOADS_PER_DAY", "2")]).await;
    let none = uploads_told(&ada).await;
    for _ in 0..5 {
        world.pictures.fail_next(1);
        assert_eq!(uploaded(&ada).await.0, 503);
        assert_eq!(uploads_told(&ada).await, none);
    }
    for status in [201, 201, 429] {
        assert_eq!(uploaded(&ada).await.0, status);
    }
    // Any of their bytes that were stored are removed with the others.
    world.pass(60 * 48).await;
    let kept = "select count(*) from uploads where removed_at is null";
    assert_eq!(world.database.number(kept), 0);
    world.check().await;
}

#[tokio::test]
async fn the_bytes_of_a_day_are_limited_too() {
    let (world, ada) = with(&[("MAX_UPLOAD_MIB_PER_DAY", "20")]).await;
    assert_eq!(uploaded(&ada).await.0, 201);
    // The row says that it had the largest size.
    world.database.tamper("update uploads set bytes = 10485760");
    assert_eq!(uploaded(&ada).await.0, 201);
    let left = 10_485_760 - png("me").len();
    let last = format!("update uploads set bytes = {left} where bytes < 10485760");
    world.database.tamper(&last);
    assert_eq!(uploaded(&ada).await.0, 201, "it fits to the last byte");
    let refused = ada.try_upload(png("me")).await;
    assert_eq!((refused.status, refused.code()), (429, "rate_limited"));
    assert_eq!(
        (&refused.body["limit_name"], &refused.body["limit"]),
        (&json!("upload_mib_per_day"), &json!(20))
    );
    world.check().await;
}

#[tokio::test]
async fn a_limit_of_zero_means_no_limit() {
    let none = [
        ("MAX_UPLOADS_PER_DAY", "0"),
        ("MAX_UPLOAD_MIB_PER_DAY", "0"),
    ];
    let (world, ada) = with(&none).await;
    assert_eq!(uploaded(&ada).await.0, 201);
    let many = "
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000)
        insert into uploads (account_id, id, content_type, bytes, width, height, created_at, expires_at)
        select account_id, id || printf('%04d', i), content_type, 10485760, width, height, created_at, expires_at
        from uploads, n";
    world.database.tamper(many);
    assert_eq!(uploaded(&ada).await.0, 201);
    assert_eq!(uploads_told(&ada).await, json!([]));
    world
        .database
        .tamper("delete from uploads where length(id) > 30");
    world.check().await;
}

#[tokio::test]
async fn limits_tell_what_is_used_and_when_it_resets() {
    let (world, ada) = with(&[("MAX_UPLOADS_PER_DAY", "5")]).await;
    let told = |used: u32, resets_at: Value| {
        json!([
            {"name": "uploads_per_day", "limit": 5, "used": used, "resets_at": resets_at},
            {"name": "upload_mib_per_day", "limit": 500, "used": used, "resets_at": resets_at},
        ])
    };
    assert_eq!(uploads_told(&ada).await, told(0, Value::Null));
    assert_eq!(uploaded(&ada).await.0, 201);
    world.tick(Duration::from_hours(1));
    let ada = world.user("ada").await;
    let resets_at = json!("2026-11-21T08:10:00.000Z");
    assert_eq!(uploads_told(&ada).await, told(1, resets_at));
    world.check().await;
}

/// The list of models needs no token, so no account's limit applies to it.
#[tokio::test]
async fn the_list_of_models_reads_the_database_at_most_every_five_seconds_and_works_without_it() {
    let world = World::new();
    let models = || world.call(Method::GET, "/v1/models", "", &Value::Null);
    let before = world.database.batches();
    let all = join_all((0..100).map(|_| models())).await;
    assert!(all.iter().all(|answer| answer.status == 200));
    assert_eq!(world.database.batches() - before, 1);
    world.tick(Duration::from_secs(5));
    world.database.lose(1, 1, When::Before);
    assert_eq!(models().await.status, 200);
    assert_eq!(models().await.status, 200);
    assert_eq!(world.database.batches() - before, 2);
    world.check().await;
}
