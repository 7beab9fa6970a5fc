//! How much an account may ask for within a time, and how much of that may come to nothing.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::world::{Answer, Create, User, World, configured};

/// Three generations a minute, and three of an hour that may come to nothing.
async fn limited() -> (World, User, Value) {
    let var = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let world = World::with(configured(&[
        var("MAX_GENERATIONS_PER_MINUTE", "3"),
        var("MAX_FAILED_PER_HOUR", "3"),
        var("MAX_OPEN_JOBS", "100"),
    ]));
    let ada = world.user("ada").await;
    world.grant("ada", 40).await;
    let order = ada.order().await;
    (world, ada, order)
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

/// `used` and when that is less, by the name of each limit but those of uploads.
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
async fn fail(world: &World, ada: &User, order: &Value, times: usize) {
    for _ in 0..times {
        world.outside.next_creates([Create::Answer(400, "{}")]);
        assert_eq!(ada.generate(order).await.status, 202);
        world.run_background().await;
    }
}

#[tokio::test]
async fn the_fourth_of_a_minute_waits_until_the_first_is_a_minute_old() {
    for forgets in [false, true] {
        let (world, ada, order) = limited().await;
        for _ in 0..3 {
            assert_eq!(ada.generate(&order).await.status, 202);
            world.tick(Duration::from_secs(10));
        }
        if forgets {
            // What an object remembers, another reads.
            world.accounts.evict_all();
        }
        let fourth = ada.generate(&order).await;
        assert_eq!(refused(&fourth), (429, "rate_limited", A_MINUTE, "30"));
        assert_eq!(fourth.body["limit"], 3);
        world.tick(Duration::from_millis(29_999));
        assert_eq!(
            refused(&ada.generate(&order).await),
            (429, "rate_limited", A_MINUTE, "1")
        );
        world.tick(Duration::from_millis(1));
        assert_eq!(ada.generate(&order).await.status, 202);
        assert_eq!(ada.credits().await, (24, 16));
        world.run_background().await;
        world.check().await;
    }
}

/// Canceled ones count as failed ones do, and completed ones do not.
#[tokio::test]
async fn the_third_that_came_to_nothing_within_an_hour_is_the_last() {
    for forgets in [false, true] {
        let (world, ada, order) = limited().await;
        world.outside.next_creates([Create::Accept]);
        assert_eq!(ada.generate(&order).await.status, 202);
        world.run_background().await;
        world.outside.finish("task-1", 1);
        assert_eq!(world.callback("task-1").await, 200);
        world.run_background().await;
        world.tick(Duration::from_mins(1));
        fail(&world, &ada, &order, 2).await;
        let taken_back = ada.generate(&order).await.id();
        ada.cancel(&taken_back).await;
        world.outside.next_creates([Create::Answer(429, "{}")]);
        world.run_background().await;
        assert_eq!(ada.status(&taken_back).await, "canceled");
        world.tick(Duration::from_mins(20));
        if forgets {
            world.accounts.evict_all();
        }
        assert_eq!(
            refused(&ada.generate(&order).await),
            (429, "rate_limited", AN_HOUR, "2400")
        );
        world.tick(Duration::from_mins(40));
        let ada = world.user("ada").await;
        assert_eq!(ada.generate(&ada.order().await).await.status, 202);
        world.run_background().await;
        world.check().await;
    }
}

/// What expires unnoticed counts, too.
#[tokio::test]
async fn what_took_too_long_came_to_nothing() {
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
    let order = ada.order().await;
    assert_eq!(
        refused(&ada.generate(&order).await),
        (429, "rate_limited", AN_HOUR, "3000")
    );
    world.accounts.evict_all();
    assert_eq!(
        refused(&ada.generate(&order).await),
        (429, "rate_limited", AN_HOUR, "3000")
    );
    world.check().await;
}

/// What is wrong with a request is said first, and is not counted.
#[tokio::test]
async fn too_few_credits_and_what_cannot_be_made_come_first_and_are_not_counted() {
    let (world, ada, order) = limited().await;
    let many = ada.order_of("evolink/seedream-4", 4).await;
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
        refused(&ada.generate(&order).await),
        (429, "rate_limited", A_MINUTE, "60")
    );
    assert_eq!(used(&ada).await[0].1, 3);
    world.run_background().await;
    world.check().await;
}

#[tokio::test]
async fn the_same_request_again_is_neither_counted_nor_refused() {
    let (world, ada, order) = limited().await;
    let first = ada.generate_as("k", &order).await.id();
    for _ in 0..5 {
        assert_eq!(ada.generate_as("k", &order).await.id(), first);
    }
    assert_eq!(used(&ada).await[0].1, 1);
    for _ in 0..2 {
        assert_eq!(ada.generate(&order).await.status, 202);
    }
    assert_eq!(ada.generate(&order).await.status, 429);
    let again = ada.generate_as("k", &order).await;
    assert_eq!((again.status, again.id()), (202, first));
    world.run_background().await;
    world.check().await;
}

/// Each of them had the whole account read again: a refused order cost more than one that was taken.
#[tokio::test]
async fn an_order_above_the_limit_is_refused_from_memory() {
    let (world, ada, order) = limited().await;
    for _ in 0..3 {
        assert_eq!(ada.generate(&order).await.status, 202);
    }
    for key in [None, Some("k")] {
        let before = world.database.batches();
        for _ in 0..5 {
            let refused = match key {
                None => ada.generate(&order).await,
                Some(key) => ada.generate_as(key, &order).await,
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

/// Two objects of one account do not let twice as much through.
#[tokio::test]
async fn a_stale_twin_counts_what_the_other_let_through() {
    let (world, ada, order) = limited().await;
    let account = World::account("ada");
    let twins = [
        world.accounts.keeper(account),
        world.accounts.another(account),
    ];
    let mut answers = Vec::new();
    for number in 0..6 {
        world.accounts.install(account, twins[number % 2].clone());
        answers.push(ada.generate(&order).await.status);
    }
    assert_eq!(answers, [202, 202, 202, 429, 429, 429]);
    world.run_background().await;
    world.check().await;
}

#[tokio::test]
async fn everybody_is_told_how_much_of_each_limit_is_used() {
    let (world, ada, order) = limited().await;
    let none = |name: &str| (name.to_owned(), 0, None);
    assert_eq!(used(&ada).await, [none(A_MINUTE), none(AN_HOUR)]);
    let start = world.now();
    fail(&world, &ada, &order, 1).await;
    world.tick(Duration::from_secs(5));
    fail(&world, &ada, &order, 1).await;
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
    // Somebody else has their own.
    let ben = world.user("ben").await;
    assert_eq!(used(&ben).await[0].1, 0);
    let nobody = world.call(Method::GET, "/v1/me", "", &Value::Null).await;
    assert_eq!((nobody.status, nobody.code()), (401, "unauthenticated"));
    world.check().await;
}

/// A person who tries things out: a set every ten seconds, a third of which they take back.
#[tokio::test]
async fn somebody_who_tries_things_out_does_not_meet_a_limit_and_a_script_does() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 4000).await;
    let order = ada.order().await;
    for number in 1..=60 {
        let answer = ada.generate(&order).await;
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
    let order = ben.order().await;
    let mut taken = 0;
    for _ in 0..600 {
        if ben.generate(&order).await.status == 202 {
            taken += 1;
            world.outside.next_creates([Create::Answer(400, "{}")]);
            world.run_background().await;
        }
        world.tick(Duration::from_millis(500));
    }
    assert_eq!(taken, 40);
    world.check().await;
}
