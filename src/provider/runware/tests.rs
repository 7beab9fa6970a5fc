//! Runware's wire format, with bodies from its documentation.

use std::collections::HashSet;

use http::{HeaderMap, header};
use serde_json::json;

use super::*;
use crate::domain::options::Category;
use crate::domain::time::Timestamp;
use crate::provider::Unavailable;
use crate::provider::testing::{self, response};

const UUID: &str = "8f14e45f-ceea-467f-a9d1-3f6e7c2b1a90";

fn access() -> Access {
    Access {
        base_url: "https://api.test".into(),
        api_key: "rw-1".into(),
        webhook_secrets: Vec::new(),
    }
}

fn submission(id: &str) -> Submission<'static> {
    let model = models::MODELS.iter().find(|model| model.id == id).unwrap();
    testing::submission(model, "https://app.test/v1/webhooks/runware/token")
}

fn task(submission: &Submission<'_>) -> Value {
    let request = Runware.create(&access(), submission).unwrap();
    let mut tasks: Vec<Value> = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(tasks.len(), 1);
    tasks.remove(0)
}

#[test]
fn a_submission_has_the_documented_format() {
    let submission = submission("runware/p-image-tryon");
    let request = Runware.create(&access(), &submission).unwrap();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "https://api.test/v1");
    assert_eq!(request.headers()[header::AUTHORIZATION], "Bearer rw-1");
    assert_eq!(
        task(&submission),
        json!({
            "taskType": "imageInference",
            "taskUUID": task_uuid("job_1-1"),
            "model": "prunaai:p-image@try-on",
            "inputs": {"referenceImages": [
                {"image": "https://app.test/p", "role": "person"},
                {"image": "https://app.test/g", "role": "garment"},
            ]},
            "outputType": "URL",
            "outputFormat": "PNG",
            "numberResults": 1,
            "includeCost": true,
            "safety": {"checkContent": true},
            "deliveryMethod": "async",
            "webhookURL": "https://app.test/v1/webhooks/runware/token",
        })
    );
}

#[test]
fn flux_gets_the_sentence_that_it_expects() {
    let mut submission = submission("runware/flux-vto");
    assert_eq!(
        task(&submission)["positivePrompt"],
        "The person of image 1, maintaining exactly their face and pose, wearing the garment of image 2."
    );
    submission.options.category = Some(Category::Tops);
    submission.prompt = Some("rolled sleeves");
    let words = task(&submission)["positivePrompt"].clone();
    let words = words.as_str().unwrap();
    assert!(words.ends_with("wearing the top of image 2. Also: rolled sleeves"));
}

#[test]
fn nano_banana_gets_a_size_or_a_resolution_and_never_both() {
    let mut submission = submission("runware/nano-banana-2.1");
    let as_the_photo = task(&submission);
    assert_eq!(
        as_the_photo["inputs"]["referenceImages"],
        json!(["https://app.test/p", "https://app.test/g"])
    );
    assert_eq!(as_the_photo["resolution"], "1K");
    assert!(as_the_photo.get("width").is_none() && as_the_photo.get("height").is_none());
    for ratio in submission.model.aspect_ratios {
        submission.aspect_ratio = Some(ratio);
        let task = task(&submission);
        assert!(task.get("resolution").is_none(), "{ratio}");
        let side = |name: &str| task[name].as_f64().unwrap();
        let (width, height) = ratio.split_once(':').unwrap();
        let asked: f64 = width.parse::<f64>().unwrap() / height.parse::<f64>().unwrap();
        let made = side("width") / side("height");
        assert!((made / asked - 1.0).abs() < 0.03, "{ratio} is {made}");
    }
}

#[test]
fn a_seed_stays_below_the_vendors_limit() {
    let mut submission = submission("runware/p-image-tryon");
    for (seed, said) in [(7, 7), (u32::MAX, 0x7fff_ffff), (0x8000_0000, 0)] {
        submission.options.seed = Some(seed);
        assert_eq!(task(&submission)["seed"], said);
    }
}

/// Pinned: a task that was submitted before a release is looked up after it.
#[test]
fn a_uuid_is_of_version_4_and_derived_from_the_reference_alone() {
    assert_eq!(task_uuid("job_1-1"), task_uuid("job_1-1"));
    assert_eq!(task_uuid(""), "e3b0c442-98fc-4c14-9afb-f4c8996fb924");
    let uuids: HashSet<_> = (0..200)
        .map(|number| task_uuid(&format!("job_1-{number}")))
        .collect();
    assert_eq!(uuids.len(), 200);
    for uuid in uuids {
        let letters: Vec<char> = uuid.chars().collect();
        assert_eq!((letters.len(), letters[14]), (36, '4'), "{uuid}");
        assert!(matches!(letters[19], '8' | '9' | 'a' | 'b'), "{uuid}");
    }
}

#[test]
fn a_task_is_read_in_a_list_by_its_uuid_or_by_our_reference() {
    let question = |request: Result<Request, http::Error>| {
        let request = request.unwrap();
        assert_eq!(request.uri(), "https://api.test/v1");
        serde_json::from_slice::<Value>(request.body()).unwrap()
    };
    let task = Task {
        id: UUID,
        vendor_id: None,
    };
    assert_eq!(
        question(Runware.task(&access(), &task)),
        json!([{"taskType": "getResponse", "taskUUID": UUID}])
    );
    assert_eq!(
        question(Runware.find(&access(), "job_1-1").unwrap()),
        json!([{"taskType": "getResponse", "taskUUID": task_uuid("job_1-1")}])
    );
}

