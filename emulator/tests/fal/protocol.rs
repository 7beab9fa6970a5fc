//! Submit, status, result, cancel, refusals.

use std::time::Duration;

use atelier_emulator::Settings;
use serde_json::{Value, json};

use crate::{
    stage::{Stage, settings},
    talk::{KOLORS, NANO_BANANA, keyed},
};

#[tokio::test]
async fn a_request_from_submit_to_its_result() {
    let stage = Stage::with(Settings {
        slow: Duration::from_secs(1),
        ..settings()
    })
    .await;
    let input = stage.input("dress the person #slow");
    let (status, answer) = stage.submit(NANO_BANANA, &input).await;
    let id = answer["request_id"].as_str().unwrap();
    let own = stage.at(&format!("fal-ai/nano-banana/requests/{id}"));
    assert_eq!(status, 200);
    assert_eq!(
        answer,
        json!({
            "request_id": id, "gateway_request_id": id, "status": "IN_QUEUE", "queue_position": 0,
            "response_url": own, "status_url": format!("{own}/status"),
            "cancel_url": format!("{own}/cancel")
        })
    );
    assert_eq!(id.len(), 36);
    let early = json!({ "detail": "Request is still in progress" });
    assert_eq!(stage.get(&answer["response_url"]).await, (400, early));
    let mut seen = Vec::new();
    loop {
        let (status, shown) = stage.get(&answer["status_url"]).await;
        seen.push((status, shown["status"].as_str().unwrap().to_owned()));
        if status == 200 {
            assert!(shown["metrics"]["inference_time"].is_f64());
            break;
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    seen.dedup();
    let seen: Vec<_> = seen
        .iter()
        .map(|(status, word)| (*status, word.as_str()))
        .collect();
    let statuses = [(202, "IN_QUEUE"), (202, "IN_PROGRESS"), (200, "COMPLETED")];
    assert_eq!(seen, statuses);

    stage.settle(id).await;
    let (status, output) = stage.get(&answer["response_url"]).await;
    let bytes = stage.emulator.result_bytes(id).remove(0);
    let name = format!("{id}-0.png");
    let file = json!({
        "url": format!("{}/files/{name}", stage.emulator.base_url()), "content_type": "image/png",
        "file_name": name, "file_size": bytes.len(), "width": 72, "height": 96
    });
    assert_eq!(status, 200);
    assert_eq!(output, json!({ "images": [file], "description": "" }));
    let webhook = json!({
        "request_id": id, "gateway_request_id": id, "status": "OK", "payload": output
    });
    assert_eq!(stage.received(), [("token-1".to_owned(), webhook)]);
    let created = stage.emulator.created().remove(0);
    assert_eq!((created.provider, created.body), ("fal", input));
}

#[tokio::test]
async fn each_endpoint_has_its_fields_and_its_output() {
    let stage = Stage::new().await;
    let [person, garment] = ["person.png", "garment.png"].map(|name| stage.at_side(name));
    let words = json!({ "prompt": "x", "image_urls": [person, garment], "num_images": 2 });
    let human = json!({ "human_image_url": person, "garment_image_url": garment });
    let mut upper = human.clone();
    upper["garment_type"] = json!("upper_body");
    let fashn = json!({ "model_image": person, "garment_image": garment, "category": "tops" });
    for (endpoint, input, fields, pictures) in [
        ("fal-ai/fashn/tryon/v1.6", &fashn, vec!["images"], 1),
        (KOLORS, &human, vec!["image"], 1),
        (
            "fal-ai/leffa/virtual-tryon",
            &upper,
            vec!["has_nsfw_concepts", "image", "seed"],
            1,
        ),
        (NANO_BANANA, &words, vec!["description", "images"], 2),
        (
            "fal-ai/bytedance/seedream/v4.5/edit",
            &words,
            vec!["images", "seed"],
            2,
        ),
    ] {
        let (_, (status, output)) = stage.ending(endpoint, input).await;
        let found: Vec<_> = output
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!((status, found), (200, fields), "{endpoint}");
        match output.get("image") {
            Some(image) => assert_eq!(image["width"], 72),
            None => assert_eq!(output["images"].as_array().unwrap().len(), pictures),
        }
    }
}

#[tokio::test]
async fn a_garment_carries_the_hashtags_where_there_are_no_words() {
    let stage = Stage::new().await;
    let garment = stage.at_side("tagged/refused");
    let input =
        json!({ "human_image_url": stage.at_side("person.png"), "garment_image_url": garment });
    let (_, (status, result)) = stage.ending(KOLORS, &input).await;
    assert_eq!(status, 422);
    assert_eq!(result["detail"][0]["loc"], json!(["body"]));
}

/// The queue accepts it, and counts it as completed.
#[tokio::test]
async fn bad_input_fails_only_when_the_model_runs() {
    let stage = Stage::new().await;
    let mut outside = stage.input("x");
    outside["num_images"] = json!(5);
    let mut unknown = stage.input("x");
    unknown["resolution"] = json!("1K");
    let mut nothing = stage.input("x");
    nothing["image_urls"] = json!([stage.at_side("missing.png")]);
    for (input, field, kind) in [
        (json!({ "prompt": "x" }), "image_urls", "missing"),
        (outside, "num_images", "less_than_equal"),
        (unknown, "resolution", "extra_forbidden"),
        (nothing, "image_urls", "file_download_error"),
    ] {
        let (shown, (status, result)) = stage.ending(NANO_BANANA, &input).await;
        assert_eq!((status, shown.get("error")), (422, None), "{kind}");
        assert_eq!(result["detail"][0]["type"], kind);
        assert_eq!(result["detail"][0]["loc"], json!(["body", field]));
        let said = stage.received().pop().unwrap().1;
        assert_eq!(
            (&said["status"], &said["payload"]),
            (&json!("ERROR"), &result)
        );
        assert_eq!(said["error"], "Invalid status code: 422");
    }
}

#[tokio::test]
async fn a_cancel_ends_it_once() {
    let stage = Stage::new().await;
    let (_, answer) = stage.submit(NANO_BANANA, &stage.input("#late")).await;
    let said = |word: &str| json!({ "status": word });
    let cancel = &answer["cancel_url"];
    assert_eq!(
        stage.cancel(cancel).await,
        (202, said("CANCELLATION_REQUESTED"))
    );
    assert_eq!(stage.cancel(cancel).await, (400, said("ALREADY_COMPLETED")));
    stage.settle(answer["request_id"].as_str().unwrap()).await;
    let (status, result) = stage.get(&answer["response_url"]).await;
    assert_eq!(
        (status, &result["error_type"]),
        (499, &json!("client_cancelled"))
    );
    let webhook = stage.received().remove(0).1;
    assert_eq!(
        (&webhook["status"], &webhook["payload"]),
        (&json!("ERROR"), &result)
    );
    let unknown = json!(stage.at("fal-ai/nano-banana/requests/none/cancel"));
    assert_eq!(stage.cancel(&unknown).await, (404, said("NOT_FOUND")));

    let (_, racing) = stage.submit(NANO_BANANA, &stage.input("#cancelrace")).await;
    assert_eq!(stage.cancel(&racing["cancel_url"]).await.0, 202);
    stage.settle(racing["request_id"].as_str().unwrap()).await;
    assert_eq!(stage.received().pop().unwrap().1["status"], "OK");
}

#[tokio::test]
async fn refusals_have_the_documented_shape_and_make_no_request() {
    let stage = Stage::with(Settings {
        credits: 0.03,
        ..settings()
    })
    .await;
    let plain = stage.input("x");
    for (endpoint, input, status, kind) in [
        ("fal-ai/nano-banana/none", &plain, 404, Value::Null),
        ("fal-ai/none", &plain, 404, Value::Null),
        (NANO_BANANA, &plain, 403, Value::Null),
        (NANO_BANANA, &stage.input("#402"), 403, Value::Null),
        (
            NANO_BANANA,
            &stage.input("#429"),
            429,
            json!("concurrent_requests_limit"),
        ),
        (
            NANO_BANANA,
            &stage.input("#500"),
            500,
            json!("internal_error"),
        ),
    ] {
        let (answered, answer) = stage.submit(endpoint, input).await;
        assert_eq!(
            (answered, &answer["error_type"]),
            (status, &kind),
            "{endpoint}"
        );
        assert!(answer["detail"].is_string());
    }
    assert_eq!(stage.emulator.created(), []);
}

#[tokio::test]
async fn the_key_comes_before_everything_but_the_published_keys() {
    let stage = Stage::new().await;
    let own = stage.at("fal-ai/nano-banana/requests/none");
    let http = &stage.http;
    for request in [
        http.post(stage.at(NANO_BANANA)).body("{"),
        http.get(&own).bearer_auth(crate::stage::KEY),
        http.get(format!("{own}/status")),
        http.put(format!("{own}/cancel")),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        let answer: Value = response.json().await.unwrap();
        assert!(answer["detail"].is_string());
    }
    let unknown = keyed(http.get(&own)).send().await.unwrap();
    assert_eq!(unknown.status(), 404);
    let keys = http.get(stage.at(".well-known/jwks.json"));
    assert_eq!(keys.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_request_is_found_under_its_own_app_alone() {
    let stage = Stage::new().await;
    let answer = stage.finish(NANO_BANANA, &stage.input("x")).await;
    let elsewhere = answer["response_url"].as_str().unwrap();
    let elsewhere = elsewhere.replace("nano-banana", "fashn");
    assert_eq!(stage.get(&json!(elsewhere)).await.0, 404);
}

/// The headers repeat what the body says, for those who do not read it.
#[tokio::test]
async fn an_unsuccessful_result_has_its_kind_in_a_header() {
    let stage = Stage::new().await;
    for (tag, name, value) in [
        ("#fail", "x-fal-error-type", "runner_server_error"),
        ("#refused", "x-fal-retryable", "false"),
    ] {
        let answer = stage.finish(NANO_BANANA, &stage.input(tag)).await;
        let request = stage.http.get(answer["response_url"].as_str().unwrap());
        let response = keyed(request).send().await.unwrap();
        assert_eq!(response.headers()[name], value);
    }
}
