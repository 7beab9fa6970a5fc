//! Replicate's wire format, with bodies from its documentation. Its signatures are tested in
//! `standard_webhooks`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;

use super::*;
use crate::domain::options::Options;
use crate::domain::time::Timestamp;
use crate::provider::Unavailable;
use crate::provider::testing::{self, response};

const ID: &str = "gm3qorzdhgbfurvjtvhg6dckhu";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOW: i64 = 1_790_000_000;

fn access() -> Access {
    Access {
        base_url: "https://api.test".into(),
        api_key: "r8_1".into(),
        webhook_secrets: vec![SECRET.into()],
    }
}

fn submission(model: &'static Model) -> Submission<'static> {
    testing::submission(model, "https://app.test/v1/webhooks/replicate/token")
}

fn body_of(submission: &Submission<'_>) -> Value {
    let request = Replicate.create(&access(), submission).unwrap();
    serde_json::from_slice(request.body()).unwrap()
}

#[test]
fn a_submission_has_the_documented_format() {
    let request = Replicate
        .create(&access(), &submission(&MODELS[0]))
        .unwrap();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "https://api.test/v1/predictions");
    assert_eq!(request.headers()["authorization"], "Bearer r8_1");
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(
        body,
        json!({
            "version": "google/nano-banana",
            "input": {
                "prompt": prompt::dress(&submission(&MODELS[0])),
                "image_input": ["https://app.test/p", "https://app.test/g"],
                "aspect_ratio": "match_input_image",
            },
            "webhook": "https://app.test/v1/webhooks/replicate/token",
            "webhook_events_filter": ["completed"],
        })
    );
}

#[test]
fn idm_vton_has_a_field_for_each_option_and_always_a_category() {
    let plain = submission(&MODELS[3]);
    assert_eq!(
        body_of(&plain)["input"],
        json!({
            "human_img": "https://app.test/p",
            "garm_img": "https://app.test/g",
            "garment_des": "the garment",
            "category": "upper_body",
        })
    );
    let told = Submission {
        prompt: Some("a red coat"),
        options: Options {
            category: Some(Category::OnePieces),
            seed: Some(7),
            ..Options::default()
        },
        ..plain
    };
    let input = &body_of(&told)["input"];
    assert_eq!(
        (&input["garment_des"], &input["category"], &input["seed"]),
        (&json!("a red coat"), &json!("dresses"), &json!(7))
    );
}

