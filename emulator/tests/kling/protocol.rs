//! Create, the task's address, the callers' own ids, refusals.

use atelier_emulator::Settings;
use serde_json::{Value, json};

use crate::stage::{Stage, settings};

#[tokio::test]
async fn a_task_from_create_to_its_end() {
    let stage = Stage::new().await;
    let body = stage.body("garment.png");
    let (status, created) = stage.send(stage.post(&body)).await;
    let id = created["data"]["task_id"].as_str().unwrap();
    assert!(
        id.len() == 18 && id.bytes().all(|byte| byte.is_ascii_digit()),
        "{id}"
    );
    let at = created["data"]["created_at"].as_u64().unwrap();
    assert!(at > 1_700_000_000_000, "milliseconds: {at}");
    let data = json!({
        "task_id": id, "task_status": "submitted", "created_at": at, "updated_at": at
    });
    let expected = json!({
        "code": 0, "message": "SUCCEED", "request_id": created["request_id"], "data": data
    });
    assert_eq!((status, &created), (200, &expected));

    stage.settle(id).await;
    let task = stage.task(id).await;
    let url = task["task_result"]["images"][0]["url"].as_str().unwrap();
    assert_eq!(
        task,
        json!({
            "task_id": id, "task_status": "succeed", "task_status_msg": "", "task_info": {},
            "task_result": { "images": [{ "index": 0, "url": url }] },
            "final_unit_deduction": "1", "created_at": at, "updated_at": task["updated_at"]
        })
    );
    assert!(task["updated_at"].as_u64().unwrap() >= at + 60);

    let recorded = &stage.emulator.created()[0];
    assert_eq!((recorded.provider, recorded.id.as_str()), ("kling", id));
    assert_eq!((recorded.prompt.as_str(), &recorded.body), ("", &body));
    assert_eq!(recorded.callback_url, Some(stage.hook()));
}

#[tokio::test]
async fn a_callers_own_id_is_used_once_and_finds_the_task() {
    let stage = Stage::new().await;
    let mut body = stage.body("tagged/429");
    body["external_task_id"] = json!("job-1");
    // A refusal does not use it up.
    assert_eq!(stage.send(stage.post(&body)).await.0, 429);
    body["cloth_image"] = json!(stage.at_side("garment.png"));
    let (first, second) =
        tokio::join!(stage.send(stage.post(&body)), stage.send(stage.post(&body)));
    let mut statuses = [first.0, second.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    let (_, again) = stage.send(stage.post(&body)).await;
    assert_eq!(again["code"], 1201);

    let created = stage.emulator.created();
    assert_eq!(created.len(), 1);
    assert_eq!(created[0].external_id.as_deref(), Some("job-1"));
    stage.settle(&created[0].id).await;
    let task = stage.task("job-1").await;
    assert_eq!(task, stage.task(&created[0].id).await);
    assert_eq!(task["task_info"], json!({ "external_task_id": "job-1" }));
}

#[tokio::test]
async fn an_id_stays_used_though_create_was_never_answered() {
    let stage = Stage::new().await;
    let mut body = stage.body("tagged/hang");
    body["external_task_id"] = json!("job-1");
    stage.is_never_answered(stage.post(&body)).await;
    body["cloth_image"] = json!(stage.at_side("garment.png"));
    let (status, answer) = stage.send(stage.post(&body)).await;
    assert_eq!((status, &answer["code"]), (400, &json!(1201)));
    assert_eq!(stage.task("job-1").await["task_status"], "succeed");
}

#[tokio::test]
async fn an_unknown_id_looks_like_a_failed_task() {
    let stage = Stage::new().await;
    assert_eq!(
        stage.task("job-9").await,
        json!({ "task_id": "job-9", "task_status": "failed", "task_status_msg": "task not found" })
    );
}

#[tokio::test]
async fn pictures_may_come_in_the_request() {
    let stage = Stage::new().await;
    let address = stage.at_side("tagged/fail");
    let picture = stage.http.get(address).send().await.unwrap();
    let picture = picture.bytes().await.unwrap();
    let mut body = stage.body("garment.png");
    let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, picture);
    body["cloth_image"] = json!(encoded);
    let task = stage.finish(&body).await;
    assert_eq!(
        task["task_status_msg"],
        "Internal error, please try again later"
    );
}

#[tokio::test]
async fn an_input_that_is_no_picture_fails_the_task() {
    let stage = Stage::new().await;
    let long = "AAAA".repeat(1_000_000);
    for input in [&stage.at_side("words.txt"), &stage.at_side("none"), &long] {
        let mut body = stage.body("garment.png");
        body["human_image"] = json!(input);
        let task = stage.finish(&body).await;
        assert_eq!(task["task_status"], "failed");
        let message = task["task_status_msg"].as_str().unwrap();
        assert!(
            message.starts_with("Input image ") && message.len() < 300,
            "{message}"
        );
    }
}

#[tokio::test]
async fn refusals_have_the_documented_shape_and_make_no_task() {
    let stage = Stage::with(Settings {
        credits: 0.0,
        ..settings()
    })
    .await;
    let body = |name: &str, value: Value| {
        let mut body = stage.body("garment.png");
        body[name] = value;
        stage.post(&body)
    };
    let large = json!("A".repeat(29 << 20));
    let cases = [
        (stage.http.post(stage.tasks()).body("{"), 400, 1200),
        (body("human_image", json!(null)), 400, 1201),
        (body("cloth_image", large), 400, 1201),
        (body("model_name", json!("kolors-v9")), 404, 1203),
        (body("external_task_id", json!("job-1")), 429, 1102),
    ];
    for (request, status, code) in cases {
        let (answered, answer) = stage.send(request).await;
        assert_eq!((answered, &answer["code"]), (status, &json!(code)));
        let fields: Vec<_> = answer.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["code", "message", "request_id"]);
    }
    assert_eq!(stage.emulator.created(), []);
}

#[tokio::test]
async fn the_key_comes_before_everything() {
    let stage = Stage::new().await;
    let create = stage.http.post(stage.tasks()).body("{");
    let show = stage.http.get(stage.address("1")).bearer_auth("wrong");
    for (request, code) in [(create, 1001), (show, 1002)] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["code"], code);
    }
}
