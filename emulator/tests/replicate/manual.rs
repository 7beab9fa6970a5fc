//! What a test does by hand with signed callbacks.

use std::time::Duration;

use serde_json::json;

use crate::{
    stage::Stage,
    talk::{WebhookHeaders, verifies},
};

#[tokio::test]
async fn redeliver_signs_anew_under_the_same_id() {
    let stage = Stage::new().await;
    let ended = stage.finish(&stage.body("x")).await;
    let id = ended["id"].as_str().unwrap();
    // Timestamps are whole seconds.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(stage.emulator.redeliver(id).await.unwrap(), 200);
    let raw = stage.raw();
    assert!(raw.iter().all(verifies));
    let [first, second] = [0, 1].map(|at| WebhookHeaders::of(&raw[at].0).unwrap());
    assert_eq!(first.id, second.id);
    assert!(first.timestamp < second.timestamp);
}

#[tokio::test]
async fn replay_repeats_headers_and_bytes() {
    let stage = Stage::new().await;
    stage.answer([500]);
    let ended = stage.finish(&stage.body("x")).await;
    let id = ended["id"].as_str().unwrap();
    assert_eq!(stage.emulator.replay(id).await.unwrap(), 200);
    let attempts = stage.emulator.callbacks();
    assert_eq!(attempts.len(), 3);
    assert_eq!(
        (&attempts[0].headers, &attempts[0].bytes),
        (&attempts[2].headers, &attempts[2].bytes)
    );
    assert!(verifies(&stage.raw()[2]));
}

#[tokio::test]
async fn anything_can_be_signed_and_left_unsigned() {
    let stage = Stage::new().await;
    let id = stage.create(&stage.body("#lost")).await;
    stage.settle(&id).await;
    let emulator = &stage.emulator;
    let forgery = json!({ "id": id, "status": "succeeded" });
    let signed = emulator
        .send_signed(&id, &stage.hook(), forgery.clone())
        .await;
    let unsigned = emulator.send_callback(&stage.hook(), forgery).await;
    assert_eq!((signed.unwrap(), unsigned.unwrap()), (200, 200));
    let raw = stage.raw();
    assert!(verifies(&raw[0]) && WebhookHeaders::of(&raw[1].0).is_none());
}
