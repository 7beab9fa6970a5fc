//! A payment intent, and its charge.

use serde_json::{Value, json};

use super::{Shown, id_or, refund};
use crate::{
    payments::{Checkout, State},
    stripe::expand::Expand,
};

/// The fields of a payment intent that the emulator has no use for: they are null.
const INTENT_UNUSED: [&str; 24] = [
    "allowed_payment_method_types",
    "application",
    "application_fee_amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "customer",
    "customer_account",
    "excluded_payment_method_types",
    "last_payment_error",
    "managed_payments",
    "next_action",
    "on_behalf_of",
    "payment_method_configuration_details",
    "payment_record",
    "processing",
    "review",
    "setup_future_usage",
    "shipping",
    "source",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
];

/// Those of a charge.
const CHARGE_UNUSED: [&str; 18] = [
    "application",
    "application_fee",
    "application_fee_amount",
    "customer",
    "failure_balance_transaction",
    "failure_code",
    "failure_message",
    "on_behalf_of",
    "receipt_email",
    "receipt_number",
    "review",
    "shipping",
    "source",
    "source_transfer",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
];

/// A payment intent, of a session that is complete.
pub(crate) fn intent(checkout: &Checkout, expand: &Expand, shown: Shown<'_>) -> Value {
    let (status, received) = match checkout.state {
        State::Paid => ("succeeded", checkout.minor),
        State::Pending => ("processing", 0),
        _ => ("requires_payment_method", 0),
    };
    let asked = &checkout.asked;
    let object = json!({
        "id": checkout.payment,
        "object": "payment_intent",
        "amount": checkout.minor,
        "amount_capturable": 0,
        "amount_details": { "tip": {} },
        "amount_received": received,
        "capture_method": "automatic_async",
        "client_secret": format!("{}_secret_emulated", checkout.payment),
        "confirmation_method": "automatic",
        "created": checkout.created,
        "currency": checkout.currency,
        "description": asked.get("description"),
        "latest_charge": id_or(expand, "latest_charge", &checkout.charge, |below| {
            charge(checkout, below, shown)
        }),
        "livemode": false,
        "metadata": asked.get("payment_metadata"),
        "payment_method": method_id(checkout),
        "payment_method_options": {},
        "payment_method_types": [method(checkout)],
        "receipt_email": asked.get("receipt_email"),
        "status": status,
    });
    with_nulls(object, &INTENT_UNUSED)
}

/// A charge. Its refunds are in it where that is asked for, and in old API versions always.
pub(crate) fn charge(checkout: &Checkout, expand: &Expand, shown: Shown<'_>) -> Value {
    let is_paid = checkout.state == State::Paid;
    let status = match checkout.state {
        State::Paid => "succeeded",
        State::Pending => "pending",
        _ => "failed",
    };
    let receipt = format!("{}/receipts/{}", shown.base_url, checkout.charge);
    let minor = if is_paid { checkout.minor } else { 0 };
    let mut object = json!({
        "id": checkout.charge,
        "object": "charge",
        "amount": checkout.minor,
        "amount_captured": minor,
        "amount_refunded": checkout.refunded(),
        "balance_transaction": is_paid.then(|| format!("txn_{}", checkout.charge)),
        "billing_details": {
            "address": {
                "city": null, "country": "DE", "line1": null, "line2": null, "postal_code": null, "state": null,
            },
            "email": checkout.email,
            "name": "Emulated Buyer",
            "phone": null,
            "tax_id": null,
        },
        "calculated_statement_descriptor": "EMULATOR",
        "captured": is_paid,
        "created": checkout.created,
        "currency": checkout.currency,
        "description": checkout.asked.get("description"),
        "disputed": checkout.dispute.is_some(),
        "fraud_details": {},
        "livemode": false,
        "metadata": checkout.asked.get("payment_metadata"),
        "outcome": {
            "advice_code": null,
            "network_advice_code": null,
            "network_decline_code": null,
            "network_status": "approved_by_network",
            "reason": null,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": is_paid,
        "payment_intent": id_or(expand, "payment_intent", &checkout.payment, |below| {
            intent(checkout, below, shown)
        }),
        "payment_method": method_id(checkout),
        "payment_method_details": details(checkout),
        "receipt_url": is_paid.then_some(receipt),
        "refunded": is_paid && checkout.left() == 0,
        "status": status,
    });
    object = with_nulls(object, &CHARGE_UNUSED);
    if (shown.is_old || expand.below("refunds").is_some())
        && let Some(fields) = object.as_object_mut()
    {
        let refunds = checkout.refunds.iter().rev();
        let refunds = refunds.map(|one| refund(checkout, one, &Expand::default(), shown));
        let list = json!({
            "object": "list",
            "data": refunds.collect::<Vec<_>>(),
            "has_more": false,
            "url": format!("/v1/charges/{}/refunds", checkout.charge),
        });
        fields.insert("refunds".to_owned(), list);
    }
    object
}

/// The same object, with these fields as null.
fn with_nulls(mut object: Value, names: &[&str]) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.extend(names.iter().map(|name| ((*name).to_owned(), Value::Null)));
    }
    object
}

fn method(checkout: &Checkout) -> &'static str {
    if checkout.is_delayed {
        "sepa_debit"
    } else {
        "card"
    }
}

pub(super) fn method_id(checkout: &Checkout) -> String {
    format!("pm_{}", checkout.payment.trim_start_matches("pi_"))
}

/// The same buyer has the same card.
fn details(checkout: &Checkout) -> Value {
    let email = checkout.email.as_deref().unwrap_or_default();
    let fingerprint: String = crate::ids::base32(email).chars().take(16).collect();
    if checkout.is_delayed {
        let debit = json!({ "country": "DE", "fingerprint": fingerprint, "last4": "3000" });
        return json!({ "sepa_debit": debit, "type": "sepa_debit" });
    }
    json!({
        "card": {
            "amount_authorized": checkout.minor,
            "brand": "visa",
            "country": "US",
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": fingerprint,
            "funding": "credit",
            "last4": "4242",
            "network": "visa",
        },
        "type": "card",
    })
}
