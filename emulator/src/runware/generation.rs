//! An `imageInference` task, checked by its model's rules.

use serde_json::{Map, Value};

use super::{
    error::ApiError,
    models::{self, COMMON, LEAST_PROMPT, Model, References},
};
use crate::{
    callback_url,
    picture::Ratio,
    schema,
    task::{Event, Generation},
};

/// The most that one input picture may weigh, in bytes; the vendor's pages name 10 to 20 MB.
const IMAGE_BYTES: u64 = 20 * 1024 * 1024;

/// Reads and checks a task.
pub(crate) fn parse(task: &Map<String, Value>) -> Result<Generation, ApiError> {
    let id = uuid(task)?;
    let name = text(task, "model").ok_or_else(|| ApiError::missing("model"))?;
    let model = models::find(name)
        .ok_or_else(|| ApiError::parameter("model", "is not the id of a model"))?;
    let fields: Vec<_> = COMMON.iter().chain(model.fields).copied().collect();
    schema::check(&fields, task).map_err(|breach| ApiError::breach(&breach))?;
    if text(task, "outputType").is_some_and(|kind| kind != "URL") {
        return Err(ApiError::parameter("outputType", "is not supported here"));
    }
    let callback_url = text(task, "webhookURL").map(str::to_owned);
    if let Some(address) = &callback_url {
        callback_url::check(address)
            .map_err(|problem| ApiError::parameter("webhookURL", problem))?;
    }
    let images = images(model, task)?;
    let count = number(task, "numberResults").unwrap_or(1);
    Ok(Generation {
        model: model.id.to_owned(),
        prompt: prompt(model, task)?,
        ratio: ratio(model, task)?,
        price: price(model, task, images.len()) * f64::from(count),
        images,
        image_bytes: IMAGE_BYTES,
        count,
        callback_url,
        events: vec![Event::Ended],
        external_id: Some(id),
        body: Value::Object(task.clone()),
    })
}

/// The `taskUUID`: a UUID of version 4.
pub(crate) fn uuid(task: &Map<String, Value>) -> Result<String, ApiError> {
    let id = text(task, "taskUUID").ok_or_else(|| ApiError::missing("taskUUID"))?;
    let is_right = |(place, letter): (usize, char)| match place {
        8 | 13 | 18 | 23 => letter == '-',
        14 => letter == '4',
        19 => "89abAB".contains(letter),
        _ => letter.is_ascii_hexdigit(),
    };
    if id.len() == 36 && id.chars().enumerate().all(is_right) {
        Ok(id.to_owned())
    } else {
        Err(ApiError::parameter("taskUUID", "must be a UUID v4"))
    }
}

/// Nano Banana, which alone takes plain pictures, wants three characters at least.
fn prompt(model: &Model, task: &Map<String, Value>) -> Result<String, ApiError> {
    let prompt = text(task, "positivePrompt").unwrap_or_default();
    if model.references == References::Plain && prompt.chars().count() < LEAST_PROMPT {
        let problem = format!("must have at least {LEAST_PROMPT} characters");
        return Err(ApiError::parameter("positivePrompt", &problem));
    }
    Ok(prompt.to_owned())
}

/// The addresses of the input pictures, the person's before the garments'.
fn images(model: &Model, task: &Map<String, Value>) -> Result<Vec<String>, ApiError> {
    let name = "inputs.referenceImages";
    let listed = task
        .get("inputs")
        .and_then(|inputs| inputs.get("referenceImages"));
    let listed = listed
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let References::Roles { garments, poses } = model.references else {
        let addresses = listed.iter().filter_map(Value::as_str);
        return Ok(addresses.map(str::to_owned).collect());
    };
    let of = |role: &str| -> Vec<String> {
        let of_role = listed
            .iter()
            .filter(|one| one.get("role") == Some(&role.into()));
        let addresses = of_role.filter_map(|one| one.get("image")?.as_str());
        addresses.map(str::to_owned).collect()
    };
    let (mut images, worn) = (of("person"), of("garment"));
    if images.len() != 1 {
        return Err(ApiError::parameter(name, "must have exactly one person"));
    }
    if !(1..=garments).contains(&worn.len()) {
        let problem = format!("must have 1 to {garments} garments");
        return Err(ApiError::parameter(name, &problem));
    }
    if of("pose").len() > poses {
        return Err(ApiError::parameter(name, "has too many poses"));
    }
    images.extend(worn);
    Ok(images)
}

/// The person's own shape, unless `width` and `height` say another. Neither goes with `resolution`.
fn ratio(model: &Model, task: &Map<String, Value>) -> Result<Ratio, ApiError> {
    match (number(task, "width"), number(task, "height")) {
        (None, None) => Ok(Ratio::Auto),
        (Some(_), None) => Err(ApiError::missing("height")),
        (None, Some(_)) => Err(ApiError::missing("width")),
        (Some(_), Some(_)) if task.contains_key("resolution") => Err(ApiError::parameter(
            "resolution",
            "cannot be combined with width and height",
        )),
        (Some(width), Some(height)) if model.sizes.contains(&(width, height)) => {
            Ok(Ratio::Fixed { width, height })
        }
        (Some(_), Some(_)) => Err(ApiError::parameter(
            "width",
            "must make one of the model's sizes together with height",
        )),
    }
}

/// What one picture costs, in dollars. The turbo costs the same for each garment.
fn price(model: &Model, task: &Map<String, Value>, images: usize) -> f64 {
    let settings = task.get("settings");
    let is_turbo = settings.and_then(|settings| settings.get("turbo")) == Some(&Value::Bool(true));
    let more = u32::try_from(images.saturating_sub(2)).unwrap_or(u32::MAX);
    let first = if is_turbo {
        model.price_of_more
    } else {
        model.price
    };
    first + model.price_of_more * f64::from(more)
}

fn text<'a>(task: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    task.get(name)?.as_str()
}

fn number(task: &Map<String, Value>, name: &str) -> Option<u32> {
    u32::try_from(task.get(name)?.as_u64()?).ok()
}

#[cfg(test)]
mod tests;
