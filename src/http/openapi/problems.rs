//! One of each problem, as the handlers return it: the document's codes, statuses and examples.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::schemas::Schemas;
use crate::config::ConfigError;
use crate::domain::credits::Credits;
use crate::domain::field_error::FieldError;
use crate::domain::id::PackageId;
use crate::domain::ledger::{Movement, Receipt, ReceiptLine};
use crate::domain::limits::{LimitName, LimitReached};
use crate::domain::picture::Unsupported;
use crate::http::problem::Problem;
use crate::http::view::ReceiptLineView;
use crate::service::Error;

/// Every problem, by status.
fn all() -> Vec<Problem> {
    let unset = ConfigError {
        name: "SIGNING_SECRET".into(),
        problem: "is not set".into(),
    };
    vec![
        Error::Unauthenticated.into(),
        Error::InsufficientCredits {
            needed: Credits::of(4),
            available: Credits::of(0),
        }
        .into(),
        Error::Forbidden("this request didn't come from our own pages").into(),
        Error::AccountBlocked.into(),
        Error::NotFound.into(),
        Problem::no_such_method(),
        Problem::too_slow(),
        Error::Conflict("the job is still in progress: cancel it or wait until it ends").into(),
        Error::HoldAlreadySettled(receipt(Movement::Settle, 16, 16)).into(),
        Error::HoldAlreadyReleased(receipt(Movement::Release, 16, 20)).into(),
        Problem::precondition_failed(),
        Error::PayloadTooLarge {
            limit: 10 * 1024 * 1024,
        }
        .into(),
        Error::UnsupportedImage(Unsupported::NotAPicture).into(),
        Problem::range_not_satisfiable(),
        Problem::invalid(&[FieldError::new("count", "must be 1 to 4 with this model")]),
        Error::ContentRefused.into(),
        Error::IdempotencyMismatch.into(),
        Error::TooManyOpenJobs { limit: 4 }.into(),
        Error::RateLimited(LimitReached {
            name: LimitName::GenerationsPerMinute,
            limit: 20,
            wait: Duration::from_secs(12),
        })
        .into(),
        Error::Internal(String::new()).into(),
        Problem::misconfigured(&unset),
        Error::BadEvent.into(),
        Error::PaymentsUnavailable(String::new()).into(),
        Error::Overloaded(String::new()).into(),
        Error::LedgerUnavailable(String::new()).into(),
        Error::ProviderUnavailable(String::new()).into(),
        Error::StorageUnavailable(String::new()).into(),
    ]
}

fn receipt(movement: Movement, remaining_before: u32, remaining_after: u32) -> Receipt {
    Receipt(vec![ReceiptLine {
        movement,
        package: PackageId::from_bytes([1; 16]),
        credits: Credits::of(4),
        expires_at: None,
        remaining_before: Credits::of(remaining_before),
        remaining_after: Credits::of(remaining_after),
    }])
}

/// The HTTP status of a problem's code.
pub(super) fn status_of(code: &str) -> u16 {
    let problems = all();
    let mut bodies = problems.iter().map(Problem::body);
    let body = bodies.find(|body| body["code"] == code);
    let status = body.and_then(|body| body["status"].as_u64());
    u16::try_from(status.unwrap_or_else(|| panic!("{code} is no code"))).unwrap()
}

/// A reference to the example of a code.
pub(super) fn example_of(code: &str) -> Value {
    json!({"$ref": format!("#/components/examples/{code}")})
}

/// The examples, by code.
pub(super) fn examples() -> Map<String, Value> {
    let problems = all();
    let examples = problems.iter().map(|problem| {
        let body = problem.body();
        let code = body["code"].as_str().unwrap().to_owned();
        (code, json!({"value": body}))
    });
    examples.collect()
}

/// The schema of a problem: RFC 9457, with the fields that some codes add.
pub(super) fn schema(schemas: &mut Schemas) -> Value {
    let credits = schemas.answer::<Credits>();
    let errors = schemas.answer::<Vec<FieldError>>();
    let limit_name = schemas.answer::<LimitName>();
    let receipt = schemas.answer::<Vec<ReceiptLineView>>();
    let codes: Vec<_> = all()
        .iter()
        .map(|problem| problem.body()["code"].clone())
        .collect();
    let of = |mut schema: Value, description: &str| {
        schema["description"] = json!(description);
        schema
    };
    json!({
        "type": "object",
        "description": "An error, as RFC 9457 defines it. `code` never changes its meaning; `title` and `detail` are for people.",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "`urn:atelier:problem:` and the code."},
            "title": {"type": "string", "description": "The name of the HTTP status."},
            "status": {"type": "integer", "description": "The HTTP status."},
            "code": {"enum": codes, "description": "What went wrong, for a program."},
            "detail": {"type": "string", "description": "What went wrong, in a plain sentence."},
            "errors": of(errors, "With `invalid_request`: every field that is wrong."),
            "needed": of(credits.clone(), "With `insufficient_credits`: the price."),
            "available": of(credits, "With `insufficient_credits`: what the account can use."),
            "limit": {
                "type": "integer",
                "description": "With `too_many_open_jobs`: how many may be open at once. With `rate_limited`: the most of what `limit_name` names.",
            },
            "limit_name": of(limit_name, "With `rate_limited`: the limit that is reached."),
            "reason": {
                "enum": ["lost", "spent", "use_google", "use_github", "former", "taken", "shortage", "disputed", "not_refundable", "loss"],
                "description": "With `conflict`, where a code signs nobody in: it is not waited for in this browser, or used, or \
                    expired; it had all its tries; the address has an account by another way in; it is a former way in of an \
                    account that is there; it is the way in of another account. Where nothing can be bought: a payment went back after its credits \
                    were used; a payment is disputed. Where nothing is refunded: no such amount is left of the order; more \
                    would go back than the unspent credits cost.",
            },
            "unspent": {"type": "integer", "description": "With `conflict` of a refund: what the unspent credits cost, in minor units."},
            "left": {"type": "integer", "description": "With `conflict` of a refund: what is left of the order's money, in minor units."},
            "receipt": of(receipt, "With `hold_already_settled` and `hold_already_released`: what that did."),
        },
        "additionalProperties": false,
    })
}
