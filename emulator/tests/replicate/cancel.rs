//! Cancelling, in time, too late, and in vain.

use serde_json::json;

use crate::{
    stage::{Stage, settings},
    talk::verifies,
};

#[tokio::test]
async fn a_cancel_ends_the_prediction_and_calls_back() {
    let stage = Stage::with(atelier_emulator::Settings {
        credits: 0.07,
        ..settings()
    })
    .await;
    let id = stage.create(&stage.body("#slow")).await;
    let (status, canceled) = stage.cancel(&id).await;
    assert_eq!((status, &canceled["status"]), (200, &json!("canceled")));
    stage.settle(&id).await;
    assert_eq!(stage.prediction(&id).await, canceled);
    assert_eq!(stage.received(), [("token-1".to_owned(), canceled)]);
    assert!(verifies(&stage.raw()[0]));
    // Its price was given back, and nothing comes of it later.
    stage.finish(&stage.body("#slow")).await;
    assert_eq!(stage.prediction(&id).await["status"], "canceled");
    assert_eq!(stage.received().len(), 2);
}

#[tokio::test]
async fn a_late_cancel_changes_nothing() {
    let stage = Stage::new().await;
    let ended = stage.finish(&stage.body("x")).await;
    let id = ended["id"].as_str().unwrap();
    assert_eq!(stage.cancel(id).await, (200, ended.clone()));
    assert_eq!(stage.prediction(id).await, ended);
    assert_eq!(stage.received().len(), 1);
    assert_eq!(stage.cancel("unknown").await.0, 404);
}

#[tokio::test]
async fn cancelrace_accepts_and_completes_all_the_same() {
    let stage = Stage::new().await;
    let id = stage.create(&stage.body("#cancelrace #slow")).await;
    let (status, answer) = stage.cancel(&id).await;
    assert_eq!(status, 200);
    assert_ne!(answer["status"], "canceled");
    stage.settle(&id).await;
    assert_eq!(stage.prediction(&id).await["status"], "succeeded");
    assert_eq!(stage.received()[0].1["status"], "succeeded");
}
