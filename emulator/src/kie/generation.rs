//! A create call's body, checked by its model's rules.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{error::ApiError, models};
use crate::{
    callback_url,
    picture::Ratio,
    schema,
    task::{Event, Generation},
};

/// All that a body may hold.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    model: Option<String>,
    call_back_url: Option<String>,
    #[serde(default)]
    input: Map<String, Value>,
}

/// Reads and checks a body.
pub(crate) fn parse(bytes: &[u8]) -> Result<Generation, ApiError> {
    let malformed = |error: serde_json::Error| ApiError::Invalid(error.to_string());
    let body: Value = serde_json::from_slice(bytes).map_err(malformed)?;
    let wire = Wire::deserialize(&body).map_err(malformed)?;
    let model = wire.model.as_deref().and_then(models::find);
    let model = model.ok_or_else(|| invalid("The model name you specified is not supported."))?;
    schema::check(model.fields, &wire.input)
        .map_err(|breach| invalid(format!("{} {}", breach.field, breach.problem.told())))?;
    if let Some(address) = &wire.call_back_url {
        callback_url::check(address)
            .map_err(|problem| invalid(format!("callBackUrl {problem}")))?;
    }
    let text = |name: &str| wire.input.get(name).and_then(Value::as_str);
    let ratio = text("aspect_ratio").and_then(Ratio::of);
    Ok(Generation {
        model: model.id.to_owned(),
        prompt: text("prompt").unwrap_or_default().to_owned(),
        images: images(&wire.input, model.pictures),
        image_bytes: model.image_megabytes.saturating_mul(1024 * 1024),
        ratio: ratio.unwrap_or(Ratio::Auto),
        count: 1,
        callback_url: wire.call_back_url,
        events: vec![Event::Ended],
        external_id: None,
        price: model.price,
        body,
    })
}

fn invalid(problem: impl Into<String>) -> ApiError {
    ApiError::Invalid(problem.into())
}

fn images(input: &Map<String, Value>, field: &str) -> Vec<String> {
    let images = input.get(field).and_then(Value::as_array);
    let images = images.into_iter().flatten().filter_map(Value::as_str);
    images.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const EDIT: &str = "google/nano-banana-edit";
    const PRO: &str = "nano-banana-pro";

    fn parsed(model: &str, input: &Value) -> Result<Generation, ApiError> {
        parse(
            json!({ "model": model, "input": input })
                .to_string()
                .as_bytes(),
        )
    }

    #[test]
    fn each_model_has_its_own_fields() {
        let [person, garment] = ["https://a/p.jpg", "https://a/g.png"];
        let shape = Ratio::Fixed {
            width: 3,
            height: 4,
        };
        for (model, input) in [
            (
                EDIT,
                json!({
                    "prompt": "x", "image_urls": [person, garment], "aspect_ratio": "3:4",
                    "output_format": "jpeg"
                }),
            ),
            (
                PRO,
                json!({
                    "prompt": "x", "image_input": [person, garment], "aspect_ratio": "3:4",
                    "resolution": "2K", "output_format": "jpg"
                }),
            ),
        ] {
            let generation = parsed(model, &input).unwrap();
            assert_eq!(generation.images, [person, garment]);
            assert_eq!((generation.ratio, generation.count), (shape, 1));
        }
    }

    #[test]
    fn every_rule_refuses() {
        let image = json!(["https://a/p.jpg"]);
        let pro = |field: &str, value: Value| {
            let mut input = json!({ "prompt": "x" });
            input[field] = value;
            (PRO, input)
        };
        for (model, input) in [
            ("nano-banana", json!({ "prompt": "x" })),
            (EDIT, json!({ "prompt": "x" })),
            (EDIT, json!({ "prompt": " ", "image_urls": image })),
            (
                EDIT,
                json!({ "prompt": "x", "image_urls": "https://a/p.jpg" }),
            ),
            (EDIT, json!({ "prompt": "x", "image_urls": ["p.jpg"] })),
            (
                EDIT,
                json!({ "prompt": "x", "image_urls": image, "aspect_ratio": "7:9" }),
            ),
            // What was the shape's name once, and a field of another model.
            (
                EDIT,
                json!({ "prompt": "x", "image_urls": image, "image_size": "3:4" }),
            ),
            (
                EDIT,
                json!({ "prompt": "x", "image_urls": image, "resolution": "1K" }),
            ),
            (
                EDIT,
                json!({ "prompt": "x".repeat(5001), "image_urls": image }),
            ),
            pro("image_input", json!(vec!["https://a/p.jpg"; 9])),
            pro("resolution", json!("8K")),
            pro("resolution", json!(2)),
            pro("output_format", json!("jpeg")),
        ] {
            let refused = parsed(model, &input).unwrap_err();
            assert!(matches!(refused, ApiError::Invalid(_)), "{input}");
        }
        assert!(parse(b"{").is_err());
        let more =
            json!({ "model": PRO, "input": { "prompt": "x" }, "callbackUrl": "https://a/t" });
        assert!(parse(more.to_string().as_bytes()).is_err());
        let inward = json!({
            "model": PRO, "input": { "prompt": "x" }, "callBackUrl": "http://app.example"
        });
        assert!(parse(inward.to_string().as_bytes()).is_err());
    }
}
