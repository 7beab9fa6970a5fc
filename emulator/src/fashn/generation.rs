//! A run's body and query, checked by its model's rules.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    error::ApiError,
    models::{self, Model},
};
use crate::{
    callback_url,
    picture::Ratio,
    schema::{self, Breach, Problem},
    task::{Event, Generation},
};

/// The most that one input picture may weigh, in bytes; the vendor names no limit.
const IMAGE_BYTES: u64 = 20 * 1024 * 1024;

/// All that a body may hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    model_name: Option<String>,
    inputs: Option<Map<String, Value>>,
}

/// Reads and checks a body, and the webhook's address beside it.
pub(crate) fn parse(bytes: &[u8], webhook_url: Option<String>) -> Result<Generation, ApiError> {
    let malformed = |error: serde_json::Error| ApiError::BadRequest(error.to_string());
    let body: Value = serde_json::from_slice(bytes).map_err(malformed)?;
    let wire = Wire::deserialize(&body).map_err(malformed)?;
    let name = wire.model_name.ok_or_else(|| missing("model_name"))?;
    let model = models::find(&name)
        .ok_or_else(|| ApiError::parameter("model_name", "is none of the models"))?;
    let given = wire.inputs.ok_or_else(|| missing("inputs"))?;
    schema::check(model.inputs, &given).map_err(|breach| refused(&breach))?;
    if given.get("return_base64") == Some(&Value::Bool(true)) {
        return Err(ApiError::parameter(
            "return_base64",
            "is not supported here",
        ));
    }
    if let Some(address) = &webhook_url {
        callback_url::check(address)
            .map_err(|problem| ApiError::parameter("webhook_url", problem))?;
    }
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let price = model.price.of(text("resolution"), text("generation_mode"));
    let count = count(model, &given);
    Ok(Generation {
        model: model.id.to_owned(),
        prompt: text("prompt").unwrap_or_default().to_owned(),
        images: images(model, &given),
        image_bytes: IMAGE_BYTES,
        ratio: text("aspect_ratio")
            .and_then(Ratio::of)
            .unwrap_or(Ratio::Auto),
        count,
        callback_url: webhook_url,
        events: vec![Event::Ended],
        external_id: None,
        price: price * f64::from(count),
        body,
    })
}

fn images(model: &Model, given: &Map<String, Value>) -> Vec<String> {
    let pictures = model.pictures.iter();
    let pictures = pictures.filter_map(|name| given.get(*name)?.as_str());
    pictures.map(str::to_owned).collect()
}

fn count(model: &Model, given: &Map<String, Value>) -> u32 {
    let count = given.get(model.count).and_then(Value::as_u64);
    count
        .and_then(|count| u32::try_from(count).ok())
        .unwrap_or(1)
}

fn missing(name: &str) -> ApiError {
    ApiError::parameter(name, &Problem::Missing.told())
}

fn refused(breach: &Breach) -> ApiError {
    ApiError::parameter(&breach.field, &breach.problem.told())
}

#[cfg(test)]
mod tests;
