//! Polar's checkouts, and the orders that it makes of them.

use serde_json::{Value, json};

use super::{moment, words};
use crate::domain::id::OrderId;
use crate::domain::money::{Currency, Money};
use crate::domain::order::{CheckoutSession, Payment};
use crate::processor::{
    Merchant, NewCheckout, Opened, Outcome, Response, SessionReport, is_refusal,
};

/// What a checkout is made of. Without a product it is refused.
pub(super) fn body(product: Option<&str>, new: &NewCheckout<'_>) -> Value {
    let currency = new.price.currency.as_str();
    let price = json!({
        "amount_type": "fixed", "price_amount": new.price.minor, "price_currency": currency,
        "tax_behavior": "inclusive",
    });
    let prices = product.map(|product| (product.to_owned(), json!([price])));
    let mut body = json!({
        "products": product.into_iter().collect::<Vec<_>>(),
        "prices": prices.into_iter().collect::<serde_json::Map<_, _>>(),
        "currency": currency,
        "metadata": {"order": new.order.to_string()},
        "allow_discount_codes": false,
        "allow_trial": false,
        "success_url": new.success_url,
        "return_url": new.cancel_url,
    });
    if let (Some(email), Some(body)) = (new.email, body.as_object_mut()) {
        body.insert("customer_email".into(), email.into());
    }
    body
}

/// The checkout of an answer. Whatever is asked again makes another one, even after a failure of its own.
pub(super) fn read_created(response: &Response) -> Opened {
    if response.status().is_success() {
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        return match session_of(&body) {
            Some(session) => Opened::Session(session),
            None => Opened::Unknown("a checkout without an address".into()),
        };
    }
    if is_refusal(response.status()) {
        return Opened::Refused(words(response));
    }
    Opened::Unknown(words(response))
}

fn session_of(body: &Value) -> Option<CheckoutSession> {
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    Some(CheckoutSession {
        id: text("id")?.into(),
        url: text("url")?.into(),
        expires_at: moment(body.get("expires_at"))?,
    })
}

/// Whether there is, or will be, an order of a checkout.
pub(super) fn has_succeeded(checkout: &Value) -> bool {
    checkout.get("status").and_then(Value::as_str) == Some("succeeded")
}

/// What a checkout is like that has not succeeded. One that is `confirmed` is being paid, which takes seconds, and is
/// open again if that fails.
pub(super) fn of_checkout(merchant: &Merchant, checkout: &Value) -> Option<SessionReport> {
    let text = |field: &str| checkout.get(field).and_then(Value::as_str);
    Some(SessionReport {
        id: text("id")?.into(),
        order: order_of(checkout),
        is_live: merchant.is_live,
        outcome: match text("status")? {
            "expired" => Outcome::Expired,
            "failed" => Outcome::Failed,
            _ => Outcome::Open,
        },
        receipt_url: None,
    })
}

/// What a checkout is like that has succeeded. Its order comes a moment later.
pub(super) fn of_orders(
    merchant: &Merchant,
    checkout: &str,
    orders: &[Value],
) -> Option<SessionReport> {
    let Some(order) = orders
        .iter()
        .find(|order| is_paid(order))
        .or(orders.first())
    else {
        return Some(SessionReport {
            id: checkout.into(),
            order: None,
            is_live: merchant.is_live,
            outcome: Outcome::Open,
            receipt_url: None,
        });
    };
    of_order(merchant, order).filter(|report| report.id == checkout)
}

/// What the checkout of an order is like. `None` for what is no order, and for one that had no checkout.
pub(super) fn of_order(merchant: &Merchant, order: &Value) -> Option<SessionReport> {
    let text = |field: &str| order.get(field).and_then(Value::as_str);
    let outcome = match text("status")? {
        _ if is_paid(order) => paid(order)?,
        "void" => Outcome::Failed,
        _ => Outcome::Open,
    };
    Some(SessionReport {
        id: text("checkout_id")?.into(),
        order: order_of(order),
        is_live: merchant.is_live,
        outcome,
        // Its receipt has an address only for a while.
        receipt_url: None,
    })
}

/// It stays paid when its money goes back.
fn is_paid(order: &Value) -> bool {
    order.get("paid").and_then(Value::as_bool) == Some(true)
}

/// The order is what a refund and a dispute will name.
fn paid(order: &Value) -> Option<Outcome> {
    let code = order.get("currency")?.as_str()?;
    let Ok(currency) = Currency::parse(code) else {
        return Some(Outcome::UnknownCurrency(code.into()));
    };
    Some(Outcome::Paid(Payment {
        id: order.get("id")?.as_str()?.into(),
        amount: Money::of(order.get("total_amount")?.as_u64()?, currency)?,
    }))
}

/// Our order, as the checkout was told: its metadata are copied to the order that is made of it.
fn order_of(object: &Value) -> Option<OrderId> {
    object.pointer("/metadata/order")?.as_str()?.parse().ok()
}
