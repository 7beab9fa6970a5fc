//! The errors of the token exchange, which GitHub answers with 200, and those of its API.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

const HELP: &str = "https://docs.github.com/apps/managing-oauth-apps/\
troubleshooting-oauth-app-access-token-request-errors";
const NO_USER_AGENT: &str = "Request forbidden by administrative rules. Please make sure your \
request has a User-Agent header.";

/// Why a code is not exchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenError {
    IncorrectClientCredentials,
    RedirectUriMismatch,
    BadVerificationCode,
    UnsupportedGrantType,
    /// Not GitHub's own: it would ignore what it does not know.
    InvalidRequest(String),
}

impl TokenError {
    /// The fields of the answer.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let (code, description) = match self {
            Self::IncorrectClientCredentials => (
                "incorrect_client_credentials",
                "The client_id and/or client_secret passed are incorrect.",
            ),
            Self::RedirectUriMismatch => (
                "redirect_uri_mismatch",
                "The redirect_uri MUST match the registered callback URL for this application.",
            ),
            Self::BadVerificationCode => (
                "bad_verification_code",
                "The code passed is incorrect or expired.",
            ),
            Self::UnsupportedGrantType => (
                "unsupported_grant_type",
                "The grant_type passed is not supported.",
            ),
            Self::InvalidRequest(problem) => ("invalid_request", problem.as_str()),
        };
        let place = code.replace('_', "-");
        vec![
            ("error", code.to_owned()),
            ("error_description", description.to_owned()),
            ("error_uri", format!("{HELP}/#{place}")),
        ]
    }
}

/// Why a call of the API is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    NoUserAgent,
    NoToken,
    BadToken,
    /// The token lacks the scope: what it may not see does not exist.
    NotFound,
    /// Not GitHub's own: it would ignore the parameter.
    UnknownParameter(String),
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, message) = match &self {
            Self::NoUserAgent => return (StatusCode::FORBIDDEN, NO_USER_AGENT).into_response(),
            Self::NoToken => (StatusCode::UNAUTHORIZED, "Requires authentication"),
            Self::BadToken => (StatusCode::UNAUTHORIZED, "Bad credentials"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::UnknownParameter(problem) => (StatusCode::UNPROCESSABLE_ENTITY, problem.as_str()),
        };
        let body = json!({
            "message": message,
            "documentation_url": "https://docs.github.com/rest",
            "status": status.as_str(),
        });
        (status, Json(body)).into_response()
    }
}
