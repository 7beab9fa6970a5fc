//! A create call's body, checked.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::Value;

use super::error::ApiError;
use crate::{
    callback_url, inputs,
    picture::Ratio,
    task::{Event, Generation},
};

/// The models; the first is taken where none is named.
const MODELS: [&str; 2] = ["kolors-virtual-try-on-v1", "kolors-virtual-try-on-v1-5"];
/// The most that one input picture may weigh, in bytes.
pub(crate) const IMAGE_BYTES: u64 = 10 * 1024 * 1024;
/// What one picture costs, in units of the resource pack.
const PRICE: f64 = 1.0;

/// All that a body may hold. The vendor's own sample leaves optional fields empty.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    model_name: Option<String>,
    human_image: Option<String>,
    cloth_image: Option<String>,
    callback_url: Option<String>,
    external_task_id: Option<String>,
}

/// Reads and checks a body.
pub(crate) fn parse(bytes: &[u8]) -> Result<Generation, ApiError> {
    let malformed = |error: serde_json::Error| ApiError::InvalidRequest(error.to_string());
    let body: Value = serde_json::from_slice(bytes).map_err(malformed)?;
    let wire = Wire::deserialize(&body).map_err(malformed)?;
    let model = given(wire.model_name).unwrap_or_else(|| MODELS[0].to_owned());
    if !MODELS.contains(&model.as_str()) {
        return Err(ApiError::NoSuchModel(model));
    }
    let callback_url = given(wire.callback_url);
    if let Some(address) = &callback_url {
        callback_url::check(address)
            .map_err(|problem| ApiError::InvalidParameter(format!("callback_url {problem}")))?;
    }
    Ok(Generation {
        model,
        prompt: String::new(),
        images: vec![
            image("human_image", wire.human_image)?,
            image("cloth_image", wire.cloth_image)?,
        ],
        image_bytes: IMAGE_BYTES,
        ratio: Ratio::Auto,
        count: 1,
        callback_url,
        events: vec![Event::Queued, Event::Started, Event::Ended],
        external_id: given(wire.external_task_id),
        price: PRICE,
        body,
    })
}

fn given(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.is_empty())
}

/// An address, or base64 without the `data:` before it, which becomes a data URI.
fn image(name: &str, value: Option<String>) -> Result<String, ApiError> {
    let refuse = |problem| Err(ApiError::InvalidParameter(format!("{name} {problem}")));
    match given(value) {
        None => refuse("is required"),
        Some(address) if inputs::is_web(&address) => Ok(address),
        Some(encoded) if BASE64_STANDARD.decode(&encoded).is_ok() => {
            Ok(format!("data:image/png;base64,{encoded}"))
        }
        Some(_other) => refuse("must be a URL, or base64 without a prefix"),
    }
}

#[cfg(test)]
mod tests;
