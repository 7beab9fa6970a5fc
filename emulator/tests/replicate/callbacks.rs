//! Which callbacks are sent, and how often.

use atelier_emulator::CallbackKind::{self, Contradiction, Progress, Terminal};
use serde_json::json;

use crate::{
    stage::Stage,
    talk::{WebhookHeaders, verifies},
};

fn sent(transcript: &[(CallbackKind, &str)]) -> Vec<(CallbackKind, String)> {
    transcript
        .iter()
        .map(|(kind, status)| (*kind, (*status).to_owned()))
        .collect()
}

#[tokio::test]
async fn the_filter_says_what_is_called_back() {
    let cases = [
        (json!(null), sent(&[(Terminal, "succeeded")])),
        (
            json!(["start", "completed"]),
            sent(&[(Progress, "processing"), (Terminal, "succeeded")]),
        ),
        (json!(["output", "logs"]), sent(&[])),
    ];
    for (filter, transcript) in cases {
        let stage = Stage::new().await;
        let mut body = stage.body("x");
        body["webhook_events_filter"] = filter;
        let ended = stage.finish(&body).await;
        assert_eq!(ended["status"], "succeeded");
        assert_eq!(stage.transcript(), transcript);
        assert!(stage.raw().iter().all(verifies));
    }
}

#[tokio::test]
async fn only_the_end_is_retried() {
    let stage = Stage::new().await;
    stage.answer([500, 500, 200]);
    let mut body = stage.body("x");
    body["webhook_events_filter"] = json!(["start", "completed"]);
    stage.finish(&body).await;
    assert_eq!(
        stage.transcript(),
        sent(&[
            (Progress, "processing"),
            (Terminal, "succeeded"),
            (Terminal, "succeeded")
        ])
    );
}

#[tokio::test]
async fn retries_keep_the_id_and_the_body() {
    let stage = Stage::new().await;
    stage.answer([500, 302, 200]);
    stage.finish(&stage.body("x")).await;
    let raw = stage.raw();
    assert_eq!(raw.len(), 3);
    for callback in &raw {
        assert!(verifies(callback));
        assert_eq!(callback.1, raw[0].1);
        let [id, first] = [callback, &raw[0]].map(|one| WebhookHeaders::of(&one.0).unwrap().id);
        assert_eq!(id, first);
    }
}

#[tokio::test]
async fn each_task_has_a_message_id_of_its_own() {
    let stage = Stage::new().await;
    stage.finish(&stage.body("x")).await;
    stage.finish(&stage.body("x")).await;
    let ids: Vec<String> = stage
        .raw()
        .iter()
        .map(|(headers, _)| WebhookHeaders::of(headers).unwrap().id)
        .collect();
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn refused_ends_with_its_code() {
    let stage = Stage::new().await;
    let ended = stage.finish(&stage.body("#refused")).await;
    assert_eq!(
        (&ended["status"], &ended["output"]),
        (&json!("failed"), &json!(null))
    );
    assert!(ended["error"].as_str().unwrap().ends_with("(E005)"));
    assert_eq!(stage.received()[0].1, ended);
}

/// What the provider itself says is well signed, however odd it is.
#[tokio::test]
async fn contradictions_and_progress_are_well_signed() {
    let stage = Stage::new().await;
    stage.finish(&stage.body("#progress #reorder")).await;
    assert_eq!(
        stage.transcript(),
        sent(&[
            (Progress, "processing"),
            (Progress, "processing"),
            (Terminal, "succeeded"),
            (Contradiction, "failed")
        ])
    );
    assert!(stage.raw().iter().all(verifies));
}
