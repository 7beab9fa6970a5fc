//! A provider that fails again and again is left alone for a while.

use std::time::Duration;

use serde_json::{Value, json};

use super::failover::two;
use super::world::{Create, User, World};

const BROKEN: Create = Create::Answer(503, r#"{"error":{}}"#);
const UNPAID: Create = Create::Answer(402, "{}");

/// So many jobs, each of somebody else, and each of which comes to nothing.
async fn fail(world: &World, create: &Create, times: usize) {
    for _ in 0..times {
        let somebody = somebody_else(world).await;
        fail_of(&somebody, create, 1).await;
    }
}

/// So many jobs of one account, each of which comes to nothing.
async fn fail_of(user: &User, create: &Create, times: usize) {
    for _ in 0..times {
        user.world.outside.next_creates([create.clone()]);
        let job = user.open_job().await;
        user.world.run_background().await;
        assert_eq!(user.status(&job).await, "failed");
    }
}

/// Somebody who was not there before.
async fn somebody_else(world: &World) -> User {
    let number = world.database.number("select count(*) from accounts");
    let name = format!("user-{number}");
    let user = world.user(&name).await;
    world.grant(&name, 20).await;
    user
}

#[tokio::test]
async fn one_accounts_failures_keep_nobody_else_from_a_provider() {
    for (create, times) in [(BROKEN, 5), (UNPAID, 2)] {
        let world = World::new();
        let ada = begin(&world).await;
        fail_of(&ada, &create, times).await;
        let order = ada.order().await;
        let refused = ada.generate(&order).await;
        assert_eq!(
            (refused.status, refused.code()),
            (503, "provider_unavailable")
        );
        assert_eq!(ada.credits().await, (100, 0));
        assert_eq!(available(&world).await, [("evolink".into(), true)]);
        let ben = somebody_else(&world).await;
        let job = ben.open_job().await;
        world.run_background().await;
        assert_eq!(ben.status(&job).await, "running");
        // What is well for another is not yet for her; her own is, once her rest is over.
        assert_eq!(ada.generate(&order).await.status, 503);
        world.tick(Duration::from_secs(30));
        assert_eq!(ada.generate(&order).await.status, 202);
        world.run_background().await;
        let own = "select count(*) from account_circuits";
        assert_eq!(world.database.number(own), 0);
        world.check().await;
    }
}

/// However often one of them fails, it is one account.
#[tokio::test]
async fn failures_of_five_accounts_keep_all_of_them_from_a_provider() {
    let world = World::new();
    let ada = begin(&world).await;
    fail_of(&ada, &BROKEN, 4).await;
    fail(&world, &BROKEN, 3).await;
    assert_eq!(available(&world).await, [("evolink".into(), true)]);
    fail(&world, &BROKEN, 1).await;
    assert_eq!(available(&world).await, [("evolink".into(), false)]);
    let ben = somebody_else(&world).await;
    assert_eq!(ben.generate(&ben.order().await).await.status, 503);
    world.check().await;
}

/// After a rest the first failure of anybody had it rest for all again, and for longer each time.
#[tokio::test]
async fn after_a_rest_one_accounts_failures_keep_nobody_else_from_a_provider() {
    for (create, times) in [(BROKEN, 5), (UNPAID, 2)] {
        let world = World::new();
        let ada = begin(&world).await;
        fail(&world, &create, times).await;
        assert_eq!(available(&world).await, [("evolink".into(), false)]);
        world.tick(Duration::from_secs(30));
        // Whether she was among those before or not.
        fail_of(&ada, &create, 2).await;
        assert_eq!(available(&world).await, [("evolink".into(), true)]);
        fail(&world, &create, 1).await;
        assert_eq!(available(&world).await, [("evolink".into(), false)]);
        let health =
            "select failures, json_array_length(accounts) as accounts, times_opened from circuits";
        assert_eq!(
            Value::from(world.database.query(health)),
            json!([{"failures": 2, "accounts": 2, "times_opened": 2}])
        );
        world.check().await;
    }
}

async fn begin(world: &World) -> User {
    let ada = world.user("ada").await;
    world.grant("ada", 100).await;
    ada
}

/// Which providers take jobs, as an isolate tells that has not asked before.
async fn available(world: &World) -> Vec<(String, bool)> {
    world.other_isolate();
    let models = world
        .call(http::Method::GET, "/v1/models", "", &Value::Null)
        .await;
    let models = models.body["models"].as_array().unwrap().iter();
    let provider = |model: &Value| model["provider"].as_str().unwrap().to_owned();
    let models = models.map(|model| (provider(model), model["available"].as_bool().unwrap()));
    let mut models: Vec<_> = models.collect();
    models.dedup();
    models
}

#[tokio::test]
async fn a_provider_that_fails_five_times_in_a_row_is_left_alone_and_nothing_is_held() {
    let world = World::new();
    let ada = begin(&world).await;
    fail(&world, &BROKEN, 5).await;
    assert_eq!(available(&world).await, [("evolink".into(), false)]);
    let order = ada.order().await;
    let refused = ada.generate(&order).await;
    assert_eq!(
        (refused.status, refused.code()),
        (503, "provider_unavailable")
    );
    assert!(refused.headers.contains_key("retry-after"));
    world.run_background().await;
    assert_eq!(world.outside.submitted().len(), 5);
    assert_eq!(ada.credits().await, (100, 0));
    assert_eq!(world.database.query("select id from jobs").len(), 5);

    // Its rest is over, it fails for two more, and rests for twice as long.
    world.tick(Duration::from_secs(30));
    assert_eq!(available(&world).await, [("evolink".into(), true)]);
    fail(&world, &BROKEN, 2).await;
    world.tick(Duration::from_secs(59));
    assert_eq!(ada.generate(&order).await.status, 503);
    world.tick(Duration::from_secs(1));

    // It is well again, and all is forgotten.
    let job = ada.open_job().await;
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "running");
    fail(&world, &BROKEN, 4).await;
    assert_eq!(available(&world).await, [("evolink".into(), true)]);
    world.check().await;
}

