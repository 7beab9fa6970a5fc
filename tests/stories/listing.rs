//! A user's own jobs, page by page.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::{Answer, User, World};

async fn list(user: &User, query: &str) -> Answer {
    let answer = user.get(&format!("/v1/jobs{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

fn ids(answer: &Answer) -> Vec<String> {
    let jobs = answer.body["jobs"].as_array().unwrap().iter();
    jobs.map(|job| job["id"].as_str().unwrap().to_owned())
        .collect()
}

/// A failed job: its provider rejected it.
async fn failed_job(user: &User) -> String {
    let refused = super::world::Create::Answer(400, r#"{"error":{"code":"invalid_request"}}"#);
    user.world.outside.next_creates([refused]);
    let job = user.open_job().await;
    user.world.run_background().await;
    user.world.tick(Duration::from_secs(1));
    job
}

#[tokio::test]
async fn jobs_are_listed_newest_first_each_once() {
    let world = World::new();
    let (ada, ben) = (world.user("ada").await, world.user("ben").await);
    world.grant("ada", 20).await;
    world.grant("ben", 20).await;
    let mut jobs = Vec::new();
    for _ in 0..5 {
        jobs.push(failed_job(&ada).await);
    }
    failed_job(&ben).await;
    jobs.reverse();
    assert_eq!(ids(&list(&ada, "").await), jobs);
    let first = list(&ada, "?limit=2").await;
    assert_eq!(ids(&first), jobs[..2]);
    assert_eq!(first.body["next_cursor"], json!(jobs[1]));
    // A job that is requested meanwhile is not in the pages that follow, and no job is listed twice.
    failed_job(&ada).await;
    let second = list(&ada, &format!("?limit=2&cursor={}", jobs[1])).await;
    assert_eq!(ids(&second), jobs[2..4]);
    let last = list(&ada, &format!("?limit=2&cursor={}", jobs[3])).await;
    assert_eq!(
        (ids(&last), &last.body["next_cursor"]),
        (jobs[4..].to_vec(), &Value::Null)
    );
    let nobody = world
        .call(http::Method::GET, "/v1/jobs", "", &Value::Null)
        .await;
    assert_eq!(nobody.status, 401);
    world.check().await;
}

#[tokio::test]
async fn a_listed_job_is_as_when_read_alone_and_a_page_is_one_batch() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 40).await;
    let done = ada.running_job().await;
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    world.run_background().await;
    world.tick(Duration::from_secs(1));
    let failed = failed_job(&ada).await;
    let running = ada.running_job().await;
    let before = world.database.batches();
    let page = list(&ada, "").await;
    let batches = world.database.batches_since(before);
    assert_eq!((batches.len(), batches[0].len()), (1, 1));
    for (place, id) in [running, failed, done].iter().enumerate() {
        assert_eq!(page.body["jobs"][place], ada.job(id).await);
    }
    world.check().await;
}

#[tokio::test]
async fn a_list_filtered_by_status_has_no_others() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 40).await;
    let failed = failed_job(&ada).await;
    let running = ada.running_job().await;
    world.tick(Duration::from_secs(1));
    let queued = ada.open_job().await;
    for (query, expected) in [
        ("?status=queued", vec![&queued]),
        ("?status=running,%20failed", vec![&running, &failed]),
        ("?status=failed&limit=1", vec![&failed]),
        ("?status=completed", vec![]),
    ] {
        let page = list(&ada, query).await;
        assert_eq!(ids(&page).iter().collect::<Vec<_>>(), expected, "{query}");
        assert_eq!(page.body["next_cursor"], Value::Null);
    }
    for query in [
        "?status=dispatching",
        "?status=",
        "?limit=0",
        "?limit=101",
        "?limit=x",
        "?cursor=job_1",
        "?page=2",
    ] {
        let refused = ada.get(&format!("/v1/jobs{query}")).await;
        assert_eq!(
            (refused.status, refused.code()),
            (422, "invalid_request"),
            "{query}"
        );
    }
    world.run_background().await;
    world.check().await;
}

/// Listing jobs also expires their holds: no cron is needed for credits to return.
#[tokio::test]
async fn an_expired_hold_is_released_before_its_job_is_listed() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    for _ in 0..2 {
        ada.running_job().await;
    }
    world.tick(Duration::from_hours(2));
    let ada = world.user("ada").await;
    let page = list(&ada, "").await;
    for job in page.body["jobs"].as_array().unwrap() {
        assert_eq!(
            (&job["status"], &job["credits"]["returned"]),
            (&json!("expired"), &json!(4))
        );
    }
    assert_eq!(world.database.number("select remaining from packages"), 20);
    world.check().await;
}
