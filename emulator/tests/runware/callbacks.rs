//! What is called back, and how often.

use atelier_emulator::CallbackKind;
use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn each_picture_calls_back_on_its_own() {
    let stage = Stage::new().await;
    let mut task = stage.edit("dress");
    task["numberResults"] = json!(3);
    let end = stage.finish(&task).await;
    let received = stage.received().into_iter().map(|(_, body)| body);
    assert_eq!(json!(received.collect::<Vec<_>>()), end["data"]);
    let kinds = stage.emulator.callbacks().into_iter().map(|one| one.kind);
    assert_eq!(kinds.collect::<Vec<_>>(), [CallbackKind::Terminal; 3]);
    assert_eq!(
        stage
            .emulator
            .redeliver(task["taskUUID"].as_str().unwrap())
            .await
            .unwrap(),
        200
    );
    assert_eq!(stage.received().len(), 6);
}

#[tokio::test]
async fn a_picture_that_did_not_come_out_calls_its_error_back() {
    let stage = Stage::new().await;
    let mut task = stage.edit("#partial");
    task["numberResults"] = json!(2);
    let end = stage.finish(&task).await;
    assert_eq!(
        (
            end["data"].as_array().unwrap().len(),
            end["errors"].as_array().unwrap().len()
        ),
        (1, 1)
    );
    let received = stage.received();
    assert_eq!(received[0].1, end["data"][0]);
    assert_eq!(received[1].1, json!({ "errors": end["errors"] }));
}

#[tokio::test]
async fn a_callback_is_sent_until_it_is_taken() {
    let stage = Stage::new().await;
    stage.answer([500, 302, 204]);
    stage.finish(&stage.edit("dress")).await;
    let outcomes = stage
        .emulator
        .callbacks()
        .into_iter()
        .map(|one| one.outcome);
    assert_eq!(outcomes.collect::<Vec<_>>(), [Ok(500), Ok(302), Ok(204)]);
    let (headers, _) = stage.raw().remove(0);
    assert!(
        headers
            .keys()
            .all(|name| !name.as_str().contains("signature"))
    );
}
