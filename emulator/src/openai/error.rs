//! `OpenAI`'s errors.

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{auth::KeyError, inputs::InputError};

/// Why there is no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    InvalidKey,
    /// A code, the parameter and the problem.
    InvalidRequest(Option<&'static str>, Option<String>, String),
    Internal,
}

impl ApiError {
    /// A picture that cannot be judged.
    pub(crate) fn picture(error: &InputError) -> Self {
        let code = match error {
            InputError::Fetch(_) | InputError::Status(_) => "failed_to_download_image",
            InputError::DataUri => "invalid_base64_image",
            InputError::TooLarge(_) => "image_too_large",
            InputError::Decode(_) | InputError::Interrupted => "invalid_image",
        };
        let message = format!("The picture cannot be used: {error}.");
        Self::InvalidRequest(Some(code), Some("input".to_owned()), message)
    }
}

impl KeyError for ApiError {
    const SCHEME: &'static str = "Bearer";

    fn of(_: &HeaderMap) -> Self {
        Self::InvalidKey
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let invalid = "invalid_request_error";
        let (status, kind, code, parameter, message) = match self {
            Self::InvalidKey => (
                StatusCode::UNAUTHORIZED,
                invalid,
                Some("invalid_api_key"),
                None,
                "Incorrect API key provided.".to_owned(),
            ),
            Self::InvalidRequest(code, parameter, problem) => {
                (StatusCode::BAD_REQUEST, invalid, code, parameter, problem)
            }
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                None,
                None,
                "The server had an error while processing your request.".to_owned(),
            ),
        };
        let error = json!({ "message": message, "type": kind, "param": parameter, "code": code });
        (status, Json(json!({ "error": error }))).into_response()
    }
}
