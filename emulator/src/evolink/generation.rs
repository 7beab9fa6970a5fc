//! A create call's body, checked by its model's rules.

use serde_json::{Map, Value};

use super::{
    count,
    error::ApiError,
    models::{self, Model},
    size,
};
use crate::{
    callback_url, schema,
    task::{Event, Generation},
};

/// The most that is read of an input picture, whatever its model allows, in MB.
const MOST_MEGABYTES: u64 = 20;

/// Reads and checks a body. A parameter that the model does not have is refused: the vendor's pages
/// list those of each model, so another one is a mistake of the caller's.
pub(crate) fn parse(bytes: &[u8]) -> Result<Generation, ApiError> {
    let malformed = |error: serde_json::Error| ApiError::InvalidRequest(error.to_string(), None);
    let body: Map<String, Value> = serde_json::from_slice(bytes).map_err(malformed)?;
    let model = model(&body)?;
    schema::check(&model.fields(), &body).map_err(ApiError::breach)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let prompt = text("prompt").unwrap_or_default().to_owned();
    let ratio = size::parse(text("size").unwrap_or("auto"), model)?;
    let callback_url = text("callback_url").map(str::to_owned);
    if let Some(address) = &callback_url {
        callback_url::check(address).map_err(|problem| {
            ApiError::parameter("callback_url", format!("callback_url {problem}"))
        })?;
    }
    let asked = body.get("n").and_then(Value::as_u64).unwrap_or(1);
    let asked = u32::try_from(asked).unwrap_or(model.most);
    Ok(Generation {
        model: model.id.to_owned(),
        images: images(&body),
        image_bytes: model
            .image_megabytes
            .min(MOST_MEGABYTES)
            .saturating_mul(1024 * 1024),
        ratio,
        count: if model.counts_by_words {
            count::of(&prompt).min(asked)
        } else {
            asked
        },
        prompt,
        callback_url,
        events: vec![Event::Ended],
        external_id: None,
        price: rounded(model.price * f64::from(asked)),
        body: Value::Object(body),
    })
}

/// The model that a body names.
fn model(body: &Map<String, Value>) -> Result<&'static Model, ApiError> {
    let id = body.get("model").filter(|id| !id.is_null());
    let id = id.ok_or_else(|| ApiError::parameter("model", "model is required"))?;
    let id = id
        .as_str()
        .ok_or_else(|| ApiError::parameter("model", "model must be a string"))?;
    models::find(id).ok_or_else(|| ApiError::NoSuchModel(id.to_owned()))
}

fn images(body: &Map<String, Value>) -> Vec<String> {
    let images = body.get("image_urls").and_then(Value::as_array);
    let images = images.into_iter().flatten().filter_map(Value::as_str);
    images.map(str::to_owned).collect()
}

/// Credits to the four decimals that the vendor shows.
fn rounded(credits: f64) -> f64 {
    (credits * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests;
