//! Errors as `application/problem+json` (RFC 9457): each has a stable code, and says what to do.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::view;
use crate::config::ConfigError;
use crate::domain::field_error::FieldError;
use crate::domain::limits::LimitReached;
use crate::service::Error;

/// Long enough for a database to come back, short enough for a person.
const RETRY_AFTER: Duration = Duration::from_secs(5);

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// An error on its way to the client.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    more: Map<String, Value>,
    /// How soon another try may do, where that is known.
    retry_after: Option<Duration>,
    cause: Option<Cause>,
}

/// What went wrong on our side: for the log, not for the answer.
#[derive(Debug, Clone)]
struct Cause(String);

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            more: Map::new(),
            retry_after: None,
            cause: None,
        }
    }

    /// What the framework refuses by itself, of which nothing more is known.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let code = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "payload_too_large",
            StatusCode::REQUEST_TIMEOUT => "request_timeout",
            _ if status.is_server_error() => "internal",
            _ => "invalid_request",
        };
        let reason = status
            .canonical_reason()
            .unwrap_or("We can't process this request");
        Self::new(status, code, format!("{reason}."))
    }

    pub(super) fn invalid(errors: &[FieldError]) -> Self {
        let detail = "Some fields of the request aren't valid.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", detail)
            .with("errors", json!(errors))
    }

    /// `If-Match` asks for something else than what is there.
    pub(super) fn precondition_failed() -> Self {
        let detail = "It has changed: it doesn't match If-Match.";
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "precondition_failed",
            detail,
        )
    }

    /// The picture ends before the range begins.
    pub(super) fn range_not_satisfiable() -> Self {
        let detail = "The requested range is past the end of the picture.";
        let status = StatusCode::RANGE_NOT_SATISFIABLE;
        Self::new(status, "range_not_satisfiable", detail)
    }

    /// The path is one of ours, the method is not.
    pub(super) fn no_such_method() -> Self {
        let detail = "This route doesn't support this method.";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(status, "method_not_allowed", detail)
    }

    /// A variable is missing or malformed. Its name is told, not its value.
    pub(super) fn misconfigured(error: &ConfigError) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(status, "misconfigured", format!("{error}."))
    }

    /// A body that does not come in the time it may take.
    pub(super) fn too_slow() -> Self {
        let detail = "The body did not arrive in time.";
        Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", detail)
    }

    /// A body that broke off: its sender is probably gone.
    pub(super) fn broken_off() -> Self {
        Self::invalid(&[FieldError::new("body", "was cut off before its end")])
    }

    /// Whether nobody is signed in.
    pub(super) fn is_unauthenticated(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    /// The body of the answer.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({
            "type": format!("urn:atelier:problem:{}", self.code), "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(), "code": self.code, "detail": self.detail,
        });
        if let Some(fields) = body.as_object_mut() {
            fields.extend(self.more.clone());
        }
        body
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.into(), value);
        self
    }

    fn after(mut self, retry_after: Duration) -> Self {
        self.retry_after = Some(retry_after);
        self
    }

    fn because(mut self, cause: String) -> Self {
        self.cause = Some(Cause(cause));
        self
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let says = sentence(&error.to_string());
        let new = |status, code| Self::new(status, code, says.as_str());
        match error {
            Error::Unauthenticated => new(StatusCode::UNAUTHORIZED, "unauthenticated"),
            Error::NotFound => new(StatusCode::NOT_FOUND, "not_found"),
            Error::Forbidden(_) => new(StatusCode::FORBIDDEN, "forbidden"),
            Error::AccountBlocked => new(StatusCode::FORBIDDEN, "account_blocked"),
            Error::NotSignedIn { reason, .. } => {
                new(StatusCode::CONFLICT, "conflict").with("reason", json!(reason))
            }
            Error::Conflict(_) => new(StatusCode::CONFLICT, "conflict"),
            Error::CannotBuy(why) => {
                new(StatusCode::CONFLICT, "conflict").with("reason", json!(why.reason()))
            }
            Error::Invalid(errors) => Self::invalid(&errors),
            Error::UnsupportedImage(_) => {
                new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_image")
            }
            Error::PayloadTooLarge { .. } => {
                new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large")
            }
            Error::ContentRefused => new(StatusCode::UNPROCESSABLE_ENTITY, "content_refused"),
            Error::IdempotencyMismatch => {
                new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_mismatch")
            }
            Error::InsufficientCredits { needed, available } => {
                new(StatusCode::PAYMENT_REQUIRED, "insufficient_credits")
                    .with("needed", json!(needed))
                    .with("available", json!(available))
            }
            Error::TooManyOpenJobs { limit } => {
                new(StatusCode::TOO_MANY_REQUESTS, "too_many_open_jobs").with("limit", json!(limit))
            }
            Error::RateLimited(LimitReached { name, limit, wait }) => {
                new(StatusCode::TOO_MANY_REQUESTS, "rate_limited")
                    .with("limit", json!(limit))
                    .with("limit_name", json!(name))
                    .after(wait)
            }
            Error::HoldAlreadySettled(receipt) => new(StatusCode::CONFLICT, "hold_already_settled")
                .with("receipt", json!(view::receipt(&receipt))),
            Error::HoldAlreadyReleased(receipt) => {
                new(StatusCode::CONFLICT, "hold_already_released")
                    .with("receipt", json!(view::receipt(&receipt)))
            }
            Error::LedgerUnavailable(cause) => {
                new(StatusCode::SERVICE_UNAVAILABLE, "ledger_unavailable").because(cause)
            }
            Error::ProviderUnavailable(cause) => {
                new(StatusCode::SERVICE_UNAVAILABLE, "provider_unavailable").because(cause)
            }
            Error::BadEvent => new(StatusCode::BAD_REQUEST, "bad_signature"),
            Error::NotRefundable { unspent, left } => new(StatusCode::CONFLICT, "conflict")
                .with("reason", json!("not_refundable"))
                .with("unspent", json!(unspent))
                .with("left", json!(left)),
            Error::RefundAtALoss { unspent, left } => new(StatusCode::CONFLICT, "conflict")
                .with("reason", json!("loss"))
                .with("unspent", json!(unspent))
                .with("left", json!(left)),
            Error::PaymentsUnavailable(cause) | Error::PaymentsUnclear(cause) => {
                new(StatusCode::SERVICE_UNAVAILABLE, "payments_unavailable").because(cause)
            }
            Error::Overloaded(cause) => {
                new(StatusCode::SERVICE_UNAVAILABLE, "overloaded").because(cause)
            }
            Error::StorageUnavailable(cause) => {
                new(StatusCode::SERVICE_UNAVAILABLE, "storage_unavailable").because(cause)
            }
            Error::Internal(cause) => {
                new(StatusCode::INTERNAL_SERVER_ERROR, "internal").because(cause)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(
            self.status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        ) {
            let retry_after = self.retry_after.unwrap_or(RETRY_AFTER);
            // A client that comes back a part of a second too early is refused again.
            let seconds = retry_after.as_millis().div_ceil(1000);
            if let Ok(seconds) = HeaderValue::from_str(&seconds.to_string()) {
                headers.insert(header::RETRY_AFTER, seconds);
            }
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

/// An error's words, as a sentence.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

/// What went wrong on our side, if anything did.
pub(super) fn cause(response: &Response) -> Option<&str> {
    let Cause(cause) = response.extensions().get()?;
    Some(cause)
}

/// Every error is a problem, also one that the framework makes itself.
pub(super) fn only_problems(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_problem = response.headers().get(header::CONTENT_TYPE) == Some(&PROBLEM_JSON);
    if !is_error || is_problem {
        return response;
    }
    Problem::of_status(status).into_response()
}

pub(super) async fn no_such_route() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "There is no such route.",
    )
}

pub(super) async fn no_such_method() -> Problem {
    Problem::no_such_method()
}

/// The answer to a request that cannot be taken apart: its address has letters that an address cannot
/// have, such as a quotation mark, or its headers do.
pub fn unreadable(request_id: &str) -> Response {
    let error = FieldError::new("address", "contains invalid characters");
    named(Problem::invalid(&[error]).into_response(), request_id)
}

/// The answer to every request as long as the configuration is not right. It names the variable,
/// not its value.
pub fn misconfigured(error: &ConfigError, request_id: &str) -> Response {
    log::error!("event=misconfigured request={request_id} error=\"{error}\"");
    named(Problem::misconfigured(error).into_response(), request_id)
}

/// An answer that is given before there is a router.
fn named(mut response: Response, request_id: &str) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credits::Credits;
    use crate::domain::ledger::Receipt;
    use crate::domain::limits::LimitName;
    use crate::domain::picture::Unsupported;
    use crate::service::CannotBuy;

    #[test]
    fn every_error_has_its_status_and_code() {
        let credits = Credits::of(1);
        for (error, status, code) in [
            (Error::Unauthenticated, 401, "unauthenticated"),
            (Error::NotFound, 404, "not_found"),
            (Error::Conflict("not now"), 409, "conflict"),
            (Error::Invalid(vec![]), 422, "invalid_request"),
            (
                Error::UnsupportedImage(Unsupported::Broken),
                415,
                "unsupported_image",
            ),
            (
                Error::PayloadTooLarge { limit: 1 },
                413,
                "payload_too_large",
            ),
            (Error::IdempotencyMismatch, 422, "idempotency_mismatch"),
            (
                Error::InsufficientCredits {
                    needed: credits,
                    available: credits,
                },
                402,
                "insufficient_credits",
            ),
            (
                Error::TooManyOpenJobs { limit: 1 },
                429,
                "too_many_open_jobs",
            ),
            (
                Error::RateLimited(LimitReached {
                    name: LimitName::FailedPerHour,
                    limit: 1,
                    wait: std::time::Duration::from_secs(1),
                }),
                429,
                "rate_limited",
            ),
            (
                Error::HoldAlreadySettled(Receipt::default()),
                409,
                "hold_already_settled",
            ),
            (
                Error::HoldAlreadyReleased(Receipt::default()),
                409,
                "hold_already_released",
            ),
            (
                Error::LedgerUnavailable("secret".into()),
                503,
                "ledger_unavailable",
            ),
            (
                Error::ProviderUnavailable("secret".into()),
                503,
                "provider_unavailable",
            ),
            (
                Error::PaymentsUnavailable("secret".into()),
                503,
                "payments_unavailable",
            ),
            (Error::CannotBuy(CannotBuy::Disputed), 409, "conflict"),
            (Error::Overloaded("secret".into()), 503, "overloaded"),
            (
                Error::StorageUnavailable("secret".into()),
                503,
                "storage_unavailable",
            ),
            (Error::Internal("secret".into()), 500, "internal"),
        ] {
            let problem = Problem::from(error);
            assert_eq!((problem.status.as_u16(), problem.code), (status, code));
            assert!(!problem.detail.contains("secret"));
        }
    }
}
