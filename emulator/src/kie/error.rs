//! Errors in KIE's shape: HTTP 200, and the true status inside, `{"code","msg","data"}`.

use axum::{
    Json,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{auth::KeyError, behaviour::Refusal};

/// Every way in which a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// With what is wrong.
    Invalid(String),
    Unauthorized,
    NoCredit,
    NoSuchTask,
    RateLimited,
    Internal,
}

impl ApiError {
    fn parts(&self) -> (u16, &str) {
        match self {
            Self::Unauthorized => (401, "You do not have access permissions"),
            Self::NoCredit => (
                402,
                "Credits insufficient: the balance is not enough to run this request.",
            ),
            Self::Invalid(problem) => (422, problem),
            Self::NoSuchTask => (422, "recordInfo is null"),
            Self::RateLimited => (
                429,
                "Your call frequency is too high. Please try again later.",
            ),
            Self::Internal => (500, "Server exception, please try again later."),
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
        let (code, message) = self.parts();
        Json(json!({ "code": code, "msg": message, "data": null })).into_response()
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
