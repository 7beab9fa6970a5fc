//! A create call's body, checked by its model's rules.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    error::ApiError,
    models::{self, Model, RATIOS},
};
use crate::{
    callback_url, inputs,
    picture::Ratio,
    task::{Event, Order},
};

/// What is the same for every model.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    model: Option<String>,
    call_back_url: Option<String>,
    #[serde(default)]
    input: Map<String, Value>,
}

/// Reads and checks a body.
pub(crate) fn parse(bytes: &[u8]) -> Result<Order, ApiError> {
    let malformed = |error: serde_json::Error| ApiError::Invalid(error.to_string());
    let body: Value = serde_json::from_slice(bytes).map_err(malformed)?;
    let wire = Wire::deserialize(&body).map_err(malformed)?;
    let model = wire.model.as_deref().and_then(models::find);
    let model = model.ok_or_else(|| invalid("The model name you specified is not supported."))?;
    let prompt = prompt(&wire.input, model)?;
    let images = images(&wire.input, model)?;
    let ratio = choice(&wire.input, model.ratio, RATIOS)?;
    for (field, values) in model.choices {
        choice(&wire.input, field, values)?;
    }
    if let Some(address) = &wire.call_back_url {
        callback_url::check(address)
            .map_err(|problem| invalid(format!("callBackUrl {problem}")))?;
    }
    Ok(Order {
        model: model.id.to_owned(),
        prompt,
        images,
        image_bytes: model.image_megabytes.saturating_mul(1024 * 1024),
        ratio: ratio.and_then(Ratio::of).unwrap_or(Ratio::Auto),
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

fn prompt(input: &Map<String, Value>, model: &Model) -> Result<String, ApiError> {
    let prompt = input.get("prompt").and_then(Value::as_str);
    let prompt = prompt.filter(|prompt| !prompt.trim().is_empty());
    let prompt = prompt.ok_or_else(|| invalid("prompt is required"))?;
    if prompt.chars().count() > model.prompt_characters {
        return Err(invalid("prompt is too long"));
    }
    Ok(prompt.to_owned())
}

fn images(input: &Map<String, Value>, model: &Model) -> Result<Vec<String>, ApiError> {
    let (field, (fewest, most)) = (model.pictures, model.images);
    let images: Vec<String> = match input.get(field) {
        None | Some(Value::Null) => Vec::new(),
        Some(value) => Deserialize::deserialize(value)
            .map_err(|_no_list| invalid(format!("{field} must be a list of URLs")))?,
    };
    if !(fewest..=most).contains(&images.len()) {
        return Err(invalid(format!("{field} takes {fewest} to {most} URLs")));
    }
    if images.iter().all(|address| inputs::is_web(address)) {
        Ok(images)
    } else {
        Err(invalid(format!("{field} must be URLs")))
    }
}

/// A field's value, if it has one, is one of these.
fn choice<'a>(
    input: &'a Map<String, Value>,
    field: &str,
    values: &[&str],
) -> Result<Option<&'a str>, ApiError> {
    match input.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_str().filter(|value| values.contains(value)) {
            Some(value) => Ok(Some(value)),
            None => Err(invalid(format!(
                "{field} is not within the range of allowed options"
            ))),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const EDIT: &str = "google/nano-banana-edit";
    const PRO: &str = "nano-banana-pro";

    fn parsed(model: &str, input: &Value) -> Result<Order, ApiError> {
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
                    "prompt": "x", "image_urls": [person, garment], "image_size": "3:4",
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
            let order = parsed(model, &input).unwrap();
            assert_eq!(order.images, [person, garment]);
            assert_eq!((order.ratio, order.count), (shape, 1));
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
                json!({ "prompt": "x", "image_urls": image, "image_size": "7:9" }),
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
        let inward = json!({
            "model": PRO, "input": { "prompt": "x" }, "callBackUrl": "http://app.example"
        });
        assert!(parse(inward.to_string().as_bytes()).is_err());
    }
}
