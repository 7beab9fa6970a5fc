use serde_json::json;

use super::*;

const TRY_ON: &str =
    "cuuupid/idm-vton:0513734a452173b8173e907e3a59d19a36266e55b48528559432bd21c7d7e985";
const PICTURE: &str = "https://app.example/p.jpg";

fn parsed(body: &Value) -> Result<Generation, ApiError> {
    by_version(body.to_string().as_bytes())
}

#[test]
fn a_full_body() {
    let generation = parsed(&json!({
        "version": "google/nano-banana-pro",
        "input": {
            "prompt": "Dress the person", "image_input": [PICTURE, "data:image/png;base64,AAAA"],
            "aspect_ratio": "3:4", "resolution": "2K", "output_format": "jpg",
            "safety_filter_level": "block_only_high"
        },
        "webhook": "https://app.example/hooks/replicate/t",
        "webhook_events_filter": ["start", "completed"],
        "stream": false
    }))
    .unwrap();
    let ratio = Ratio::Fixed {
        width: 3,
        height: 4,
    };
    assert_eq!((generation.images.len(), generation.ratio), (2, ratio));
    assert_eq!(generation.events, [Event::Started, Event::Ended]);
}

#[test]
fn a_try_on_has_its_description_for_a_prompt() {
    let mut body = json!({
        "version": TRY_ON,
        "input": {
            "human_img": PICTURE, "garm_img": "https://app.example/g.jpg",
            "category": "upper_body", "crop": false, "steps": 30
        }
    });
    let generation = parsed(&body).unwrap();
    assert_eq!(generation.images, [PICTURE, "https://app.example/g.jpg"]);
    assert_eq!(
        (generation.prompt.as_str(), generation.ratio),
        ("", Ratio::Auto)
    );
    body["input"]["garment_des"] = json!("a red coat");
    assert_eq!(parsed(&body).unwrap().prompt, "a red coat");
}

/// The page of its version of spring 2026 has them.
#[test]
fn nano_banana_2_takes_a_resolution_and_searches() {
    let generation = parsed(&json!({
        "version": "google/nano-banana-2",
        "input": {
            "prompt": "x", "image_input": [PICTURE], "aspect_ratio": "1:4", "resolution": "1K",
            "google_search": false, "image_search": false, "output_format": "png"
        }
    }))
    .unwrap();
    let ratio = Ratio::Fixed {
        width: 1,
        height: 4,
    };
    assert_eq!(
        (generation.model.as_str(), generation.ratio),
        ("google/nano-banana-2", ratio)
    );
}

#[test]
fn every_rule_refuses() {
    let model = "google/nano-banana-2";
    let with = |input: Value| json!({ "version": model, "input": input });
    let cases = [
        json!({ "input": { "prompt": "x" } }),
        json!({ "version": model }),
        json!({ "version": model, "input": { "prompt": "x" }, "extra": 1 }),
        json!({ "version": model, "input": { "prompt": "x" }, "webhook": "http://app.example" }),
        json!({ "version": model, "input": { "prompt": "x" }, "webhook_events_filter": ["end"] }),
        with(json!({})),
        with(json!({ "prompt": " " })),
        with(json!({ "prompt": 1 })),
        with(json!({ "prompt": "x", "image_input": PICTURE })),
        with(json!({ "prompt": "x", "image_input": ["p.jpg"] })),
        with(json!({ "prompt": "x", "image_input": vec![PICTURE; 15] })),
        with(json!({ "prompt": "x", "aspect_ratio": "7:9" })),
        with(json!({ "prompt": "x", "output_format": "webp" })),
        with(json!({ "prompt": "x", "safety_filter_level": "block_only_high" })),
        with(json!({ "prompt": "x", "aspect_ratio": null })),
        with(json!({ "prompt": "x", "resolution": "8K" })),
        json!({ "version": "google/nano-banana", "input": { "prompt": "x", "resolution": "1K" } }),
        json!({ "version": "google/nano-banana", "input": { "prompt": "x", "google_search": true } }),
        json!({ "version": "google/nano-banana-pro",
                "input": { "prompt": "x", "google_search": true } }),
        json!({ "version": TRY_ON, "input": { "human_img": PICTURE } }),
        json!({ "version": TRY_ON, "input": {
            "human_img": PICTURE, "garm_img": PICTURE, "crop": "no"
        } }),
        json!({ "version": TRY_ON, "input": {
            "human_img": PICTURE, "garm_img": PICTURE, "steps": 1.5
        } }),
    ];
    for body in cases {
        let refused = parsed(&body).unwrap_err();
        assert!(matches!(refused, ApiError::Invalid(_)), "{body}");
    }
    assert!(matches!(by_version(b"{"), Err(ApiError::Invalid(_))));
    let unknown = parsed(&json!({ "version": "google/nano-banana-9", "input": {} }));
    assert_eq!(unknown.unwrap_err(), ApiError::NoSuchVersion);
}

#[test]
fn only_official_models_have_an_address() {
    let body = json!({ "input": { "prompt": "x" } }).to_string();
    let generation = by_model("google/nano-banana", body.as_bytes()).unwrap();
    assert_eq!(generation.model, "google/nano-banana");
    assert_eq!(
        by_model("cuuupid/idm-vton", body.as_bytes()).unwrap_err(),
        ApiError::NotFound
    );
    let twice = json!({ "version": "google/nano-banana", "input": { "prompt": "x" } }).to_string();
    assert!(by_model("google/nano-banana", twice.as_bytes()).is_err());
}
