use serde_json::json;

use super::*;
use crate::picture::Ratio;

fn parsed(body: &Value) -> Result<Generation, ApiError> {
    parse(body.to_string().as_bytes())
}

/// The name of the parameter that a body is refused for.
fn refused(body: &Value) -> Option<String> {
    match parsed(body).unwrap_err() {
        ApiError::InvalidRequest(_, parameter) => parameter,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_full_body() {
    let generation = parsed(&json!({
        "model": "gemini-3.1-flash-image-preview",
        "prompt": "Dress the person",
        "image_urls": ["https://app.example/p.jpg", "https://app.example/g.png"],
        "size": "3:4",
        "quality": "2K",
        "model_params": { "thinking_level": "min" },
        "callback_url": "https://app.example/hooks/evolink/t"
    }))
    .unwrap();
    assert_eq!(
        generation.ratio,
        Ratio::Fixed {
            width: 3,
            height: 4
        }
    );
    assert_eq!((generation.images.len(), generation.count), (2, 1));
    assert_eq!(generation.image_bytes, 20 * 1024 * 1024);
}

#[test]
fn an_old_name_becomes_the_model_that_replaced_it() {
    let generation = parsed(&json!({ "model": "gemini-2.5-flash-image", "prompt": "x" })).unwrap();
    assert_eq!(generation.model, "nano-banana-beta");
}

#[test]
fn every_rule_refuses_by_name() {
    let model = "gemini-3.1-flash-image-preview";
    let picture = "https://app.example/p.jpg";
    let cases = [
        (json!({ "prompt": "x" }), "model"),
        (json!({ "model": model }), "prompt"),
        (json!({ "model": model, "prompt": " " }), "prompt"),
        (
            json!({ "model": model, "prompt": "x".repeat(2001) }),
            "prompt",
        ),
        (
            json!({ "model": model, "prompt": "x", "size": "7:9" }),
            "size",
        ),
        (
            json!({ "model": model, "prompt": "x", "quality": "high" }),
            "quality",
        ),
        (
            json!({ "model": model, "prompt": "x", "resolution": "1K" }),
            "resolution",
        ),
        (json!({ "model": model, "prompt": "x", "n": 2 }), "n"),
        (
            json!({ "model": "gpt-image-2", "prompt": "x", "n": 11 }),
            "n",
        ),
        (
            json!({ "model": "gpt-image-2", "prompt": "x", "n": 0 }),
            "n",
        ),
        (
            json!({ "model": model, "prompt": "x", "image_urls": vec![picture; 15] }),
            "image_urls",
        ),
        (
            json!({ "model": model, "prompt": "x", "image_urls": ["data:image/png;base64,"] }),
            "image_urls",
        ),
        (
            json!({ "model": "qwen-image-edit", "prompt": "x" }),
            "image_urls",
        ),
        (
            json!({ "model": "z-image-turbo", "prompt": "x", "image_urls": [picture] }),
            "image_urls",
        ),
        (
            json!({ "model": model, "prompt": "x", "callback_url": "http://app.example" }),
            "callback_url",
        ),
        // Parameters of no model, and of another.
        (
            json!({ "model": model, "prompt": "x", "aspect_ratio": "3:4" }),
            "aspect_ratio",
        ),
        (
            json!({ "model": model, "prompt": "x", "prompt_priority": "fast" }),
            "prompt_priority",
        ),
        (
            json!({ "model": model, "prompt": "x", "model_params": { "seed": 1 } }),
            "model_params.seed",
        ),
        (
            json!({ "model": "gemini-3-pro-image-preview", "prompt": "x",
                    "model_params": { "thinking_level": "high" } }),
            "model_params.thinking_level",
        ),
        (
            json!({ "model": "nano-banana-beta", "prompt": "x", "quality": "1K" }),
            "quality",
        ),
    ];
    for (body, parameter) in cases {
        assert_eq!(refused(&body).as_deref(), Some(parameter), "{body}");
    }
}

#[test]
fn malformed_bodies_and_unknown_models() {
    assert!(parse(b"{").is_err());
    let model = refused(&json!({ "model": 1, "prompt": "x" }));
    assert_eq!(model.as_deref(), Some("model"));
    assert_eq!(
        parsed(&json!({ "model": "nano-banana", "prompt": "x" })).unwrap_err(),
        ApiError::NoSuchModel("nano-banana".to_owned())
    );
}

#[test]
fn seedream_makes_as_many_as_the_words_say_and_at_most_n() {
    let count = |prompt: &str, n: u32| {
        let body = json!({ "model": "doubao-seedream-4.0", "prompt": prompt, "n": n });
        parsed(&body).unwrap().count
    };
    assert_eq!(count("Dress the person", 3), 1);
    assert_eq!(count("Dress the person. Generate 3 images.", 3), 3);
    assert_eq!(count("Dress the person. Generate 3 images.", 2), 2);
    let gpt = json!({ "model": "gpt-image-2", "prompt": "Dress the person", "n": 3 });
    assert_eq!(parsed(&gpt).unwrap().count, 3);
}
