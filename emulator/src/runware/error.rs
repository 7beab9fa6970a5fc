//! Errors in Runware's shape: entries of `errors`, each with `code`, `message`, and the task and the
//! parameter that it is about (`runware.ai/docs/platform/errors`).

use serde_json::{Map, Value, json};

use crate::{
    behaviour::Refusal,
    schema::{Breach, Problem},
};

/// Where the documents of an error's parameter are.
const DOCUMENTATION: &str = "https://runware.ai/docs";

/// Why a task is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// The HTTP status, where nothing else of the request succeeds.
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) parameter: Option<String>,
}

impl ApiError {
    /// A parameter that breaks a rule: its code is `invalid` and the parameter's name.
    pub(crate) fn parameter(name: &str, problem: &str) -> Self {
        Self {
            status: 400,
            code: coded("invalid", name),
            message: format!("Invalid value for '{name}' parameter: it {problem}."),
            parameter: Some(name.to_owned()),
        }
    }

    pub(crate) fn missing(name: &str) -> Self {
        Self {
            code: coded("missing", name),
            message: format!("Missing required parameter '{name}'."),
            ..Self::parameter(name, "")
        }
    }

    pub(crate) fn breach(breach: &Breach) -> Self {
        let name = breach.field.as_str();
        match breach.problem {
            Problem::Missing => Self::missing(name),
            Problem::Unknown => Self {
                code: "unsupportedParameter".to_owned(),
                message: format!("Unsupported use of '{name}' parameter for this task and model."),
                ..Self::parameter(name, "")
            },
            problem => Self::parameter(name, &problem.told()),
        }
    }

    pub(crate) fn key() -> Self {
        Self {
            status: 401,
            message: "Invalid API key. Get one at https://my.runware.ai/signup".to_owned(),
            ..Self::parameter("apiKey", "")
        }
    }

    /// A UUID that names no task.
    pub(crate) fn no_such_task() -> Self {
        Self {
            status: 404,
            code: "taskNotFound".to_owned(),
            message: "No task has this taskUUID.".to_owned(),
            parameter: Some("taskUUID".to_owned()),
        }
    }

    /// The entry of `errors`, with what it says of its task.
    pub(crate) fn entry(&self, task: &Map<String, Value>) -> Value {
        let own = [
            ("code", Some(json!(self.code))),
            ("message", Some(json!(self.message))),
            ("documentation", Some(json!(DOCUMENTATION))),
            ("parameter", self.parameter.as_ref().map(|name| json!(name))),
        ];
        let of_task = ["taskType", "taskUUID"].map(|name| (name, task.get(name).cloned()));
        own.into_iter()
            .chain(of_task)
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let (status, code, message) = match refusal {
            Refusal::RateLimited => (
                429,
                "tooManyRequests",
                "The queue is full. Please try again later.",
            ),
            Refusal::Internal => (500, "internalError", "An internal error occurred."),
            Refusal::NoCredit => (
                402,
                "insufficientCredits",
                "Insufficient credits. Please top up your balance.",
            ),
        };
        Self {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            parameter: None,
        }
    }
}

/// `invalid` and `settings.turbo` make `invalidTurbo`.
fn coded(start: &str, parameter: &str) -> String {
    let last = parameter.rsplit('.').next().unwrap_or_default();
    let mut letters = last.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    start.chars().chain(first).chain(letters).collect()
}
