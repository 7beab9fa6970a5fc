//! Stripe's events: which concern us, and what they say.

use serde_json::Value;

use super::id_of;
use crate::domain::money::Currency;
use crate::domain::order::{DisputeStage, RefundStage, Reversal, ReversalKind};
use crate::processor::{Called, Happening};

/// What an event says. `None` for what is no event.
pub(super) fn read(body: &[u8]) -> Option<Called> {
    let event: Value = serde_json::from_slice(body).ok()?;
    let kind = event.get("type")?.as_str()?;
    // Thin events (`v2.core.event`) have another shape, and nothing that we subscribe to.
    let Some(object) = event.pointer("/data/object") else {
        let is_live = event
            .get("livemode")
            .and_then(Value::as_bool)
            .unwrap_or_default();
        return Some(Called {
            is_live,
            happening: Happening::Ignored(kind.into()),
        });
    };
    let is_live = event.get("livemode")?.as_bool()?;
    let happening = match kind {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.expired" => Happening::Session {
            id: id_of(Some(object))?,
        },
        "checkout.session.async_payment_failed" => Happening::PaymentFailed {
            session: id_of(Some(object))?,
        },
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            reversed(object, ReversalKind::Refund(refund_stage(kind, object)?))?
        }
        kind if kind.starts_with("charge.dispute.") => match dispute_stage(kind, object) {
            Some(stage) => reversed(object, ReversalKind::Dispute(stage))?,
            None => Happening::Ignored(kind.into()),
        },
        // A charge's own refund event counts what was refunded before, too.
        _ => Happening::Ignored(kind.into()),
    };
    Some(Called { is_live, happening })
}

/// Money of what was not bought here has no payment, or one that is no order's: that is for the order to say. A currency
/// that no offer has is no order's either.
fn reversed(object: &Value, kind: ReversalKind) -> Option<Happening> {
    let code = object.get("currency")?.as_str()?;
    let payment = id_of(object.get("payment_intent")).or_else(|| id_of(object.get("charge")));
    let (Ok(currency), Some(payment)) = (Currency::parse(code), payment) else {
        return Some(Happening::Ignored(format!(
            "a reversal in {code} of no payment of ours"
        )));
    };
    let reversal = Reversal {
        id: id_of(Some(object))?,
        kind,
        minor: object.get("amount")?.as_u64()?,
    };
    Some(Happening::Reversed {
        payment,
        currency,
        reversal,
    })
}

fn refund_stage(kind: &str, object: &Value) -> Option<RefundStage> {
    Some(match object.get("status")?.as_str()? {
        _ if kind == "refund.failed" => RefundStage::Undone,
        "failed" | "canceled" => RefundStage::Undone,
        "succeeded" => RefundStage::Succeeded,
        // `pending`, `requires_action`, and what is still to come.
        _ => RefundStage::Pending,
    })
}

/// An inquiry moves no money; what its kind says of money counts more than its status, which may be of another moment.
fn dispute_stage(kind: &str, object: &Value) -> Option<DisputeStage> {
    let status = object
        .get("status")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match kind {
        "charge.dispute.funds_withdrawn" => Some(DisputeStage::Withdrawn),
        "charge.dispute.funds_reinstated" => Some(DisputeStage::Reinstated),
        "charge.dispute.closed" => Some(match status {
            "lost" => DisputeStage::Lost,
            // `won`, `warning_closed`, `prevented`: the money is here.
            _ => DisputeStage::Won,
        }),
        "charge.dispute.created" | "charge.dispute.updated" if status.starts_with("warning_") => {
            Some(DisputeStage::Inquiry)
        }
        "charge.dispute.created" => Some(DisputeStage::Opened),
        _ => None,
    }
}
