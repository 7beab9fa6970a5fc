//! A submission whose fate is unknown, at a provider that can be asked for it by our own name.

use serde_json::json;

use super::world::Wire;
use super::world::real::{KLING, asked, uncertain_at_kling};

#[tokio::test]
async fn t25_a_submission_of_unknown_fate_is_found_by_our_own_name_for_it() {
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
async fn t25_a_submission_that_never_arrived_is_released_long_before_its_deadline() {
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
async fn t25_while_the_provider_cannot_be_asked_it_waits_and_the_deadline_releases_it() {
    let (world, ada, job) = uncertain_at_kling().await;
    let at = format!("GET {KLING}/{job}-1");
    world.outside.answers(&at, [Wire(503, "<html>".into())]);
    world.pass(119).await;
    assert_eq!(ada.status(&job).await, "uncertain");
    // Less and less often: at most every five minutes after the first few looks.
    assert!(asked(&world, &at) < 30);
    world.pass(2).await;
    assert_eq!(ada.status(&job).await, "expired");
    assert_eq!((ada.credits().await, asked(&world, "POST")), ((20, 0), 1));
    world.check().await;
}
