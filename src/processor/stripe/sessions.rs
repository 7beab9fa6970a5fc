//! Stripe's checkout sessions: how one is asked for, and what it is like.

use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::{id_of, refuses, words};
use crate::domain::id::OrderId;
use crate::domain::money::{Currency, Money};
use crate::domain::order::{CheckoutSession, Payment};
use crate::domain::time::Timestamp;
use crate::processor::{NewCheckout, Opened, Outcome, Response, SessionReport};

/// The parameters of an order's session.
pub(super) fn form(new: &NewCheckout<'_>) -> String {
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
    form.finish()
}

/// The key of an order's session.
pub(super) fn key(new: &NewCheckout<'_>) -> String {
    match new.errors {
        0 => format!("order_{}", new.order),
        errors => format!("order_{}_{errors}", new.order),
    }
}

/// The session of an answer.
pub(super) fn read_created(response: &Response) -> Opened {
    let status = response.status();
    if status.is_success() {
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        return match session_of(&body) {
            Some(session) => Opened::Session(session),
            None => Opened::Unknown("a session without an address".into()),
        };
    }
    if status.is_server_error() {
        return Opened::Errored(words(response));
    }
    if refuses(response) {
        return Opened::Refused(words(response));
    }
    Opened::Unknown(words(response))
}

fn session_of(body: &Value) -> Option<CheckoutSession> {
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    Some(CheckoutSession {
        id: text("id")?.into(),
        url: text("url")?.into(),
        expires_at: seconds(body.get("expires_at")?)?,
    })
}

/// What a session is like. `None` for what is no session.
pub(super) fn report(body: &Value) -> Option<SessionReport> {
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    let id = text("id")?.to_owned();
    let outcome = match (text("status")?, text("payment_status")?) {
        // Without a coupon nothing is free, and there are no coupons: the amount says so.
        ("complete", "paid" | "no_payment_required") => paid(body, &id)?,
        ("complete", _) => unpaid(body),
        ("expired", _) => Outcome::Expired,
        _ => Outcome::Open,
    };
    let receipt = body.pointer("/payment_intent/latest_charge/receipt_url");
    Some(SessionReport {
        // Not `client_reference_id`, which on a payment link of the same account anybody may choose.
        order: body
            .pointer("/metadata/order")
            .and_then(Value::as_str)
            .and_then(|order| order.parse::<OrderId>().ok()),
        is_live: body.get("livemode")?.as_bool()?,
        receipt_url: receipt.and_then(Value::as_str).map(str::to_owned),
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

/// A payment that takes days keeps its session unpaid, and so does one that failed: that waits for another method.
fn unpaid(body: &Value) -> Outcome {
    let intent = body.pointer("/payment_intent/status");
    match intent.and_then(Value::as_str) {
        Some("requires_payment_method" | "canceled") => Outcome::Failed,
        _ => Outcome::Pending,
    }
}

fn seconds(value: &Value) -> Option<Timestamp> {
    value
        .as_i64()?
        .checked_mul(1000)
        .map(Timestamp::from_millis)
}
