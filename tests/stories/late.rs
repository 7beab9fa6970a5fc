//! Successes after the deadline: the picture is waived, never charged a second time.
//!
//! Seen in [elizaOS/eliza #11862](https://github.com/elizaOS/eliza/issues/11862), [elizaOS/eliza
//! #11920](https://github.com/elizaOS/eliza/pull/11920) and [ddcat-ai/open-ai-canvas
//! #309](https://github.com/ddcat-ai/open-ai-canvas/pull/309).

use std::time::Duration;

use serde_json::json;

use super::world::{Page, Task, World};

#[tokio::test]
async fn a_success_after_the_deadline_is_waived() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.pass(121).await;
    assert_eq!(
        (ada.status(&job).await.as_str(), ada.credits().await),
        ("expired", (20, 0))
    );
    let before = world.went_out().len();
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    let done = ada.job(&job).await;
    assert_eq!(
        (&done["status"], &done["error"]),
        (&json!("completed"), &json!(null))
    );
    let credits = json!({"quoted": 4, "held": 0, "paid": 0, "returned": 4, "waived": true});
    assert_eq!(done["credits"], credits);
    assert_eq!(done["images"].as_array().unwrap().len(), 1);
    // A repeated callback changes nothing.
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    assert_eq!(
        ada.journal().await,
        [
            "grant 20 of A: 20 left, 0 held",
            "freeze 4 of A: 16 left, 4 held",
            "release 4 of A: 20 left, 0 held",
            "late_success 4",
        ]
    );
    assert_eq!(
        world.went_out()[before..],
        [
            "ask task-1: completed",
            "fetch https://files.evolink.ai/task-1/0.png",
            "ask task-1: completed",
        ]
    );
    world.check().await;
}

/// The deadline passes while the pictures are being stored.
#[tokio::test]
async fn the_deadline_passes_between_the_callback_and_the_end_of_the_ingest() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.pass(119).await;
    world.outside.finish("task-1", 1);
    world.pictures.downloads_are_slow();
    assert_eq!(world.callback("task-1").await, 200);
    world.tick(Duration::from_mins(2));
    world.run_background().await;
    let done = ada.job(&job).await;
    assert_eq!(
        (&done["status"], &done["credits"]["waived"]),
        (&json!("completed"), &json!(true))
    );
    assert_eq!(ada.credits().await, (20, 0));
    assert_eq!(
        ada.journal().await[2..],
        ["release 4 of A: 20 left, 0 held", "late_success 4"]
    );
    world.check().await;
}

/// The same, and the reconciler runs before the first ingest has finished: it ends the expired hold and
/// ingests the pictures itself. The first ingest then has nothing left to do.
#[tokio::test]
async fn the_reconciler_ends_the_hold_and_finishes_an_ingest_under_way() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.pass(119).await;
    world.outside.finish("task-1", 1);
    world.pictures.downloads_are_slow();
    assert_eq!(world.callback("task-1").await, 200);
    world.tick(Duration::from_mins(2));
    world.run_cron().await;
    assert_eq!(ada.status(&job).await, "completed");
    world.run_background().await;
    assert_eq!(
        ada.journal().await[2..],
        ["release 4 of A: 20 left, 0 held", "late_success 4"]
    );
    world.check().await;
}

/// A picture that was made in time is not lost because somebody read the account at the deadline,
/// before its download had succeeded: the hold is released, and ingest attempts continue.
#[tokio::test]
async fn a_picture_made_in_time_survives_a_balance_read_at_the_deadline() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.pass(119).await;
    let results = world.outside.finish("task-1", 1);
    world
        .pictures
        .next_at(&results[0], vec![Page::Broken, Page::Broken]);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    world.tick(Duration::from_mins(2));
    assert_eq!(ada.credits().await, (20, 0));
    assert_eq!(ada.status(&job).await, "storing");
    world.pass(5).await;
    let done = ada.job(&job).await;
    assert_eq!(
        (&done["status"], &done["credits"]["waived"]),
        (&json!("completed"), &json!(true))
    );
    assert_eq!(
        ada.journal().await[2..],
        ["release 4 of A: 20 left, 0 held", "late_success 4"]
    );
    world.check().await;
}

/// While cron does not run, reading the job releases its expired hold.
#[tokio::test]
async fn reading_a_job_releases_its_expired_hold_without_cron() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.tick(Duration::from_mins(121));
    let seen = ada.job(&job).await;
    assert_eq!(
        (&seen["status"], &seen["credits"]["returned"]),
        (&json!("expired"), &json!(4))
    );
    assert_eq!(ada.credits().await, (20, 0));
    world.check().await;
}

/// The callback was lost, and so was every run of the reconciler until the deadline: the final poll still
/// finds the success.
#[tokio::test]
async fn the_final_poll_finds_a_success_whose_callback_was_lost() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.finish("task-1", 1);
    world.tick(Duration::from_mins(121));
    world.run_cron().await;
    let done = ada.job(&job).await;
    assert_eq!(
        (&done["status"], &done["credits"]["waived"]),
        (&json!("completed"), &json!(true))
    );
    assert_eq!(
        ada.journal().await[2..],
        ["release 4 of A: 20 left, 0 held", "late_success 4"]
    );
    world.check().await;
}

/// A waived picture whose download fails is retried like any other, and given up like any other.
#[tokio::test]
async fn a_waived_picture_that_cannot_be_fetched_costs_nothing() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.pass(121).await;
    let results = world.outside.finish("task-1", 1);
    world
        .pictures
        .next_at(&results[0], vec![Page::Gone(404); 99]);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "storing");
    world.pass(20).await;
    let over = ada.job(&job).await;
    assert_eq!(
        (&over["status"], &over["error"]["code"]),
        (&json!("failed"), &json!("result_lost"))
    );
    assert_eq!(ada.credits().await, (20, 0));
    assert_eq!(ada.journal().await.len(), 3);
    world.check().await;
}

/// A failure after the deadline says nothing new.
#[tokio::test]
async fn a_failure_after_the_deadline_moves_nothing() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.pass(121).await;
    world.outside.set("task-1", Task::Failed("internal_error"));
    assert_eq!(world.callback("task-1").await, 200);
    assert_eq!(ada.status(&job).await, "expired");
    assert_eq!(ada.journal().await.len(), 3);
    world.check().await;
}

/// The hold ends while the picture is being stored, which whoever follows the job has to see.
#[tokio::test]
async fn a_jobs_etag_changes_when_its_credits_return() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.tick(Duration::from_mins(119));
    world.outside.finish("task-1", 1);
    world.pictures.downloads_are_slow();
    assert_eq!(world.callback("task-1").await, 200);
    world.background.kill();
    let path = format!("/v1/jobs/{job}");
    let ada = world.user("ada").await;
    let before = ada.get(&path).await;
    // Within the same hour, since a new hour changes the tag by itself.
    world.tick(Duration::from_mins(1));
    let after = ada.get(&path).await;
    assert_eq!(
        (
            &before.body["credits"]["held"],
            &after.body["credits"]["held"]
        ),
        (&json!(4), &json!(0))
    );
    assert_ne!(before.headers["etag"], after.headers["etag"]);
    world.check().await;
}