fn error(code: &str, message: &str, parameter: &str) -> String {
    json!({"errors": [{"code": code, "message": message, "parameter": parameter}]}).to_string()
}

#[test]
fn an_error_tells_its_cause() {
    let read = |status, body: &str| Runware.read_created(&response(status, body));
    for (status, code, whose) in [
        (401, "invalidApiKey", Unavailable::Misconfigured),
        (200, "invalidApiKey", Unavailable::Misconfigured),
        (200, "insufficientCredits", Unavailable::Misconfigured),
        (402, "", Unavailable::Misconfigured),
        (403, "", Unavailable::Misconfigured),
        (404, "", Unavailable::ModelMissing),
        (400, "invalidWidth", Unavailable::ModelMissing),
        (429, "", Unavailable::RateLimited),
        (500, "", Unavailable::Down),
        (504, "", Unavailable::Down),
    ] {
        let created = read(status, &error(code, "no", "width"));
        assert!(
            matches!(created, Created::Unavailable { cause, .. } if cause == whose),
            "{status} {code}: {created:?}"
        );
    }
    for (message, parameter, reason) in [
        ("is missing", "positivePrompt", FailureCode::InputRefused),
        (
            "could not be downloaded",
            "inputs.referenceImages[0].image",
            FailureCode::InputRefused,
        ),
        (
            "NSFW content",
            "positivePrompt",
            FailureCode::ContentRefused,
        ),
    ] {
        let created = read(400, &error("invalid", message, parameter));
        assert!(
            matches!(created, Created::Refused { reason: said, .. } if said == reason),
            "{message}"
        );
    }
    let format = error(
        "invalidImage",
        "unsupported image format",
        "inputs.referenceImages",
    );
    assert!(matches!(read(400, &format), Created::PictureRefused { .. }));
    for (status, body) in [
        (500, "<html>"),
        (504, ""),
        (200, r#"{"data":[]}"#),
        (302, ""),
    ] {
        assert!(
            matches!(read(status, body), Created::Unknown { .. }),
            "{status}"
        );
    }
}

#[test]
fn a_task_of_several_pictures_is_over_when_none_of_them_is_processing() {
    let read = |body: Value| Runware.read_task(&response(200, &body.to_string()));
    let picture = |status: &str, name: &str| {
        json!({"taskUUID": UUID, "status": status, "cost": 0.0151,
               "imageURL": format!("https://im.runware.ai/{name}")})
    };
    let running = Report::Running { percent: None };
    assert_eq!(
        read(json!({"data": [picture("success", "a"), picture("processing", "b")]})),
        running
    );
    let made = |names: &[&str], cost| Report::Succeeded {
        results: names
            .iter()
            .map(|name| format!("https://im.runware.ai/{name}"))
            .collect(),
        cost: Some(Cost(cost)),
    };
    assert_eq!(
        read(json!({"data": [picture("success", "a"), picture("success", "b")]})),
        made(&["a", "b"], 32)
    );
    let one_failed = json!({
        "data": [picture("success", "a")],
        "errors": [{"code": "inferenceFailed", "taskUUID": UUID, "taskType": "imageInference"}],
    });
    assert_eq!(read(one_failed), made(&["a"], 16));
    let mut indecent = picture("success", "b");
    indecent["NSFWContent"] = json!(true);
    assert_eq!(
        read(json!({"data": [picture("success", "a"), indecent]})),
        made(&["a"], 32)
    );
}

#[test]
fn an_error_is_about_the_task_or_the_request() {
    let read = |status, body: Value| Runware.read_task(&response(status, &body.to_string()));
    let error = |task_type: &str, code: &str, message: &str| json!({"data": [], "errors": [{"code": code, "message": message, "taskType": task_type, "taskUUID": UUID}]});
    for (message, reason) in [
        ("no answer", FailureCode::GenerationFailed),
        ("rejected by the safety system", FailureCode::ContentRefused),
        ("image dimensions out of range", FailureCode::InputRefused),
    ] {
        let report = read(200, error("imageInference", "failed", message));
        assert!(
            matches!(report, Report::Failed { reason: said, .. } if said == reason),
            "{message}"
        );
    }
    assert_eq!(
        read(400, error("getResponse", "taskNotFound", "")),
        Report::NotFound
    );
    assert_eq!(read(404, json!({})), Report::NotFound);
    for (status, body) in [
        (200, error("getResponse", "invalidTaskUUID", "no UUID")),
        (200, json!({"data": []})),
        (200, json!({})),
        (401, error("", "invalidApiKey", "")),
        (503, json!({})),
    ] {
        let report = read(status, body.clone());
        assert!(
            matches!(report, Report::Unreadable { .. }),
            "{status} {body}"
        );
    }
}

#[test]
fn a_callback_is_unverified_in_either_shape() {
    let read = |body: &str| {
        let callback = Callback {
            headers: &HeaderMap::new(),
            body: body.as_bytes(),
            now: Timestamp::default(),
            keys: &[],
        };
        Runware.read_callback(&access(), &callback)
    };
    let unverified = Ok(CallbackReport::Unverified {
        task_id: Some(UUID.into()),
    });
    let result = format!(r#"{{"taskUUID":"{UUID}","imageURL":"https://im.runware.ai/a"}}"#);
    assert_eq!(read(&result), unverified);
    assert_eq!(read(&format!(r#"{{"data":[{result}]}}"#)), unverified);
    assert_eq!(read(&format!(r#"{{"errors":[{result}]}}"#)), unverified);
    assert_eq!(
        read("garbage"),
        Ok(CallbackReport::Unverified { task_id: None })
    );
}
