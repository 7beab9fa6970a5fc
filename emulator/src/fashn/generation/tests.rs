use serde_json::json;

use super::*;

const PERSON: &str = "https://app.example/p.jpg";
const GARMENT: &str = "https://app.example/g.png";

fn parsed(model: &str, inputs: &Value) -> Result<Generation, ApiError> {
    let body = json!({ "model_name": model, "inputs": inputs });
    parse(body.to_string().as_bytes(), None)
}

/// What a model's inputs are with something added to those that it needs.
fn with(model: &str, added: &Value) -> Value {
    let mut inputs = match model {
        "tryon-v1.6" => json!({ "model_image": PERSON, "garment_image": GARMENT }),
        "tryon-max" => json!({ "product_image": GARMENT, "model_image": PERSON }),
        _ => json!({ "image": PERSON, "prompt": "Make it red" }),
    };
    for (name, value) in added.as_object().unwrap() {
        inputs[name] = value.clone();
    }
    inputs
}

#[test]
fn the_person_comes_before_the_garment_whatever_they_are_called() {
    for model in ["tryon-v1.6", "tryon-max"] {
        let generation = parsed(model, &with(model, &json!({}))).unwrap();
        assert_eq!(generation.images, [PERSON, GARMENT], "{model}");
        assert_eq!((generation.prompt.as_str(), generation.count), ("", 1));
    }
    let generation = parsed("edit", &with("edit", &json!({ "image_context": GARMENT }))).unwrap();
    assert_eq!(generation.images, [PERSON, GARMENT]);
    assert_eq!(generation.prompt, "Make it red");
}

#[test]
fn a_full_body() {
    let inputs = with(
        "tryon-v1.6",
        &json!({
            "category": "tops", "mode": "quality", "garment_photo_type": "flat-lay",
            "moderation_level": "none", "num_samples": 4, "output_format": "jpeg",
            "return_base64": false, "segmentation_free": true, "seed": 4_294_967_295_u32
        }),
    );
    let generation = parsed("tryon-v1.6", &inputs).unwrap();
    assert_eq!(generation.count, 4);
    assert!((generation.price - 4.0).abs() < f64::EPSILON);
    let inputs = with(
        "tryon-max",
        &json!({ "num_images": 2, "aspect_ratio": "3:4", "resolution": "4k", "seed": null }),
    );
    let generation = parsed("tryon-max", &inputs).unwrap();
    assert_eq!(Some(generation.ratio), Ratio::of("3:4"));
    assert!((generation.price - 8.0).abs() < f64::EPSILON);
}

fn check(cases: &[(&str, Value, &str)]) {
    for (model, added, start) in cases {
        match parsed(model, &with(model, added)).unwrap_err() {
            ApiError::BadRequest(problem) => assert!(problem.starts_with(start), "{problem}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn inputs_of_no_model_and_of_another_are_refused() {
    check(&[
        (
            "tryon-v1.6",
            json!({ "num_images": 2 }),
            "num_images is not",
        ),
        (
            "tryon-v1.6",
            json!({ "resolution": "1k" }),
            "resolution is not",
        ),
        (
            "tryon-max",
            json!({ "category": "tops" }),
            "category is not",
        ),
        (
            "edit",
            json!({ "garment_image": GARMENT }),
            "garment_image is not",
        ),
    ]);
}

#[test]
fn every_rule_refuses_by_name() {
    let cases = [
        (
            "tryon-v1.6",
            json!({ "model_image": null }),
            "model_image is",
        ),
        (
            "tryon-v1.6",
            json!({ "garment_image": " " }),
            "garment_image is",
        ),
        (
            "tryon-v1.6",
            json!({ "garment_image": 7 }),
            "garment_image must",
        ),
        ("tryon-v1.6", json!({ "category": "hats" }), "category must"),
        ("tryon-v1.6", json!({ "mode": "fast" }), "mode must"),
        (
            "tryon-v1.6",
            json!({ "garment_photo_type": "x" }),
            "garment_photo_type must",
        ),
        (
            "tryon-v1.6",
            json!({ "moderation_level": "x" }),
            "moderation_level must",
        ),
        (
            "tryon-v1.6",
            json!({ "num_samples": 0 }),
            "num_samples must",
        ),
        (
            "tryon-v1.6",
            json!({ "num_samples": 5 }),
            "num_samples must",
        ),
        (
            "tryon-v1.6",
            json!({ "num_samples": "2" }),
            "num_samples must",
        ),
        (
            "tryon-v1.6",
            json!({ "output_format": "webp" }),
            "output_format must",
        ),
        (
            "tryon-v1.6",
            json!({ "return_base64": true }),
            "return_base64 is",
        ),
        ("tryon-v1.6", json!({ "seed": -1 }), "seed must"),
        (
            "tryon-v1.6",
            json!({ "seed": 4_294_967_296_u64 }),
            "seed must",
        ),
        (
            "tryon-max",
            json!({ "product_image": null }),
            "product_image is",
        ),
        (
            "tryon-max",
            json!({ "aspect_ratio": "7:9" }),
            "aspect_ratio must",
        ),
        (
            "tryon-max",
            json!({ "generation_mode": "fast" }),
            "generation_mode must",
        ),
        (
            "tryon-max",
            json!({ "resolution": "8k" }),
            "resolution must",
        ),
        ("edit", json!({ "image": null }), "image is"),
        ("edit", json!({ "prompt": "" }), "prompt is"),
        ("edit", json!({ "num_images": 5 }), "num_images must"),
        ("tryon-v9", json!({}), "model_name is"),
    ];
    check(&cases);
}

#[test]
fn malformed_bodies_and_addresses() {
    let good = json!({ "model_name": "edit", "inputs": with("edit", &json!({})) }).to_string();
    let parse_with = |address: &str| parse(good.as_bytes(), Some(address.to_owned()));
    assert!(parse_with("https://app.example/hooks/t").is_ok());
    assert!(parse_with("http://app.example/hooks/t").is_err());
    let mut more: Value = serde_json::from_str(&good).unwrap();
    more["webhook_url"] = json!("https://app.example/hooks/t");
    for body in [
        "{",
        "[]",
        "{}",
        r#"{"model_name":"edit"}"#,
        &more.to_string(),
    ] {
        let refused = parse(body.as_bytes(), None).unwrap_err();
        assert!(matches!(refused, ApiError::BadRequest(_)), "{body}");
    }
}
