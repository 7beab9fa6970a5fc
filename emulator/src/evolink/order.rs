//! A create call's body, checked by its model's rules.

use serde::Deserialize;
use serde_json::Value;

use super::{
    error::ApiError,
    models::{self, Model},
    size,
};
use crate::{
    callback_url, inputs,
    task::{Event, Order},
};

/// No input picture is read past this, whatever its model allows, in MB.
const MOST_MEGABYTES: u64 = 20;

/// The fields that are read; others are the vendor's and are let through.
#[derive(Debug, Deserialize)]
struct Wire {
    model: Option<String>,
    prompt: Option<String>,
    #[serde(default)]
    image_urls: Vec<String>,
    size: Option<String>,
    quality: Option<String>,
    resolution: Option<String>,
    n: Option<u32>,
    callback_url: Option<String>,
}

/// Reads and checks a body.
pub(crate) fn parse(bytes: &[u8]) -> Result<Order, ApiError> {
    let malformed = |error: serde_json::Error| ApiError::InvalidRequest(error.to_string(), None);
    let body: Value = serde_json::from_slice(bytes).map_err(malformed)?;
    let wire = Wire::deserialize(&body).map_err(malformed)?;
    let model_id = required("model", wire.model)?;
    let prompt = required("prompt", wire.prompt)?;
    let model = models::find(&model_id).ok_or(ApiError::NoSuchModel(model_id))?;
    if prompt.chars().count() > model.prompt_characters {
        return Err(ApiError::parameter("prompt", "prompt is too long"));
    }
    let ratio = size::parse(wire.size.as_deref().unwrap_or("auto"), model)?;
    check_choice("quality", wire.quality.as_deref(), model.qualities)?;
    check_choice("resolution", wire.resolution.as_deref(), model.resolutions)?;
    check_images(&wire.image_urls, model)?;
    let count = wire.n.unwrap_or(1);
    if !(1..=model.most).contains(&count) {
        let problem = format!("n must be between 1 and {} for {}", model.most, model.id);
        return Err(ApiError::parameter("n", problem));
    }
    if let Some(address) = &wire.callback_url {
        callback_url::check(address).map_err(|problem| {
            ApiError::parameter("callback_url", format!("callback_url {problem}"))
        })?;
    }
    Ok(Order {
        model: model.id.to_owned(),
        prompt,
        images: wire.image_urls,
        image_bytes: model
            .image_megabytes
            .min(MOST_MEGABYTES)
            .saturating_mul(1024 * 1024),
        ratio,
        count,
        callback_url: wire.callback_url,
        events: vec![Event::Ended],
        external_id: None,
        price: rounded(model.price * f64::from(count)),
        body,
    })
}

/// Credits to the four decimals that the vendor shows.
fn rounded(credits: f64) -> f64 {
    (credits * 10_000.0).round() / 10_000.0
}

fn required(name: &'static str, value: Option<String>) -> Result<String, ApiError> {
    value
        .filter(|value| !value.trim().is_empty())
        .ok_or_else(|| ApiError::parameter(name, format!("{name} is required")))
}

/// A parameter is one of a model's values; a model without it takes none.
fn check_choice(name: &'static str, value: Option<&str>, choices: &[&str]) -> Result<(), ApiError> {
    match value {
        Some(value) if !choices.contains(&value) => Err(ApiError::parameter(
            name,
            format!("{name} '{value}' is not supported by this model"),
        )),
        _ => Ok(()),
    }
}

fn check_images(images: &[String], model: &Model) -> Result<(), ApiError> {
    let (fewest, most) = model.images;
    if !(fewest..=most).contains(&images.len()) {
        let problem = format!("{} takes {fewest} to {most} image_urls", model.id);
        return Err(ApiError::parameter("image_urls", problem));
    }
    if images.iter().all(|address| inputs::is_web(address)) {
        Ok(())
    } else {
        Err(ApiError::parameter("image_urls", "image_urls must be URLs"))
    }
}

#[cfg(test)]
mod tests;
