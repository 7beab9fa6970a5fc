//! The hashtags of the answer, the pace, the end and the callback.

use std::time::Duration;

use atelier_emulator::CallbackKind::{Contradiction, Forged, Progress, Terminal};
use serde_json::json;

use crate::stage::Stage;

fn sent(
    transcript: &[(atelier_emulator::CallbackKind, &str)],
) -> Vec<(atelier_emulator::CallbackKind, String)> {
    transcript
        .iter()
        .map(|(kind, status)| (*kind, (*status).to_owned()))
        .collect()
}

#[tokio::test]
async fn a_callback_is_retried_three_times_and_then_given_up() {
    let stage = Stage::new().await;
    stage
        .inbox
        .lock()
        .unwrap()
        .answers
        .extend([500, 302, 404, 503, 200]);
    stage.finish(&stage.body("x")).await;
    let outcomes: Vec<_> = stage
        .emulator
        .callbacks()
        .into_iter()
        .map(|one| one.outcome)
        .collect();
    assert_eq!(outcomes, [Ok(500), Ok(302), Ok(404), Ok(503)]);
}

#[tokio::test]
async fn any_2xx_ends_the_retries() {
    let stage = Stage::new().await;
    stage.inbox.lock().unwrap().answers.extend([500, 204]);
    stage.finish(&stage.body("x")).await;
    assert_eq!(stage.transcript(), sent(&[(Terminal, "completed"); 2]));
}

#[tokio::test]
async fn an_unreachable_receiver_is_recorded() {
    let stage = Stage::new().await;
    let mut body = stage.body("x");
    body["callback_url"] = json!("http://127.0.0.1:1/hooks/t");
    stage.finish(&body).await;
    let callbacks = stage.emulator.callbacks();
    assert_eq!(callbacks.len(), 4);
    assert!(callbacks.iter().all(|attempt| attempt.outcome.is_err()));
}

#[tokio::test]
async fn lost_and_no_address_call_nobody() {
    let stage = Stage::new().await;
    assert_eq!(
        stage.finish(&stage.body("#lost")).await["status"],
        "completed"
    );
    let task = stage
        .finish(&json!({ "model": "z-image-turbo", "prompt": "x" }))
        .await;
    assert_eq!(task["status"], "completed");
    assert_eq!(stage.emulator.callbacks(), []);
}

#[tokio::test]
async fn dup_delivers_the_end_three_times() {
    let stage = Stage::new().await;
    let task = stage.finish(&stage.body("#dup")).await;
    assert_eq!(stage.received(), vec![("token-1".to_owned(), task); 3]);
}

#[tokio::test]
async fn slow_and_late_take_their_time() {
    let stage = Stage::new().await;
    let slow = stage.create(&stage.body("#slow")).await;
    let late = stage.create(&stage.body("#late")).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_ne!(stage.task(&slow).await["status"], "completed");
    stage.settle(&slow).await;
    assert_ne!(stage.task(&late).await["status"], "completed");
    stage.settle(&late).await;
    assert_eq!(stage.received().len(), 2);
}

#[tokio::test]
async fn fast_calls_back_before_create_is_answered() {
    let stage = Stage::new().await;
    // The receiver does not know the task yet, and says so: that must not hold the answer up.
    stage
        .inbox
        .lock()
        .unwrap()
        .answers
        .extend([404, 404, 404, 404]);
    let id = stage.create(&stage.body("#fast")).await;
    assert_eq!(stage.received()[0].1["id"], id.as_str());
    stage.settle(&id).await;
    assert_eq!(stage.received().len(), 4);
}

#[tokio::test]
async fn each_end_has_its_code() {
    let stage = Stage::new().await;
    for (tag, code) in [
        ("#fail", "service_error"),
        ("#refused", "content_policy_violation"),
        ("#unreadable", "image_processing_error"),
    ] {
        let task = stage.finish(&stage.body(tag)).await;
        assert_eq!(
            (&task["status"], &task["error"]["code"]),
            (&json!("failed"), &json!(code))
        );
        assert_eq!(stage.received().pop().unwrap().1, task);
    }
}

#[tokio::test]
async fn forged_lies_before_it_tells_the_truth() {
    let stage = Stage::new().await;
    let task = stage.finish(&stage.body("#forged")).await;
    assert_eq!(
        stage.transcript(),
        sent(&[
            (Forged, "completed"),
            (Forged, "completed"),
            (Forged, "failed"),
            (Terminal, "completed")
        ])
    );
    let received = stage.received();
    let hostile = json!(["http://hostile.invalid/stolen.png"]);
    assert_eq!(received[0].0, "token-A");
    assert_eq!(
        (&received[0].1["id"], &received[0].1["results"]),
        (&task["id"], &hostile)
    );
    assert_eq!(received[1].0, "token-1");
    assert_ne!(received[1].1["id"], task["id"]);
    assert_eq!(
        (received[2].0.as_str(), &received[2].1["id"]),
        ("token-1", &task["id"])
    );
    assert_eq!(received[3].1, task);
}

#[tokio::test]
async fn reorder_fails_after_it_completed() {
    let stage = Stage::new().await;
    let task = stage.finish(&stage.body("#reorder")).await;
    assert_eq!(
        stage.transcript(),
        sent(&[(Terminal, "completed"), (Contradiction, "failed")])
    );
    assert_eq!(task["status"], "completed");
}

#[tokio::test]
async fn progress_reports_before_the_end() {
    let stage = Stage::new().await;
    stage.finish(&stage.body("#progress")).await;
    assert_eq!(
        stage.transcript(),
        sent(&[
            (Progress, "processing"),
            (Progress, "processing"),
            (Terminal, "completed")
        ])
    );
}

#[tokio::test]
async fn hang_and_hangback_never_answer() {
    let stage = Stage::new().await;
    for (tag, callbacks) in [("#hang", 0), ("#hangback", 1)] {
        let address = stage.at("/v1/images/generations");
        let request = stage.http.post(address).bearer_auth(crate::stage::KEY);
        let request = request
            .json(&stage.body(tag))
            .timeout(Duration::from_millis(300));
        assert!(request.send().await.unwrap_err().is_timeout());
        let id = stage.emulator.created().pop().unwrap().id;
        stage.settle(&id).await;
        assert_eq!(stage.task(&id).await["status"], "completed");
        assert_eq!(stage.received().len(), callbacks);
    }
    assert_eq!(stage.emulator.calls()[0].status, None);
}

#[tokio::test]
async fn hashtags_combine() {
    let stage = Stage::new().await;
    let response = stage.result_of("#slow #lost #chunked").await;
    assert_eq!(response.headers()["transfer-encoding"], "chunked");
    assert_eq!(stage.received(), []);
}

/// Nobody could tell a bad signature from a good one where there is none.
#[tokio::test]
async fn signature_hashtags_are_silent_where_nothing_is_signed() {
    let stage = Stage::new().await;
    for tag in ["#badsig", "#oldsig", "#nosig", "#tampered", "#truncsig"] {
        let task = stage.finish(&stage.body(tag)).await;
        assert_eq!(task["status"], "completed", "{tag}");
    }
    assert_eq!(stage.emulator.callbacks(), []);
}

#[tokio::test]
async fn a_callback_bears_no_signature() {
    let stage = Stage::new().await;
    stage.finish(&stage.body("x")).await;
    assert_eq!(stage.emulator.callbacks()[0].headers, []);
}
