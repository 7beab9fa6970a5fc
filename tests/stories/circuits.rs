//! Circuit breakers: a provider that fails repeatedly gets no requests for a while.

use std::time::Duration;

use serde_json::{Value, json};

use super::failover::two;
use super::world::{Create, User, World};

const BROKEN: Create = Create::Answer(503, r#"{"error":{}}"#);
const UNPAID: Create = Create::Answer(402, "{}");

/// So many failing jobs, each of another account.
async fn fail(world: &World, create: &Create, times: usize) {
    for _ in 0..times {
        let somebody = somebody_else(world).await;
        fail_of(&somebody, create, 1).await;
    }
}

/// So many failing jobs of one account.
async fn fail_of(user: &User, create: &Create, times: usize) {
    for _ in 0..times {
        user.world.outside.next_creates([create.clone()]);
        let job = user.open_job().await;
        user.world.run_background().await;
        assert_eq!(user.status(&job).await, "failed");
    }
}

/// A new user with credits.
async fn somebody_else(world: &World) -> User {
    let number = world.database.number("select count(*) from accounts");
    let name = format!("user-{number}");
    let user = world.user(&name).await;
    world.grant(&name, 20).await;
    user
}

#[tokio::test]
async fn one_accounts_failures_open_the_circuit_for_that_account_alone() {
    for (create, times) in [(BROKEN, 5), (UNPAID, 2)] {
        let world = World::new();
        let ada = begin(&world).await;
        fail_of(&ada, &create, times).await;
        let request = ada.request().await;
        let refused = ada.generate(&request).await;
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
        // Another account's success does not close her circuit; her own does, once its cooldown is
        // over.
        assert_eq!(ada.generate(&request).await.status, 503);
        world.tick(Duration::from_secs(30));
        assert_eq!(ada.generate(&request).await.status, 202);
        world.run_background().await;
        let own = "select count(*) from account_circuits";
        assert_eq!(world.database.number(own), 0);
        world.check().await;
    }
}

/// However often one of them fails, it counts as one account.
#[tokio::test]
async fn failures_of_five_accounts_open_the_circuit_for_everybody() {
    let world = World::new();
    let ada = begin(&world).await;
    fail_of(&ada, &BROKEN, 4).await;
    fail(&world, &BROKEN, 3).await;
    assert_eq!(available(&world).await, [("evolink".into(), true)]);
    fail(&world, &BROKEN, 1).await;
    assert_eq!(available(&world).await, [("evolink".into(), false)]);
    let ben = somebody_else(&world).await;
    assert_eq!(ben.generate(&ben.request().await).await.status, 503);
    world.check().await;
}

/// After a cooldown, the first failure of anybody once opened the circuit for everybody again, and
/// for longer each time.
#[tokio::test]
async fn after_a_cooldown_one_accounts_failures_open_it_for_that_account_alone() {
    for (create, times) in [(BROKEN, 5), (UNPAID, 2)] {
        let world = World::new();
        let ada = begin(&world).await;
        fail(&world, &create, times).await;
        assert_eq!(available(&world).await, [("evolink".into(), false)]);
        world.tick(Duration::from_secs(30));
        // Whether she was among those that failed before or not.
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

/// Which providers are available, as told by a new isolate.
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
async fn while_the_circuit_is_open_requests_are_refused_and_nothing_is_held() {
    let world = World::new();
    let ada = begin(&world).await;
    fail(&world, &BROKEN, 5).await;
    assert_eq!(available(&world).await, [("evolink".into(), false)]);
    let request = ada.request().await;
    let refused = ada.generate(&request).await;
    assert_eq!(
        (refused.status, refused.code()),
        (503, "provider_unavailable")
    );
    assert!(refused.headers.contains_key("retry-after"));
    world.run_background().await;
    assert_eq!(world.outside.submitted().len(), 5);
    assert_eq!(ada.credits().await, (100, 0));
    assert_eq!(world.database.query("select id from jobs").len(), 5);

    // Its cooldown is over, it fails for two more, and the next cooldown is twice as long.
    world.tick(Duration::from_secs(30));
    assert_eq!(available(&world).await, [("evolink".into(), true)]);
    fail(&world, &BROKEN, 2).await;
    world.tick(Duration::from_secs(59));
    assert_eq!(ada.generate(&request).await.status, 503);
    world.tick(Duration::from_secs(1));

    // It succeeds, and the count starts over.
    let job = ada.open_job().await;
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "running");
    fail(&world, &BROKEN, 4).await;
    assert_eq!(available(&world).await, [("evolink".into(), true)]);
    world.check().await;
}

#[tokio::test]
async fn two_answers_that_need_the_operator_open_the_circuit() {
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
async fn one_answer_that_needs_the_operator_does_not_open_it_whatever_came_before() {
    let world = World::new();
    for create in [BROKEN, UNPAID, BROKEN, UNPAID] {
        fail(&world, &create, 1).await;
        assert_eq!(available(&world).await, [("evolink".into(), true)]);
    }
    world.check().await;
}

#[tokio::test]
async fn rare_failures_and_refused_requests_never_add_up() {
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
async fn while_the_first_circuit_is_open_the_fallback_serves_at_the_price_of_the_first() {
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
    // All failures were hers: the first provider's circuit is open for her alone.
    let expected = [("first".into(), true), ("second".into(), true)];
    assert_eq!(available(&world).await, expected);
    world.check().await;
}

#[tokio::test]
async fn a_fallback_with_an_open_circuit_is_skipped() {
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
async fn the_same_key_returns_the_same_job_while_the_circuit_is_open() {
    let world = World::new();
    let ada = begin(&world).await;
    let request = ada.request().await;
    let first = ada.generate_as("key", &request).await;
    world.run_background().await;
    fail(&world, &UNPAID, 2).await;
    let again = ada.generate_as("key", &request).await;
    assert_eq!((again.status, again.id()), (202, first.id()));
    world.run_background().await;
    assert_eq!(world.outside.submitted().len(), 3);
    world.check().await;
}

#[tokio::test]
async fn rate_limits_do_not_count_as_failures() {
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
    world.run_background().await; // all within one second
    world.tick(Duration::from_secs(30));
    let status = users[0].generate(&users[0].request().await).await.status;
    world.tick(Duration::from_mins(14));
    let later = users[0].generate(&users[0].request().await).await.status;
    world.run_background().await;
    world.check().await;
    assert_eq!((status, later), (202, 202));
}

/// Failures that were under way together count as one outage, with one cooldown.
#[tokio::test]
async fn failures_under_way_together_open_the_circuit_once() {
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
        .query("select times_opened, open_until - failed_at as cooldown from circuits");
    assert_eq!(
        Value::from(health),
        json!([{"times_opened": 1, "cooldown": 30000}])
    );
    world.check().await;
}

#[tokio::test]
async fn a_missing_model_does_not_open_the_providers_circuit() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 100).await;
    let denied = Create::Answer(403, r#"{"error":{"code":"model_access_denied"}}"#);
    for _ in 0..2 {
        world.outside.next_creates([denied.clone()]);
        let mut request = ada.request().await;
        request["model"] = "evolink/nano-banana-pro".into();
        ada.generate(&request).await;
        world.run_background().await;
    }
    let status = ada.generate(&ada.request().await).await.status;
    world.run_background().await;
    world.check().await;
    assert_eq!(status, 202);
}

#[tokio::test]
async fn an_answer_that_needs_the_operator_after_other_failures_opens_the_first_cooldown() {
    let world = World::new();
    let mut all = vec![Create::Answer(503, r#"{"error":{}}"#); 4];
    all.push(Create::Answer(402, "{}"));
    for create in all {
        fail(&world, &create, 1).await;
    }
    let health = world
        .database
        .query("select failures, open_until - failed_at as cooldown from circuits");
    world.check().await;
    assert_eq!(
        Value::from(health),
        json!([{"failures": 5, "cooldown": 30000}])
    );
}
