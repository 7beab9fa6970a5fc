//! The body of a mail's request, checked. Resend takes more: `cc`, `bcc`, `attachments` and
//! `scheduled_at` are not emulated, and refused.

use serde_json::{Map, Value};

use super::error::ApiError;
use crate::{
    address::bare,
    schema::{self, Breach, Field, Kind, Problem, optional, required},
};

/// The longest subject, in characters: a line of a mail.
const SUBJECT: usize = 998;
/// The longest part, in characters: a mail has at most 40 MB.
const PART: usize = 40_000_000;
/// The most recipients of one mail.
const RECIPIENTS: usize = 50;
const TAG: &[Field] = &[
    required("name", Kind::Text(256)),
    required("value", Kind::Text(256)),
];
const FIELDS: &[Field] = &[
    required("from", Kind::Text(SUBJECT)),
    required("to", Kind::Any),
    required("subject", Kind::Text(SUBJECT)),
    optional("text", Kind::Text(PART)),
    optional("html", Kind::Text(PART)),
    optional("reply_to", Kind::Any),
    optional("headers", Kind::Any),
    optional("tags", Kind::Objects(0, 75, TAG)),
];

/// A mail as its sender has it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Email {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) reply_to: Option<String>,
}

impl Email {
    pub(crate) fn parse(body: &Value) -> Result<Self, ApiError> {
        let Some(object) = body.as_object() else {
            let problem = "The request body must be a JSON object.";
            return Err(ApiError::Validation(problem.to_owned()));
        };
        schema::check(FIELDS, object).map_err(refused)?;
        check_tags(object)?;
        check_headers(object)?;
        let text = |name| object.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("text").is_empty() && text("html").is_empty() {
            return Err(ApiError::MissingField("html` or `text".to_owned()));
        }
        if bare(text("from")).is_none() {
            return Err(ApiError::InvalidFrom);
        }
        let to = mailboxes(object, "to")?;
        if to.is_empty() || to.len() > RECIPIENTS {
            let problem = format!("The `to` field must have between 1 and {RECIPIENTS} items.");
            return Err(ApiError::Validation(problem));
        }
        let reply_to = mailboxes(object, "reply_to")?;
        Ok(Self {
            from: text("from").to_owned(),
            to,
            subject: text("subject").to_owned(),
            text: text("text").to_owned(),
            html: text("html").to_owned(),
            reply_to: (!reply_to.is_empty()).then(|| reply_to.join(", ")),
        })
    }
}

fn refused(breach: Breach) -> ApiError {
    match breach.problem {
        Problem::Missing => ApiError::MissingField(breach.field),
        Problem::Unknown => {
            ApiError::Validation(format!("The `{}` field is not known.", breach.field))
        }
        problem => {
            ApiError::Validation(format!("The `{}` field {}.", breach.field, problem.told()))
        }
    }
}

/// A text, or a list of texts, each with an address.
fn mailboxes(object: &Map<String, Value>, name: &str) -> Result<Vec<String>, ApiError> {
    let invalid = || {
        ApiError::Validation(format!(
            "Invalid `{name}` field. The email address needs to follow the `email@example.com` or \
             `Name <email@example.com>` format."
        ))
    };
    let one = |value: &Value| {
        let mailbox = value.as_str().filter(|mailbox| bare(mailbox).is_some());
        mailbox.map(str::to_owned).ok_or_else(invalid)
    };
    match object.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(one).collect(),
        Some(value) => Ok(vec![one(value)?]),
    }
}

fn check_tags(object: &Map<String, Value>) -> Result<(), ApiError> {
    let is_plain = |text: &str| {
        let may_be_in = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        text.chars().all(may_be_in)
    };
    let tags = object.get("tags").and_then(Value::as_array);
    let mut texts = tags
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flat_map(Map::values)
        .filter_map(Value::as_str);
    if texts.all(is_plain) {
        return Ok(());
    }
    let problem = "Tags should only contain ASCII letters, numbers, underscores, or dashes.";
    Err(ApiError::Validation(problem.to_owned()))
}

fn check_headers(object: &Map<String, Value>) -> Result<(), ApiError> {
    let is_right = match object.get("headers") {
        None | Some(Value::Null) => true,
        Some(Value::Object(headers)) => headers.values().all(Value::is_string),
        Some(_) => false,
    };
    if is_right {
        return Ok(());
    }
    let problem = "The `headers` field must be an object of texts.";
    Err(ApiError::Validation(problem.to_owned()))
}
