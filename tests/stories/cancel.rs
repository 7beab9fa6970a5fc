//! Taking a job back, wherever it is.

use serde_json::json;

use super::world::{Create, Task, World};

#[tokio::test]
async fn t35_before_a_provider_has_it_a_job_is_canceled_at_once() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.open_job().await;
    let canceled = ada.cancel(&job).await;
    assert_eq!(
        (canceled.status, &canceled.body["status"]),
        (200, &json!("canceled"))
    );
    assert_eq!(canceled.body["credits"]["returned"], 4);
    assert_eq!(ada.credits().await, (20, 0));
    // Canceling twice is canceling once.
    assert_eq!(ada.cancel(&job).await.body["status"], "canceled");
    // The submission was on its way. Its success is nobody's, and is noted.
    world.run_background().await;
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "canceled");
    let attempts = world.database.query("select anomaly from attempts");
    assert_eq!(attempts[0]["anomaly"], "succeeded after canceled");
    assert_eq!(
        ada.journal().await,
        [
            "grant 20 of A: 20 left, 0 held",
            "freeze 4 of A: 16 left, 4 held",
            "release 4 of A: 20 left, 0 held",
        ]
    );
    world.check().await;
}

#[tokio::test]
async fn t35_while_running_the_credits_come_back_when_the_provider_has_stopped() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    let asked = ada.cancel(&job).await;
    assert_eq!(
        (asked.status, &asked.body["status"]),
        (200, &json!("running"))
    );
    assert_eq!(
        (&asked.body["cancel_requested"], ada.credits().await),
        (&json!(true), (16, 4))
    );
    world.outside.set("task-1", Task::Canceled);
    assert_eq!(world.callback("task-1").await, 200);
    let over = ada.job(&job).await;
    assert_eq!(
        (&over["status"], &over["error"]["code"]),
        (&json!("canceled"), &json!("canceled"))
    );
    assert_eq!(ada.credits().await, (20, 0));
    world.check().await;
}

#[tokio::test]
async fn t35_a_job_that_completes_all_the_same_is_paid() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    assert_eq!(ada.cancel(&job).await.status, 200);
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    assert_eq!(ada.cancel(&job).await.body["status"], "storing");
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    let late = ada.cancel(&job).await;
    assert_eq!((late.status, late.code()), (409, "hold_already_settled"));
    let line = &late.body["receipt"][0];
    assert_eq!(
        (&line["movement"], &line["credits"]),
        (&json!("settle"), &json!(4))
    );
    assert_eq!(ada.credits().await, (16, 0));
    world.check().await;
}

#[tokio::test]
async fn t35_an_uncertain_job_keeps_its_credits_until_something_is_known() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.open_job().await;
    world.outside.next_creates([Create::AcceptAndLose]);
    world.run_background().await;
    let asked = ada.cancel(&job).await;
    assert_eq!(
        (asked.status, &asked.body["status"]),
        (200, &json!("uncertain"))
    );
    assert_eq!(ada.credits().await, (16, 4));
    world.pass(121).await;
    let late = ada.cancel(&job).await;
    assert_eq!((late.status, late.code()), (409, "hold_already_released"));
    let line = &late.body["receipt"][0];
    assert_eq!(
        (&line["movement"], &line["credits"]),
        (&json!("release"), &json!(4))
    );
    assert_eq!(ada.credits().await, (20, 0));
    world.check().await;
}

#[tokio::test]
async fn t35_a_failed_job_cannot_be_canceled() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.set("task-1", Task::Failed("internal_error"));
    world.callback("task-1").await;
    let late = ada.cancel(&job).await;
    assert_eq!((late.status, late.code()), (409, "hold_already_released"));
    assert_eq!(late.body["receipt"][0]["remaining_after"], 20);
    assert_eq!(
        ada.cancel("job_01M7VZGC000000000000000007").await.status,
        404
    );
    assert_eq!(ada.cancel("nonsense").await.status, 404);
    assert_eq!(ada.journal().await.len(), 3);
    world.check().await;
}

/// A cancel while the submission waits for its answer: before the provider has said yes.
#[tokio::test]
async fn t35_canceled_during_the_submission() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.open_job().await;
    let (meanwhile, id) = (ada.clone(), job.clone());
    world.outside.during_create(async move {
        assert_eq!(meanwhile.cancel(&id).await.body["status"], "canceled");
    });
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "canceled");
    world.pass(130).await;
    assert_eq!(ada.credits().await, (20, 0));
    assert_eq!(ada.journal().await.len(), 3);
    assert_eq!(
        world.went_out(),
        ["create task-1 at evolink.test: 2 pictures"]
    );
    world.check().await;
}
