//! The reconciler: concurrent runs, a long outage, and inconclusive polls.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::real::{asked, with_replicate};
use super::world::{Ask, Task, Wire, World, config_of};

/// After an outage of hours, cron polls a bounded number of jobs per run, each once.
#[tokio::test]
async fn after_an_outage_the_cron_polls_each_job_once() {
    let (world, ada, job) = with_replicate().await;
    let at = "GET replicate.test/v1/predictions/p1";
    let running = json!({"id": "p1", "status": "processing"});
    world.outside.answers(at, [Wire::json(200, &running)]);
    world.tick(Duration::from_mins(90));
    world.run_cron().await;
    assert_eq!(asked(&world, at), 1);
    assert_eq!(ada.status(&job).await, "running");
    world.check().await;
}

/// Seen in [anolilab/lunora #605](https://github.com/anolilab/lunora/pull/605), [cloudflare/workers-sdk
/// #14847](https://github.com/cloudflare/workers-sdk/pull/14847), [taskforcesh/bullmq
/// #439](https://github.com/taskforcesh/bullmq/issues/439) and [OptimalBits/bull
/// #308](https://github.com/OptimalBits/bull/issues/308).
#[tokio::test]
async fn two_concurrent_reconcilers_complete_a_job_once() {
    let (world, ada, job) = with_replicate().await;
    let done =
        json!({"id": "p1", "status": "succeeded", "output": "https://replicate.delivery/a.png"});
    let at = "GET replicate.test/v1/predictions/p1";
    world.outside.answers(at, [Wire::json(200, &done)]);
    world.tick(Duration::from_mins(1));
    futures::future::join_all((0..5).map(|_| world.run_cron())).await;
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(ada.credits().await, (16, 0));
    assert_eq!(
        (asked(&world, "POST"), world.pictures.kept("results/").len()),
        (1, 1)
    );
    let journal = ada.journal().await;
    let settled = journal.iter().filter(|line| line.starts_with("settle"));
    assert_eq!(settled.count(), 1);
    world.check().await;
}
/// Seen in [QuantumNous/new-api #4526](https://github.com/QuantumNous/new-api/issues/4526) and
/// [QuantumNous/new-api #6911](https://github.com/QuantumNous/new-api/issues/6911).
#[tokio::test]
async fn a_cost_above_the_hold_is_the_operators_loss_and_the_user_pays_the_quote() {
    let mut config = config_of("kie", "key");
    config.providers[0].credits_per_unit = atelier::provider::Cost::parse("0.5");
    let world = World::with(config);
    let created = json!({"code": 200, "data": {"taskId": "k1"}});
    let create = "POST kie.test/api/v1/jobs/createTask";
    world.outside.answers(create, [Wire::json(200, &created)]);
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    let done = json!({"code": 200, "data": {"taskId": "k1", "state": "success", "creditsConsumed": 18.1,
        "resultJson": "{\"resultUrls\":[\"https://tempfile.aiquickdraw.com/a.png\"]}"}});
    let at = "GET kie.test/api/v1/jobs/recordInfo";
    world.outside.answers(at, [Wire::json(200, &done)]);
    world.pass(1).await;
    assert_eq!(ada.job(&job).await["credits"]["paid"], 4);
    let costs = world.database.query("select cost from attempts");
    assert_eq!(Value::from(costs), json!([{"cost": 10}]));
    world.check().await;
}

#[tokio::test]
async fn a_progress_callback_is_no_inconclusive_poll() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 100).await;
    let job = ada.running_job().await;
    for percent in 1..6 {
        world.outside.set("task-1", Task::Running(percent));
        assert_eq!(world.callback("task-1").await, 200);
    }
    world.outside.next_asks([Ask::Answer(404, "{}")]);
    world.pass(5).await;
    let status = ada.status(&job).await;
    world.check().await;
    assert_eq!(status, "running");
}

#[tokio::test]
async fn one_404_amid_good_answers_does_not_lose_a_running_job() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 100).await;
    let job = ada.running_job().await;
    world.outside.set("task-1", Task::Running(50));
    world.pass(8).await;
    let before = ada.status(&job).await;
    world.outside.next_asks([Ask::Answer(404, "{}")]);
    world.pass(6).await;
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    let status = ada.status(&job).await;
    world.check().await;
    assert_eq!((before.as_str(), status.as_str()), ("running", "completed"));
}
