//! Errors in `EvoLink`'s shape: `{"error":{"code","message","type"}}`.

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{auth::KeyError, behaviour::Refusal, schema::Breach};

/// Every way in which a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// With what is wrong and, where one is, the parameter's name.
    InvalidRequest(String, Option<String>),
    InvalidTaskId,
    Unauthorized,
    NoCredit,
    /// With the model's name.
    NoSuchModel(String),
    NoSuchTask,
    RateLimited,
    Internal,
}

impl ApiError {
    /// A parameter that breaks a rule.
    pub(crate) fn parameter(name: &str, problem: impl Into<String>) -> Self {
        Self::InvalidRequest(problem.into(), Some(name.to_owned()))
    }

    /// A field that its model does not accept with this value.
    pub(crate) fn breach(breach: Breach) -> Self {
        let problem = format!("{} {}", breach.field, breach.problem.told());
        Self::InvalidRequest(problem, Some(breach.field))
    }

    /// The status, `code`, `type` and message.
    fn parts(&self) -> (StatusCode, &'static str, &'static str, String) {
        let invalid = "invalid_request_error";
        let (status, code, kind, message) = match self {
            Self::InvalidRequest(problem, _) => {
                return (
                    StatusCode::BAD_REQUEST,
                    "invalid_request",
                    invalid,
                    problem.clone(),
                );
            }
            Self::NoSuchModel(model) => {
                return (
                    StatusCode::FORBIDDEN,
                    "model_access_denied",
                    invalid,
                    format!("Token does not have access to model: {model}"),
                );
            }
            Self::InvalidTaskId => (400, "invalid_task_id", invalid, "Invalid task ID format"),
            Self::Unauthorized => (
                401,
                "unauthorized",
                "authentication_error",
                "Invalid or expired token",
            ),
            Self::NoCredit => (
                402,
                "insufficient_quota",
                "insufficient_quota",
                "Insufficient quota. Please top up your account.",
            ),
            Self::NoSuchTask => (404, "task_not_found", invalid, "Task not found"),
            Self::RateLimited => (
                429,
                "rate_limit_exceeded",
                "rate_limit_error",
                "Too many requests, please try again later",
            ),
            Self::Internal => (500, "internal_error", "api_error", "Internal server error"),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, code, kind, message.to_owned())
    }
}

impl KeyError for ApiError {
    const SCHEME: &'static str = "Bearer";

    fn of(_: &HeaderMap) -> Self {
        Self::Unauthorized
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, kind, message) = self.parts();
        let mut error = json!({ "code": code, "message": message, "type": kind });
        if let (Self::InvalidRequest(_, Some(name)), Some(fields)) = (&self, error.as_object_mut())
        {
            fields.insert("param".to_owned(), json!(name));
        }
        (status, Json(json!({ "error": error }))).into_response()
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::RateLimited => Self::RateLimited,
            Refusal::Internal => Self::Internal,
            Refusal::NoCredit => Self::NoCredit,
        }
    }
}
