//! What a test does by hand: force a state, redeliver, forge, stop.

use std::time::Duration;

use atelier_emulator::{CallbackKind, EmulatorError, Settings};
use serde_json::json;

use crate::stage::{Stage, settings};

/// Nothing ends by itself.
async fn by_hand() -> Stage {
    let work = Duration::from_hours(1);
    Stage::with(Settings { work, ..settings() }).await
}

#[tokio::test]
async fn complete_and_fail_end_a_task_now() {
    let stage = by_hand().await;
    let good = stage.create(&stage.body("x")).await;
    let bad = stage.create(&stage.body("x")).await;
    stage.emulator.complete(&good).await.unwrap();
    stage
        .emulator
        .fail(&bad, "generation_timeout")
        .await
        .unwrap();
    assert_eq!(stage.task(&good).await["status"], "completed");
    assert_eq!(
        stage.task(&bad).await["error"]["code"],
        "generation_timeout"
    );
    stage.settle(&good).await;
    stage.settle(&bad).await;
    assert_eq!(stage.received().len(), 2);
}

#[tokio::test]
async fn an_ended_task_changes_its_mind_in_silence() {
    let stage = by_hand().await;
    let id = stage.create(&stage.body("x")).await;
    stage.emulator.fail(&id, "service_error").await.unwrap();
    stage.settle(&id).await;
    stage.emulator.complete(&id).await.unwrap();
    assert_eq!(stage.task(&id).await["status"], "completed");
    assert_eq!(stage.received().len(), 1);
}

#[tokio::test]
async fn redeliver_sends_the_end_again() {
    let stage = by_hand().await;
    let id = stage.create(&stage.body("x")).await;
    let open = stage.emulator.redeliver(&id).await;
    assert!(matches!(open, Err(EmulatorError::Open(_))));
    stage.emulator.complete(&id).await.unwrap();
    stage.settle(&id).await;
    stage.inbox.lock().unwrap().answers.push_back(503);
    assert_eq!(stage.emulator.redeliver(&id).await.unwrap(), 503);
    let received = stage.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0], received[1]);
}

#[tokio::test]
async fn send_callback_says_anything_to_anyone() {
    let stage = Stage::new().await;
    let url = format!("{}/hooks/guessed", stage.side);
    let body = json!({ "status": "completed" });
    assert_eq!(
        stage
            .emulator
            .send_callback(&url, body.clone())
            .await
            .unwrap(),
        200
    );
    assert_eq!(stage.received(), [("guessed".to_owned(), body)]);
    let attempt = stage.emulator.callbacks().remove(0);
    assert_eq!(
        (attempt.kind, attempt.task_id),
        (CallbackKind::ByHand, None)
    );
}

#[tokio::test]
async fn an_unknown_task_is_an_error() {
    let stage = Stage::new().await;
    let unknown = stage.emulator.complete("task-unified-1-none").await;
    assert!(matches!(unknown, Err(EmulatorError::NoTask(_))));
}

#[tokio::test]
async fn shutdown_frees_the_port_whatever_hangs() {
    let stage = by_hand().await;
    let base = stage.emulator.base_url().to_owned();
    let address = stage.at("/v1/images/generations");
    let request = stage.http.post(address).bearer_auth(crate::stage::KEY);
    let hanging = tokio::spawn(request.json(&stage.body("#hang")).send());
    while stage.emulator.created().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stage.emulator.shutdown().await;
    let port = base.rsplit(':').next().unwrap().parse().unwrap();
    Stage::with(Settings { port, ..settings() }).await;
    hanging.abort();
}

#[tokio::test]
async fn replay_repeats_the_first_attempt_whatever_is_true_now() {
    let stage = by_hand().await;
    let id = stage.create(&stage.body("x")).await;
    let early = stage.emulator.replay(&id).await;
    assert!(matches!(early, Err(EmulatorError::NeverCalledBack(_))));
    stage.emulator.complete(&id).await.unwrap();
    stage.settle(&id).await;
    stage.emulator.fail(&id, "service_error").await.unwrap();
    assert_eq!(stage.emulator.replay(&id).await.unwrap(), 200);
    let sent = stage.emulator.callbacks();
    assert_eq!(sent[0].bytes, sent[1].bytes);
    assert_eq!(sent[1].body["status"], "completed");
}

#[tokio::test]
async fn another_process_completes_tasks_by_their_prompt_even_before_they_are_there() {
    let stage = by_hand().await;
    let other = stage.create(&stage.body("another")).await;
    let url = format!("{}/manual/complete?prompt=7f3a", stage.emulator.base_url());
    let asked = stage.http.post(url).send();
    let (answer, id) = tokio::join!(asked, async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        stage.create(&stage.body("a coat 7f3a")).await
    });
    let ended: serde_json::Value = answer.unwrap().json().await.unwrap();
    assert_eq!(ended, json!({ "tasks": [id] }));
    stage.settle(&id).await;
    assert_eq!(stage.task(&id).await["status"], "completed");
    assert_ne!(stage.task(&other).await["status"], "completed");
    assert_eq!(stage.received().len(), 1);
}
