//! Uncertain submissions, at providers with and without a lookup by our reference.

use std::time::Duration;

use serde_json::json;

use super::world::real::{KLING, asked, uncertain_at_kling};
use super::world::{Create, Wire, World};

/// Seen in the source of eliza.
#[tokio::test]
async fn an_uncertain_submission_is_found_by_our_reference() {
    let (world, ada, job) = uncertain_at_kling().await;
    let at = format!("GET {KLING}/{job}-1");
    let found = json!({"code": 0, "data": {"task_id": "7", "task_status": "processing",
        "task_info": {"external_task_id": format!("{job}-1")}}});
    world.outside.answers(&at, [Wire::json(200, &found)]);
    world.pass(1).await;
    assert_eq!(ada.status(&job).await, "running");
    let done = json!({"code": 0, "data": {"task_id": "7", "task_status": "succeed",
        "task_result": {"images": [{"index": 0, "url": "https://h1.inkwai.com/a.png"}]}}});
    let at = format!("GET {KLING}/7");
    world.outside.answers(&at, [Wire::json(200, &done)]);
    world.pass(1).await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(asked(&world, "POST"), 1);
    world.check().await;
}

/// Seen in the source of eliza.
#[tokio::test]
async fn a_submission_that_never_arrived_is_released_long_before_its_deadline() {
    let (world, ada, job) = uncertain_at_kling().await;
    let at = format!("GET {KLING}/{job}-1");
    let missing = json!({"code": 0, "data": {"task_id": format!("{job}-1"), "task_status": "failed",
        "task_status_msg": "task not found"}});
    world.outside.answers(&at, [Wire::json(200, &missing)]);
    world.pass(2).await;
    assert_eq!(
        (ada.status(&job).await.as_str(), ada.credits().await),
        ("uncertain", (14, 6))
    );
    world.pass(15).await;
    assert_eq!(ada.job(&job).await["error"]["code"], "provider_unavailable");
    assert_eq!(ada.credits().await, (20, 0));
    assert_eq!(asked(&world, "POST"), 1);
    world.check().await;
}

/// Seen in the source of eliza.
#[tokio::test]
async fn while_the_provider_cannot_be_reached_it_waits_until_no_callback_can_come() {
    let (world, ada, job) = uncertain_at_kling().await;
    let at = format!("GET {KLING}/{job}-1");
    world.outside.answers(&at, [Wire(503, "<html>".into())]);
    // Half an hour for the longest run, an hour of callbacks, and a minute for the submission.
    world.pass(90).await;
    assert_eq!(ada.status(&job).await, "uncertain");
    // Less and less often: at most every five minutes after the first few lookups.
    assert!(asked(&world, &at) < 30);
    // The next lookup finds that its time is over.
    world.pass(6).await;
    assert_eq!(ada.status(&job).await, "expired");
    assert_eq!((ada.credits().await, asked(&world, "POST")), ((20, 0), 1));
    world.check().await;
}

/// While it could not be reached, the provider made the picture, which the last lookup finds.
#[tokio::test]
async fn a_submission_that_can_be_looked_up_is_looked_up_once_more_before_it_is_given_up() {
    let (world, ada, job) = uncertain_at_kling().await;
    let at = format!("GET {KLING}/{job}-1");
    world.outside.answers(&at, [Wire(503, "<html>".into())]);
    world.pass(85).await;
    assert_eq!(ada.status(&job).await, "uncertain");
    // Cron stops until no callback can come any more.
    world.tick(Duration::from_mins(20));
    let found = json!({"code": 0, "data": {"task_id": "7", "task_status": "processing",
        "task_info": {"external_task_id": format!("{job}-1")}}});
    world.outside.answers(&at, [Wire::json(200, &found)]);
    world.pass(1).await;
    assert_eq!(
        (ada.status(&job).await.as_str(), ada.credits().await),
        ("running", (14, 6))
    );
    world.check().await;
}

/// After a crash between opening and submitting, credits are held only as long as a callback could come;
/// a later success is ingested, and waived.
#[tokio::test]
async fn a_submission_that_was_never_heard_of_is_released_long_before_its_deadline() {
    for comes_late in [false, true] {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let job = ada.open_job().await;
        if comes_late {
            world.outside.next_creates([Create::AcceptAndLose]);
            world.run_background().await;
        } else {
            world.background.kill();
        }
        // EvoLink: half an hour, and callbacks for 47 s.
        world.pass(31).await;
        assert_eq!(
            (ada.status(&job).await.as_str(), ada.credits().await),
            ("uncertain", (16, 4))
        );
        let batches = world.database.batches();
        world.pass(1).await;
        assert_eq!(
            (ada.status(&job).await.as_str(), ada.credits().await),
            ("expired", (20, 0))
        );
        assert!(world.database.batches() - batches < 10);
        if comes_late {
            world.outside.finish("task-1", 1);
            assert_eq!(world.callback("task-1").await, 200);
            world.run_background().await;
            assert_eq!(ada.job(&job).await["credits"]["waived"], true);
            assert_eq!(ada.credits().await, (20, 0));
        }
        world.check().await;
    }
}
