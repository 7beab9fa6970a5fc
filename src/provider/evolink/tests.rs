//! EvoLink's wire format, with bodies from its documentation.

use http::{HeaderMap, header};

use super::*;
use crate::domain::time::Timestamp;
use crate::provider::Unavailable;
use crate::provider::testing::{self, response};

const ACCEPTED: &str = r#"{"id":"task-unified-1757165031-ab12cd34","object":"image.generation.task","type":"image",
    "model":"gemini-3.1-flash-image-preview","created":1757165031,"status":"pending","progress":0,
    "task_info":{"can_cancel":true,"estimated_time":45},
    "usage":{"billing_rule":"per_call","credits_reserved":8.7,"user_group":"default"}}"#;

fn access() -> Access {
    Access {
        base_url: "https://api.test".into(),
        api_key: "sk-evo-1".into(),
        webhook_secrets: Vec::new(),
    }
}

fn submission(model: &'static Model) -> Submission<'static> {
    Submission {
        prompt: Some("rolled sleeves"),
        aspect_ratio: Some("3:4"),
        ..testing::submission(model, "https://app.test/v1/webhooks/evolink/token")
    }
}

#[test]
fn a_submission_has_the_documented_format() {
    let request = EvoLink.create(&access(), &submission(&MODELS[0])).unwrap();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "https://api.test/v1/images/generations");
    assert_eq!(request.headers()[header::AUTHORIZATION], "Bearer sk-evo-1");
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body["model"], "gemini-3.1-flash-lite-image");
    assert_eq!(body["quality"], "1K");
    assert_eq!(
        body["image_urls"],
        json!(["https://app.test/p", "https://app.test/g"])
    );
    assert_eq!(body["size"], "3:4");
    assert_eq!(
        body["callback_url"],
        "https://app.test/v1/webhooks/evolink/token"
    );
    assert!(
        body["prompt"]
            .as_str()
            .unwrap()
            .ends_with("Also: rolled sleeves")
    );
    assert!(body.get("n").is_none());
}

#[test]
fn a_model_that_makes_several_pictures_gets_the_count_and_the_photos_ratio_is_auto() {
    let two = Submission {
        count: 2,
        aspect_ratio: None,
        garment_url: None,
        ..submission(&MODELS[3])
    };
    let request = EvoLink.create(&access(), &two).unwrap();
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(
        (&body["n"], &body["size"], &body["image_urls"]),
        (&json!(2), &json!("auto"), &json!(["https://app.test/p"]))
    );
    assert!(body.get("quality").is_none());
    let words = body["prompt"].as_str().unwrap();
    assert!(words.starts_with("Generate 2 images"), "{words}");
}

/// The size was once left out, so the vendor charged for 2K while the price was that of 1K.
#[test]
fn a_model_whose_price_depends_on_the_size_gets_the_size_that_is_priced() {
    for (model, quality) in [
        ("evolink/nano-banana-2-lite", "1K"),
        ("evolink/nano-banana-2", "1K"),
        ("evolink/nano-banana-pro", "2K"),
    ] {
        let model = MODELS.iter().find(|known| known.id == model).unwrap();
        let request = EvoLink.create(&access(), &submission(model)).unwrap();
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(body["quality"], quality, "{}", model.id);
    }
}

#[test]
fn a_submission_has_the_overridden_id_of_its_model() {
    let renamed = Submission {
        vendor_id: "gemini-9-image",
        ..submission(&MODELS[0])
    };
    let request = EvoLink.create(&access(), &renamed).unwrap();
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(
        (&body["model"], &body["quality"]),
        (&json!("gemini-9-image"), &json!("1K"))
    );
}

#[test]
fn answers_to_a_submission() {
    let read = |status, body| EvoLink.read_created(&response(status, body));
    assert_eq!(
        read(200, ACCEPTED),
        Created::Accepted {
            task_id: "task-unified-1757165031-ab12cd34".into(),
            cost: Some(Cost(8700)),
        }
    );
    assert!(matches!(read(200, "{}"), Created::Unknown { .. }));
    assert!(matches!(read(200, "<html>"), Created::Unknown { .. }));
    let refused = read(
        400,
        r#"{"error":{"code":"content_policy_violation","message":"no","type":"task_error"}}"#,
    );
    assert!(matches!(
        refused,
        Created::Refused {
            reason: FailureCode::ContentRefused,
            ..
        }
    ));
    let invalid = read(
        400,
        r#"{"error":{"code":"invalid_request","message":"no","type":"invalid_request_error"}}"#,
    );
    assert!(matches!(
        invalid,
        Created::Refused {
            reason: FailureCode::InputRefused,
            ..
        }
    ));
    for status in [401, 402, 403] {
        assert!(
            matches!(
                read(status, "{}"),
                Created::Unavailable {
                    cause: Unavailable::Misconfigured,
                    ..
                }
            ),
            "{status}"
        );
    }
    for status in [404, 429] {
        assert!(
            matches!(
                read(status, "{}"),
                Created::Unavailable {
                    cause: Unavailable::ModelMissing | Unavailable::RateLimited | Unavailable::Down,
                    ..
                }
            ),
            "{status}"
        );
    }
    let number = r#"{"error":{"code":500,"message":"busy","fallback_suggestion":"later"}}"#;
    assert!(matches!(
        read(500, number),
        Created::Unavailable {
            cause: Unavailable::ModelMissing | Unavailable::RateLimited | Unavailable::Down,
            ..
        }
    ));
    assert!(matches!(
        read(502, "<html>Bad gateway</html>"),
        Created::Unknown { .. }
    ));
    assert!(matches!(read(302, ""), Created::Unknown { .. }));
}

