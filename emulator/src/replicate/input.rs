//! A prediction's `input`, checked by its model's fields.

use serde_json::{Map, Value};

use super::{
    error::ApiError,
    models::{Input, Kind, Model},
};
use crate::inputs;

/// The longest data URI, in characters: files of up to 256 KB may be sent in one.
const MAX_DATA_URI: usize = 256 * 1024 * 4 / 3 + 64;

/// An input that keeps to its model's fields.
#[derive(Debug)]
pub(crate) struct Checked<'a>(&'a Map<String, Value>);

impl<'a> Checked<'a> {
    /// Each field is one of the model's and of its kind, and none that is required is missing.
    /// A field that the model has not is refused too, since it would be a mistake of ours.
    pub(crate) fn of(model: &Model, input: &'a Map<String, Value>) -> Result<Self, ApiError> {
        for (name, value) in input {
            let Some(field) = model.inputs.iter().find(|field| field.name == name) else {
                return Err(invalid(name, "is not an input of this model"));
            };
            check(field, value)?;
        }
        let missing = model
            .inputs
            .iter()
            .find(|field| field.required && !input.contains_key(field.name));
        match missing {
            Some(field) => Err(invalid(field.name, "is required")),
            None => Ok(Self(input)),
        }
    }

    /// The text of a field, if it is there.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.as_str()
    }

    /// The addresses in a field: one, several, or none.
    pub(crate) fn pictures(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Value::String(address)) => vec![address.clone()],
            Some(Value::Array(addresses)) => addresses
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    }
}

fn check(field: &Input, value: &Value) -> Result<(), ApiError> {
    let problem = match (field.kind, value) {
        (Kind::Text, Value::String(text)) if text.trim().is_empty() && field.required => {
            "must not be empty"
        }
        (Kind::Text, Value::String(_)) | (Kind::Flag, Value::Bool(_)) => return Ok(()),
        (Kind::Integer, Value::Number(number)) if number.is_i64() => return Ok(()),
        (Kind::Picture, value) if is_picture(value) => return Ok(()),
        (Kind::Pictures(most), Value::Array(pictures))
            if pictures.len() <= most && pictures.iter().all(is_picture) =>
        {
            return Ok(());
        }
        (Kind::Choice(choices), Value::String(choice)) if choices.contains(&choice.as_str()) => {
            return Ok(());
        }
        (Kind::Text, _) => "must be a string",
        (Kind::Flag, _) => "must be a boolean",
        (Kind::Integer, _) => "must be an integer",
        (Kind::Picture, _) => "must be a URI",
        (Kind::Pictures(_), _) => "must be an array of not too many URIs",
        (Kind::Choice(_), _) => "is none of the choices",
    };
    Err(invalid(field.name, problem))
}

fn is_picture(value: &Value) -> bool {
    value.as_str().is_some_and(|address| {
        inputs::is_web(address) || (inputs::is_data(address) && address.len() <= MAX_DATA_URI)
    })
}

fn invalid(name: &str, problem: &str) -> ApiError {
    ApiError::Invalid(format!("- input.{name} {problem}\n"))
}
