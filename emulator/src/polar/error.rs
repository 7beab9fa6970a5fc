//! Polar's errors.

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
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ApiError {
    Unauthorized,
    InvalidToken,
    /// Something in the body or the query is wrong, and where.
    Validation {
        place: &'static str,
        field: String,
        kind: &'static str,
        message: String,
    },
    NotFound,
    RefundedAlready(String),
    RefundsBlocked(String),
    RateLimit,
    Internal,
}

impl ApiError {
    pub(crate) fn of_body(field: &str, message: impl Into<String>) -> Self {
        Self::Validation {
            place: "body",
            field: field.to_owned(),
            kind: "value_error",
            message: message.into(),
        }
    }

    /// A violation, in the body or in the query.
    pub(crate) fn breach(place: &'static str, breach: &Breach) -> Self {
        let (kind, message) = match breach.problem {
            Problem::Missing => ("missing", "Field required".to_owned()),
            Problem::Unknown => (
                "extra_forbidden",
                "Extra inputs are not permitted".to_owned(),
            ),
            problem => ("value_error", format!("It {}", problem.told())),
        };
        Self::Validation {
            place,
            field: breach.field.clone(),
            kind,
            message,
        }
    }

    /// Why an order is not refunded.
    pub(crate) fn denied(denied: Denied, order: &str) -> Self {
        match denied {
            Denied::NothingLeft => Self::RefundedAlready(order.to_owned()),
            Denied::Disputed => Self::RefundsBlocked(order.to_owned()),
            Denied::TooMuch(_) => {
                Self::of_body("amount", "Refund amount exceeds refundable amount")
            }
            other => Self::of_body("order_id", other.to_string()),
        }
    }

    fn told(&self) -> (StatusCode, Value) {
        let named = |error: &str, detail: String| json!({ "error": error, "detail": detail });
        match self {
            Self::Unauthorized => (
                StatusCode::UNAUTHORIZED,
                named("Unauthorized", "Not authenticated".to_owned()),
            ),
            Self::InvalidToken => (
                StatusCode::UNAUTHORIZED,
                json!({
                    "error": "invalid_token",
                    "error_description": "The access token provided is expired, revoked, \
                                          malformed, or invalid for other reasons.",
                }),
            ),
            Self::Validation {
                place,
                field,
                kind,
                message,
            } => {
                let path = field.split('.').map(|part| {
                    part.parse::<u64>()
                        .map_or_else(|_text| json!(part), Value::from)
                });
                let path: Vec<Value> = std::iter::once(json!(place)).chain(path).collect();
                let detail = json!([{ "type": kind, "loc": path, "msg": message }]);
                let body = json!({ "error": "RequestValidationError", "detail": detail });
                (StatusCode::UNPROCESSABLE_ENTITY, body)
            }
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                named("ResourceNotFound", "Not found".to_owned()),
            ),
            Self::RefundedAlready(order) => (
                StatusCode::FORBIDDEN,
                named(
                    "RefundedAlready",
                    format!("Order is already fully refunded: {order}"),
                ),
            ),
            Self::RefundsBlocked(order) => (
                StatusCode::FORBIDDEN,
                named(
                    "RefundsBlocked",
                    format!("Refunds are blocked for order: {order}"),
                ),
            ),
            Self::RateLimit => (
                StatusCode::TOO_MANY_REQUESTS,
                named("RateLimitExceeded", "Too many requests".to_owned()),
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                named("InternalServerError", "Internal Server Error".to_owned()),
            ),
        }
    }
}

impl KeyError for ApiError {
    const SCHEME: &'static str = "Bearer";

    fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key(header::AUTHORIZATION) {
            Self::InvalidToken
        } else {
            Self::Unauthorized
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, body) = self.told();
        let mut response = (status, Json(body)).into_response();
        if self == Self::RateLimit {
            let second = HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, second);
        }
        response
    }
}
