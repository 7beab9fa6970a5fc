//! A run's body and query, checked by its model's rules.

use std::ops::RangeInclusive;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    error::ApiError,
    models::{self, Kind, Model, RATIOS},
};
use crate::{
    callback_url,
    picture::Ratio,
    task::{Event, Order},
};

/// The most that one input picture may weigh, in bytes; the vendor names no limit.
const IMAGE_BYTES: u64 = 20 * 1024 * 1024;

/// The fields that are read; others are the vendor's and are let through.
#[derive(Debug, Deserialize)]
struct Wire {
    model_name: Option<String>,
    inputs: Option<Map<String, Value>>,
}

/// The inputs of a model, read.
#[derive(Debug)]
struct Inputs {
    images: Vec<String>,
    prompt: String,
    ratio: Ratio,
    count: u32,
}

/// Reads and checks a body, and the webhook's address beside it.
pub(crate) fn parse(bytes: &[u8], webhook_url: Option<String>) -> Result<Order, ApiError> {
    let malformed = |error: serde_json::Error| ApiError::BadRequest(error.to_string());
    let body: Value = serde_json::from_slice(bytes).map_err(malformed)?;
    let wire = Wire::deserialize(&body).map_err(malformed)?;
    let name = wire.model_name.ok_or_else(|| missing("model_name"))?;
    let model = models::find(&name)
        .ok_or_else(|| ApiError::parameter("model_name", "is none of the models"))?;
    let given = wire.inputs.ok_or_else(|| missing("inputs"))?;
    let inputs = read(model, &given)?;
    if let Some(address) = &webhook_url {
        callback_url::check(address)
            .map_err(|problem| ApiError::parameter("webhook_url", problem))?;
    }
    Ok(Order {
        model: model.id.to_owned(),
        prompt: inputs.prompt,
        images: inputs.images,
        image_bytes: IMAGE_BYTES,
        ratio: inputs.ratio,
        count: inputs.count,
        callback_url: webhook_url,
        events: vec![Event::Ended],
        external_id: None,
        price: model.price * f64::from(inputs.count),
        body,
    })
}

/// Reads what a model takes. What it does not know is let through; `null` is as if left out.
fn read(model: &Model, given: &Map<String, Value>) -> Result<Inputs, ApiError> {
    let mut inputs = Inputs {
        images: Vec::new(),
        prompt: String::new(),
        ratio: Ratio::Auto,
        count: 1,
    };
    for input in model.inputs {
        let name = input.name;
        let Some(value) = given.get(name).filter(|value| !value.is_null()) else {
            if input.required {
                return Err(missing(name));
            }
            continue;
        };
        match input.kind {
            Kind::Picture => inputs.images.push(text(name, value)?.to_owned()),
            Kind::Prompt => text(name, value)?.clone_into(&mut inputs.prompt),
            Kind::Choice(choices) => {
                choice(name, value, choices)?;
            }
            Kind::Ratio => {
                inputs.ratio = Ratio::of(choice(name, value, RATIOS)?).unwrap_or(Ratio::Auto);
            }
            Kind::Count => inputs.count = number(name, value, 1..=4)?,
            Kind::Seed => {
                number(name, value, 0..=u32::MAX)?;
            }
            Kind::Base64 if *value == Value::Bool(false) => {}
            Kind::Base64 => return Err(ApiError::parameter(name, "is not supported here")),
        }
        if input.required && value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Err(missing(name));
        }
    }
    Ok(inputs)
}

fn missing(name: &str) -> ApiError {
    ApiError::parameter(name, "is required")
}

fn text<'a>(name: &str, value: &'a Value) -> Result<&'a str, ApiError> {
    value
        .as_str()
        .ok_or_else(|| ApiError::parameter(name, "must be a string"))
}

fn choice<'a>(name: &str, value: &'a Value, choices: &[&str]) -> Result<&'a str, ApiError> {
    text(name, value).and_then(|text| {
        if choices.contains(&text) {
            Ok(text)
        } else {
            let problem = format!("must be one of {}", choices.join(", "));
            Err(ApiError::parameter(name, &problem))
        }
    })
}

fn number(name: &str, value: &Value, range: RangeInclusive<u32>) -> Result<u32, ApiError> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            let problem = format!("must be between {} and {}", range.start(), range.end());
            ApiError::parameter(name, &problem)
        })
}

#[cfg(test)]
mod tests;