#[test]
fn reports_of_a_task() {
    let read = |body| EvoLink.read_task(&response(200, body));
    assert_eq!(
        read(r#"{"id":"t","status":"pending","progress":0}"#),
        Report::Running { percent: Some(0) }
    );
    assert_eq!(
        read(r#"{"id":"t","status":"processing","progress":40}"#),
        Report::Running { percent: Some(40) }
    );
    assert_eq!(
        read(r#"{"id":"t","status":"dreaming","progress":400}"#),
        Report::Running { percent: None }
    );
    let one = Report::Succeeded {
        results: vec!["https://files.evolink.ai/a.png".into()],
        cost: None,
    };
    assert_eq!(
        read(r#"{"id":"t","status":"completed","results":["https://files.evolink.ai/a.png"]}"#),
        one
    );
    let data = r#"{"id":"t","status":"completed","results":[],"result_data":[{"image_url":"https://files.evolink.ai/a.png"}]}"#;
    assert_eq!(read(data), one);
    assert!(matches!(
        read(r#"{"id":"t","status":"completed","results":null}"#),
        Report::Failed { .. }
    ));
    assert_eq!(
        read(r#"{"status":"failed","error":{"code":"request_cancelled"}}"#),
        Report::Canceled
    );
    assert_eq!(read(r#"{"status":"cancelled"}"#), Report::Canceled);
    let odd = r#"{"id":7,"status":"completed","progress":"done","results":[null,"https://files.evolink.ai/a.png"],
        "result_data":{},"error":"none"}"#;
    assert_eq!(read(odd), one);
    assert!(matches!(read("garbage"), Report::Unreadable { .. }));
    assert!(matches!(read("[1]"), Report::Unreadable { .. }));
}

#[test]
fn failures_of_a_task() {
    for (code, reason) in [
        (r#""content_policy_violation""#, FailureCode::ContentRefused),
        (r#""image_processing_error""#, FailureCode::InputRefused),
        (r#""service_error""#, FailureCode::GenerationFailed),
        ("500", FailureCode::GenerationFailed),
        ("null", FailureCode::GenerationFailed),
    ] {
        let body = format!(r#"{{"status":"failed","error":{{"code":{code},"message":"…"}}}}"#);
        let report = EvoLink.read_task(&response(200, &body));
        assert!(
            matches!(report, Report::Failed { reason: said, .. } if said == reason),
            "{code}"
        );
    }
    assert!(matches!(
        EvoLink.read_task(&response(200, r#"{"status":"failed"}"#)),
        Report::Failed { .. }
    ));
}

#[test]
fn an_error_instead_of_a_report_says_nothing_about_the_task() {
    assert_eq!(EvoLink.read_task(&response(404, "{}")), Report::NotFound);
    let no_name = r#"{"error":{"code":"invalid_task_id"}}"#;
    assert_eq!(EvoLink.read_task(&response(400, no_name)), Report::NotFound);
    for status in [400, 401, 402, 429, 500, 503] {
        assert!(
            matches!(
                EvoLink.read_task(&response(status, "{}")),
                Report::Unreadable { .. }
            ),
            "{status}"
        );
    }
}

#[test]
fn a_callback_is_unverified_whatever_it_says() {
    let read = |body: &str| {
        let callback = Callback {
            headers: &HeaderMap::new(),
            body: body.as_bytes(),
            now: Timestamp::default(),
            keys: &[],
        };
        EvoLink.read_callback(&access(), &callback)
    };
    assert_eq!(
        read(ACCEPTED),
        Ok(CallbackReport::Unverified {
            task_id: Some("task-unified-1757165031-ab12cd34".into())
        })
    );
    assert_eq!(
        read("garbage"),
        Ok(CallbackReport::Unverified { task_id: None })
    );
}

#[test]
fn a_task_id_stays_one_segment_of_the_path() {
    let request = EvoLink
        .task(
            &access(),
            &Task {
                id: "../credits?x=1",
                vendor_id: None,
            },
        )
        .unwrap();
    assert_eq!(
        request.uri(),
        "https://api.test/v1/tasks/..%2Fcredits%3Fx%3D1"
    );
}
