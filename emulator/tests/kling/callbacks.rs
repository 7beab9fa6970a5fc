//! Callbacks: at every status, and only 200 takes them.

use atelier_emulator::CallbackKind::{Progress, Terminal};
use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn every_status_is_called_back_once() {
    let stage = Stage::new().await;
    let mut body = stage.body("garment.png");
    body["external_task_id"] = json!("job-1");
    let task = stage.finish(&body).await;
    assert_eq!(stage.told(), ["submitted", "processing", "succeed"]);
    let kinds: Vec<_> = stage
        .emulator
        .callbacks()
        .iter()
        .map(|one| one.kind)
        .collect();
    assert_eq!(kinds, [Progress, Progress, Terminal]);
    let received = stage.received();
    assert_eq!(received[2], ("token-1".to_owned(), task.clone()));
    for (_, early) in &received[..2] {
        assert_eq!(early["task_id"], task["task_id"]);
        assert_eq!(early["created_at"], task["created_at"]);
        assert_eq!(early["task_info"], json!({ "external_task_id": "job-1" }));
        assert_eq!(early["task_result"], json!({}));
    }
    let updated: Vec<_> = received
        .iter()
        .map(|(_, body)| body["updated_at"].as_u64())
        .collect();
    assert!(updated.is_sorted(), "{updated:?}");
}

#[tokio::test]
async fn only_200_takes_the_end_and_nothing_else_is_sent_again() {
    let stage = Stage::new().await;
    stage.answer([500, 204, 204, 302, 200, 200]);
    stage.finish(&stage.body("garment.png")).await;
    let attempts = stage.emulator.callbacks();
    let outcomes: Vec<_> = attempts.into_iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [500, 204, 204, 302, 200].map(Ok));
    assert_eq!(stage.told()[2..], ["succeed"; 3]);
}

#[tokio::test]
async fn fast_tells_everything_before_create_is_answered() {
    let stage = Stage::new().await;
    stage.create(&stage.body("tagged/fast")).await;
    assert_eq!(stage.told(), ["submitted", "processing", "succeed"]);
}

#[tokio::test]
async fn a_refused_content_says_so() {
    let stage = Stage::new().await;
    let task = stage.finish(&stage.body("tagged/refused")).await;
    let message = task["task_status_msg"].as_str().unwrap();
    assert!(message.contains("risk control"), "{message}");
    assert_eq!(task["task_result"], json!({}));
    assert_eq!(stage.received().pop().unwrap().1, task);
}
