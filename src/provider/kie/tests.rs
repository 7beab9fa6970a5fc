//! KIE's wire format: requests, answers in unusual shapes, and signed callbacks.

use http::{HeaderMap, header};

use super::*;
use crate::domain::options::{Category, Options};
use crate::domain::time::Timestamp;
use crate::provider::Unavailable;
use crate::provider::testing::{self, response};

const SECRET: &str = "kie-hmac-key";
const AT: i64 = 1_786_428_283;
const BODY: &str = r#"{"code":200,"msg":"ok","data":{"taskId":"task_1","state":"success"}}"#;

fn access() -> Access {
    Access {
        base_url: "https://api.test".into(),
        api_key: "ki-1".into(),
        webhook_secrets: vec![SECRET.into()],
    }
}

fn submission(model: &'static Model) -> Submission<'static> {
    Submission {
        prompt: Some("rolled sleeves"),
        aspect_ratio: Some("3:4"),
        options: Options {
            category: Some(Category::Tops),
            ..Options::default()
        },
        ..testing::submission(model, "https://app.test/v1/webhooks/kie/token")
    }
}

fn sign(secret: &str, task_id: &str, timestamp: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{task_id}.{timestamp}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

fn read(secrets: &[&str], headers: &HeaderMap, body: &str) -> Result<CallbackReport, BadSignature> {
    let access = Access {
        webhook_secrets: secrets.iter().map(|secret| (*secret).into()).collect(),
        ..access()
    };
    let callback = Callback {
        headers,
        body: body.as_bytes(),
        now: Timestamp::from_millis(AT * 1000),
        keys: &[],
    };
    Kie.read_callback(&access, &callback)
}

fn headers(timestamp: &str, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-webhook-timestamp", timestamp.parse().unwrap());
    headers.insert("x-webhook-signature", signature.parse().unwrap());
    headers
}

/// The headers of a callback about `task_1`, correctly signed.
fn signed() -> HeaderMap {
    let at = AT.to_string();
    headers(&at, &sign(SECRET, "task_1", &at))
}

fn unverified(task_id: &str) -> CallbackReport {
    CallbackReport::Unverified {
        task_id: Some(task_id.into()),
    }
}

#[test]
fn a_submission_has_the_documented_format() {
    let request = Kie.create(&access(), &submission(&MODELS[0])).unwrap();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "https://api.test/api/v1/jobs/createTask");
    assert_eq!(request.headers()[header::AUTHORIZATION], "Bearer ki-1");
    assert_eq!(request.headers()[header::CONTENT_TYPE], "application/json");
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    let prompt = body["input"]["prompt"].as_str().unwrap();
    assert!(prompt.contains("place of the top") && prompt.ends_with("rolled sleeves"));
    let expected = json!({
        "model": "nano-banana-2-1",
        "callBackUrl": "https://app.test/v1/webhooks/kie/token",
        "input": {
            "prompt": prompt,
            "image_input": ["https://app.test/p", "https://app.test/g"],
            "aspect_ratio": "3:4",
            "resolution": "1K",
            "output_format": "png",
        },
    });
    assert_eq!(body, expected);
}

#[test]
fn the_oldest_model_has_other_field_names_and_the_photos_ratio_is_auto() {
    let submission = Submission {
        garment_url: None,
        aspect_ratio: None,
        ..submission(&MODELS[1])
    };
    let request = Kie.create(&access(), &submission).unwrap();
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    let expected = json!({
        "model": "google/nano-banana-edit",
        "callBackUrl": "https://app.test/v1/webhooks/kie/token",
        "input": {
            "prompt": body["input"]["prompt"],
            "image_urls": ["https://app.test/p"],
            "aspect_ratio": "auto",
            "output_format": "png",
        },
    });
    assert_eq!(body, expected);
}

#[test]
fn a_task_id_stays_one_value_of_the_query() {
    let task = Task {
        id: "task_1&x=/..",
        vendor_id: None,
    };
    let request = Kie.task(&access(), &task).unwrap();
    assert_eq!(request.method(), Method::GET);
    assert_eq!(
        request.uri(),
        "https://api.test/api/v1/jobs/recordInfo?taskId=task_1%26x%3D%2F.."
    );
}

#[test]
fn the_code_overrides_the_status() {
    let read = |status, body: &str| Kie.read_created(&response(status, body));
    let of = |code: u16| {
        read(
            200,
            &format!(r#"{{"code":{code},"msg":"why","data":null}}"#),
        )
    };
    for code in [401, 402] {
        let created = of(code);
        assert!(
            matches!(
                created,
                Created::Unavailable {
                    cause: Unavailable::Misconfigured,
                    ..
                }
            ),
            "{code}"
        );
    }
    for code in [404, 429, 433, 455, 500, 505] {
        let created = of(code);
        assert!(
            matches!(
                created,
                Created::Unavailable {
                    cause: Unavailable::ModelMissing | Unavailable::RateLimited | Unavailable::Down,
                    ..
                }
            ),
            "{code}"
        );
    }
    for code in [400, 422] {
        assert!(
            matches!(
                of(code),
                Created::Refused {
                    reason: FailureCode::InputRefused,
                    ..
                }
            ),
            "{code}"
        );
    }
    for code in [200, 408, 501, 999] {
        assert!(matches!(of(code), Created::Unknown { .. }), "{code}");
    }
    let forbidden = r#"{"code":"422","message":"CONTENT_POLICY_BLOCKED"}"#;
    assert!(matches!(
        read(200, forbidden),
        Created::Refused {
            reason: FailureCode::ContentRefused,
            ..
        }
    ));
    for status in [500, 505] {
        assert!(matches!(read(status, "<html>"), Created::Unknown { .. }));
    }
    assert!(matches!(
        read(429, "<html>"),
        Created::Unavailable {
            cause: Unavailable::ModelMissing | Unavailable::RateLimited | Unavailable::Down,
            ..
        }
    ));
    assert_eq!(
        read(200, r#"{"code":"200","data":{"task_id":17},"new":[]}"#),
        Created::Accepted {
            task_id: "17".into(),
            cost: None
        }
    );
}

#[test]
fn pictures_may_be_in_a_string_of_json() {
    let read = |result: &str| {
        let body = format!(
            r#"{{"code":200,"message":"success","data":{{"state":"success","creditsConsumed":4.5,"resultJson":{result}}}}}"#
        );
        Kie.read_task(&response(200, &body))
    };
    let one = Report::Succeeded {
        results: vec!["https://tempfile.aiquickdraw.com/a.png".into()],
        cost: Some(Cost(4500)),
    };
    let text = r#""{\"resultUrls\":[null,\"https://tempfile.aiquickdraw.com/a.png\"]}""#;
    assert_eq!(read(text), one);
    let object = r#"{"resultUrls":"https://tempfile.aiquickdraw.com/a.png"}"#;
    assert_eq!(read(object), one);
    for none in [
        "null",
        r#""""#,
        r#""{""#,
        r#""{\"resultObject\":{}}""#,
        "[]",
    ] {
        assert!(matches!(read(none), Report::Failed { .. }), "{none}");
    }
}

#[test]
fn a_failure_is_read_by_its_message_and_then_by_its_code() {
    for (code, words, said) in [
        (
            r#""422""#,
            "CONTENT_POLICY_BLOCKED: the input was flagged as sensitive.",
            FailureCode::ContentRefused,
        ),
        ("400", "Image is too small", FailureCode::InputRefused),
        (r#""422""#, "", FailureCode::InputRefused),
        (r#""500""#, "Internal Error", FailureCode::GenerationFailed),
        ("501", "failed", FailureCode::GenerationFailed),
        ("402", "no credits", FailureCode::GenerationFailed),
        ("null", "", FailureCode::GenerationFailed),
    ] {
        let body = format!(
            r#"{{"code":200,"data":{{"state":"fail","failCode":{code},"failMsg":"{words}"}}}}"#
        );
        let report = Kie.read_task(&response(200, &body));
        assert!(
            matches!(report, Report::Failed { reason, .. } if reason == said),
            "{code} {words}"
        );
    }
    let by_code = r#"{"code":501,"msg":"failed","data":{"state":"fail","failMsg":null}}"#;
    let report = Kie.read_task(&response(200, by_code));
    assert!(matches!(report, Report::Failed { .. }));
}

#[test]
fn an_error_instead_of_a_task_says_nothing_about_it_unless_it_is_unknown() {
    for (status, body) in [
        (200, r#"{"code":404,"msg":"Task not found"}"#),
        (
            200,
            r#"{"code":422,"msg":"recordInfo is null","data":null}"#,
        ),
        (404, "<html>"),
    ] {
        let report = Kie.read_task(&response(status, body));
        assert_eq!(report, Report::NotFound, "{body}");
    }
    for (status, body) in [
        (200, "{}"),
        (200, r#"{"code":200,"data":null}"#),
        (200, r#"{"code":200,"data":{"state":null}}"#),
        (
            200,
            r#"{"code":401,"msg":"Unauthorized","data":{"state":"fail"}}"#,
        ),
        (200, r#"{"code":422,"msg":"other"}"#),
        (429, r#"{"code":429,"msg":"Rate limit exceeded"}"#),
        (502, "<html>"),
    ] {
        let report = Kie.read_task(&response(status, body));
        assert!(matches!(report, Report::Unreadable { .. }), "{body}");
    }
}

#[test]
fn a_signed_callback_is_unverified_whatever_it_says() {
    assert_eq!(read(&[SECRET], &signed(), BODY), Ok(unverified("task_1")));
    // Pinned, so that the signature is checked by more than the code that made it.
    let known = headers("1786428283", "/ENn3ceR9u2wrpVp3Eoutt0990KFGFrE7b8KH5XKQj4=");
    assert_eq!(read(&[SECRET], &known, BODY), Ok(unverified("task_1")));
    let older = r#"{"code":501,"msg":"no","data":{"task_id":"task_1"}}"#;
    assert_eq!(read(&[SECRET], &signed(), older), Ok(unverified("task_1")));
    let at = AT.to_string();
    let number = headers(&at, &sign(SECRET, "17", &at));
    assert_eq!(
        read(&[SECRET], &number, r#"{"data":{"taskId":17}}"#),
        Ok(unverified("17"))
    );
}

#[test]
fn either_of_two_secrets_works_and_none_or_an_empty_one_does_not() {
    for secrets in [&["next", SECRET], &[SECRET, "next"]] {
        assert_eq!(read(secrets, &signed(), BODY), Ok(unverified("task_1")));
    }
    let at = AT.to_string();
    let by_nothing = headers(&at, &sign("", "task_1", &at));
    for secrets in [&[][..], &[""], &["next"]] {
        for headers in [&signed(), &by_nothing] {
            assert_eq!(
                read(secrets, headers, BODY),
                Err(BadSignature),
                "{secrets:?}"
            );
        }
    }
}

#[test]
fn a_forged_callback_is_refused() {
    let other = BODY.replace("task_1", "task_2");
    let without = r#"{"code":200,"data":{"state":"success"}}"#;
    for body in [other.as_str(), without, "garbage", ""] {
        assert_eq!(
            read(&[SECRET], &signed(), body),
            Err(BadSignature),
            "{body}"
        );
    }
    for missing in ["x-webhook-timestamp", "x-webhook-signature"] {
        let mut headers = signed();
        headers.remove(missing);
        assert_eq!(
            read(&[SECRET], &headers, BODY),
            Err(BadSignature),
            "{missing}"
        );
    }
}

#[test]
fn a_signature_cut_short_is_refused() {
    let at = AT.to_string();
    let good = sign(SECRET, "task_1", &at);
    for length in 0..good.len() {
        let headers = headers(&at, &good[..length]);
        assert_eq!(
            read(&[SECRET], &headers, BODY),
            Err(BadSignature),
            "{length}"
        );
    }
}

#[test]
fn a_replayed_or_redated_callback_is_refused() {
    for (seconds_ago, good) in [(301, false), (300, true), (-300, true), (-301, false)] {
        let at = (AT - seconds_ago).to_string();
        let headers = headers(&at, &sign(SECRET, "task_1", &at));
        let callback = read(&[SECRET], &headers, BODY);
        assert_eq!(callback.is_ok(), good, "{seconds_ago}");
    }
    let dated_anew = headers(
        &(AT + 1).to_string(),
        &sign(SECRET, "task_1", &AT.to_string()),
    );
    assert_eq!(read(&[SECRET], &dated_anew, BODY), Err(BadSignature));
    let in_milliseconds = (AT * 1000).to_string();
    let headers = headers(&in_milliseconds, &sign(SECRET, "task_1", &in_milliseconds));
    assert_eq!(read(&[SECRET], &headers, BODY), Err(BadSignature));
}
