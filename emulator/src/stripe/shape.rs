//! Stripe's objects, as its API and its events have them.

mod charge;
mod session;

use serde_json::{Value, json};

pub(crate) use self::{
    charge::{charge, intent},
    session::{items, session},
};
use super::expand::Expand;
use crate::payments::{Checkout, Dispute, Refund, Stage, checkout::Contest};

/// How objects are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// Where the pages are.
    pub(crate) base_url: &'a str,
    /// Whether in the shape of an API version of some years ago.
    pub(crate) is_old: bool,
}

impl<'a> Shown<'a> {
    pub(crate) fn new(base_url: &'a str) -> Self {
        Self {
            base_url,
            is_old: false,
        }
    }
}

/// An id, or the object of it.
fn id_or(expand: &Expand, name: &str, id: &str, object: impl FnOnce(&Expand) -> Value) -> Value {
    match expand.below(name) {
        Some(below) => object(&below),
        None => id.into(),
    }
}

/// A refund.
pub(crate) fn refund(
    checkout: &Checkout,
    refund: &Refund,
    expand: &Expand,
    shown: Shown<'_>,
) -> Value {
    let status = match refund.stage {
        Stage::Pending => "pending",
        Stage::Succeeded => "succeeded",
        Stage::Failed => "failed",
    };
    let mut object = json!({
        "id": refund.id,
        "object": "refund",
        "amount": refund.minor,
        "balance_transaction": format!("txn_{}", refund.id),
        "charge": id_or(expand, "charge", &checkout.charge, |below| charge(checkout, below, shown)),
        "created": refund.created,
        "currency": checkout.currency,
        "metadata": refund.metadata,
        "payment_intent": id_or(expand, "payment_intent", &checkout.payment, |below| {
            intent(checkout, below, shown)
        }),
        "reason": refund.reason,
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": status,
        "transfer_reversal": null,
    });
    if let Some(fields) = object.as_object_mut() {
        if refund.stage == Stage::Failed {
            fields.insert("failure_reason".to_owned(), "unknown".into());
        }
        if !shown.is_old {
            fields.insert("customer".to_owned(), Value::Null);
            fields.insert("customer_account".to_owned(), Value::Null);
            fields.insert(
                "payment_method".to_owned(),
                charge::method_id(checkout).into(),
            );
            let card = json!({ "card": { "type": "refund" }, "type": "card" });
            fields.insert("destination_details".to_owned(), card);
        }
    }
    object
}

/// A dispute.
pub(crate) fn dispute(
    checkout: &Checkout,
    dispute: &Dispute,
    expand: &Expand,
    shown: Shown<'_>,
) -> Value {
    const WEEK: u64 = 7 * 24 * 60 * 60;
    let status = match dispute.stage {
        Contest::Inquiry => "warning_needs_response",
        Contest::InquiryClosed => "warning_closed",
        Contest::Opened => "needs_response",
        Contest::Won => "won",
        Contest::Lost => "lost",
        Contest::Prevented => "prevented",
    };
    let is_over = !matches!(dispute.stage, Contest::Inquiry | Contest::Opened);
    let mut object = json!({
        "id": dispute.id,
        "object": "dispute",
        "amount": dispute.minor,
        "balance_transactions": balance(checkout, dispute),
        "charge": id_or(expand, "charge", &checkout.charge, |below| charge(checkout, below, shown)),
        "created": dispute.created,
        "currency": checkout.currency,
        "evidence": {},
        "evidence_details": {
            "due_by": (!is_over).then_some(dispute.created.saturating_add(WEEK)),
            "has_evidence": false,
            "past_due": false,
            "submission_count": 0,
        },
        "is_charge_refundable": !dispute.stage.holds_money() && checkout.left() > 0,
        "livemode": false,
        "metadata": {},
        "payment_intent": id_or(expand, "payment_intent", &checkout.payment, |below| {
            intent(checkout, below, shown)
        }),
        "reason": "fraudulent",
        "status": status,
    });
    if let Some(fields) = object.as_object_mut()
        && !shown.is_old
    {
        fields.insert("enhanced_eligibility_types".to_owned(), json!([]));
        fields.insert("intended_submission_method".to_owned(), Value::Null);
        fields.insert("network_reason_code".to_owned(), "10.4".into());
    }
    object
}

/// What a dispute has moved: nothing, the amount and a fee, and both back again.
fn balance(checkout: &Checkout, dispute: &Dispute) -> Value {
    let minor = i64::try_from(dispute.minor).unwrap_or(i64::MAX);
    let moved = |number: u8, amount: i64| {
        json!({
            "id": format!("txn_{}_{number}", dispute.id),
            "object": "balance_transaction",
            "amount": amount,
            "currency": checkout.currency,
            "created": dispute.changed,
            "reporting_category": "dispute",
            "source": dispute.id,
            "type": "adjustment",
        })
    };
    match dispute.stage {
        Contest::Opened | Contest::Lost => json!([moved(0, minor.saturating_neg())]),
        Contest::Won => json!([moved(0, minor.saturating_neg()), moved(1, minor)]),
        Contest::Inquiry | Contest::InquiryClosed | Contest::Prevented => json!([]),
    }
}

/// A bank's warning that a charge is fraud.
pub(crate) fn warning(checkout: &Checkout, id: &str, now: u64) -> Value {
    json!({
        "id": id,
        "object": "radar.early_fraud_warning",
        "actionable": checkout.dispute.is_none() && checkout.left() > 0,
        "charge": checkout.charge,
        "created": now,
        "fraud_type": "made_with_stolen_card",
        "livemode": false,
        "payment_intent": checkout.payment,
    })
}
