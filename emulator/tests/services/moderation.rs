//! `OpenAI`'s moderation.

use serde_json::{Value, json};

use crate::stage::Stage;

async fn moderated(stage: &Stage, body: &Value) -> (u16, Value) {
    let base = stage.emulator.provider_url("openai");
    let request = stage.http.post(format!("{base}/v1/moderations")).json(body);
    stage.send(request).await
}

/// A text and a picture of the side server.
fn parts(stage: &Stage, text: &str, picture: &str) -> Value {
    json!([
        { "type": "text", "text": text },
        { "type": "image_url", "image_url": { "url": stage.at_side(picture) } },
    ])
}

#[tokio::test]
async fn hashtags_are_flagged() {
    let stage = Stage::new().await;
    for (text, flagged) in [
        ("a red coat", vec![]),
        ("a red coat #Flagged", vec!["sexual"]),
        ("#minors, please", vec!["sexual/minors"]),
        ("#flagged#minors", vec!["sexual", "sexual/minors"]),
        ("#flaggedness", vec![]),
    ] {
        for input in [
            json!(text),
            json!([text]),
            parts(&stage, text, "person.png"),
        ] {
            let body = json!({ "model": "omni-moderation-latest", "input": input });
            let (status, answer) = moderated(&stage, &body).await;
            assert_eq!(status, 200, "{answer}");
            assert!(answer["id"].as_str().unwrap().starts_with("modr-"));
            assert_eq!(answer["model"], "omni-moderation-latest");
            let result = &answer["results"][0];
            assert_eq!(result["flagged"], !flagged.is_empty(), "{text}");
            let categories = result["categories"].as_object().unwrap();
            assert_eq!(categories.len(), 13);
            let told = categories
                .iter()
                .filter(|(_, is_flagged)| **is_flagged == json!(true));
            assert_eq!(
                told.map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
                flagged
            );
            let score = result["category_scores"]["sexual"].as_f64().unwrap();
            assert_eq!(score > 0.5, flagged.contains(&"sexual"), "{text}");
        }
    }
}

#[tokio::test]
async fn each_text_has_a_verdict_and_all_parts_have_one() {
    let stage = Stage::new().await;
    let (_, answer) = moderated(&stage, &json!({ "input": ["a", "b #flagged"] })).await;
    let flagged = [0, 1].map(|place| answer["results"][place]["flagged"].clone());
    assert_eq!(flagged, [json!(false), json!(true)]);
    let (_, answer) = moderated(
        &stage,
        &json!({ "input": parts(&stage, "a", "person.png") }),
    )
    .await;
    assert_eq!(answer["results"].as_array().unwrap().len(), 1);
    let judged = &answer["results"][0]["category_applied_input_types"];
    assert_eq!(judged["sexual"], json!(["text", "image"]));
    assert_eq!(judged["sexual/minors"], json!(["text"]));
}

#[tokio::test]
async fn pictures_are_flagged_by_their_labels() {
    let stage = Stage::new().await;
    for (picture, flagged) in [
        ("labelled/flagged", json!(["sexual"])),
        ("tagged/flagged", json!(["sexual"])),
        // That category is judged of texts only.
        ("labelled/minors", json!([])),
    ] {
        let body = json!({ "input": parts(&stage, "a", picture) });
        let (_, answer) = moderated(&stage, &body).await;
        let categories = answer["results"][0]["categories"].as_object().unwrap();
        let told = categories
            .iter()
            .filter(|(_, is_flagged)| **is_flagged == json!(true));
        let told: Vec<&String> = told.map(|(name, _)| name).collect();
        assert_eq!(json!(told), flagged, "{picture}");
    }
    for (picture, code) in [
        ("missing.png", "failed_to_download_image"),
        ("words.txt", "invalid_image"),
    ] {
        let body = json!({ "input": parts(&stage, "a", picture) });
        let (status, answer) = moderated(&stage, &body).await;
        let told = (status, answer["error"]["code"].as_str());
        assert_eq!(told, (400, Some(code)), "{answer}");
    }
}

#[tokio::test]
async fn a_wrong_request_is_refused() {
    let stage = Stage::new().await;
    let text = json!({ "type": "text", "text": "a" });
    let picture =
        json!({ "type": "image_url", "image_url": { "url": stage.at_side("person.png") } });
    for (body, parameter) in [
        (json!({ "input": "a", "user": "x" }), json!("user")),
        (json!({ "input": "a", "model": "gpt" }), json!("model")),
        (json!({ "model": "omni-moderation-latest" }), json!("input")),
        (json!({ "input": [] }), json!("input")),
        (json!({ "input": 7 }), json!("input")),
        (json!({ "input": [picture, picture] }), json!("input")),
        (
            json!({ "input": [text, { "type": "text", "text": "a", "id": 1 }] }),
            json!("input[1].id"),
        ),
        (
            json!({ "input": [{ "type": "image_url", "image_url": {} }] }),
            json!("input[0].image_url.url"),
        ),
        (
            json!({ "input": [picture], "model": "text-moderation-latest" }),
            json!("input"),
        ),
        (json!([]), json!(null)),
    ] {
        let (status, answer) = moderated(&stage, &body).await;
        let error = &answer["error"];
        assert_eq!(
            (status, &error["param"]),
            (400, &parameter),
            "{body} {answer}"
        );
        assert_eq!(error["type"], "invalid_request_error");
    }
}

#[tokio::test]
async fn it_may_be_down_and_requires_the_key() {
    let stage = Stage::new().await;
    let body = json!({ "input": parts(&stage, "a coat #moderationdown", "person.png") });
    assert_eq!(moderated(&stage, &body).await.0, 500);
    let base = stage.emulator.provider_url("openai");
    let request = stage
        .http
        .post(format!("{base}/v1/moderations"))
        .json(&body);
    let response = request.bearer_auth("other").send().await.unwrap();
    assert_eq!(response.status(), 401);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["error"]["code"], "invalid_api_key");
}
