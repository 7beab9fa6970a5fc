//! Errors in Replicate's shape: `{"title","detail","status"}`, as `application/problem+json`.

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{auth::KeyError, behaviour::Refusal};

/// Every way in which a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    Unauthenticated,
    NoCredit,
    NotFound,
    /// The body's fields or the model's inputs break a rule: with what is wrong.
    Invalid(String),
    /// The version is none of ours.
    NoSuchVersion,
    Throttled,
    Internal,
}

impl ApiError {
    /// The status, title and detail.
    fn parts(&self) -> (StatusCode, &'static str, &str) {
        match self {
            Self::Unauthenticated => (
                StatusCode::UNAUTHORIZED,
                "Unauthenticated",
                "You did not pass a valid authentication token",
            ),
            Self::NoCredit => (
                StatusCode::PAYMENT_REQUIRED,
                "Insufficient credit",
                "You have insufficient credit to run this model.",
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "Not found",
                "The requested resource could not be found.",
            ),
            Self::Invalid(problem) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "Input validation failed",
                problem,
            ),
            Self::NoSuchVersion => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "Invalid version or not permitted",
                "The specified version does not exist (or perhaps you don't have permission to use it?)",
            ),
            Self::Throttled => (
                StatusCode::TOO_MANY_REQUESTS,
                "",
                "Request was throttled. Your rate limit resets in ~30s.",
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Internal server error",
                "An unexpected error occurred.",
            ),
        }
    }

    /// The body. The one of a throttled call is known to have nothing but its detail.
    fn body(&self) -> Value {
        let (status, title, detail) = self.parts();
        match self {
            Self::Throttled => json!({ "detail": detail }),
            _ => json!({ "title": title, "detail": detail, "status": status.as_u16() }),
        }
    }
}

impl KeyError for ApiError {
    const SCHEME: &'static str = "Bearer";

    fn of(_: &HeaderMap) -> Self {
        Self::Unauthenticated
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, _, _) = self.parts();
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (status, kind, self.body().to_string()).into_response()
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::RateLimited => Self::Throttled,
            Refusal::Internal => Self::Internal,
            Refusal::NoCredit => Self::NoCredit,
        }
    }
}
