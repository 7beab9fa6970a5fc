//! Create, the task's address, credits, refusals.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    stage::{KEY, Stage, settings},
    talk::NANO_BANANA_2,
};

#[tokio::test]
async fn a_task_from_create_to_its_callback() {
    let stage = Stage::new().await;
    let body = stage.body("dress the person");
    let (status, created) = stage.post(&body).await;
    assert_eq!(status, 200);
    let id = created["id"].as_str().unwrap();
    assert!(id.starts_with("task-unified-") && id.len() == 32, "{id}");
    let at = created["created"].as_u64().unwrap();
    assert_eq!(
        created,
        json!({
            "id": id, "object": "image.generation.task", "type": "image", "model": NANO_BANANA_2,
            "created": at, "status": "pending", "progress": 0,
            "task_info": { "can_cancel": true, "estimated_time": 1 },
            "usage": { "billing_rule": "per_call", "credits_reserved": 8.7, "user_group": "default" }
        })
    );

    stage.settle(id).await;
    let task = stage.task(id).await;
    assert_eq!(task["status"], "completed");
    assert_eq!(stage.received(), [("token-1".to_owned(), task.clone())]);

    let address = task["results"][0].as_str().unwrap();
    let result = stage.http.get(address).send().await.unwrap();
    assert_eq!(result.headers()["content-type"], "image/png");
    let length = result.headers()["content-length"]
        .to_str()
        .unwrap()
        .to_owned();
    let bytes = result.bytes().await.unwrap().to_vec();
    assert_eq!(length, bytes.len().to_string());
    assert_eq!(
        stage.emulator.result_bytes(id),
        std::slice::from_ref(&bytes)
    );
    let picture = image::load_from_memory(&bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (72, 96));

    let recorded = &stage.emulator.created()[0];
    assert_eq!(
        (recorded.id.as_str(), recorded.prompt.as_str()),
        (id, "dress the person")
    );
    assert_eq!(recorded.body, body);
    assert_eq!(
        recorded.callback_url.as_deref(),
        body["callback_url"].as_str()
    );
    let calls = stage.emulator.calls();
    let short: Vec<_> = calls
        .iter()
        .map(|call| (call.method.as_str(), call.status))
        .collect();
    assert_eq!(
        short,
        [("POST", Some(200)), ("GET", Some(200)), ("GET", Some(200))]
    );
    stage.emulator.shutdown().await;
}

#[tokio::test]
async fn progress_moves_until_the_end() {
    let stage = Stage::new().await;
    let id = stage.create(&stage.body("#slow")).await;
    let mut seen: Vec<(String, u64)> = Vec::new();
    loop {
        let task = stage.task(&id).await;
        let status = task["status"].as_str().unwrap().to_owned();
        seen.push((status.clone(), task["progress"].as_u64().unwrap()));
        if status == "completed" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(seen.is_sorted_by_key(|(_, progress)| *progress), "{seen:?}");
    for status in ["pending", "processing", "completed"] {
        assert!(
            seen.iter().any(|(one, _)| one == status),
            "{status} in {seen:?}"
        );
    }
}

#[tokio::test]
async fn credits_are_reserved_spent_and_given_back() {
    let stage = Stage::with(atelier_emulator::Settings {
        credits: 20.0,
        ..settings()
    })
    .await;
    stage.finish(&stage.body("kept")).await;
    stage.finish(&stage.body("given back #fail")).await;
    let (_, credits) = stage.get("/v1/credits").await;
    assert_eq!(credits["data"]["user"]["used_credits"], 8.7);
    assert_eq!(credits["data"]["user"]["remaining_credits"], 11.3);
    assert_eq!(credits["success"], true);
    stage.finish(&stage.body("kept")).await;
    let (status, answer) = stage.post(&stage.body("too much")).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (402, &json!("insufficient_quota"))
    );
}

#[tokio::test]
async fn refusals_have_the_documented_shape_and_make_no_task() {
    let stage = Stage::new().await;
    let tagged = |tag: &str| stage.body(tag);
    let unknown = json!({ "model": "nano-banana", "prompt": "x" });
    let cases = [
        (json!({}), 400, "invalid_request", "invalid_request_error"),
        (unknown, 403, "model_access_denied", "invalid_request_error"),
        (
            tagged("#402"),
            402,
            "insufficient_quota",
            "insufficient_quota",
        ),
        (
            tagged("#429"),
            429,
            "rate_limit_exceeded",
            "rate_limit_error",
        ),
        (tagged("#500"), 500, "internal_error", "api_error"),
    ];
    for (body, status, code, kind) in cases {
        let (answered, answer) = stage.post(&body).await;
        assert_eq!(answered, status);
        assert_eq!(answer["error"]["code"], code);
        assert_eq!(answer["error"]["type"], kind);
        assert!(answer["error"]["message"].is_string());
    }
    assert_eq!(stage.emulator.created(), []);
    assert_eq!(stage.emulator.calls().len(), 5);
}

#[tokio::test]
async fn tasks_are_found_by_their_whole_id() {
    let stage = Stage::new().await;
    for (path, status, code) in [
        ("/v1/tasks/123", 400, "invalid_task_id"),
        ("/v1/tasks/task-unified-1-abcdefgh", 404, "task_not_found"),
    ] {
        let (answered, answer) = stage.get(path).await;
        assert_eq!((answered, &answer["error"]["code"]), (status, &json!(code)));
    }
}

#[tokio::test]
async fn the_key_comes_before_everything() {
    let stage = Stage::new().await;
    let base = stage.emulator.provider_url("evolink");
    let create = stage
        .http
        .post(format!("{base}/v1/images/generations"))
        .body("{");
    let task = stage.http.get(format!("{base}/v1/tasks/123"));
    let wrong = stage
        .http
        .get(format!("{base}/v1/credits"))
        .bearer_auth(format!("{KEY}x"));
    for request in [create, task, wrong] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(
            answer,
            json!({ "error": {
                "code": "unauthorized", "message": "Invalid or expired token",
                "type": "authentication_error"
            } })
        );
    }
}

#[tokio::test]
async fn an_input_that_is_no_picture_fails_the_task() {
    let stage = Stage::new().await;
    for input in ["words.txt", "missing.png"] {
        let mut body = stage.body("x");
        body["image_urls"][1] = json!(format!("{}/{input}", stage.side));
        let task = stage.finish(&body).await;
        assert_eq!(task["status"], "failed", "{input}");
        assert_eq!(task["error"]["code"], "image_processing_error");
        assert_eq!(task["error"]["type"], "task_error");
    }
    assert_eq!(stage.received().len(), 2);
}
