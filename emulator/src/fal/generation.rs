//! A submitted input: read at once, and checked by its model's rules only when the model runs.

use serde_json::{Map, Value, json};

use super::{
    error::ApiError,
    models::{self, Model, PROMPT, SYNC_MODE},
    size,
};
use crate::{
    callback_url,
    schema::{self, Breach},
    task::{Event, Generation},
};

/// The most that one input picture may weigh, in bytes. fal's pages name 10 to 30 MB.
const IMAGE_BYTES: u64 = 20 * 1024 * 1024;

/// A violation that a model finds in its input.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    /// The name of the field.
    pub(crate) field: String,
    pub(crate) message: String,
    /// The machine-readable kind.
    pub(crate) kind: &'static str,
    /// What was expected, where the kind says it.
    pub(crate) context: Option<Value>,
}

/// As the validation of fal's endpoints words it, which is Pydantic's.
impl From<Breach> for Problem {
    fn from(breach: Breach) -> Self {
        let (kind, message, context) = match breach.problem {
            schema::Problem::Unknown => extra(),
            schema::Problem::Missing => ("missing", "Field required".to_owned(), None),
            schema::Problem::NotA(what) => (kind_of(what), format!("Input should be {what}"), None),
            schema::Problem::NotAPicture => (
                "url_parsing",
                "Input should be a valid URL".to_owned(),
                None,
            ),
            schema::Problem::NotAmong(choices) => literal(choices),
            schema::Problem::Below(bound) => (
                "greater_than_equal",
                format!("Input should be greater than or equal to {bound}"),
                Some(json!({ "ge": bound })),
            ),
            schema::Problem::Above(bound) => (
                "less_than_equal",
                format!("Input should be less than or equal to {bound}"),
                Some(json!({ "le": bound })),
            ),
            schema::Problem::TooFew(fewest) => (
                "too_short",
                format!("List should have at least {fewest} items"),
                Some(json!({ "min_length": fewest })),
            ),
            schema::Problem::TooMany(most) => (
                "too_long",
                format!("List should have at most {most} items"),
                Some(json!({ "max_length": most })),
            ),
            schema::Problem::TooLong(most) => (
                "string_too_long",
                format!("String should have at most {most} characters"),
                Some(json!({ "max_length": most })),
            ),
        };
        Self {
            field: breach.field,
            message,
            kind,
            context,
        }
    }
}

type Told = (&'static str, String, Option<Value>);

/// fal's own endpoints may ignore an unknown field; here it is refused, since it is a mistake of
/// the caller's.
fn extra() -> Told {
    let message = "Extra inputs are not permitted".to_owned();
    ("extra_forbidden", message, None)
}

fn literal(choices: &[&str]) -> Told {
    let expected = format!("'{}'", choices.join("', '"));
    let message = format!("Input should be {expected}");
    (
        "literal_error",
        message,
        Some(json!({ "expected": expected })),
    )
}

fn kind_of(what: &str) -> &'static str {
    match what {
        "a valid string" => "string_type",
        "a valid boolean" => "bool_type",
        "a valid integer" => "int_type",
        "a valid number" => "float_type",
        "a valid object" => "model_type",
        _ => "list_type",
    }
}

/// Reads an input. The queue itself checks only the endpoint, the webhook's URL, and that the body
/// is JSON.
pub(crate) fn parse(
    endpoint: &str,
    webhook: Option<String>,
    bytes: &[u8],
) -> Result<Generation, ApiError> {
    let model =
        models::find(endpoint).ok_or_else(|| ApiError::NoSuchEndpoint(endpoint.to_owned()))?;
    let body: Value =
        serde_json::from_slice(bytes).map_err(|error| ApiError::BadRequest(error.to_string()))?;
    if let Some(address) = &webhook {
        callback_url::check(address)
            .map_err(|problem| ApiError::BadRequest(format!("fal_webhook {problem}")))?;
    }
    let count = count(model, &body).unwrap_or(1);
    Ok(Generation {
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

/// All violations that a model finds in its input, field by field.
pub(crate) fn problems(generation: &Generation) -> Vec<Problem> {
    let Some(model) = models::find(&generation.model) else {
        return Vec::new();
    };
    let nothing = Map::new();
    let input = generation.body.as_object().unwrap_or(&nothing);
    let fields: Vec<_> = model.fields.iter().copied().chain([SYNC_MODE]).collect();
    schema::breaches(&fields, input)
        .into_iter()
        .map(Problem::from)
        .collect()
}

/// The URLs of the input pictures that are present.
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

#[cfg(test)]
mod tests;
