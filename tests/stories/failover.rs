//! Failover: where it is safe, and what late callbacks of the first provider do.

use atelier::config::Config;
use serde_json::json;

use super::world::{Create, Task, User, Vendor, World, config, model};

/// Two providers, of which the second costs more.
pub(super) fn two() -> Config {
    let vendor = |name, models| Vendor {
        name,
        models,
        signs: false,
    };
    let mut config = config();
    config.providers = vec![
        vendor("first", model("first", "first/one", 4, 1)).config(),
        vendor("second", model("second", "second/one", 9, 1)).config(),
    ];
    config
}

async fn open(world: &World) -> (User, String) {
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.open_job().await;
    (ada, job)
}

/// Seen in the source of eliza.
#[tokio::test]
async fn a_job_that_the_first_certainly_did_not_take_fails_over_at_the_same_price() {
    for status in [401, 402, 403, 404, 429] {
        let world = World::with(two());
        let (ada, job) = open(&world).await;
        world.outside.next_creates([Create::Answer(status, "{}")]);
        world.run_background().await;
        world.outside.finish("task-2", 1);
        assert_eq!(world.callback("task-2").await, 200);
        world.run_background().await;
        assert_eq!(ada.job(&job).await["credits"]["paid"], 4, "{status}");
        let attempts = world
            .database
            .query("select provider, outcome from attempts order by ordinal");
        let expected = json!([
            {"provider": "first", "outcome": "rejected"}, {"provider": "second", "outcome": "succeeded"},
        ]);
        assert_eq!(serde_json::Value::from(attempts), expected);
        assert_eq!(
            world.went_out(),
            [
                "create task-1 at first.test: 2 pictures",
                "create task-2 at second.test: 2 pictures",
                "ask task-2: completed",
                "fetch https://files.evolink.ai/task-2/0.png",
            ]
        );
        world.check().await;
    }
}

/// Seen in the source of eliza.
#[tokio::test]
async fn a_job_that_was_refused_or_may_have_been_taken_does_not_fail_over() {
    for (create, status) in [
        (
            Create::Answer(400, r#"{"error":{"code":"content_policy_violation"}}"#),
            "failed",
        ),
        (Create::Answer(422, "{}"), "failed"),
        (Create::Answer(504, "<html>"), "uncertain"),
        (Create::Lose, "uncertain"),
        (Create::AcceptAndLose, "uncertain"),
    ] {
        let world = World::with(two());
        let (ada, job) = open(&world).await;
        world.outside.next_creates([create.clone()]);
        world.run_background().await;
        assert_eq!(ada.status(&job).await, status, "{create:?}");
        world.pass(121).await;
        assert_eq!(ada.credits().await, (20, 0));
        assert_eq!(
            world.went_out(),
            ["create task-1 at first.test: 2 pictures"]
        );
        world.check().await;
    }
}

/// Seen in the source of eliza.
#[tokio::test]
async fn when_no_provider_takes_it_the_job_fails_and_is_released() {
    let world = World::with(two());
    let (ada, job) = open(&world).await;
    world.outside.next_creates([
        Create::Answer(429, "{}"),
        Create::Answer(503, r#"{"error":{}}"#),
    ]);
    world.run_background().await;
    assert_eq!(ada.job(&job).await["error"]["code"], "provider_unavailable");
    assert_eq!(ada.credits().await, (20, 0));
    assert_eq!(
        world.went_out(),
        [
            "create task-1 at first.test: 2 pictures",
            "create task-2 at second.test: 2 pictures"
        ]
    );
    world.check().await;
}

/// The first provider rejected the job, and calls back about it later, while the second is working
/// on it.
async fn first_speaks_again(to: Task) -> (World, User, String) {
    let world = World::with(two());
    let (ada, job) = open(&world).await;
    world.outside.next_creates([Create::Answer(429, "{}")]);
    world.run_background().await;
    world.outside.set("task-1", to);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    (world, ada, job)
}

/// Seen in the source of pixelrelay.
#[tokio::test]
async fn a_late_failure_of_the_first_does_not_touch_the_second() {
    let (world, ada, job) = first_speaks_again(Task::Failed("internal_error")).await;
    assert_eq!(
        (ada.status(&job).await.as_str(), ada.credits().await),
        ("running", (16, 4))
    );
    world.outside.finish("task-2", 1);
    assert_eq!(world.callback("task-2").await, 200);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(ada.credits().await, (16, 0));
    let attempts = world
        .database
        .query("select anomaly from attempts order by ordinal");
    let expected =
        json!([{"anomaly": "failed of attempt 1 while at attempt 2"}, {"anomaly": null}]);
    assert_eq!(serde_json::Value::from(attempts), expected);
    assert_eq!(world.outside.submitted().len(), 2);
    world.check().await;
}

/// Seen in the source of pixelrelay.
#[tokio::test]
async fn a_late_success_of_the_first_is_taken_and_charged_once() {
    let results = vec!["https://files.evolink.ai/late.png".to_owned()];
    let (world, ada, job) = first_speaks_again(Task::Succeeded(results)).await;
    assert_eq!(ada.status(&job).await, "completed");
    world.outside.finish("task-2", 1);
    assert_eq!(world.callback("task-2").await, 200);
    world.run_background().await;
    assert_eq!(ada.credits().await, (16, 0));
    assert_eq!(world.pictures.kept("results/").len(), 1);
    assert_eq!(
        ada.journal().await[1..],
        [
            "freeze 4 of A: 16 left, 4 held",
            "settle 4 of A: 16 left, 0 held"
        ]
    );
    world.check().await;
}

/// Seen in the source of `ShipAny`.
#[tokio::test]
async fn a_token_is_valid_for_its_own_provider_only() {
    let world = World::with(two());
    let (ada, job) = open(&world).await;
    world.run_background().await;
    world.outside.set("task-1", Task::Failed("internal_error"));
    let path = world.outside.callback_path("task-1");
    let elsewhere = path.replace("/first/", "/second/");
    assert_ne!(path, elsewhere);
    assert_eq!(world.callback_at(&elsewhere, "task-1").await, 401);
    assert_eq!(ada.status(&job).await, "running");
    assert_eq!(
        world.went_out(),
        ["create task-1 at first.test: 2 pictures"]
    );
    assert_eq!(world.callback_at(&path, "task-1").await, 200);
    world.check().await;
}
