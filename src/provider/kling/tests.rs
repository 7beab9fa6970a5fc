//! Kling's wire format: requests, answers in unusual shapes, and signed callbacks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, header};
use sha2::Sha256;

use super::*;
use crate::domain::time::Timestamp;
use crate::provider::Unavailable;
use crate::provider::testing::{response, submission};

const SECRET: &str = "whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI=";
const AT: i64 = 1_781_080_794;

fn access() -> Access {
    Access {
        base_url: "https://api.test".into(),
        api_key: "kl-1".into(),
        webhook_secrets: vec![SECRET.into()],
    }
}

fn read_callback(
    access: &Access,
    signature: &str,
    body: &str,
) -> Result<CallbackReport, BadSignature> {
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", "9876543210".parse().unwrap());
    headers.insert("webhook-timestamp", AT.to_string().parse().unwrap());
    headers.insert("webhook-signature", signature.parse().unwrap());
    let callback = Callback {
        headers: &headers,
        body: body.as_bytes(),
        now: Timestamp::from_millis(AT * 1000),
        keys: &[],
    };
    Kling.read_callback(access, &callback)
}

/// What a correctly signed callback says.
fn read_signed(body: &str) -> CallbackReport {
    let key = STANDARD.decode(SECRET.trim_start_matches("whsec_"));
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.unwrap()).unwrap();
    mac.update(format!("9876543210.{AT}.{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    read_callback(&access(), &format!("v1,{signature}"), body).unwrap()
}

#[test]
fn a_submission_has_the_documented_format() {
    for (model, name) in [
        ("kling/kolors-v1-5", "kolors-virtual-try-on-v1-5"),
        ("kling/kolors-v1", "kolors-virtual-try-on-v1"),
    ] {
        let model = MODELS.iter().find(|known| known.id == model).unwrap();
        let submission = submission(model, "https://app.test/v1/webhooks/kling/token");
        let request = Kling.create(&access(), &submission).unwrap();
        assert_eq!(request.method(), Method::POST);
        assert_eq!(
            request.uri(),
            "https://api.test/v1/images/kolors-virtual-try-on"
        );
        assert_eq!(request.headers()[header::AUTHORIZATION], "Bearer kl-1");
        assert_eq!(request.headers()[header::CONTENT_TYPE], "application/json");
        let expected = json!({
            "model_name": name,
            "human_image": "https://app.test/p",
            "cloth_image": "https://app.test/g",
            "callback_url": "https://app.test/v1/webhooks/kling/token",
            "external_task_id": "job_1-1",
        });
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(body, expected);
    }
}

#[test]
fn a_task_is_read_by_its_id_or_by_our_reference() {
    let task = Task {
        id: "CqXw7Gf0M2sAAAAAAB1c_Q/..==",
        vendor_id: None,
    };
    let by_its_name = Kling.task(&access(), &task).unwrap();
    assert_eq!(
        by_its_name.uri(),
        "https://api.test/v1/images/kolors-virtual-try-on/CqXw7Gf0M2sAAAAAAB1c_Q%2F..%3D%3D"
    );
    let by_ours = Kling.find(&access(), "job_1-1").unwrap().unwrap();
    assert_eq!(by_ours.method(), Method::GET);
    assert_eq!(
        by_ours.uri(),
        "https://api.test/v1/images/kolors-virtual-try-on/job_1-1"
    );
    assert_eq!(by_ours.headers()[header::AUTHORIZATION], "Bearer kl-1");
}

#[test]
fn codes_in_answers_to_a_submission() {
    let read = |status, code: &str| {
        let body = format!(r#"{{"code":{code},"message":"why","request_id":"r"}}"#);
        Kling.read_created(&response(status, &body))
    };
    for (status, code) in [
        (401, 1000),
        (401, 1004),
        (429, 1100),
        (429, 1101),
        (429, 1102),
        (429, 1304),
        (401, 1999),
    ] {
        assert!(
            matches!(
                read(status, &code.to_string()),
                Created::Unavailable {
                    cause: Unavailable::Misconfigured,
                    ..
                }
            ),
            "{code}"
        );
    }
    for (status, code) in [
        (403, "1103"),
        (404, "1202"),
        (404, "1203"),
        (429, "1302"),
        (429, "1303"),
        (500, "5000"),
        (503, "5001"),
        (200, "\"1303\""),
        (429, "null"),
    ] {
        assert!(
            matches!(
                read(status, code),
                Created::Unavailable {
                    cause: Unavailable::ModelMissing | Unavailable::RateLimited | Unavailable::Down,
                    ..
                }
            ),
            "{code}"
        );
    }
    assert!(matches!(read(504, "5002"), Created::Unknown { .. }));
    for (code, refusal) in [
        ("1200", FailureCode::InputRefused),
        ("1201", FailureCode::InputRefused),
        ("1300", FailureCode::ContentRefused),
        ("1301", FailureCode::ContentRefused),
        ("1299", FailureCode::InputRefused),
    ] {
        assert!(
            matches!(read(400, code), Created::Refused { reason, .. } if reason == refusal),
            "{code}"
        );
    }
    for (status, code) in [(200, "0"), (200, "9999"), (500, "9999"), (200, "null")] {
        assert!(
            matches!(read(status, code), Created::Unknown { .. }),
            "{code}"
        );
    }
}

#[test]
fn an_id_may_be_a_number_and_a_code_may_be_text() {
    let created = Kling.read_created(&response(
        200,
        r#"{"code":"0","data":{"task_id":815335657866002502,"task_status":"submitted"},"new":1}"#,
    ));
    let expected = Created::Accepted {
        task_id: "815335657866002502".into(),
        cost: None,
    };
    assert_eq!(created, expected);
}

#[test]
fn both_values_for_success_and_either_shape_of_pictures() {
    let read =
        |task: &str| Kling.read_task(&response(200, &format!(r#"{{"code":0,"data":{task}}}"#)));
    let picture = || vec!["https://p1-kling.klingai.com/a.png".to_owned()];
    let older = r#"{"task_id":1,"task_status":"succeeded","task_status_msg":null,"final_unit_deduction":"0.5",
        "task_result":{"images":[null,{"index":0},{"index":1,"url":"https://p1-kling.klingai.com/a.png"}]}}"#;
    assert_eq!(
        read(older),
        Report::Succeeded {
            results: picture(),
            cost: Some(Cost(500)),
        }
    );
    let newer = r#"{"id":"1","task_status":null,"status":"succeed","billing":[],
        "outputs":[{"type":"image","url":"https://p1-kling.klingai.com/a.png","watermark_url":""}]}"#;
    assert_eq!(
        read(newer),
        Report::Succeeded {
            results: picture(),
            cost: None,
        }
    );
    for none in ["null", r#"{"images":[]}"#, r#"{"images":{}}"#, "[]"] {
        let task = format!(r#"{{"task_status":"succeed","task_result":{none}}}"#);
        assert!(matches!(read(&task), Report::Failed { .. }), "{none}");
    }
    for nothing in ["null", "[]", "{}", r#"{"task_status":7}"#] {
        assert!(
            matches!(read(nothing), Report::Unreadable { .. }),
            "{nothing}"
        );
    }
}

#[test]
fn a_failure_is_read_by_its_message() {
    for (words, said) in [
        (
            "Failure to pass the risk control system",
            FailureCode::ContentRefused,
        ),
        (
            "The content does not comply with the security policy",
            FailureCode::ContentRefused,
        ),
        ("Image pixel is invalid", FailureCode::InputRefused),
        ("", FailureCode::GenerationFailed),
        ("Internal error", FailureCode::GenerationFailed),
    ] {
        let body = format!(
            r#"{{"code":0,"data":{{"task_status":"failed","task_status_msg":"{words}"}}}}"#
        );
        let report = Kling.read_task(&response(200, &body));
        assert!(
            matches!(report, Report::Failed { reason, .. } if reason == said),
            "{words}"
        );
    }
}

#[test]
fn an_unknown_task_has_no_id() {
    let not_found = r#"{"code":0,"data":{"task_id":"job_1-1","task_status":"failed","task_status_msg":"Task not found"}}"#;
    for (status, body) in [
        (200, not_found),
        (404, "<html>"),
        (404, r#"{"code":1203,"message":"resource"}"#),
        (200, r#"{"code":1202,"message":"method"}"#),
    ] {
        let found = Kling.read_found(&response(status, body));
        assert_eq!(found, (None, Report::NotFound), "{body}");
    }
    let busy = Kling.read_found(&response(429, r#"{"code":1303,"message":"slow"}"#));
    assert!(matches!(busy, (None, Report::Unreadable { .. })));
    let running = r#"{"code":0,"data":{"task_id":8153,"task_status":"processing"}}"#;
    assert_eq!(
        Kling.read_found(&response(200, running)),
        (Some("8153".into()), Report::Running { percent: None })
    );
}

#[test]
fn the_published_callback_is_signed_and_its_task_is_read_for_the_pictures() {
    let body = r#"{"id":"1234567890","status":"succeeded","message":"","create_time":1781080778802,"update_time":1781080794151}"#;
    let signature = "v1,UsKlJP00XoQyOn410NM9xv34sP+Gl0jnOO9Lcpr7NJ4=";
    assert_eq!(
        read_callback(&access(), signature, body),
        Ok(CallbackReport::Unverified {
            task_id: Some("1234567890".into()),
        })
    );
    let cut_short = &signature[..signature.len() - 4];
    for signature in [cut_short, "v1,", "v1,AAAA"] {
        assert_eq!(read_callback(&access(), signature, body), Err(BadSignature));
    }
    let other_body = body.replace("1234567890", "1234567891");
    assert_eq!(
        read_callback(&access(), signature, &other_body),
        Err(BadSignature)
    );
    let no_secret = Access {
        webhook_secrets: Vec::new(),
        ..access()
    };
    assert_eq!(
        read_callback(&no_secret, signature, body),
        Err(BadSignature)
    );
}

#[test]
fn a_signed_callback_is_verified_in_either_shape() {
    let older = r#"{"task_id":815335657866002502,"task_status":"succeed","task_status_msg":"","final_unit_deduction":"1",
        "task_info":{"external_task_id":"job_1-1"},"task_result":{"images":[{"index":0,"url":"https://h1.inkwai.com/a.png"}]}}"#;
    let newer = r#"{"id":"815335657866002502","status":"succeeded","external_id":"job_1-1",
        "outputs":[{"type":"image","url":"https://h1.inkwai.com/a.png"}]}"#;
    for (body, cost) in [(older, Some(Cost(1000))), (newer, None)] {
        let expected = CallbackReport::Verified {
            task_id: "815335657866002502".into(),
            report: Report::Succeeded {
                results: vec!["https://h1.inkwai.com/a.png".into()],
                cost,
            },
        };
        assert_eq!(read_signed(body), expected);
    }
    for status in ["submitted", "processing", "dreaming"] {
        let body = format!(r#"{{"id":"t","status":"{status}"}}"#);
        let expected = CallbackReport::Verified {
            task_id: "t".into(),
            report: Report::Running { percent: None },
        };
        assert_eq!(read_signed(&body), expected);
    }
}

#[test]
fn a_signed_callback_without_its_pictures_is_unverified() {
    for (body, task_id) in [
        ("garbage", None),
        ("[1]", None),
        (r#"{"status":"failed"}"#, None),
        (r#"{"task_id":"t"}"#, Some("t".into())),
    ] {
        assert_eq!(
            read_signed(body),
            CallbackReport::Unverified { task_id },
            "{body}"
        );
    }
}
