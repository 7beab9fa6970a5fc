//! Errors in fal's shape: `{"detail"}`, with `error_type` where the queue itself is at fault
//! (`fal.ai/docs/documentation/model-apis/request-errors`).

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{auth::KeyError, behaviour::Refusal};

/// The header that repeats `error_type`.
pub(crate) const TYPE_HEADER: &str = "x-fal-error-type";

/// Every way in which a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// With what is wrong.
    BadRequest(String),
    Unauthorized,
    /// The operator's account is out of credit. fal answers 403, not 402.
    Locked,
    /// With the endpoint's name.
    NoSuchEndpoint(String),
    NoSuchRequest,
    /// The result was asked for before the end.
    InProgress,
    RateLimited,
    Internal,
}

impl ApiError {
    /// The status, `error_type` and `detail`.
    fn parts(&self) -> (u16, Option<&'static str>, String) {
        let (status, kind, detail) = match self {
            Self::BadRequest(problem) => return (400, Some("bad_request"), problem.clone()),
            Self::NoSuchEndpoint(id) => {
                return (404, None, format!("Application \"{id}\" not found"));
            }
            Self::Unauthorized => (401, None, "Authentication is required to access this app"),
            Self::Locked => (
                403,
                None,
                "User is locked. Reason: Exhausted balance. Top up your balance.",
            ),
            Self::NoSuchRequest => (404, None, "Request not found"),
            Self::InProgress => (400, None, "Request is still in progress"),
            Self::RateLimited => (
                429,
                Some("concurrent_requests_limit"),
                "Too many concurrent requests.",
            ),
            Self::Internal => (500, Some("internal_error"), "Internal server error"),
        };
        (status, kind, detail.to_owned())
    }
}

impl KeyError for ApiError {
    const SCHEME: &'static str = "Key";

    fn of(_: &HeaderMap) -> Self {
        Self::Unauthorized
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, kind, detail) = self.parts();
        let mut response = match kind {
            None => Json(json!({ "detail": detail })).into_response(),
            Some(kind) => (
                [(TYPE_HEADER, kind)],
                Json(json!({ "detail": detail, "error_type": kind })),
            )
                .into_response(),
        };
        *response.status_mut() =
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::RateLimited => Self::RateLimited,
            Refusal::Internal => Self::Internal,
            Refusal::NoCredit => Self::Locked,
        }
    }
}

/// The status of an `error_type` of the queue's own; none for what is no such type.
pub(crate) fn infrastructure(code: &str) -> Option<u16> {
    match code {
        "request_timeout" | "startup_timeout" => Some(504),
        "runner_scheduling_failure"
        | "runner_connection_timeout"
        | "runner_disconnected"
        | "runner_connection_refused"
        | "runner_connection_error" => Some(503),
        "runner_incomplete_response" => Some(502),
        "runner_server_error" | "internal_error" => Some(500),
        "client_disconnected" | "client_cancelled" => Some(499),
        "bad_request" => Some(400),
        _ => None,
    }
}
