//! The errors of RFC 6749 and of `OpenID` Connect, each as far as it may go: to a page, back to the
//! client through the browser, or in the answer to the client.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::authorize::Back;
use crate::{html, parameters::ParameterError, sign_in::chooser::NoSuchPerson};

/// Why a browser does not get any further.
#[derive(Debug)]
pub(crate) enum AuthorizeError {
    /// It cannot be read.
    Parameters(ParameterError),
    /// The form has nobody in it.
    Person,
    /// It is another client than this one.
    Client(&'static str),
    /// What is wrong with `redirect_uri`.
    ReturnAddress(&'static str),
    /// The client is told, and in which words.
    Returned(Box<Back>, Returned, String),
}

/// The errors that a client is told through the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returned {
    InvalidRequest,
    UnsupportedResponseType,
    InvalidScope,
    AccessDenied,
    LoginRequired,
}

impl Returned {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::LoginRequired => "login_required",
        }
    }
}

impl From<ParameterError> for AuthorizeError {
    fn from(error: ParameterError) -> Self {
        Self::Parameters(error)
    }
}

impl From<NoSuchPerson> for AuthorizeError {
    fn from(_: NoSuchPerson) -> Self {
        Self::Person
    }
}

impl IntoResponse for AuthorizeError {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::Returned(back, error, problem) => return back.refuse(error, &problem),
            Self::Parameters(error) => error.to_string(),
            Self::Person => "person must be a login, a subject or an e-mail address".to_owned(),
            Self::Client(id) => format!("client_id must be {id}"),
            Self::ReturnAddress(problem) => format!("redirect_uri {problem}"),
        };
        html::refusal(StatusCode::BAD_REQUEST, &problem)
    }
}

/// Why a code is not exchanged.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    InvalidRequest(String),
    /// Wrong credentials, and whether they came as HTTP Basic.
    InvalidClient {
        basic: bool,
    },
    /// The code, its redirect address or its verifier is wrong.
    InvalidGrant(&'static str),
    UnsupportedGrantType,
    /// The keys of the emulator are broken.
    Internal,
}

impl From<ParameterError> for TokenError {
    fn from(error: ParameterError) -> Self {
        Self::InvalidRequest(error.to_string())
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let (status, code, description) = match &self {
            Self::InvalidRequest(problem) => (400, "invalid_request", problem.as_str()),
            Self::InvalidClient { .. } => (401, "invalid_client", "client authentication failed"),
            Self::InvalidGrant(problem) => (400, "invalid_grant", *problem),
            Self::UnsupportedGrantType => (
                400,
                "unsupported_grant_type",
                "grant_type must be authorization_code",
            ),
            Self::Internal => (500, "server_error", "the emulator cannot sign"),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = Json(json!({ "error": code, "error_description": description }));
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self == (Self::InvalidClient { basic: true }) {
            let challenge = HeaderValue::from_static("Basic realm=\"emulator\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// The access token of a call of `/userinfo` is missing or wrong.
pub(crate) struct InvalidToken;

impl IntoResponse for InvalidToken {
    fn into_response(self) -> Response {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
        let body = Json(json!({ "error": "invalid_token" }));
        (StatusCode::UNAUTHORIZED, challenge, body).into_response()
    }
}
