//! Limits on generations per minute and on failures per hour.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::world::{Answer, Create, User, World, configured};

/// Three generations a minute, and three failures an hour.
async fn limited() -> (World, User, Value) {
    let var = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let world = World::with(configured(&[
        var("MAX_GENERATIONS_PER_MINUTE", "3"),
        var("MAX_FAILED_PER_HOUR", "3"),
        var("MAX_OPEN_JOBS", "100"),
    ]));
    let ada = world.user("ada").await;
    world.grant("ada", 40).await;
    let request = ada.request().await;
    (world, ada, request)
}

fn refused(answer: &Answer) -> (u16, &str, &str, &str) {
    let after = answer.headers.get("retry-after").unwrap();
    let name = answer.body["limit_name"].as_str().unwrap_or_default();
    (
        answer.status,
        answer.code(),
        name,
        after.to_str().unwrap_or_default(),
    )
}

const A_MINUTE: &str = "generations_per_minute";
const AN_HOUR: &str = "failed_per_hour";

/// What is used of each limit and when it resets, by the limit's name, without those of uploads.
async fn used(ada: &User) -> Vec<(String, u64, Option<String>)> {
    let me = ada.get("/v1/me").await;
    assert_eq!(me.status, 200);
    let limits = me.body["limits"].as_array().unwrap().iter();
    let of_uploads = |limit: &&Value| limit["name"].as_str().unwrap().starts_with("upload");
    let used = limits.filter(|limit| !of_uploads(limit)).map(|limit| {
        let text = |name: &str| limit[name].as_str().map(String::from);
        let used = limit["used"].as_u64().unwrap();
        (text("name").unwrap(), used, text("resets_at"))
    });
    used.collect()
}

/// Some generations whose submissions are rejected.
async fn fail(world: &World, ada: &User, request: &Value, times: usize) {
    for _ in 0..times {
        world.outside.next_creates([Create::Answer(400, "{}")]);
        assert_eq!(ada.generate(request).await.status, 202);
        world.run_background().await;
    }
}

#[tokio::test]
async fn the_fourth_request_within_a_minute_waits_until_the_first_is_a_minute_old() {
    for forgets in [false, true] {
        let (world, ada, request) = limited().await;
        for _ in 0..3 {
            assert_eq!(ada.generate(&request).await.status, 202);
            world.tick(Duration::from_secs(10));
        }
        if forgets {
            // What one object has in memory, another reads from the database.
            world.accounts.evict_all();
        }
        let fourth = ada.generate(&request).await;
        assert_eq!(refused(&fourth), (429, "rate_limited", A_MINUTE, "30"));
        assert_eq!(fourth.body["limit"], 3);
        world.tick(Duration::from_millis(29_999));
        assert_eq!(
            refused(&ada.generate(&request).await),
            (429, "rate_limited", A_MINUTE, "1")
        );
        world.tick(Duration::from_millis(1));
        assert_eq!(ada.generate(&request).await.status, 202);
        assert_eq!(ada.credits().await, (24, 16));
        world.run_background().await;
        world.check().await;
    }
}

/// Canceled jobs count like failed ones; completed ones do not.
#[tokio::test]
async fn the_third_failure_within_an_hour_is_the_last() {
    for forgets in [false, true] {
        let (world, ada, request) = limited().await;
        world.outside.next_creates([Create::Accept]);
        assert_eq!(ada.generate(&request).await.status, 202);
        world.run_background().await;
        world.outside.finish("task-1", 1);
        assert_eq!(world.callback("task-1").await, 200);
        world.run_background().await;
        world.tick(Duration::from_mins(1));
        fail(&world, &ada, &request, 2).await;
        let canceled = ada.generate(&request).await.id();
        ada.cancel(&canceled).await;
        world.outside.next_creates([Create::Answer(429, "{}")]);
        world.run_background().await;
        assert_eq!(ada.status(&canceled).await, "canceled");
        world.tick(Duration::from_mins(20));
        if forgets {
            world.accounts.evict_all();
        }
        assert_eq!(
            refused(&ada.generate(&request).await),
            (429, "rate_limited", AN_HOUR, "2400")
        );
        world.tick(Duration::from_mins(40));
        let ada = world.user("ada").await;
        assert_eq!(ada.generate(&ada.request().await).await.status, 202);
        world.run_background().await;
        world.check().await;
    }
}

/// A job whose expiry nobody noticed counts, too.
#[tokio::test]
async fn an_expired_job_counts_as_failed() {
    let var = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let world = World::with(configured(&[
        var("MAX_FAILED_PER_HOUR", "2"),
        var("HOLD_TTL_SECONDS", "600"),
    ]));
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    for _ in 0..2 {
        ada.running_job().await;
    }
    world.tick(Duration::from_mins(10));
    let request = ada.request().await;
    assert_eq!(
        refused(&ada.generate(&request).await),
        (429, "rate_limited", AN_HOUR, "3000")
    );
    world.accounts.evict_all();
    assert_eq!(
        refused(&ada.generate(&request).await),
        (429, "rate_limited", AN_HOUR, "3000")
    );
    world.check().await;
}

