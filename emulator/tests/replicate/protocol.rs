//! Create, the prediction's address, refusals.

use serde_json::{Value, json};

use crate::{
    stage::{KEY, Stage},
    talk::NANO_BANANA_2,
};

#[tokio::test]
async fn a_prediction_from_create_to_its_callback() {
    let stage = Stage::new().await;
    let body = stage.body("dress the person");
    let (status, created) = stage.post(&body).await;
    assert_eq!(status, 201);
    let id = created["id"].as_str().unwrap();
    assert_eq!(id.len(), 26);
    assert_eq!(
        (&created["status"], &created["output"], &created["model"]),
        (&json!("starting"), &Value::Null, &json!(NANO_BANANA_2))
    );
    assert_eq!(created["input"], body["input"]);
    let address = stage.at(&format!("/v1/predictions/{id}"));
    assert_eq!(created["urls"]["get"], address);

    stage.settle(id).await;
    let ended = stage.prediction(id).await;
    assert_eq!(ended["status"], "succeeded");
    assert_eq!(stage.received(), [("token-1".to_owned(), ended.clone())]);
    let result = stage.http.get(ended["output"].as_str().unwrap());
    let bytes = result.send().await.unwrap().bytes().await.unwrap();
    assert_eq!(stage.emulator.result_bytes(id), [bytes.to_vec()]);
    let recorded = &stage.emulator.created()[0];
    assert_eq!((recorded.provider, recorded.id.as_str()), ("replicate", id));
}

#[tokio::test]
async fn an_official_model_has_an_address_of_its_own() {
    let stage = Stage::new().await;
    let mut body = stage.body("x");
    body.as_object_mut().unwrap().remove("version");
    for (model, expected) in [(NANO_BANANA_2, 201), ("cuuupid/idm-vton", 404)] {
        let address = stage.at(&format!("/v1/models/{model}/predictions"));
        let (status, answer) = stage.send(stage.http.post(address).json(&body)).await;
        assert_eq!(status, expected, "{answer}");
    }
}

#[tokio::test]
async fn a_try_on_takes_its_hashtags_from_the_garment() {
    let stage = Stage::new().await;
    let good = stage.finish(&stage.try_on("unknown")).await;
    assert_eq!(good["status"], "succeeded");
    let bad = stage.finish(&stage.try_on("slow+fail")).await;
    assert_eq!(bad["status"], "failed");
    assert!(bad["error"].as_str().unwrap().ends_with("(E1000)"));
    let (status, _) = stage.post(&stage.try_on("429")).await;
    assert_eq!(status, 429);

    let mut described = stage.try_on("fail");
    described["input"]["garment_des"] = json!("a red coat");
    assert_eq!(stage.finish(&described).await["status"], "succeeded");
}

#[tokio::test]
async fn an_input_may_be_a_data_uri() {
    let stage = Stage::new().await;
    let mut body = stage.body("x");
    let picture = stage.http.get(stage.at_side("garment.png"));
    let picture = picture.send().await.unwrap().bytes().await.unwrap();
    let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &picture);
    body["input"]["image_input"][1] = json!(format!("data:image/png;base64,{encoded}"));
    assert_eq!(stage.finish(&body).await["status"], "succeeded");
    body["input"]["image_input"][1] = json!("data:image/png;base64,?");
    assert_eq!(stage.finish(&body).await["status"], "failed");
}

#[tokio::test]
async fn refusals_have_the_documented_shape_and_make_no_task() {
    let stage = Stage::new().await;
    let mut unknown_field = stage.body("x");
    unknown_field["surprise"] = json!(1);
    let throttled = json!({ "detail": "Request was throttled. Your rate limit resets in ~30s." });
    let cases = [
        (stage.body("#402"), 402, Some("Insufficient credit")),
        (stage.body("#429"), 429, None),
        (stage.body("#500"), 500, Some("Internal server error")),
        (unknown_field, 422, Some("Input validation failed")),
    ];
    for (body, status, title) in cases {
        let (answered, answer) = stage.post(&body).await;
        assert_eq!(answered, status);
        match title {
            Some(title) => assert_eq!(
                (&answer["title"], &answer["status"]),
                (&json!(title), &json!(status))
            ),
            None => assert_eq!(answer, throttled),
        }
    }
    assert_eq!(stage.emulator.created(), []);
}

#[tokio::test]
async fn the_key_comes_before_everything() {
    let stage = Stage::new().await;
    let create = stage.http.post(stage.at("/v1/predictions")).body("{");
    let show = stage.http.get(stage.at("/v1/predictions/x"));
    let cancel = stage.http.post(stage.at("/v1/predictions/x/cancel"));
    let wrong = cancel.bearer_auth(format!("{KEY}x"));
    for request in [create, show, wrong] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        assert_eq!(
            response.json::<Value>().await.unwrap(),
            json!({
                "title": "Unauthenticated",
                "detail": "You did not pass a valid authentication token",
                "status": 401
            })
        );
    }
}

#[tokio::test]
async fn another_providers_task_is_unknown() {
    let stage = Stage::new().await;
    let address = stage.emulator.provider_url("evolink") + "/v1/images/generations";
    let body = json!({ "model": "z-image-turbo", "prompt": "x" });
    let (_, answer) = stage.send(stage.http.post(address).json(&body)).await;
    let id = answer["id"].as_str().unwrap();
    let show = stage.http.get(stage.at(&format!("/v1/predictions/{id}")));
    assert_eq!(stage.send(show).await.0, 404);
    assert_eq!(stage.cancel(id).await.0, 404);
}
