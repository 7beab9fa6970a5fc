//! A submitted input: read at once, and checked by its model's rules only when the model runs.

use serde_json::{Value, json};

use super::{
    error::ApiError,
    models::{self, Choice, LIST, Model, PROMPT},
    size,
};
use crate::{
    callback_url,
    task::{Event, Order},
};

/// The most that one input picture may weigh, in bytes. fal's pages name 10 to 30 MB.
const IMAGE_BYTES: u64 = 20 * 1024 * 1024;

/// One thing that a model finds wrong with its input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    /// Where it is: the field's name.
    pub(crate) field: String,
    pub(crate) message: String,
    /// The machine's word for it.
    pub(crate) kind: &'static str,
    /// What was expected, where the kind says it.
    pub(crate) context: Option<Value>,
}

impl Problem {
    fn new(field: &str, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            message: message.into(),
            kind,
            context: None,
        }
    }
}

/// Reads an input. The queue itself minds nothing but the endpoint, the webhook's address and that
/// the body is JSON.
pub(crate) fn parse(
    endpoint: &str,
    webhook: Option<String>,
    bytes: &[u8],
) -> Result<Order, ApiError> {
    let model =
        models::find(endpoint).ok_or_else(|| ApiError::NoSuchEndpoint(endpoint.to_owned()))?;
    let body: Value =
        serde_json::from_slice(bytes).map_err(|error| ApiError::BadRequest(error.to_string()))?;
    if let Some(address) = &webhook {
        callback_url::check(address)
            .map_err(|problem| ApiError::BadRequest(format!("fal_webhook {problem}")))?;
    }
    let count = count(model, &body).unwrap_or(1);
    Ok(Order {
        model: model.id.to_owned(),
        prompt: text(&body, PROMPT).unwrap_or_default().to_owned(),
        images: images(model, &body),
        image_bytes: IMAGE_BYTES,
        ratio: size::of(&body),
        count,
        callback_url: webhook,
        events: vec![Event::Ended],
        external_id: None,
        price: model.price * f64::from(count),
        body,
    })
}

/// Everything that an order's model finds wrong with its input, field by field.
pub(crate) fn problems(order: &Order) -> Vec<Problem> {
    let Some(model) = models::find(&order.model) else {
        return Vec::new();
    };
    let input = &order.body;
    let required = model.required.iter();
    let missing = required.filter_map(|field| absent(field, input.get(field)));
    let choices = model.choices.iter();
    let other = choices.filter_map(|choice| outside(choice, input.get(choice.0)));
    let number = model
        .count
        .and_then(|(field, most)| too_many(field, most, input.get(field)));
    missing.chain(other).chain(number).collect()
}

/// The addresses of the input pictures, as far as they are there.
fn images(model: &Model, input: &Value) -> Vec<String> {
    let fields = model.pictures.iter().filter_map(|field| input.get(field));
    fields
        .flat_map(|value| match value {
            Value::Array(addresses) => addresses.iter().filter_map(Value::as_str).collect(),
            one => Vec::from_iter(one.as_str()),
        })
        .map(str::to_owned)
        .collect()
}

/// How many pictures are wanted, where that is within the bounds.
fn count(model: &Model, input: &Value) -> Option<u32> {
    let (field, most) = model.count?;
    let count = u32::try_from(input.get(field)?.as_u64()?).ok()?;
    (1..=most).contains(&count).then_some(count)
}

fn text<'a>(input: &'a Value, field: &str) -> Option<&'a str> {
    input.get(field)?.as_str()
}

/// A required field that is missing, or is no text or list of texts.
fn absent(field: &str, value: Option<&Value>) -> Option<Problem> {
    match value {
        None | Some(Value::Null) => Some(Problem::new(field, "missing", "Field required")),
        Some(Value::Array(all)) if field == LIST && all.iter().all(Value::is_string) => None,
        Some(_) if field == LIST => Some(Problem::new(
            field,
            "list_type",
            "Input should be a valid list",
        )),
        Some(Value::String(_)) => None,
        Some(_) => {
            let message = "Input should be a valid string";
            Some(Problem::new(field, "string_type", message))
        }
    }
}

/// A value that is none of its field's. An object is a size in pixels.
fn outside(choice: &Choice, value: Option<&Value>) -> Option<Problem> {
    let (field, values) = choice;
    let value = value.filter(|value| !value.is_null() && !value.is_object())?;
    if value.as_str().is_some_and(|value| values.contains(&value)) {
        return None;
    }
    let expected = format!("'{}'", values.join("', '"));
    Some(Problem {
        context: Some(json!({ "expected": expected })),
        ..Problem::new(
            field,
            "literal_error",
            format!("Input should be {expected}"),
        )
    })
}

/// A number that is not between 1 and the most.
fn too_many(field: &str, most: u32, value: Option<&Value>) -> Option<Problem> {
    let value = value.filter(|value| !value.is_null())?;
    let (kind, word, bound, key) = match value.as_i64() {
        None => {
            let message = "Input should be a valid integer";
            return Some(Problem::new(field, "int_type", message));
        }
        Some(..1) => ("greater_than_equal", "greater", 1, "ge"),
        Some(number) if number > i64::from(most) => ("less_than_equal", "less", most, "le"),
        Some(_) => return None,
    };
    let message = format!("Input should be {word} than or equal to {bound}");
    Some(Problem {
        context: Some(json!({ key: bound })),
        ..Problem::new(field, kind, message)
    })
}

#[cfg(test)]
mod tests;