/// Errors in a request are reported first, and such a request is not counted.
#[tokio::test]
async fn missing_credits_and_invalid_requests_are_refused_first_and_not_counted() {
    let (world, ada, request) = limited().await;
    let many = ada.request_of("evolink/seedream-4", 4).await;
    let bad = json!({"photo": "upl_01M7V98KR00000000000000007", "prompt": "x"});
    for _ in 0..5 {
        assert_eq!(ada.generate(&bad).await.status, 422);
    }
    for _ in 0..3 {
        assert_eq!(ada.generate(&many).await.status, 202);
    }
    for _ in 0..5 {
        let poor = ada.generate(&many).await;
        assert_eq!((poor.status, poor.code()), (402, "insufficient_credits"));
        assert_eq!(ada.generate(&bad).await.status, 422);
    }
    assert_eq!(
        refused(&ada.generate(&request).await),
        (429, "rate_limited", A_MINUTE, "60")
    );
    assert_eq!(used(&ada).await[0].1, 3);
    world.run_background().await;
    world.check().await;
}

#[tokio::test]
async fn a_replayed_request_is_neither_counted_nor_refused() {
    let (world, ada, request) = limited().await;
    let first = ada.generate_as("k", &request).await.id();
    for _ in 0..5 {
        assert_eq!(ada.generate_as("k", &request).await.id(), first);
    }
    assert_eq!(used(&ada).await[0].1, 1);
    for _ in 0..2 {
        assert_eq!(ada.generate(&request).await.status, 202);
    }
    assert_eq!(ada.generate(&request).await.status, 429);
    let again = ada.generate_as("k", &request).await;
    assert_eq!((again.status, again.id()), (202, first));
    world.run_background().await;
    world.check().await;
}

/// Each of them once had the whole account read again: a refused request cost more than an accepted
/// one.
#[tokio::test]
async fn a_request_over_the_limit_is_refused_from_the_kept_state() {
    let (world, ada, request) = limited().await;
    for _ in 0..3 {
        assert_eq!(ada.generate(&request).await.status, 202);
    }
    for key in [None, Some("k")] {
        let before = world.database.batches();
        for _ in 0..5 {
            let refused = match key {
                None => ada.generate(&request).await,
                Some(key) => ada.generate_as(key, &request).await,
            };
            assert_eq!(refused.status, 429);
        }
        let batches = world.database.batches_since(before);
        let read: Vec<_> = batches.iter().flatten().collect();
        let of_account = |table: &str| read.iter().filter(|sql| sql.contains(table)).count();
        assert_eq!(
            (of_account("from packages"), of_account("from journal")),
            (0, 0),
            "{read:#?}"
        );
    }
    world.run_background().await;
    world.check().await;
}

/// Two objects of one account do not accept twice as much.
#[tokio::test]
async fn a_stale_object_counts_what_another_one_accepted() {
    let (world, ada, request) = limited().await;
    let account = World::account("ada");
    let objects = [
        world.accounts.keeper(account),
        world.accounts.another(account),
    ];
    let mut answers = Vec::new();
    for number in 0..6 {
        world.accounts.install(account, objects[number % 2].clone());
        answers.push(ada.generate(&request).await.status);
    }
    assert_eq!(answers, [202, 202, 202, 429, 429, 429]);
    world.run_background().await;
    world.check().await;
}

#[tokio::test]
async fn everybody_can_read_how_much_of_each_limit_is_used() {
    let (world, ada, request) = limited().await;
    let none = |name: &str| (name.to_owned(), 0, None);
    assert_eq!(used(&ada).await, [none(A_MINUTE), none(AN_HOUR)]);
    let start = world.now();
    fail(&world, &ada, &request, 1).await;
    world.tick(Duration::from_secs(5));
    fail(&world, &ada, &request, 1).await;
    let after = |seconds| Some(start.plus(Duration::from_secs(seconds)).to_string());
    let both = [
        (A_MINUTE.to_owned(), 2, after(60)),
        (AN_HOUR.to_owned(), 2, after(3600)),
    ];
    assert_eq!(used(&ada).await, both);
    world.accounts.evict_all();
    assert_eq!(used(&ada).await, both);
    let me = ada.get("/v1/me").await;
    assert_eq!(me.body["account"], json!(World::account("ada")));
    assert_eq!(me.body["limits"][1]["limit"], 3);
    // Another account has its own limits.
    let ben = world.user("ben").await;
    assert_eq!(used(&ben).await[0].1, 0);
    let nobody = world.call(Method::GET, "/v1/me", "", &Value::Null).await;
    assert_eq!((nobody.status, nobody.code()), (401, "unauthenticated"));
    world.check().await;
}

/// A person who experiments: a set every ten seconds, a third of which they cancel.
#[tokio::test]
async fn a_person_who_experiments_reaches_no_limit_and_a_script_does() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 4000).await;
    let request = ada.request().await;
    for number in 1..=60 {
        let answer = ada.generate(&request).await;
        assert_eq!(answer.status, 202, "{number}");
        if number % 3 == 0 {
            ada.cancel(&answer.id()).await;
            world.outside.next_creates([Create::Answer(400, "{}")]);
        }
        world.run_background().await;
        let task = format!("task-{number}");
        if number % 3 != 0 {
            world.outside.finish(&task, 1);
            assert_eq!(world.callback(&task).await, 200);
            world.run_background().await;
        }
        world.tick(Duration::from_secs(10));
    }
    let ben = world.user("ben").await;
    world.grant("ben", 4000).await;
    let request = ben.request().await;
    let mut taken = 0;
    for _ in 0..600 {
        if ben.generate(&request).await.status == 202 {
            taken += 1;
            world.outside.next_creates([Create::Answer(400, "{}")]);
            world.run_background().await;
        }
        world.tick(Duration::from_millis(500));
    }
    assert_eq!(taken, 40);
    world.check().await;
}
