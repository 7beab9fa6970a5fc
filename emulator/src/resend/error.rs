//! Resend's errors.

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::auth::KeyError;

/// Cloudflare's answer, in front of Resend, to a call that does not say what it is from.
const NO_USER_AGENT: &str = "error code: 1010";

/// Why a mail is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    MissingKey,
    InvalidKey,
    NoUserAgent,
    InvalidIdempotencyKey,
    /// The idempotency key was used with another body.
    InvalidIdempotentRequest,
    /// A field that is required.
    MissingField(String),
    InvalidFrom,
    Validation(String),
    DailyQuota,
    Internal,
}

impl KeyError for ApiError {
    const SCHEME: &'static str = "Bearer";

    fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key(header::AUTHORIZATION) {
            Self::InvalidKey
        } else {
            Self::MissingKey
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let missing;
        let (status, name, message) = match &self {
            Self::NoUserAgent => return (StatusCode::FORBIDDEN, NO_USER_AGENT).into_response(),
            Self::MissingKey => (401, "missing_api_key", "Missing API Key"),
            Self::InvalidKey => (403, "invalid_api_key", "API key is invalid"),
            Self::InvalidIdempotencyKey => (
                400,
                "invalid_idempotency_key",
                "The idempotency key must be between 1 and 256 characters.",
            ),
            Self::InvalidIdempotentRequest => (
                409,
                "invalid_idempotent_request",
                "This idempotency key has been used on a request with another payload.",
            ),
            Self::MissingField(field) => {
                missing = format!("Missing `{field}` field.");
                (422, "missing_required_field", missing.as_str())
            }
            Self::InvalidFrom => (
                422,
                "invalid_from_address",
                "Invalid `from` field. The email address needs to follow the \
                 `email@example.com` or `Name <email@example.com>` format.",
            ),
            Self::Validation(problem) => (422, "validation_error", problem.as_str()),
            Self::DailyQuota => (
                429,
                "daily_quota_exceeded",
                "You have reached your daily email sending quota.",
            ),
            Self::Internal => (
                500,
                "internal_server_error",
                "Something went wrong on our side.",
            ),
        };
        let body = json!({ "statusCode": status, "name": name, "message": message });
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(body)).into_response()
    }
}
