//! FASHN's wire format: requests, and answers in unusual shapes.

use http::header;

use super::*;
use crate::domain::time::Timestamp;
use crate::provider::Unavailable;
use crate::provider::testing::{self, response};

fn access() -> Access {
    Access {
        base_url: "https://api.test".into(),
        api_key: "fa-1".into(),
        webhook_secrets: Vec::new(),
    }
}

fn submission(id: &str) -> Submission<'static> {
    testing::submission(
        MODELS.iter().find(|model| model.id == id).unwrap(),
        "https://app.test/v1/webhooks/fashn/a+b?c=d&e",
    )
}

fn body(submission: &Submission<'_>) -> Value {
    let request = Fashn.create(&access(), submission).unwrap();
    serde_json::from_slice(request.body()).unwrap()
}

#[test]
fn a_submission_has_its_callback_in_the_url() {
    let request = Fashn
        .create(&access(), &submission("fashn/tryon-v1.6"))
        .unwrap();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(
        request.uri(),
        "https://api.test/v1/run?webhook_url=https%3A%2F%2Fapp.test%2Fv1%2Fwebhooks%2Ffashn%2Fa%2Bb%3Fc%3Dd%26e"
    );
    assert_eq!(request.headers()[header::AUTHORIZATION], "Bearer fa-1");
    assert_eq!(request.headers()[header::CONTENT_TYPE], "application/json");
}

#[test]
fn unset_options_are_left_to_the_vendor() {
    let expected = json!({
        "model_name": "tryon-v1.6",
        "inputs": {
            "model_image": "https://app.test/p",
            "garment_image": "https://app.test/g",
            "moderation_level": "conservative",
            "num_samples": 1,
            "output_format": "png",
        },
    });
    assert_eq!(body(&submission("fashn/tryon-v1.6")), expected);
}

#[test]
fn each_option_has_the_vendors_value() {
    let mut requested = submission("fashn/tryon-v1.6");
    requested.count = 4;
    requested.options.seed = Some(u32::MAX);
    for (garment_photo, word) in [
        (GarmentPhoto::Worn, "model"),
        (GarmentPhoto::Flat, "flat-lay"),
    ] {
        requested.options.garment_photo = Some(garment_photo);
        assert_eq!(body(&requested)["inputs"]["garment_photo_type"], word);
    }
    for (quality, word) in [
        (Quality::Fast, "performance"),
        (Quality::Balanced, "balanced"),
        (Quality::Best, "quality"),
    ] {
        requested.options.quality = Some(quality);
        assert_eq!(body(&requested)["inputs"]["mode"], word);
    }
    for (category, word) in [
        (Category::Tops, "tops"),
        (Category::Bottoms, "bottoms"),
        (Category::OnePieces, "one-pieces"),
    ] {
        requested.options.category = Some(category);
        assert_eq!(body(&requested)["inputs"]["category"], word);
    }
    assert_eq!(body(&requested)["inputs"]["num_samples"], 4);
    assert_eq!(body(&requested)["inputs"]["seed"], 4_294_967_295_u32);
}

#[test]
fn try_on_max_takes_a_prompt_and_a_ratio() {
    let requested = Submission {
        prompt: Some("roll up the sleeves"),
        aspect_ratio: Some("3:4"),
        count: 2,
        ..submission("fashn/tryon-max")
    };
    let expected = json!({
        "model_name": "tryon-max",
        "inputs": {
            "model_image": "https://app.test/p",
            "product_image": "https://app.test/g",
            "prompt": "roll up the sleeves",
            "aspect_ratio": "3:4",
            "generation_mode": "balanced",
            "resolution": "1k",
            "num_images": 2,
            "output_format": "png",
        },
    });
    assert_eq!(body(&requested), expected);
}

#[test]
fn an_edit_gets_an_instruction() {
    let requested = Submission {
        garment_url: None,
        prompt: Some("a red coat"),
        options: Options {
            seed: Some(7),
            ..Options::default()
        },
        ..submission("fashn/edit")
    };
    let said = body(&requested);
    let inputs = &said["inputs"];
    assert_eq!(said["model_name"], "edit");
    assert_eq!(inputs["image"], "https://app.test/p");
    assert!(inputs["prompt"].as_str().unwrap().ends_with("a red coat"));
    assert_eq!(
        (&inputs["num_images"], &inputs["seed"]),
        (&json!(1), &json!(7))
    );
    assert_eq!(inputs["generation_mode"], "fast");
    assert!(inputs.get("garment_image").is_none() && inputs.get("aspect_ratio").is_none());
}

#[test]
fn a_task_id_stays_one_segment_of_the_path() {
    let task = Task {
        id: "../credits?x=1",
        vendor_id: None,
    };
    let request = Fashn.task(&access(), &task).unwrap();
    assert_eq!(request.method(), Method::GET);
    assert_eq!(
        request.uri(),
        "https://api.test/v1/status/..%2Fcredits%3Fx%3D1"
    );
}

