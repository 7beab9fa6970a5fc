//! Polar's wire format, as the types of its own library have it.

mod events;
mod reversals;
mod sessions;

use serde_json::{Value, json};

use super::*;
use crate::domain::id::OrderId;
use crate::domain::money::{Currency, Money};

const NOW: Timestamp = Timestamp::from_millis(1_795_910_400_000);

fn merchant() -> Merchant {
    Merchant {
        base_url: Polar.base_url(false).into(),
        key: "polar_oat_1".into(),
        webhook_secrets: vec!["polar_whs_test_secret_0123456789".into()],
        product: Some("prod_1".into()),
        is_live: false,
    }
}

fn eur(minor: u64) -> Money {
    Money::of(minor, Currency::parse("eur").unwrap()).unwrap()
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

fn with(mut object: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}

fn list(items: &[Value]) -> Value {
    json!({"items": items, "pagination": {"total_count": items.len(), "max_page": 1}})
}

/// Polar's order, of 10.71 EUR with 19 % of tax in it.
fn an_order(changes: &Value) -> Value {
    let order = json!({
        "id": "5b1a0000-0000-4000-8000-000000000001", "created_at": "2026-11-29T00:00:00Z", "status": "paid", "paid": true,
        "subtotal_amount": 1071, "discount_amount": 0, "net_amount": 900, "tax_amount": 171, "total_amount": 1071,
        "due_amount": 1071, "refunded_amount": 0, "refunded_tax_amount": 0, "refundable_amount": 900,
        "refundable_tax_amount": 171, "currency": "eur", "billing_reason": "purchase", "checkout_id": "co_1",
        "metadata": {"order": order().to_string()}, "items": [], "receipt_number": null,
    });
    with(order, changes)
}

fn a_refund(changes: &Value) -> Value {
    let refund = json!({
        "id": "ref_1", "created_at": "2026-11-29T00:00:00Z", "status": "succeeded", "reason": "customer_request",
        "amount": 450, "tax_amount": 86, "currency": "eur", "order_id": "po_1", "customer_id": "cus_1", "metadata": {},
        "revoke_benefits": false, "dispute": null,
    });
    with(refund, changes)
}

#[test]
fn money_moves_at_one_address_and_none_at_the_other() {
    assert_eq!(Polar.base_url(true), "https://api.polar.sh");
    assert_eq!(Polar.base_url(false), "https://sandbox-api.polar.sh");
    assert!(!Polar.is_idempotent() && Polar.needs_product());
    assert!(Polar.expire(&merchant(), "co_1").is_none());
}
