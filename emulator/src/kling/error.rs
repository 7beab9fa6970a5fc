//! Errors in Kling's shape: `{"code","message","request_id"}`, by the vendor's table of codes.

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::wire;
use crate::{auth::KeyError, behaviour::Refusal};

/// Every way in which a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    NoKey,
    InvalidKey,
    /// The resource pack is used up: waiting does not help.
    NoCredit,
    /// The body cannot be read; with what is wrong.
    InvalidRequest(String),
    /// With what is wrong.
    InvalidParameter(String),
    /// With the model's name.
    NoSuchModel(String),
    /// More tasks at once than the resource pack has.
    TooMany,
    Internal,
}

impl ApiError {
    /// The HTTP status, the code and the message.
    fn parts(&self) -> (StatusCode, u16, String) {
        let (status, code, message) = match self {
            Self::NoKey => (401, 1001, "Authorization is empty"),
            Self::InvalidKey => (401, 1002, "Authorization is invalid"),
            Self::NoCredit => (429, 1102, "Account balance not enough"),
            Self::InvalidRequest(problem) => (400, 1200, problem.as_str()),
            Self::InvalidParameter(problem) => (400, 1201, problem.as_str()),
            Self::NoSuchModel(model) => {
                let message = format!("The requested model does not exist: {model}");
                return (StatusCode::NOT_FOUND, 1203, message);
            }
            Self::TooMany => (429, 1303, "parallel task over resource pack limit"),
            Self::Internal => (500, 5000, "Internal server error"),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, code, message.to_owned())
    }
}

/// The tokens that older callers sign with their key are not taken.
impl KeyError for ApiError {
    const SCHEME: &'static str = "Bearer";

    fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key(header::AUTHORIZATION) {
            Self::InvalidKey
        } else {
            Self::NoKey
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        let request_id = wire::request_id();
        let body = json!({ "code": code, "message": message, "request_id": request_id });
        (status, Json(body)).into_response()
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::RateLimited => Self::TooMany,
            Refusal::Internal => Self::Internal,
            Refusal::NoCredit => Self::NoCredit,
        }
    }
}
