//! Stripe: Checkout on Stripe's own page, with prices from our orders.
//!
//! Source: <https://docs.stripe.com/api/checkout/sessions>, <https://docs.stripe.com/webhooks>,
//! <https://docs.stripe.com/api/idempotent_requests>. Event bodies have the API version of the endpoint, not of our
//! requests, so what is read of them is what all versions have.

mod event;
mod signature;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use serde_json::Value;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{
    Called, Merchant, NewCheckout, NotTaken, NotUnderstood, Opened, Outcome, SessionReport, success,
};
use crate::domain::id::OrderId;
use crate::domain::money::{Currency, Money};
use crate::domain::order::{CheckoutSession, Payment};
use crate::domain::time::Timestamp;

/// Where its API is.
pub const BASE_URL: &str = "https://api.stripe.com";

/// The version that requests are made for.
const VERSION: &str = "2026-10-28.endive";

/// The request of a session. Under its key it is the same session for at least a day. A processor's own failure is
/// replayed under the same key, too, so a further try has another one.
pub fn checkout(merchant: &Merchant, new: &NewCheckout<'_>) -> Result<Request<Bytes>, http::Error> {
    let order = new.order.to_string();
    let (amount, expires) = (
        new.price.minor.to_string(),
        new.expires_at.seconds().to_string(),
    );
    let mut form = Serializer::new(String::new());
    form.append_pair("mode", "payment")
        .append_pair("line_items[0][quantity]", "1")
        .append_pair(
            "line_items[0][price_data][currency]",
            new.price.currency.as_str(),
        )
        .append_pair("line_items[0][price_data][unit_amount]", &amount)
        .append_pair("line_items[0][price_data][tax_behavior]", "inclusive")
        .append_pair("line_items[0][price_data][product_data][name]", new.name)
        .append_pair("adaptive_pricing[enabled]", "false")
        .append_pair("success_url", new.success_url)
        .append_pair("cancel_url", new.cancel_url)
        .append_pair("client_reference_id", &order)
        .append_pair("metadata[order]", &order)
        // Else a refund or a dispute would not say which order it is of.
        .append_pair("payment_intent_data[metadata][order]", &order)
        .append_pair("expires_at", &expires);
    if let Some(email) = new.email {
        form.append_pair("customer_email", email);
    }
    post(merchant, "/v1/checkout/sessions", &key(new), form.finish())
}

/// The key of an order's session.
fn key(new: &NewCheckout<'_>) -> String {
    match new.errors {
        0 => format!("order_{}", new.order),
        errors => format!("order_{}_{errors}", new.order),
    }
}

/// The session of an answer.
pub fn read_checkout(answer: &Response<Bytes>) -> Opened {
    let status = answer.status();
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    if status.is_success() {
        return match session_of(&body) {
            Some(session) => Opened::Session(session),
            None => Opened::Unknown("a session without an address".into()),
        };
    }
    let error = body.get("error").unwrap_or(&Value::Null);
    let text = |field| error.get(field).and_then(Value::as_str).unwrap_or_default();
    let words = format!("{} {}: {}", status.as_u16(), text("type"), text("message"));
    // 409: another request under this key is under way. 429: too many at once.
    match status.as_u16() {
        409 | 429 => Opened::Unknown(words),
        500.. => Opened::Errored(words),
        _ => Opened::Refused(words),
    }
}

fn session_of(body: &Value) -> Option<CheckoutSession> {
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    Some(CheckoutSession {
        id: text("id")?.into(),
        url: text("url")?.into(),
        expires_at: seconds(body.get("expires_at")?)?,
    })
}

/// The request of a session as it is now.
pub fn session(merchant: &Merchant, id: &str) -> Result<Request<Bytes>, http::Error> {
    let id: String = byte_serialize(id.as_bytes()).collect();
    authorised(
        merchant,
        Request::get(format!("{}/v1/checkout/sessions/{id}", merchant.base_url)),
    )
    .body(Bytes::new())
}

/// What a session is like.
pub fn read_session(answer: &Response<Bytes>) -> Result<SessionReport, NotUnderstood> {
    let body = success(answer)?;
    report(&body).ok_or_else(|| NotUnderstood("it is no session".into()))
}

fn report(body: &Value) -> Option<SessionReport> {
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    let id = text("id")?.to_owned();
    let outcome = match (text("status")?, text("payment_status")?) {
        // Without a coupon nothing is free, and there are no coupons: the amount says so.
        ("complete", "paid" | "no_payment_required") => paid(body, &id)?,
        ("complete", _) => Outcome::Pending,
        ("expired", _) => Outcome::Expired,
        _ => Outcome::Open,
    };
    Some(SessionReport {
        order: text("client_reference_id").and_then(|order| order.parse::<OrderId>().ok()),
        is_live: body.get("livemode")?.as_bool()?,
        outcome,
        id,
    })
}

/// The payment is what a refund and a dispute will name.
fn paid(body: &Value, session: &str) -> Option<Outcome> {
    let code = body.get("currency")?.as_str()?;
    let Ok(currency) = Currency::parse(code) else {
        return Some(Outcome::UnknownCurrency(code.into()));
    };
    let amount = Money::of(body.get("amount_total")?.as_u64()?, currency)?;
    let intent = id_of(body.get("payment_intent"));
    let id = intent.unwrap_or_else(|| session.to_owned());
    Some(Outcome::Paid(Payment { id, amount }))
}

/// What an event says, if its signature is good.
pub fn event(
    merchant: &Merchant,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<Called, NotTaken> {
    let header = headers
        .get("stripe-signature")
        .and_then(|value| value.to_str().ok());
    let is_good = header
        .is_some_and(|header| signature::verifies(&merchant.webhook_secrets, header, body, now));
    if !is_good {
        return Err(NotTaken::BadSignature);
    }
    event::read(body).ok_or(NotTaken::Malformed)
}

/// The request that gives money back: a part of it, or all. Under its key it is one refund.
pub fn refund(
    merchant: &Merchant,
    payment: &str,
    amount: Money,
    key: &str,
) -> Result<Request<Bytes>, http::Error> {
    let form = Serializer::new(String::new())
        .append_pair("payment_intent", payment)
        .append_pair("amount", &amount.minor.to_string())
        .append_pair("reason", "requested_by_customer")
        .finish();
    post(merchant, "/v1/refunds", key, form)
}

fn post(
    merchant: &Merchant,
    path: &str,
    key: &str,
    form: String,
) -> Result<Request<Bytes>, http::Error> {
    let request = Request::post(format!("{}{path}", merchant.base_url))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("idempotency-key", key);
    authorised(merchant, request).body(form.into())
}

fn authorised(merchant: &Merchant, request: http::request::Builder) -> http::request::Builder {
    request
        .header(header::AUTHORIZATION, format!("Bearer {}", merchant.key))
        .header("stripe-version", VERSION)
}

/// An object's id, whether it is expanded or not.
fn id_of(value: Option<&Value>) -> Option<String> {
    let value = value?;
    let id = value.as_str().or_else(|| value.get("id")?.as_str())?;
    Some(id.to_owned())
}

fn seconds(value: &Value) -> Option<Timestamp> {
    value
        .as_i64()?
        .checked_mul(1000)
        .map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests;
