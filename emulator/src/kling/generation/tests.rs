use serde_json::json;

use super::*;

const PERSON: &str = "https://app.example/p.jpg";
const GARMENT: &str = "https://app.example/g.png";

/// A good body with something else in one field.
fn with(name: &str, value: Value) -> Result<Generation, ApiError> {
    let mut body = json!({
        "model_name": "kolors-virtual-try-on-v1-5",
        "human_image": PERSON,
        "cloth_image": GARMENT,
        "callback_url": "https://app.example/hooks/kling/t",
        "external_task_id": "job-1",
    });
    body[name] = value;
    parse(body.to_string().as_bytes())
}

#[test]
fn a_full_body() {
    let generation = with("model_name", json!("kolors-virtual-try-on-v1-5")).unwrap();
    assert_eq!(generation.model, "kolors-virtual-try-on-v1-5");
    assert_eq!(generation.images, [PERSON, GARMENT]);
    assert_eq!(generation.external_id.as_deref(), Some("job-1"));
    assert_eq!(
        generation.events,
        [Event::Queued, Event::Started, Event::Ended]
    );
}

#[test]
fn what_is_empty_is_not_there() {
    assert_eq!(
        with("external_task_id", json!("")).unwrap().external_id,
        None
    );
    assert_eq!(with("callback_url", json!("")).unwrap().callback_url, None);
    let generation = with("model_name", json!(null)).unwrap();
    assert_eq!(generation.model, "kolors-virtual-try-on-v1");
}

#[test]
fn base64_comes_without_a_prefix() {
    let generation = with("human_image", json!("aGVsbG8=")).unwrap();
    assert_eq!(generation.images[0], "data:image/png;base64,aGVsbG8=");
}

#[test]
fn every_rule_refuses_by_name() {
    let cases = [
        ("human_image", json!(null), "human_image is required"),
        ("cloth_image", json!(""), "cloth_image is required"),
        (
            "cloth_image",
            json!("data:image/png;base64,aGVsbG8="),
            "cloth_image must",
        ),
        (
            "cloth_image",
            json!("ftp://app.example/g.png"),
            "cloth_image must",
        ),
        (
            "callback_url",
            json!("http://app.example/t"),
            "callback_url must",
        ),
    ];
    for (name, value, start) in cases {
        match with(name, value).unwrap_err() {
            ApiError::InvalidParameter(problem) => assert!(problem.starts_with(start), "{problem}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn malformed_bodies_and_unknown_models() {
    let malformed = [
        parse(b"{"),
        parse(b"[]"),
        with("human_image", json!(7)),
        with("prompt", json!("a red coat")),
    ];
    for refused in malformed {
        assert!(matches!(refused.unwrap_err(), ApiError::InvalidRequest(_)));
    }
    assert_eq!(
        with("model_name", json!("kolors-v9")).unwrap_err(),
        ApiError::NoSuchModel("kolors-v9".to_owned())
    );
}
