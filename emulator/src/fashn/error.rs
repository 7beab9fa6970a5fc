//! Errors before a prediction exists, in FASHN's shape: `{"error","message"}`
//! (`docs.fashn.ai/api-overview/error-handling`).

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::auth::KeyError;

/// Every way in which a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// With what is wrong.
    BadRequest(String),
    Unauthorized,
    NoSuchPrediction,
    RateLimited,
    TooManyAtOnce,
    /// The vendor says 429 here too, though waiting does not help.
    OutOfCredits,
    Internal,
}

impl ApiError {
    /// A parameter that breaks a rule.
    pub(crate) fn parameter(name: &str, problem: &str) -> Self {
        Self::BadRequest(format!("{name} {problem}"))
    }

    /// The status, the error's name and the message.
    fn parts(&self) -> (StatusCode, &'static str, &str) {
        let limited = StatusCode::TOO_MANY_REQUESTS;
        match self {
            Self::BadRequest(problem) => (StatusCode::BAD_REQUEST, "BadRequest", problem),
            Self::Unauthorized => (
                StatusCode::UNAUTHORIZED,
                "UnauthorizedAccess",
                "Unauthorized: Invalid token",
            ),
            Self::NoSuchPrediction => (StatusCode::NOT_FOUND, "NotFound", "Prediction not found"),
            Self::RateLimited => (limited, "RateLimitExceeded", "Too many requests"),
            Self::TooManyAtOnce => (
                limited,
                "ConcurrencyLimitExceeded",
                "Too many concurrent predictions",
            ),
            Self::OutOfCredits => (limited, "OutOfCredits", "No API credits remaining"),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerError",
                "Internal server error",
            ),
        }
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
        let (status, name, message) = self.parts();
        (status, Json(json!({ "error": name, "message": message }))).into_response()
    }
}
