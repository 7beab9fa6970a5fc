//! Stripe's errors (`docs.stripe.com/error-codes`).

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    auth::KeyError,
    payments::Denied,
    schema::{Breach, Problem},
};

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    MissingKey,
    InvalidKey,
    /// A parameter is unknown or wrong: the call has not begun.
    Parameter {
        code: Option<&'static str>,
        message: String,
        param: Option<String>,
    },
    /// There is nothing of this id.
    NoSuch(&'static str, String, Option<&'static str>),
    /// It is not possible now.
    Refused {
        code: Option<&'static str>,
        message: String,
    },
    /// The idempotency key was used for something else.
    OtherRequest(String),
    /// A call under the same key is under way.
    KeyInUse,
    RateLimit,
    Internal,
    /// There is no such address.
    Unknown(String),
}

impl ApiError {
    pub(crate) fn parameter(param: &str, message: impl Into<String>) -> Self {
        Self::Parameter {
            code: None,
            message: message.into(),
            param: Some(param.to_owned()),
        }
    }

    /// Whether the call was executed, so that its idempotency key has this answer from now on.
    pub(crate) fn is_executed(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. } | Self::NoSuch(..) | Self::Internal
        )
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::MissingKey | Self::InvalidKey => StatusCode::UNAUTHORIZED,
            Self::NoSuch(_, _, None) | Self::Unknown(_) => StatusCode::NOT_FOUND,
            Self::KeyInUse => StatusCode::CONFLICT,
            Self::RateLimit => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    pub(crate) fn body(&self) -> Value {
        let (code, message, param) = self.told();
        let kind = match self {
            Self::OtherRequest(_) => "idempotency_error",
            Self::Internal => "api_error",
            _ => "invalid_request_error",
        };
        let mut error = json!({ "type": kind, "message": message });
        if let Some(object) = error.as_object_mut() {
            if let Some(code) = code {
                object.insert("code".to_owned(), code.into());
                let address = format!(
                    "https://docs.stripe.com/error-codes/{}",
                    code.replace('_', "-")
                );
                object.insert("doc_url".to_owned(), address.into());
            }
            if let Some(param) = param {
                object.insert("param".to_owned(), param.into());
            }
        }
        json!({ "error": error })
    }

    /// The code, the words, and the parameter that is meant.
    fn told(&self) -> (Option<&'static str>, String, Option<String>) {
        match self {
            Self::MissingKey => (
                None,
                "You did not provide an API key. You need to provide your API key in the \
                 Authorization header, using Bearer auth (e.g. 'Authorization: Bearer \
                 YOUR_SECRET_KEY')."
                    .to_owned(),
                None,
            ),
            Self::InvalidKey => (None, "Invalid API Key provided.".to_owned(), None),
            Self::Parameter {
                code,
                message,
                param,
            } => (*code, message.clone(), param.clone()),
            Self::NoSuch(what, id, param) => (
                Some("resource_missing"),
                format!("No such {what}: '{id}'"),
                Some(param.unwrap_or("id").to_owned()),
            ),
            Self::Refused { code, message } => (*code, message.clone(), None),
            Self::OtherRequest(key) => (
                None,
                format!(
                    "Keys for idempotent requests can only be used with the same parameters they \
                     were first used with. Try using a key other than '{key}' if you meant to \
                     execute a different request."
                ),
                None,
            ),
            Self::KeyInUse => (
                Some("idempotency_key_in_use"),
                "There is currently another in-progress request using this Idempotency Key."
                    .to_owned(),
                None,
            ),
            Self::RateLimit => (
                Some("rate_limit"),
                "Request rate limit exceeded.".to_owned(),
                None,
            ),
            Self::Internal => (None, "An unknown error occurred.".to_owned(), None),
            Self::Unknown(path) => (None, format!("Unrecognized request URL ({path})."), None),
        }
    }
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

impl From<Breach> for ApiError {
    fn from(breach: Breach) -> Self {
        let param = bracketed(&breach.field);
        let (code, message) = match breach.problem {
            Problem::Unknown => (
                Some("parameter_unknown"),
                format!("Received unknown parameter: {param}"),
            ),
            Problem::Missing => (
                Some("parameter_missing"),
                format!("Missing required param: {param}."),
            ),
            Problem::NotA("a valid integer") => (
                Some("parameter_invalid_integer"),
                format!("Invalid integer: {param}"),
            ),
            Problem::NotAmong(choices) => (
                None,
                format!("Invalid {param}: must be one of {}", choices.join(", ")),
            ),
            problem => (None, format!("Invalid {param}: it {}", problem.told())),
        };
        Self::Parameter {
            code,
            message,
            param: Some(param),
        }
    }
}

/// `a.0.b` as `a[0][b]`.
fn bracketed(field: &str) -> String {
    let mut parts = field.split('.');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| format!("{name}[{part}]"))
}

/// What a charge cannot do, in Stripe's words.
pub(crate) fn denied(denied: Denied, charge: &str) -> ApiError {
    let (code, message) = match denied {
        Denied::NothingLeft => (
            Some("charge_already_refunded"),
            format!("Charge {charge} has already been refunded."),
        ),
        Denied::Disputed => (
            Some("charge_disputed"),
            format!("Charge {charge} has been charged back; cannot issue a refund."),
        ),
        Denied::TooMuch(left) => (
            None,
            format!("Refund amount is greater than unrefunded amount on charge ({left})."),
        ),
        Denied::NotPaid => (
            None,
            "This PaymentIntent does not have a successful charge to refund.".to_owned(),
        ),
        Denied::NotOpen => (
            None,
            "Only Checkout Sessions with a status in [\"open\"] can be expired.".to_owned(),
        ),
        other => (None, other.to_string()),
    };
    ApiError::Refused { code, message }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.body())).into_response();
        if self == Self::Internal {
            // To try again under the same key would be answered from memory.
            let no = HeaderValue::from_static("false");
            response.headers_mut().insert("stripe-should-retry", no);
        }
        response
    }
}
