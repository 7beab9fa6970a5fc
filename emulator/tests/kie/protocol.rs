//! Create, the task's address, refusals.

use std::time::Duration;

use atelier_emulator::Settings;
use serde_json::{Value, json};

use crate::{
    stage::{Stage, settings},
    talk::{EDIT, results},
};

#[tokio::test]
async fn a_task_from_create_to_its_callback() {
    let stage = Stage::with(Settings {
        slow: Duration::from_secs(1),
        ..settings()
    })
    .await;
    let body = stage.body("dress the person #slow");
    let answer = stage.post(&body).await;
    let id = answer["data"]["taskId"].as_str().unwrap();
    assert_eq!(
        answer,
        json!({ "code": 200, "msg": "success", "data": { "taskId": id } })
    );
    let mut seen: Vec<String> = Vec::new();
    while seen.last().is_none_or(|last| last != "success") {
        let record = stage.get(id).await["data"].clone();
        seen.push(record["state"].as_str().unwrap().to_owned());
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    seen.dedup();
    assert_eq!(seen, ["waiting", "generating", "success"]);

    stage.settle(id).await;
    let record = stage.get(id).await["data"].clone();
    let address = format!("{}/files/{id}-0.png", stage.emulator.base_url());
    assert_eq!(results(&record), [address]);
    let created = record["createTime"].as_u64().unwrap();
    let completed = record["completeTime"].as_u64().unwrap();
    assert_eq!(
        record,
        json!({
            "taskId": id, "model": EDIT, "state": "success", "param": body.to_string(),
            "resultJson": record["resultJson"], "failCode": null, "failMsg": null,
            "costTime": completed - created, "completeTime": completed, "createTime": created,
            "creditsConsumed": 4.0
        })
    );
    let callback = json!({
        "code": 200, "msg": "Playground task completed successfully.", "data": record
    });
    assert_eq!(stage.received(), [("token-1".to_owned(), callback)]);
    let created = stage.emulator.created().remove(0);
    assert_eq!((created.provider, created.body), ("kie", body));
}

#[tokio::test]
async fn nano_banana_pro_has_other_fields() {
    let stage = Stage::new().await;
    let pictures = ["person.png", "garment.png"].map(|name| stage.at_side(name));
    let record = stage
        .finish(&json!({
            "model": "nano-banana-pro",
            "input": {
                "prompt": "x", "image_input": pictures, "aspect_ratio": "1:1",
                "resolution": "2K", "output_format": "jpg"
            }
        }))
        .await;
    assert_eq!(record["creditsConsumed"], 18.0);
    let bytes = stage
        .emulator
        .result_bytes(record["taskId"].as_str().unwrap());
    let picture = image::load_from_memory(&bytes[0]).unwrap();
    assert_eq!((picture.width(), picture.height()), (96, 96));
    assert_eq!(stage.emulator.callbacks(), []);
}

/// The HTTP status is 200 for all of them.
#[tokio::test]
async fn refusals_have_their_code_inside_and_make_no_task() {
    let stage = Stage::with(Settings {
        credits: 3.0,
        ..settings()
    })
    .await;
    for (body, code) in [
        (json!({}), 422),
        (json!({ "model": "none", "input": { "prompt": "x" } }), 422),
        (json!({ "model": EDIT, "input": { "prompt": "x" } }), 422),
        (stage.body("x"), 402),
        (stage.body("#402"), 402),
        (stage.body("#429"), 429),
        (stage.body("#500"), 500),
    ] {
        let answer = stage.post(&body).await;
        assert_eq!(
            (&answer["code"], &answer["data"]),
            (&json!(code), &Value::Null)
        );
        assert!(answer["msg"].is_string());
    }
    assert_eq!(stage.emulator.created(), []);
    assert_eq!(stage.get("task_google_none").await["code"], 422);
}

#[tokio::test]
async fn the_key_comes_before_everything() {
    let stage = Stage::new().await;
    for request in [
        stage.http.post(stage.at("createTask")).body("{"),
        stage.http.get(stage.at("recordInfo")),
        stage.http.get(stage.at("recordInfo")).bearer_auth("wrong"),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["code"], 401);
    }
}

#[tokio::test]
async fn an_input_that_is_no_picture_fails_the_task() {
    let stage = Stage::new().await;
    for input in ["words.txt", "missing.png"] {
        let mut body = stage.body("x");
        body["input"]["image_urls"][1] = json!(stage.at_side(input));
        let record = stage.finish(&body).await;
        assert_eq!(
            (&record["state"], &record["failCode"]),
            (&json!("fail"), &json!("400"))
        );
        assert!(record["failMsg"].as_str().unwrap().contains(input));
        assert_eq!(stage.received().pop().unwrap().1["code"], 400);
    }
}