#[tokio::test]
async fn two_answers_that_want_the_operator_are_enough() {
    let world = World::new();
    fail(&world, &UNPAID, 1).await;
    assert_eq!(available(&world).await, [("evolink".into(), true)]);
    fail(&world, &UNPAID, 1).await;
    assert_eq!(available(&world).await, [("evolink".into(), false)]);
    let health = world
        .database
        .query("select failures, needs_operator from circuits");
    assert_eq!(
        Value::from(health),
        json!([{"failures": 2, "needs_operator": 1}])
    );
    world.check().await;
}

#[tokio::test]
async fn one_answer_that_wants_the_operator_is_not_enough_whatever_went_before() {
    let world = World::new();
    for create in [BROKEN, UNPAID, BROKEN, UNPAID] {
        fail(&world, &create, 1).await;
        assert_eq!(available(&world).await, [("evolink".into(), true)]);
    }
    world.check().await;
}

#[tokio::test]
async fn rare_failures_and_refusals_of_an_order_never_add_up() {
    let world = World::new();
    let refused = Create::Answer(400, r#"{"error":{"code":"content_policy_violation"}}"#);
    fail(&world, &refused, 6).await;
    for _ in 0..6 {
        fail(&world, &BROKEN, 1).await;
        world.tick(Duration::from_mins(21));
    }
    assert_eq!(available(&world).await, [("evolink".into(), true)]);
    world.check().await;
}

#[tokio::test]
async fn while_the_first_rests_the_second_is_asked_at_once_at_the_price_of_the_first() {
    let world = World::with(two());
    let ada = begin(&world).await;
    for _ in 0..5 {
        world.outside.next_creates([BROKEN]);
        let job = ada.open_job().await;
        world.run_background().await;
        assert_eq!(ada.status(&job).await, "running");
        let task = format!("task-{}", world.outside.submitted().len());
        world.outside.finish(&task, 1);
        assert_eq!(world.callback(&task).await, 200);
        world.run_background().await;
    }
    let before = world.went_out().len();
    let job = ada.open_job().await;
    world.run_background().await;
    world.outside.finish("task-11", 1);
    assert_eq!(world.callback("task-11").await, 200);
    world.run_background().await;
    assert_eq!(ada.job(&job).await["credits"]["paid"], 4);
    assert_eq!(
        world.went_out()[before..],
        [
            "create task-11 at second.test: 2 pictures",
            "ask task-11: completed",
            "fetch https://files.evolink.ai/task-11/0.png",
        ]
    );
    // All of them were hers: the first rests for her alone.
    let expected = [("first".into(), true), ("second".into(), true)];
    assert_eq!(available(&world).await, expected);
    world.check().await;
}

#[tokio::test]
async fn a_fallback_that_rests_is_passed_over() {
    let world = World::with(two());
    let ada = begin(&world).await;
    world
        .database
        .tamper("insert into circuits values ('second', 5, 1, 0, 1, 9000000000000, '[]')");
    world.outside.next_creates([BROKEN]);
    let job = ada.open_job().await;
    world.run_background().await;
    assert_eq!(ada.job(&job).await["error"]["code"], "provider_unavailable");
    assert_eq!(ada.credits().await, (100, 0));
    assert_eq!(world.outside.submitted().len(), 1);
    world.check().await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_job_while_the_provider_rests() {
    let world = World::new();
    let ada = begin(&world).await;
    let order = ada.order().await;
    let first = ada.generate_as("key", &order).await;
    world.run_background().await;
    fail(&world, &UNPAID, 2).await;
    let again = ada.generate_as("key", &order).await;
    assert_eq!((again.status, again.id()), (202, first.id()));
    world.run_background().await;
    assert_eq!(world.outside.submitted().len(), 3);
    world.check().await;
}

#[tokio::test]
async fn asking_too_much_is_no_ill_health() {
    let world = World::new();
    let mut users = Vec::new();
    for name in ["ada", "bob", "eve"] {
        let user = world.user(name).await;
        world.grant(name, 100).await;
        for _ in 0..4 {
            user.open_job().await;
        }
        users.push(user);
    }
    let busy = Create::Answer(429, r#"{"error":{"code":"rate_limit_exceeded"}}"#);
    world.outside.next_creates(vec![busy; 12]);
    world.run_background().await; // all within the same second
    world.tick(Duration::from_secs(30));
    let status = users[0].generate(&users[0].order().await).await.status;
    world.tick(Duration::from_mins(14));
    let later = users[0].generate(&users[0].order().await).await.status;
    world.run_background().await;
    world.check().await;
    assert_eq!((status, later), (202, 202));
}

/// Failures that were under way together are one bad moment, and one rest.
#[tokio::test]
async fn failures_under_way_together_are_one_rest() {
    let world = World::new();
    for _ in 0..6 {
        let somebody = somebody_else(&world).await;
        for _ in 0..2 {
            somebody.open_job().await;
        }
    }
    world.outside.next_creates(vec![BROKEN; 12]);
    world.run_background().await;
    let health = world
        .database
        .query("select times_opened, open_until - failed_at as rest from circuits");
    assert_eq!(
        Value::from(health),
        json!([{"times_opened": 1, "rest": 30000}])
    );
    world.check().await;
}

#[tokio::test]
async fn a_model_that_the_operator_may_not_use_does_not_take_the_others_with_it() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 100).await;
    let denied = Create::Answer(403, r#"{"error":{"code":"model_access_denied"}}"#);
    for _ in 0..2 {
        world.outside.next_creates([denied.clone()]);
        let mut order = ada.order().await;
        order["model"] = "evolink/nano-banana-pro".into();
        ada.generate(&order).await;
        world.run_background().await;
    }
    let status = ada.generate(&ada.order().await).await.status;
    world.run_background().await;
    world.check().await;
    assert_eq!(status, 202);
}

#[tokio::test]
async fn an_answer_that_wants_the_operator_after_chance_failures_is_the_first_rest() {
    let world = World::new();
    let mut all = vec![Create::Answer(503, r#"{"error":{}}"#); 4];
    all.push(Create::Answer(402, "{}"));
    for create in all {
        fail(&world, &create, 1).await;
    }
    let health = world
        .database
        .query("select failures, open_until - failed_at as rest from circuits");
    world.check().await;
    assert_eq!(Value::from(health), json!([{"failures": 5, "rest": 30000}]));
}
