//! What is wrong with a request, field by field.

use serde::{Deserialize, Serialize};

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FieldError {
    /// The field.
    pub field: String,
    /// What is wrong, in a plain sentence.
    pub message: String,
}

impl FieldError {
    /// What is wrong with a field.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}
