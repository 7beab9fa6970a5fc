//! Stripe's refunds and disputes: how one is read, of an event or of a list.

use serde_json::Value;

use super::{id_of, refuses, words};
use crate::domain::money::Currency;
use crate::domain::order::{DisputeStage, RefundStage, Reversal, ReversalKind};
use crate::processor::{Refunding, Response, Reversed};

/// The refund with this key.
pub(super) fn with_key(refunds: &[Value], key: &str) -> Option<Reversal> {
    let has_key = |refund: &&Value| {
        let known = refund.pointer("/metadata/key").and_then(Value::as_str);
        known == Some(key)
    };
    let known = refunds.iter().find(has_key)?;
    reversal(known, refund("", known)?)
}

/// The refund of an answer. A failure of its own is repeated under the same key for a day, and leaves unknown whether
/// there is a refund: the list of them tells. So does an answer about who is asking.
pub(super) fn read_created(response: &Response) -> Refunding {
    let status = response.status();
    if status.is_success() {
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let refund = refund("", &body).and_then(|kind| reversal(&body, kind));
        return match refund {
            Some(refund) => Refunding::Refund(refund),
            None => Refunding::Unknown("it is no refund".into()),
        };
    }
    let is_about_us = matches!(status.as_u16(), 401 | 403 | 404);
    if refuses(response) && !is_about_us {
        return Refunding::Refused(words(response));
    }
    Refunding::Unknown(words(response))
}

/// What is no reversal of an order's payment.
#[derive(Debug)]
pub(super) enum Unread {
    /// It is no refund, and no dispute.
    Malformed,
    /// It is of no payment, or in a currency that no offer has.
    NoneOfOurs,
}

/// A refund or dispute of a list.
pub(super) fn listed(object: &Value) -> Result<Reversed, Unread> {
    let kind = match object.get("object").and_then(Value::as_str) {
        Some("refund") => refund("", object),
        Some("dispute") => dispute_of_list(object),
        _ => None,
    };
    reversed(object, kind.ok_or(Unread::Malformed)?)
}

/// Money of what was not bought here has no payment, or one that is no order's: that is for the order to say.
pub(super) fn reversed(object: &Value, kind: ReversalKind) -> Result<Reversed, Unread> {
    let code = object.get("currency").and_then(Value::as_str);
    let currency = Currency::parse(code.ok_or(Unread::Malformed)?);
    let payment = id_of(object.get("payment_intent")).or_else(|| id_of(object.get("charge")));
    Ok(Reversed {
        payment: payment.ok_or(Unread::NoneOfOurs)?,
        currency: currency.map_err(|_| Unread::NoneOfOurs)?,
        reversal: reversal(object, kind).ok_or(Unread::Malformed)?,
    })
}

fn reversal(object: &Value, kind: ReversalKind) -> Option<Reversal> {
    Some(Reversal {
        id: id_of(Some(object))?,
        kind,
        minor: object.get("amount")?.as_u64()?,
    })
}

/// How far a refund is, as an event of this kind says. One without a status is under way.
pub(super) fn refund(kind: &str, object: &Value) -> Option<ReversalKind> {
    let status = object.get("status")?;
    let stage = match status.as_str().or(status.is_null().then_some("pending"))? {
        _ if kind == "refund.failed" => RefundStage::Undone,
        "failed" | "canceled" => RefundStage::Undone,
        "succeeded" => RefundStage::Succeeded,
        // `pending`, `requires_action`, and what is still to come.
        _ => RefundStage::Pending,
    };
    Some(ReversalKind::Refund(stage))
}

/// An inquiry moves no money; what its kind says of money counts more than its status, which may be of another moment.
pub(super) fn dispute_of_event(kind: &str, object: &Value) -> Option<ReversalKind> {
    let status = object
        .get("status")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let stage = match kind {
        "charge.dispute.funds_withdrawn" => DisputeStage::Withdrawn,
        "charge.dispute.funds_reinstated" => DisputeStage::Reinstated,
        "charge.dispute.closed" => match status {
            "lost" => DisputeStage::Lost,
            // `won`, `warning_closed`, `prevented`: the money is here.
            _ => DisputeStage::Won,
        },
        "charge.dispute.created" | "charge.dispute.updated" if status.starts_with("warning_") => {
            DisputeStage::Inquiry
        }
        "charge.dispute.created" => DisputeStage::Opened,
        _ => return None,
    };
    Some(ReversalKind::Dispute(stage))
}

/// In a list only the status says how far a dispute is, and its balance transactions whether money moved: the first
/// withdraws it, the second gives it back.
fn dispute_of_list(object: &Value) -> Option<ReversalKind> {
    let moves = object.get("balance_transactions").and_then(Value::as_array);
    let moves = moves.map_or(0, Vec::len);
    Some(ReversalKind::Dispute(
        match (object.get("status")?.as_str()?, moves) {
            ("won" | "warning_closed" | "prevented", _) => DisputeStage::Won,
            ("lost", _) => DisputeStage::Lost,
            (_, 2..) => DisputeStage::Reinstated,
            (_, 1) => DisputeStage::Withdrawn,
            (status, 0) if status.starts_with("warning_") => DisputeStage::Inquiry,
            (_, 0) => DisputeStage::Opened,
        },
    ))
}
