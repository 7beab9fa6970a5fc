//! Hashtags that a garment carries, for models without a prompt.

use serde_json::{Value, json};

use crate::stage::Stage;

/// What became of a try-on of a garment that the side server has.
async fn end(stage: &Stage, garment: &str) -> Value {
    let base = stage.emulator.provider_url("fashn");
    let body = json!({
        "model_name": "tryon-v1.6",
        "inputs": {
            "model_image": stage.at_side("person.png"), "garment_image": stage.at_side(garment),
        },
    });
    let (_, answer) = stage
        .send(stage.http.post(format!("{base}/v1/run")).json(&body))
        .await;
    let id = answer["id"].as_str().unwrap();
    stage.settle(id).await;
    stage
        .send(stage.http.get(format!("{base}/v1/status/{id}")))
        .await
        .1
}

#[tokio::test]
async fn hashtags_come_in_the_pixels_or_after_the_files_end() {
    let stage = Stage::new().await;
    for carrier in ["labelled", "tagged"] {
        let refused = end(&stage, &format!("{carrier}/refused")).await;
        assert_eq!(
            refused["error"]["name"], "ContentModerationError",
            "{carrier}"
        );
    }
    // What is appended comes later, and so wins.
    let both = end(&stage, "both/refused/fail").await;
    assert_eq!(both["error"]["name"], "PipelineError");
}

#[tokio::test]
async fn a_label_is_not_in_the_result() {
    let stage = Stage::new().await;
    let mut made = Vec::new();
    for garment in ["garment.png", "labelled/dup"] {
        let task = end(&stage, garment).await;
        made.push(stage.emulator.result_bytes(task["id"].as_str().unwrap()));
    }
    assert_eq!(made[0], made[1]);
}