#[test]
fn a_failed_start_took_nothing_and_a_gateway_error_says_nothing() {
    let read = |status, body| Fashn.read_created(&response(status, body));
    let not_started = read(200, r#"{"id":null,"error":"could not start"}"#);
    assert!(matches!(
        not_started,
        Created::Unavailable {
            cause: Unavailable::ModelMissing | Unavailable::RateLimited | Unavailable::Down,
            ..
        }
    ));
    assert_eq!(
        read(200, r#"{"id":7,"error":null,"new":{}}"#),
        Created::Accepted {
            task_id: "7".into(),
            cost: None
        }
    );
    for (status, body) in [
        (200, r#"{"id":"","error":null}"#),
        (200, "[]"),
        (302, ""),
        (500, "{}"),
        (500, r#"{"error":{"message":"of a gateway"}}"#),
    ] {
        assert!(
            matches!(read(status, body), Created::Unknown { .. }),
            "{status} {body}"
        );
    }
    for status in [402, 403] {
        assert!(
            matches!(
                read(status, ""),
                Created::Unavailable {
                    cause: Unavailable::Misconfigured,
                    ..
                }
            ),
            "{status}"
        );
    }
}

#[test]
fn errors_of_a_run() {
    for (error, reason) in [
        ("ContentModerationError", FailureCode::ContentRefused),
        ("NSFWError", FailureCode::ContentRefused),
        ("ThirdPartyError", FailureCode::ContentRefused),
        ("ImageLoadError", FailureCode::InputRefused),
        ("PoseError", FailureCode::InputRefused),
        ("PhotoTypeError", FailureCode::InputRefused),
        ("InputValidationError", FailureCode::InputRefused),
        ("LoRALoadError", FailureCode::InputRefused),
        ("PipelineError", FailureCode::GenerationFailed),
        ("3rdPartyProviderError", FailureCode::GenerationFailed),
        ("InternalServerError", FailureCode::GenerationFailed),
    ] {
        let body = format!(r#"{{"status":"failed","error":{{"name":"{error}","message":"why"}}}}"#);
        let expected = Report::Failed {
            reason,
            detail: format!("failed: {error}: why"),
        };
        assert_eq!(Fashn.read_task(&response(200, &body)), expected);
    }
    for body in [
        r#"{"status":"time_out","error":null}"#,
        r#"{"status":"failed","error":"why"}"#,
    ] {
        let report = Fashn.read_task(&response(200, body));
        assert!(matches!(
            report,
            Report::Failed {
                reason: FailureCode::GenerationFailed,
                ..
            }
        ));
    }
}

#[test]
fn pictures_are_urls_and_their_cost_is_in_a_header() {
    let read = |output: &str, credits: &str| {
        let body = format!(r#"{{"id":"t","status":"completed","output":{output}}}"#);
        let mut response = response(200, &body);
        let credits = credits.parse().unwrap();
        response
            .headers_mut()
            .insert("x-fashn-credits-used", credits);
        Fashn.read_task(&response)
    };
    let one = |cost| Report::Succeeded {
        results: vec!["https://cdn.fashn.ai/t/output_0.png".into()],
        cost,
    };
    let list = r#"[null,"https://cdn.fashn.ai/t/output_0.png","data:image/png;base64,AA"]"#;
    assert_eq!(read(list, "2"), one(Some(Cost(2000))));
    assert_eq!(
        read(r#""https://cdn.fashn.ai/t/output_0.png""#, "many"),
        one(None)
    );
    for none in ["null", "{}", r#"["data:image/png;base64,AA"]"#] {
        assert!(matches!(read(none, "1"), Report::Failed { .. }), "{none}");
    }
}

#[test]
fn an_answer_that_is_no_task_says_nothing_about_it() {
    for (status, body) in [
        (200, r#"{"id":"t"}"#),
        (200, r#"{"id":"t","status":null}"#),
        (401, r#"{"status":"failed"}"#),
        (
            429,
            r#"{"error":"RateLimitExceeded","message":"slow down"}"#,
        ),
        (500, r#"{"error":"InternalServerError","message":"oh"}"#),
    ] {
        assert!(
            matches!(
                Fashn.read_task(&response(status, body)),
                Report::Unreadable { .. }
            ),
            "{status} {body}"
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
        Fashn.read_callback(&access(), &callback)
    };
    let task_id = Some("123a87b9-4129-4bb3-be18-9c9fb5bd7fc1-u1".into());
    let body = r#"{"id":"123a87b9-4129-4bb3-be18-9c9fb5bd7fc1-u1","status":"completed","output":["https://evil.test/a"]}"#;
    assert_eq!(read(body), Ok(CallbackReport::Unverified { task_id }));
    assert_eq!(
        read("[1]"),
        Ok(CallbackReport::Unverified { task_id: None })
    );
}