#[test]
fn answers_to_a_submission() {
    let read = |status, body| Replicate.read_created(&response(status, body));
    for status in [200, 201, 202] {
        assert_eq!(
            read(status, r#"{"id":"a","status":"starting"}"#),
            Created::Accepted {
                task_id: "a".into(),
                cost: None
            }
        );
    }
    let input = r#"{"detail":"- input: prompt is required","status":422}"#;
    assert!(matches!(
        read(422, input),
        Created::Refused {
            reason: FailureCode::InputRefused,
            ..
        }
    ));
    let version = r#"{"title":"Invalid version or not permitted","detail":"…","status":422}"#;
    for (status, body, whose) in [
        (
            401,
            r#"{"title":"Unauthenticated","status":401}"#,
            Unavailable::Misconfigured,
        ),
        (
            402,
            r#"{"title":"Insufficient credit","status":402}"#,
            Unavailable::Misconfigured,
        ),
        (422, version, Unavailable::ModelMissing),
        (
            429,
            r#"{"detail":"Request was throttled."}"#,
            Unavailable::RateLimited,
        ),
        (404, "{}", Unavailable::ModelMissing),
        (
            500,
            r#"{"detail":"Internal error","status":500}"#,
            Unavailable::Down,
        ),
    ] {
        assert!(
            matches!(read(status, body), Created::Unavailable { cause, .. } if cause == whose),
            "{status}"
        );
    }
    for (status, body) in [(201, "{}"), (201, "<html>"), (502, "<html>"), (302, "")] {
        assert!(
            matches!(read(status, body), Created::Unknown { .. }),
            "{status}"
        );
    }
}

#[test]
fn an_output_is_a_url_or_a_list_or_an_object_of_urls() {
    let read = |output: &str| {
        let body = format!(r#"{{"id":"a","status":"succeeded","output":{output}}}"#);
        Replicate.read_task(&response(200, &body))
    };
    let succeeded = |results: &[&str]| Report::Succeeded {
        results: results.iter().map(|url| (*url).into()).collect(),
        cost: None,
    };
    assert_eq!(read(r#""https://a/1""#), succeeded(&["https://a/1"]));
    assert_eq!(
        read(r#"["https://a/1","https://a/2"]"#),
        succeeded(&["https://a/1", "https://a/2"])
    );
    assert_eq!(
        read(r#"{"images":["https://a/1"],"mask":"https://a/2","seed":7}"#),
        succeeded(&["https://a/1", "https://a/2"])
    );
    for none in ["null", "[]", "{}", r#""a fine coat""#] {
        assert!(matches!(
            read(none),
            Report::Failed {
                reason: FailureCode::GenerationFailed,
                ..
            }
        ));
    }
}

#[test]
fn reports_of_a_task() {
    let read = |status, body: &str| Replicate.read_task(&response(status, body));
    let running = Report::Running { percent: None };
    for status in ["starting", "processing", "dreaming"] {
        let body = format!(r#"{{"id":"a","status":"{status}","output":null}}"#);
        assert_eq!(read(200, &body), running);
    }
    for status in ["canceled", "aborted"] {
        let body = format!(r#"{{"id":"a","status":"{status}"}}"#);
        assert_eq!(read(200, &body), Report::Canceled);
    }
    for (error, expected) in [
        (
            r#""The input or output was flagged as sensitive. (E005)""#,
            FailureCode::ContentRefused,
        ),
        (r#""NSFW content detected.""#, FailureCode::ContentRefused),
        (
            r#""CUDA out of memory (E1001)""#,
            FailureCode::GenerationFailed,
        ),
        ("null", FailureCode::GenerationFailed),
        (r#"{"code":7}"#, FailureCode::GenerationFailed),
    ] {
        let body = format!(r#"{{"id":"a","status":"failed","error":{error}}}"#);
        assert!(
            matches!(read(200, &body), Report::Failed { reason, .. } if reason == expected),
            "{error}"
        );
    }
    assert_eq!(read(404, r#"{"detail":"Not found"}"#), Report::NotFound);
    for (status, body) in [(200, "[1]"), (200, "<html>"), (401, "{}"), (500, "{}")] {
        assert!(
            matches!(read(status, body), Report::Unreadable { .. }),
            "{status}"
        );
    }
}

#[test]
fn a_callback_is_a_prediction_and_verified_if_it_is_signed() {
    let read = |access: &Access, body: &str| {
        let key = STANDARD.decode(&SECRET["whsec_".len()..]).unwrap();
        let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        let mac = mac.chain_update(format!("msg_1.{NOW}.{body}"));
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "msg_1".parse().unwrap());
        headers.insert("webhook-timestamp", NOW.into());
        headers.insert("webhook-signature", signature.parse().unwrap());
        let callback = Callback {
            headers: &headers,
            body: body.as_bytes(),
            now: Timestamp::from_millis(NOW * 1000),
            keys: &[],
        };
        Replicate.read_callback(access, &callback)
    };
    let canceled = r#"{"id":"a","status":"canceled"}"#;
    assert_eq!(
        read(&access(), canceled),
        Ok(CallbackReport::Verified {
            task_id: "a".into(),
            report: Report::Canceled
        })
    );
    assert_eq!(
        read(&access(), "garbage"),
        Ok(CallbackReport::Unverified { task_id: None })
    );
    let without = Access {
        webhook_secrets: Vec::new(),
        ..access()
    };
    assert_eq!(read(&without, canceled), Err(BadSignature));
}

#[test]
fn a_cancel_is_answered_with_the_prediction() {
    let task = Task {
        id: ID,
        vendor_id: None,
    };
    let request = Replicate.cancel(&access(), &task).unwrap().unwrap();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(
        request.uri(),
        "https://api.test/v1/predictions/gm3qorzdhgbfurvjtvhg6dckhu/cancel"
    );
    let answer = response(200, r#"{"id":"a","status":"canceled"}"#);
    assert_eq!(Replicate.read_canceled(&answer), Report::Canceled);
}
