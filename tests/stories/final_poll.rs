//! The deadline passes while a provider is working: whoever finds out first, the provider is polled
//! once more.

use std::time::Duration;

use serde_json::json;

use super::world::real::{asked, fal, fal_is, with_fal};
use super::world::{Ask, User, When, Wire, World};

async fn rich(world: &World) -> User {
    let ada = world.user("ada").await;
    world.grant("ada", 100).await;
    ada
}

/// A time after the deadline, between two runs of the reconciler.
const PAST: Duration = Duration::from_secs(123);

#[tokio::test]
async fn whatever_expires_a_job_does_not_lose_its_picture() {
    for path in ["/v1/jobs/{}", "/v1/jobs", "/v1/credits"] {
        let world = World::new();
        let ada = rich(&world).await;
        let job = ada.running_job().await;
        world.pass(118).await;
        world.outside.finish("task-1", 1);
        world.tick(PAST);
        let ada = world.user("ada").await;
        assert_eq!(ada.get(&path.replace("{}", &job)).await.status, 200);
        assert_eq!(ada.status(&job).await, "expired");
        world.pass(1).await;
        let done = ada.job(&job).await;
        assert_eq!(
            (&done["status"], &done["credits"]["waived"]),
            (&json!("completed"), &json!(true)),
            "{path}"
        );
        assert_eq!(ada.credits().await, (100, 0));
        world.check().await;
    }
}

#[tokio::test]
async fn a_callback_for_another_job_that_expires_it_does_not_lose_its_picture() {
    let world = World::new();
    let ada = rich(&world).await;
    let first = ada.running_job().await;
    world.pass(5).await;
    ada.running_job().await;
    world.pass(113).await;
    world.outside.finish("task-1", 1);
    world.outside.finish("task-2", 1);
    world.tick(PAST);
    assert_eq!(world.callback("task-2").await, 200);
    world.run_background().await;
    world.pass(2).await;
    let ada = world.user("ada").await;
    assert_eq!(ada.status(&first).await, "completed");
    world.check().await;
}

/// Reading one of them expires them all.
#[tokio::test]
async fn after_a_long_outage_of_cron_each_job_gets_its_final_poll() {
    let world = World::new();
    let ada = rich(&world).await;
    for number in 1..=4 {
        ada.running_job().await;
        world.outside.finish(&format!("task-{number}"), 1);
    }
    world.tick(Duration::from_mins(121));
    world.pass(3).await;
    let states = "select state, count(*) as n from jobs group by state";
    assert_eq!(
        world.database.query(states),
        [json!({"state": "completed", "n": 4})]
    );
    world.check().await;
}

#[tokio::test]
async fn a_task_that_still_runs_is_asked_to_stop_once() {
    let (world, _, job) = with_fal().await;
    let running = json!({"status": "IN_QUEUE"});
    fal_is(&world, &running, 400, &json!({"detail": "in progress"}));
    let at = format!("PUT {}/fal-ai/fashn/requests/r1/cancel", fal(&world));
    let requested = json!({"status": "CANCELLATION_REQUESTED"});
    world.outside.answers(&at, [Wire::json(202, &requested)]);
    world.pass(119).await;
    world.tick(PAST);
    let ada = world.user("ada").await;
    assert_eq!(ada.status(&job).await, "expired");
    world.pass(5).await;
    assert_eq!(asked(&world, &at), 1);
    world.check().await;
}

#[tokio::test]
async fn an_unanswered_final_poll_is_repeated() {
    let world = World::new();
    let ada = rich(&world).await;
    let job = ada.running_job().await;
    world.pass(119).await;
    world.outside.finish("task-1", 1);
    world.outside.next_asks([Ask::Lose, Ask::Lose, Ask::Lose]);
    world.pass(2).await;
    let ada = world.user("ada").await;
    assert_eq!(ada.status(&job).await, "expired");
    world.pass(5).await;
    assert_eq!(ada.status(&job).await, "completed");
    world.check().await;
}

/// A provider that never answers, or repeats its answer, is not polled for ever.
#[tokio::test]
async fn final_polls_come_to_an_end() {
    for (asks, most) in [(vec![Ask::Lose; 99], 8), (Vec::new(), 1)] {
        let world = World::new();
        let ada = rich(&world).await;
        let job = ada.running_job().await;
        world.pass(119).await;
        world.outside.next_asks(asks);
        let before = world.went_out().len();
        world.pass(120).await;
        let polls = world.went_out().len() - before;
        assert!((1..=most + 1).contains(&polls), "{polls}");
        assert_eq!(
            world
                .database
                .number("select count(*) from jobs where final_poll_at is not null"),
            0
        );
        let ada = world.user("ada").await;
        assert_eq!(ada.status(&job).await, "expired");
        world.check().await;
    }
}

/// An outage of the ledger does not count as an answer of the provider.
#[tokio::test]
async fn a_success_that_could_not_be_committed_is_polled_for_again() {
    let world = World::new();
    let ada = rich(&world).await;
    let job = ada.running_job().await;
    world.pass(119).await;
    world.outside.finish("task-1", 1);
    world.tick(PAST);
    let ada = world.user("ada").await;
    assert_eq!(ada.status(&job).await, "expired");
    world.accounts.lose(1, 2, When::Before);
    world.run_cron().await;
    world.accounts.heal();
    world.pass(5).await;
    let ada = world.user("ada").await;
    assert_eq!(ada.status(&job).await, "completed");
    world.check().await;
}
