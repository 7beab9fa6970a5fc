//! A prediction's `input`, checked by its model's fields.

use serde_json::{Map, Value};

use super::{error::ApiError, models::Model};
use crate::schema;

/// An input that keeps to its model's fields.
#[derive(Debug)]
pub(crate) struct Checked<'a>(&'a Map<String, Value>);

impl<'a> Checked<'a> {
    /// Each field is one of the model's and of its kind, and none that is required is missing.
    pub(crate) fn of(model: &Model, input: &'a Map<String, Value>) -> Result<Self, ApiError> {
        // A field may be left out, but not be null.
        if let Some((name, _null)) = input.iter().find(|(_, value)| value.is_null()) {
            return Err(invalid(name, "must not be null"));
        }
        schema::check(model.inputs, input)
            .map_err(|breach| invalid(&breach.field, &breach.problem.told()))?;
        Ok(Self(input))
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

fn invalid(name: &str, problem: &str) -> ApiError {
    ApiError::Invalid(format!("- input.{name} {problem}\n"))
}
