//! A submission whose fate is unknown, at a provider that can be asked for it by our own name.

use std::time::Duration;

use serde_json::json;

use super::world::real::{KLING, asked, uncertain_at_kling};
use super::world::{Create, Wire, World};

#[tokio::test]
async fn a_submission_of_unknown_fate_is_found_by_our_own_name_for_it() {
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

#[tokio::test]
async fn while_the_provider_cannot_be_asked_it_waits_until_that_can_no_longer_be_heard_of() {
    let (world, ada, job) = uncertain_at_kling().await;
    let at = format!("GET {KLING}/{job}-1");
    world.outside.answers(&at, [Wire(503, "<html>".into())]);
    // Half an hour at the longest, callbacks for an hour, and a minute in which it is submitted.
    world.pass(90).await;
    assert_eq!(ada.status(&job).await, "uncertain");
    // Less and less often: at most every five minutes after the first few looks.
    assert!(asked(&world, &at) < 30);
    // The next of those looks finds that it is over.
    world.pass(6).await;
    assert_eq!(ada.status(&job).await, "expired");
    assert_eq!((ada.credits().await, asked(&world, "POST")), ((20, 0), 1));
    world.check().await;
}

/// While it could not be asked, the provider has made it: it is found by the final poll.
#[tokio::test]
async fn what_can_be_asked_for_is_asked_for_once_more_before_it_is_given_up() {
    let (world, ada, job) = uncertain_at_kling().await;
    let at = format!("GET {KLING}/{job}-1");
    world.outside.answers(&at, [Wire(503, "<html>".into())]);
    world.pass(85).await;
    assert_eq!(ada.status(&job).await, "uncertain");
    // The cron stands still until it can no longer be heard of.
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

/// A crash between opening and submitting holds credits no longer than the provider could be heard of; a
/// success that comes all the same is delivered, and waived.
#[tokio::test]
async fn what_was_never_heard_of_is_released_long_before_its_deadline() {
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
