//! Polar's refunds and disputes. Both have their tax apart from their amount.

use serde_json::{Value, json};

use crate::domain::money::Currency;
use crate::domain::order::{DisputeStage, RefundStage, Reversal, ReversalKind};
use crate::processor::{NewRefund, NotUnderstood, Reversed};

/// What is no reversal of an order's payment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is no refund, and no dispute.
    Malformed,
    /// It moves no money, or in a currency that no offer has.
    NoneOfOurs,
}

/// A refund. If a dispute was prevented by it (`dispute`), it is a refund nevertheless: it has a life of its own, and
/// fails if it came too late, while the dispute goes on and may be lost.
pub(super) fn refund(refund: &Value) -> Result<Reversed, Unread> {
    let status = refund.get("status").and_then(Value::as_str);
    let stage = match status.ok_or(Unread::Malformed)? {
        "succeeded" => RefundStage::Succeeded,
        "failed" | "canceled" => RefundStage::Undone,
        // `pending`, and what is still to come.
        _ => RefundStage::Pending,
    };
    reversed(refund, ReversalKind::Refund(stage))
}

/// A dispute. Its money is withdrawn when it is lost. An early warning moves none.
fn dispute(dispute: &Value) -> Result<Reversed, Unread> {
    let status = dispute.get("status").and_then(Value::as_str);
    let stage = match status.ok_or(Unread::Malformed)? {
        "early_warning" => return Err(Unread::NoneOfOurs),
        // What went back for it is a refund.
        "prevented" => DisputeStage::Won,
        "lost" => DisputeStage::Lost,
        "won" => DisputeStage::Won,
        // `needs_response`, `under_review`, and what is still to come.
        _ => DisputeStage::Opened,
    };
    reversed(dispute, ReversalKind::Dispute(stage))
}

/// The refunds or disputes of a list. A dispute alone names its payment.
pub(super) fn listed(items: &[Value]) -> Result<Vec<Reversed>, NotUnderstood> {
    let mut listed = Vec::new();
    for item in items {
        let read = if item.get("payment_id").is_some() {
            dispute(item)
        } else {
            refund(item)
        };
        match read {
            Ok(reversed) => listed.push(reversed),
            Err(Unread::NoneOfOurs) => {}
            Err(Unread::Malformed) => return Err(NotUnderstood("it is no reversal".into())),
        }
    }
    Ok(listed)
}

fn reversed(object: &Value, kind: ReversalKind) -> Result<Reversed, Unread> {
    let text = |field: &str| object.get(field).and_then(Value::as_str);
    let text = |field: &str| text(field).ok_or(Unread::Malformed);
    let number = |field: &str| object.get(field).and_then(Value::as_u64);
    let number = |field: &str| number(field).ok_or(Unread::Malformed);
    Ok(Reversed {
        payment: text("order_id")?.into(),
        currency: Currency::parse(text("currency")?).map_err(|_| Unread::NoneOfOurs)?,
        reversal: Reversal {
            id: text("id")?.into(),
            kind,
            minor: number("amount")?.saturating_add(number("tax_amount")?),
        },
    })
}

/// The refund with this key.
pub(super) fn with_key(refunds: &[Value], key: &str) -> Option<Reversal> {
    let has_key = |item: &&Value| {
        let known = item.pointer("/metadata/key").and_then(Value::as_str);
        known == Some(key)
    };
    let known = refund(refunds.iter().find(has_key)?).ok()?;
    Some(known.reversal)
}

/// What a refund is made of: as much of the order's amount without tax as gives, with the tax that Polar adds, what is
/// to go back.
pub(super) fn body(new: &NewRefund<'_>, order: &Value) -> Result<Value, String> {
    let currency = order.get("currency").and_then(Value::as_str);
    if currency.and_then(|code| Currency::parse(code).ok()) != Some(new.amount.currency) {
        return Err("the order is in another currency".into());
    }
    let number = |field: &str| order.get(field).and_then(Value::as_u64);
    let amounts = (
        number("net_amount"),
        number("tax_amount"),
        number("refundable_amount"),
        number("refundable_tax_amount"),
    );
    let (Some(net), Some(tax), Some(left), Some(left_tax)) = amounts else {
        return Err("the order has no amounts".into());
    };
    let all = left.saturating_add(left_tax);
    let amount = new.amount.minor;
    let without_tax = if amount == all {
        Some(left)
    } else {
        (amount < all).then(|| share(amount, net, tax)).flatten()
    };
    let without_tax = without_tax.filter(|amount| (1..=left).contains(amount));
    let without_tax = without_tax.ok_or_else(|| format!("{all} can go back, and not {amount}"))?;
    Ok(json!({
        "order_id": new.payment,
        "reason": "customer_request",
        "amount": without_tax,
        "metadata": {"key": new.key},
    }))
}

/// The part of an amount that is not tax, to the nearest minor unit.
fn share(amount: u64, net: u64, tax: u64) -> Option<u64> {
    let total = u128::from(net.checked_add(tax)?);
    let doubled = u128::from(amount)
        .checked_mul(u128::from(net))?
        .checked_mul(2)?;
    let share = doubled
        .checked_add(total)?
        .checked_div(total.checked_mul(2)?)?;
    u64::try_from(share).ok()
}
