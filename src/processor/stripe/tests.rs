//! Stripe's wire format, as it documents it.

mod events;
mod reversals;
mod sessions;

use serde_json::json;

use super::*;
use crate::domain::id::OrderId;
use crate::domain::money::{Currency, Money};
use crate::domain::order::{DisputeStage, RefundStage, Reversal, ReversalKind};

const NOW: Timestamp = Timestamp::from_millis(1_795_161_600_000);

fn merchant() -> Merchant {
    Merchant {
        base_url: Stripe.base_url(false).into(),
        key: "rk_test_1".into(),
        webhook_secrets: vec!["whsec_1".into()],
        product: None,
        is_live: false,
    }
}

fn usd(minor: u64) -> Money {
    Money::of(minor, Currency::parse("usd").unwrap()).unwrap()
}

fn order() -> OrderId {
    OrderId::new(NOW, 7)
}

fn answer(status: u16, body: &Value) -> Response {
    http::Response::builder()
        .status(status)
        .body(body.to_string().into())
        .unwrap()
}

fn a_session(changes: &Value) -> Value {
    let mut session = json!({
        "id": "cs_1", "object": "checkout.session", "status": "complete", "payment_status": "paid", "livemode": false,
        "amount_subtotal": 420, "amount_total": 500, "currency": "usd", "payment_intent": "pi_1",
        "client_reference_id": "chosen by anybody", "metadata": {"order": order().to_string()}, "url": null,
    });
    for (name, value) in changes.as_object().unwrap() {
        session[name] = value.clone();
    }
    session
}

fn a_refund(status: &str) -> Value {
    json!({"id": "re_1", "object": "refund", "amount": 500, "currency": "eur", "charge": "ch_1", "payment_intent": "pi_1", "status": status})
}

fn a_dispute(status: &str, balance_transactions: &[Value]) -> Value {
    json!({
        "id": "dp_1", "object": "dispute", "amount": 1071, "currency": "eur", "charge": "ch_1", "payment_intent": "pi_1",
        "status": status, "balance_transactions": balance_transactions,
    })
}

fn reversed(id: &str, kind: ReversalKind, minor: u64) -> Reversed {
    Reversed {
        payment: "pi_1".into(),
        currency: Currency::parse("eur").unwrap(),
        reversal: Reversal {
            id: id.into(),
            kind,
            minor,
        },
    }
}

#[test]
fn one_address_has_both_money_and_tests() {
    assert_eq!(Stripe.base_url(true), Stripe.base_url(false));
    assert!(Stripe.is_idempotent() && !Stripe.needs_product());
}
