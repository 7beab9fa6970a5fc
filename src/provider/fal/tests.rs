//! fal's wire format, with bodies from its documentation.

use serde_json::json;

use super::*;
use crate::domain::options::{Category, GarmentPhoto, Options, Quality};
use crate::provider::Unavailable;
use crate::provider::testing::{self, response};

const ID: &str = "764cabcf-b745-4b3e-ae38-1200304cf45b";

fn access() -> Access {
    Access {
        base_url: Fal.base_url().into(),
        api_key: "id:secret".into(),
        webhook_secrets: Vec::new(),
    }
}

fn submission(model: &'static Model) -> Submission<'static> {
    testing::submission(model, "https://app.test/v1/webhooks/fal/token")
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

fn task(model: &'static Model) -> Task<'static> {
    Task {
        id: ID,
        vendor_id: Some(model.vendor_id),
    }
}

#[test]
fn a_submissions_body_is_the_models_input_and_nothing_else() {
    let request = Fal.create(&access(), &submission(&MODELS[0])).unwrap();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(
        request.uri(),
        "https://queue.fal.run/fal-ai/fashn/tryon/v1.6\
         ?fal_webhook=https%3A%2F%2Fapp.test%2Fv1%2Fwebhooks%2Ffal%2Ftoken"
    );
    assert_eq!(request.headers()["authorization"], "Key id:secret");
    assert_eq!(
        body(&request),
        json!({
            "model_image": "https://app.test/p",
            "garment_image": "https://app.test/g",
            "category": "auto",
            "garment_photo_type": "auto",
            "mode": "balanced",
            "moderation_level": "conservative",
            "num_samples": 1,
        })
    );
}

#[test]
fn each_model_gets_its_options_in_its_own_format() {
    let options = Options {
        category: Some(Category::OnePieces),
        garment_photo: Some(GarmentPhoto::Flat),
        quality: Some(Quality::Best),
        seed: Some(7),
    };
    let body_of = |model| {
        let submission = Submission {
            options,
            count: 2,
            ..submission(model)
        };
        body(&Fal.create(&access(), &submission).unwrap())
    };
    let fashn = body_of(&MODELS[0]);
    assert_eq!(
        (&fashn["category"], &fashn["garment_photo_type"]),
        (&json!("one-pieces"), &json!("flat-lay"))
    );
    assert_eq!(
        (&fashn["mode"], &fashn["seed"]),
        (&json!("quality"), &json!(7))
    );
    assert_eq!(fashn["num_samples"], 2);
    let nano_banana = body_of(&MODELS[2]);
    assert_eq!(
        (&nano_banana["num_images"], &nano_banana["aspect_ratio"]),
        (&json!(2), &json!("auto"))
    );
    assert_eq!(
        nano_banana["image_urls"],
        json!(["https://app.test/p", "https://app.test/g"])
    );
    let seedream = body_of(&MODELS[3]);
    assert_eq!(
        (&seedream["num_images"], &seedream["image_size"]),
        (&json!(2), &json!("auto_2K"))
    );
    let newest = body_of(&MODELS[4]);
    assert_eq!(
        (&newest["num_images"], &newest["resolution"]),
        (&json!(2), &json!("1K"))
    );
}

#[test]
fn a_tasks_paths_have_two_segments_of_its_models_id() {
    let of = |request: Result<Request, http::Error>| {
        let request = request.unwrap();
        (request.method().clone(), request.uri().to_string())
    };
    let base = format!("https://queue.fal.run/fal-ai/bytedance/requests/{ID}");
    let task = task(&MODELS[3]);
    assert_eq!(
        of(Fal.task(&access(), &task)),
        (Method::GET, format!("{base}/status"))
    );
    assert_eq!(
        of(Fal.result(&access(), &task)),
        (Method::GET, base.clone())
    );
    assert_eq!(
        of(Fal.cancel(&access(), &task).unwrap()),
        (Method::PUT, format!("{base}/cancel"))
    );
}

#[test]
fn a_task_of_an_unknown_model_has_no_address() {
    let nobodys = Task {
        id: ID,
        vendor_id: None,
    };
    assert!(Fal.task(&access(), &nobodys).is_err());
    assert!(Fal.result(&access(), &nobodys).is_err());
    assert!(Fal.cancel(&access(), &nobodys).unwrap().is_err());
}

#[test]
fn answers_to_a_submission() {
    let read = |status, body| Fal.read_created(&response(status, body));
    let accepted = read(
        200,
        r#"{"request_id":"a","gateway_request_id":"b","status":"IN_QUEUE","queue_position":0}"#,
    );
    let task_id = "a".into();
    assert_eq!(
        accepted,
        Created::Accepted {
            task_id,
            cost: None
        }
    );
    let refusal = |body| match read(422, body) {
        Created::Refused { reason, .. } => reason,
        other => panic!("{other:?}"),
    };
    assert!(matches!(
        read(422, r#"{"detail":[{"type":"unsupported_image_format"}]}"#),
        Created::PictureRefused { .. }
    ));
    assert_eq!(
        refusal(r#"{"detail":"prompt is empty"}"#),
        FailureCode::InputRefused
    );
    assert_eq!(
        refusal(r#"{"detail":[{"type":"missing"},{"type":"content_policy_violation"}]}"#),
        FailureCode::ContentRefused
    );
    for (status, body, whose) in [
        (
            401,
            r#"{"detail":"Invalid key"}"#,
            Unavailable::Misconfigured,
        ),
        (
            403,
            r#"{"detail":"User is locked. Reason: Exhausted balance."}"#,
            Unavailable::Misconfigured,
        ),
        (
            429,
            r#"{"detail":"concurrent_requests_limit"}"#,
            Unavailable::RateLimited,
        ),
        (404, "{}", Unavailable::ModelMissing),
        (
            500,
            r#"{"detail":"…","error_type":"internal_error"}"#,
            Unavailable::Down,
        ),
    ] {
        assert!(
            matches!(read(status, body), Created::Unavailable { cause, .. } if cause == whose),
            "{status}"
        );
    }
    for (status, body) in [
        (200, "{}"),
        (500, r#"{"detail":"Internal Server Error"}"#),
        (504, "<html>"),
        (302, ""),
    ] {
        assert!(
            matches!(read(status, body), Created::Unknown { .. }),
            "{status}"
        );
    }
}

#[test]
fn a_status_tells_the_progress_and_never_the_outcome() {
    let read = |status, body| Fal.read_task(&response(status, body));
    let running = Report::Running { percent: None };
    assert_eq!(
        read(202, r#"{"status":"IN_QUEUE","queue_position":3}"#),
        running
    );
    assert_eq!(read(202, r#"{"status":"IN_PROGRESS","logs":[]}"#), running);
    assert_eq!(read(200, r#"{"status":"DREAMING"}"#), running);
    assert_eq!(
        read(200, r#"{"status":"COMPLETED","metrics":{},"error":null}"#),
        Report::Finished
    );
    let timed_out = r#"{"status":"COMPLETED","error":"…","error_type":"startup_timeout"}"#;
    assert!(matches!(
        read(200, timed_out),
        Report::Failed {
            reason: FailureCode::GenerationFailed,
            ..
        }
    ));
    let canceled = r#"{"status":"COMPLETED","error":"…","error_type":"client_cancelled"}"#;
    assert_eq!(read(200, canceled), Report::Canceled);
    assert_eq!(read(404, r#"{"detail":"Not found"}"#), Report::NotFound);
    for (status, body) in [(200, "<html>"), (401, "{}"), (429, "{}"), (500, "{}")] {
        assert!(
            matches!(read(status, body), Report::Unreadable { .. }),
            "{status}"
        );
    }
}

#[test]
fn a_result_has_its_pictures_in_one_of_two_fields() {
    let read = |body: &str| Fal.read_result(&response(200, body));
    let succeeded = |results: &[&str]| Report::Succeeded {
        results: results.iter().map(|url| (*url).into()).collect(),
        cost: None,
    };
    assert_eq!(
        read(r#"{"images":[{"url":"https://fal.media/a"},{"url":"https://fal.media/b"}]}"#),
        succeeded(&["https://fal.media/a", "https://fal.media/b"])
    );
    let one = r#"{"image":{"url":"https://fal.media/a"},"has_nsfw_concepts":false}"#;
    assert_eq!(read(one), succeeded(&["https://fal.media/a"]));
    for body in [r#"{"images":[]}"#, r#"{"images":[{}],"image":null}"#] {
        assert!(matches!(
            read(body),
            Report::Failed {
                reason: FailureCode::GenerationFailed,
                ..
            }
        ));
    }
    for indecent in ["true", "[false,true]"] {
        let body = format!(
            r#"{{"images":[{{"url":"https://fal.media/a"}}],"has_nsfw_concepts":{indecent}}}"#
        );
        assert!(matches!(
            read(&body),
            Report::Failed {
                reason: FailureCode::ContentRefused,
                ..
            }
        ));
    }
}

#[test]
fn a_result_tells_its_price() {
    let mut response = response(200, r#"{"image":{"url":"https://fal.media/a"}}"#);
    let units = "1.5".parse().unwrap();
    response.headers_mut().insert("x-fal-billable-units", units);
    assert!(matches!(
        Fal.read_result(&response),
        Report::Succeeded {
            cost: Some(Cost(1500)),
            ..
        }
    ));
}

#[test]
fn an_error_instead_of_a_result() {
    let read = |status, body| Fal.read_result(&response(status, body));
    for (status, body, expected) in [
        (
            422,
            r#"{"detail":[{"type":"content_policy_violation","msg":"no"}]}"#,
            FailureCode::ContentRefused,
        ),
        (
            422,
            r#"{"detail":[{"type":"face_detection_error","msg":"none"}]}"#,
            FailureCode::InputRefused,
        ),
        (
            422,
            r#"{"detail":[{"type":"value_error.missing"}]}"#,
            FailureCode::InputRefused,
        ),
        (
            422,
            r#"{"detail":[{"type":"no_media_generated"}]}"#,
            FailureCode::GenerationFailed,
        ),
        (
            422,
            r#"{"detail":"something"}"#,
            FailureCode::GenerationFailed,
        ),
        (
            504,
            r#"{"detail":[{"type":"generation_timeout"}]}"#,
            FailureCode::GenerationFailed,
        ),
    ] {
        assert!(
            matches!(read(status, body), Report::Failed { reason, .. } if reason == expected),
            "{body}"
        );
    }
    let canceled = r#"{"detail":"…","error_type":"client_cancelled"}"#;
    assert_eq!(read(499, canceled), Report::Canceled);
    assert_eq!(read(404, r#"{"detail":"Not found"}"#), Report::NotFound);
    for (status, body) in [
        (400, r#"{"detail":"Request is still in progress"}"#),
        (401, r#"{"detail":"Invalid key"}"#),
        (503, r#"{"detail":"…","error_type":"runner_disconnected"}"#),
        (200, "<html>"),
        (500, "<html>"),
    ] {
        assert!(
            matches!(read(status, body), Report::Unreadable { .. }),
            "{status}"
        );
    }
}

#[test]
fn a_canceled_task_counts_as_running_until_it_says_otherwise() {
    let read = |status, body| Fal.read_canceled(&response(status, body));
    let running = Report::Running { percent: None };
    assert_eq!(read(202, r#"{"status":"CANCELLATION_REQUESTED"}"#), running);
    assert_eq!(read(400, r#"{"status":"ALREADY_COMPLETED"}"#), running);
    assert_eq!(read(404, r#"{"status":"NOT_FOUND"}"#), Report::NotFound);
    assert!(matches!(read(500, "{}"), Report::Unreadable { .. }));
}

#[test]
fn the_keys_are_fals_or_those_of_the_overriding_address() {
    let url = |base_url: &str| {
        let base_url = base_url.into();
        Fal.callback_keys(&Access {
            base_url,
            ..access()
        })
    };
    assert_eq!(
        url("https://queue.fal.run").unwrap(),
        "https://rest.fal.ai/.well-known/jwks.json"
    );
    assert_eq!(
        url("http://127.0.0.1:8788").unwrap(),
        "http://127.0.0.1:8788/.well-known/jwks.json"
    );
}
