//! Tasks: create, read, find, wait; refusals.

use atelier_emulator::Settings;
use serde_json::{Value, json};

use crate::{
    stage::{Stage, settings},
    talk::uuid,
};

#[tokio::test]
async fn a_task_from_create_to_its_end() {
    let stage = Stage::new().await;
    let task = stage.edit("dress the person #slow");
    let id = task["taskUUID"].as_str().unwrap();
    let (status, answer) = stage.send(stage.post(&json!([task]))).await;
    let accepted = json!({ "taskType": "imageInference", "taskUUID": id });
    assert_eq!((status, answer), (200, json!({ "data": [accepted] })));
    let (_, open) = stage.send(stage.question(id)).await;
    let mut processing = accepted.clone();
    processing["status"] = json!("processing");
    assert_eq!(open, json!({ "data": [processing] }));

    stage.settle(id).await;
    let (status, done) = stage.send(stage.question(id)).await;
    let result = &done["data"][0];
    let address = format!("{}/files/{id}-0.png", stage.emulator.base_url());
    assert_eq!(status, 200);
    assert_eq!(
        done,
        json!({ "data": [{
            "taskType": "imageInference", "taskUUID": id, "status": "success",
            "imageUUID": result["imageUUID"], "imageURL": address, "seed": 42, "cost": 0.034
        }] })
    );
    assert_eq!(stage.received(), [("token-1".to_owned(), result.clone())]);
    let created = stage.emulator.created().remove(0);
    assert_eq!((created.provider, created.id.as_str()), ("runware", id));
    assert_eq!(created.body, task);

    let details = json!([{ "taskType": "getTaskDetails", "taskUUID": id }]);
    let (_, details) = stage.send(stage.post(&details)).await;
    assert_eq!(details["data"][0]["request"], task);
    assert_eq!(details["data"][0]["response"], done);
}

/// It is what `deliveryMethod` says when nothing is said.
#[tokio::test]
async fn without_a_delivery_method_the_answer_is_the_result() {
    let stage = Stage::new().await;
    let mut task = stage.edit("dress");
    task["deliveryMethod"] = Value::Null;
    task["numberResults"] = json!(2);
    let (status, answer) = stage.send(stage.post(&json!([task]))).await;
    assert_eq!((status, answer["data"].as_array().unwrap().len()), (200, 2));
    assert_eq!(answer["data"][1]["status"], "success");
}

#[tokio::test]
async fn several_tasks_are_answered_each_for_itself() {
    let stage = Stage::new().await;
    let mut bad = stage.edit("dress");
    bad["aspectRatio"] = json!("3:4");
    let good = stage.edit("dress");
    let (status, answer) = stage.send(stage.post(&json!([bad, good]))).await;
    assert_eq!(status, 200);
    assert_eq!(answer["data"][0]["taskUUID"], good["taskUUID"]);
    let error = &answer["errors"][0];
    assert_eq!(error["taskUUID"], bad["taskUUID"]);
    assert_eq!(
        (&error["code"], &error["parameter"]),
        (&json!("unsupportedParameter"), &json!("aspectRatio"))
    );
    assert_eq!(stage.emulator.created().len(), 1);
}

#[tokio::test]
async fn refusals_have_the_documented_shape_and_make_no_task() {
    let stage = Stage::with(Settings {
        credits: 0.03,
        ..settings()
    })
    .await;
    let of = |prompt: &str| json!([stage.edit(prompt)]);
    for (tasks, status, code) in [
        (json!({}), 400, "invalidBody"),
        (json!([]), 400, "invalidBody"),
        (json!([{}]), 400, "missingTaskType"),
        (json!([{ "taskType": "caption" }]), 400, "invalidTaskType"),
        (of("xx"), 400, "invalidPositivePrompt"),
        (of("too dear"), 402, "insufficientCredits"),
        (of("#402"), 402, "insufficientCredits"),
        (of("#429"), 429, "tooManyRequests"),
        (of("#500"), 500, "internalError"),
    ] {
        let (answered, answer) = stage.send(stage.post(&tasks)).await;
        let error = &answer["errors"][0];
        assert_eq!(
            (answered, &error["code"]),
            (status, &json!(code)),
            "{tasks}"
        );
        assert!(error["message"].is_string() && answer.get("data").is_none());
        assert_eq!(error.get("taskUUID"), tasks.pointer("/0/taskUUID"));
    }
    assert_eq!(stage.emulator.created(), []);
}

#[tokio::test]
async fn a_uuid_names_one_task_and_an_unknown_one_none() {
    let stage = Stage::new().await;
    let task = stage.edit("dress");
    stage.create(&task).await;
    let (status, answer) = stage.send(stage.post(&json!([task]))).await;
    assert_eq!(
        (status, &answer["errors"][0]["code"]),
        (400, &json!("invalidTaskUUID"))
    );
    for kind in ["getResponse", "getTaskDetails"] {
        let task = json!([{ "taskType": kind, "taskUUID": uuid() }]);
        let (status, answer) = stage.send(stage.post(&task)).await;
        assert_eq!(
            (status, &answer["errors"][0]["code"]),
            (404, &json!("taskNotFound"))
        );
        let more = json!([{ "taskType": kind, "taskUUID": uuid(), "wait": 5 }]);
        let (status, answer) = stage.send(stage.post(&more)).await;
        assert_eq!(
            (status, &answer["errors"][0]["parameter"]),
            (400, &json!("wait"))
        );
    }
}

#[tokio::test]
async fn a_picture_that_cannot_be_fetched_fails_the_task() {
    let stage = Stage::new().await;
    let mut task = stage.edit("dress");
    task["inputs"]["referenceImages"][1] = json!(stage.at_side("words.txt"));
    let end = stage.finish(&task).await;
    let error = &end["errors"][0];
    assert_eq!(
        (&error["status"], &error["code"]),
        (&json!("error"), &json!("invalidReferenceImages"))
    );
    assert!(error["message"].as_str().unwrap().contains("words.txt"));
}

#[tokio::test]
async fn the_key_comes_in_a_header_or_in_the_first_task() {
    let stage = Stage::new().await;
    let address = format!("{}/v1", stage.emulator.provider_url("runware"));
    let with_key = |key: &str, task: Value| {
        let key = json!({ "taskType": "authentication", "apiKey": key });
        stage.http.post(&address).json(&json!([key, task]))
    };
    let question = json!({ "taskType": "getResponse", "taskUUID": uuid() });
    for request in [
        stage.http.post(&address).body("{"),
        stage.http.post(&address).json(&json!([question])),
        stage
            .http
            .post(&address)
            .bearer_auth("wrong")
            .json(&json!([question])),
        with_key("wrong", question.clone()),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errors"][0]["code"], "invalidApiKey");
    }
    let mut task = stage.edit("dress");
    task["model"] = json!("prunaai:p-image@try-on");
    task["inputs"] = stage.try_on("garment.png")["inputs"].take();
    let response = with_key(crate::stage::KEY, task).send().await.unwrap();
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["data"].as_array().unwrap().len(), 2, "{answer}");
}
