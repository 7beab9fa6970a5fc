//! A create call's body, checked by its model's rules.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    error::ApiError,
    input::Checked,
    models::{self, Model},
};
use crate::{
    callback_url,
    picture::Ratio,
    task::{Event, Generation},
};

/// The most bytes of an input picture; the vendor names no bound.
const IMAGE_BYTES: u64 = 20 * 1024 * 1024;
/// What `webhook_events_filter` may name.
const EVENTS: [&str; 4] = ["start", "output", "logs", "completed"];

/// All that a body may hold. `stream` is deprecated and does nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    version: Option<String>,
    input: Map<String, Value>,
    webhook: Option<String>,
    webhook_events_filter: Option<Vec<String>>,
    #[serde(rename = "stream")]
    _stream: Option<bool>,
}

/// Reads and checks a body that names its model in `version`.
pub(crate) fn by_version(bytes: &[u8]) -> Result<Generation, ApiError> {
    let (body, wire) = read(bytes)?;
    let Some(version) = &wire.version else {
        return Err(ApiError::Invalid("- version is required\n".to_owned()));
    };
    let model = models::find_version(version).ok_or(ApiError::NoSuchVersion)?;
    generation(model, wire, body)
}

/// Reads and checks a body that was sent to an official model's own address.
pub(crate) fn by_model(id: &str, bytes: &[u8]) -> Result<Generation, ApiError> {
    let model = models::find(id)
        .filter(|model| model.version.is_none())
        .ok_or(ApiError::NotFound)?;
    let (body, wire) = read(bytes)?;
    if wire.version.is_some() {
        return Err(ApiError::Invalid("unknown field `version`".to_owned()));
    }
    generation(model, wire, body)
}

fn read(bytes: &[u8]) -> Result<(Value, Wire), ApiError> {
    let malformed = |error: serde_json::Error| ApiError::Invalid(error.to_string());
    let body: Value = serde_json::from_slice(bytes).map_err(malformed)?;
    let wire = Wire::deserialize(&body).map_err(malformed)?;
    Ok((body, wire))
}

fn generation(model: &Model, wire: Wire, body: Value) -> Result<Generation, ApiError> {
    let input = Checked::of(model, &wire.input)?;
    if let Some(address) = &wire.webhook {
        callback_url::check(address)
            .map_err(|problem| ApiError::Invalid(format!("- webhook {problem}\n")))?;
    }
    let mut images = input.pictures("image_input");
    images.extend(input.pictures("human_img"));
    images.extend(input.pictures("garm_img"));
    let words = input.text("prompt").or_else(|| input.text("garment_des"));
    let ratio = input.text("aspect_ratio").and_then(Ratio::of);
    Ok(Generation {
        model: model.id.to_owned(),
        prompt: words.unwrap_or_default().to_owned(),
        images,
        image_bytes: IMAGE_BYTES,
        ratio: ratio.unwrap_or(Ratio::Auto),
        count: 1,
        callback_url: wire.webhook,
        events: events(wire.webhook_events_filter.as_deref())?,
        external_id: None,
        price: model.price,
        body,
    })
}

/// What a filter lets through; without one, outputs and the end. These models have no output and
/// no logs before their end, so that there is nothing to send for those two.
fn events(filter: Option<&[String]>) -> Result<Vec<Event>, ApiError> {
    let Some(names) = filter else {
        return Ok(vec![Event::Ended]);
    };
    if names.iter().any(|name| !EVENTS.contains(&name.as_str())) {
        let problem = "- webhook_events_filter takes start, output, logs and completed\n";
        return Err(ApiError::Invalid(problem.to_owned()));
    }
    let event = |name: &String| match name.as_str() {
        "start" => Some(Event::Started),
        "completed" => Some(Event::Ended),
        _ => None,
    };
    Ok(names.iter().filter_map(event).collect())
}

#[cfg(test)]
mod tests;
