//! Runs, statuses, credits, refusals.

use std::time::Duration;

use atelier_emulator::Settings;
use serde_json::{Value, json};

use crate::stage::{KEY, Stage, settings};

#[tokio::test]
async fn a_prediction_from_its_run_to_its_end() {
    let stage = Stage::new().await;
    let mut body = stage.try_on("garment.png");
    body["inputs"]["num_samples"] = json!(2);
    let (status, answer) = stage.send(stage.run(&body)).await;
    let id = answer["id"].as_str().unwrap();
    assert_eq!(
        (status, &answer),
        (200, &json!({ "id": id, "error": null }))
    );
    assert!(id.ends_with("-u1") && id.len() == 39, "{id}");

    stage.settle(id).await;
    let address = stage.at(&format!("/v1/status/{id}"));
    let request = stage.http.get(address).bearer_auth(KEY);
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["x-fashn-credits-used"], "2");
    let task: Value = response.json().await.unwrap();
    let output = task["output"].clone();
    assert_eq!(output.as_array().unwrap().len(), 2);
    assert_eq!(
        task,
        json!({ "id": id, "status": "completed", "output": output, "error": null })
    );

    let recorded = &stage.emulator.created()[0];
    assert_eq!((recorded.provider, recorded.id.as_str()), ("fashn", id));
    assert_eq!(
        (recorded.model.as_str(), &recorded.body),
        ("tryon-v1.6", &body)
    );
    assert_eq!(recorded.callback_url, Some(stage.hook()));
}

#[tokio::test]
async fn the_statuses_come_in_their_order() {
    // The shortest of them, in the queue, lasts for a tenth of it.
    let slow = Duration::from_millis(1500);
    let stage = Stage::with(Settings { slow, ..settings() }).await;
    let id = stage.start(&stage.try_on("tagged/slow")).await;
    let mut seen = Vec::new();
    while seen.last().is_none_or(|last| last != "completed") {
        let status = stage.status(&id).await["status"].clone();
        seen.push(status.as_str().unwrap().to_owned());
        tokio::time::sleep(Duration::from_millis(8)).await;
    }
    seen.dedup();
    assert_eq!(seen, ["starting", "in_queue", "processing", "completed"]);
}

#[tokio::test]
async fn pictures_may_come_in_the_request() {
    let stage = Stage::new().await;
    let mut body = stage.try_on("garment.png");
    let address = stage.at_side("garment.png");
    let picture = stage.http.get(address).send().await.unwrap();
    let picture = picture.bytes().await.unwrap();
    let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, picture);
    body["inputs"]["garment_image"] = format!("data:image/png;base64,{encoded}").into();
    assert_eq!(stage.finish(&body).await["status"], "completed");
}

#[tokio::test]
async fn an_input_that_is_no_picture_fails_the_prediction() {
    let stage = Stage::new().await;
    let long = format!("data:image/png;base64,{}", "AAAA".repeat(1_000_000));
    for input in [
        &stage.at_side("words.txt"),
        &stage.at_side("none"),
        "saved:eve",
        &long,
    ] {
        let mut body = stage.try_on("garment.png");
        body["inputs"]["model_image"] = json!(input);
        let task = stage.finish(&body).await;
        assert_eq!(task["status"], "failed");
        assert_eq!(task["error"]["name"], "ImageLoadError");
        assert!(task["error"]["message"].as_str().unwrap().len() < 300);
    }
}

#[tokio::test]
async fn too_many_requests_are_too_many_at_once_while_one_runs() {
    let stage = Stage::new().await;
    let refused = async || stage.send(stage.run(&stage.edit("#429"))).await;
    let error = |name: &str, message: &str| (429, json!({ "error": name, "message": message }));
    let idle = error("RateLimitExceeded", "Too many requests");
    let busy = error(
        "ConcurrencyLimitExceeded",
        "Too many concurrent predictions",
    );
    assert_eq!(refused().await, idle);
    let id = stage.start(&stage.edit("#slow")).await;
    assert_eq!(refused().await, busy);
    stage.settle(&id).await;
    assert_eq!(refused().await, idle);
}

#[tokio::test]
async fn the_balance_ends() {
    let settings = Settings {
        credits: 3.0,
        ..settings()
    };
    let stage = Stage::with(settings).await;
    stage.finish(&stage.edit("given back #fail")).await;
    let mut body = stage.edit("kept");
    body["inputs"]["num_images"] = json!(3);
    stage.finish(&body).await;
    let (status, answer) = stage.send(stage.run(&stage.edit("too much"))).await;
    assert_eq!((status, &answer["error"]), (429, &json!("OutOfCredits")));
}

#[tokio::test]
async fn refusals_make_no_prediction() {
    let stage = Stage::new().await;
    let run = || stage.http.post(stage.at("/v1/run"));
    let mut many = stage.try_on("garment.png");
    many["inputs"]["num_samples"] = json!(5);
    let foreign = stage.at("/v1/run?webhook_url=http%3A%2F%2Fapp.example%2Fhooks");
    let unknown = stage.http.get(stage.at("/v1/status/123-u1"));
    let cases = [
        (run().body("{"), 400, "BadRequest"),
        (run().json(&many), 400, "BadRequest"),
        (
            stage.http.post(foreign).json(&stage.edit("x")),
            400,
            "BadRequest",
        ),
        (run().body(vec![b' '; 33 << 20]), 500, "InternalServerError"),
        (unknown, 404, "NotFound"),
    ];
    for (request, status, error) in cases {
        let (answered, answer) = stage.send(request).await;
        assert_eq!((answered, &answer["error"]), (status, &json!(error)));
        assert!(answer["message"].is_string());
    }
    assert_eq!(stage.emulator.created(), []);
}

#[tokio::test]
async fn the_key_comes_before_everything() {
    let stage = Stage::new().await;
    let run = stage.http.post(stage.at("/v1/run")).body("{");
    let status = stage.http.get(stage.at("/v1/status/123"));
    for request in [run, status.bearer_auth("wrong")] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        let answer: Value = response.json().await.unwrap();
        let message = "Unauthorized: Invalid token";
        assert_eq!(
            answer,
            json!({ "error": "UnauthorizedAccess", "message": message })
        );
    }
}
