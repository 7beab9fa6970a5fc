//! Polar's objects, as its API and its events have them.

use serde_json::{Value, json};

use super::{
    PRODUCT,
    checkouts::{LIMITS, USUAL},
};
use crate::{
    clock::iso8601_of,
    ids,
    payments::{Checkout, Dispute, Refund, Stage, State, checkout::Contest},
};

pub(crate) const PRODUCT_NAME: &str = "Credits";
const ORGANIZATION: &str = "c4ed1700-0000-4000-8000-000000000002";
const PRICE: &str = "c4ed1700-0000-4000-8000-000000000003";
/// When the product was made, in Unix seconds.
const PRODUCT_CREATED: u64 = 1_790_000_000;

/// The fields of a checkout that the emulator has no use for: they are null.
const CHECKOUT_UNUSED: [&str; 24] = [
    "active_trial_interval",
    "active_trial_interval_count",
    "allow_trial",
    "attached_custom_fields",
    "customer_billing_address",
    "customer_billing_name",
    "customer_tax_id",
    "discount",
    "discount_id",
    "embed_origin",
    "max_seats",
    "max_units",
    "min_seats",
    "min_units",
    "payment_method_type",
    "prices",
    "seats",
    "subscription_id",
    "tax_behavior",
    "trial_end",
    "trial_interval",
    "trial_interval_count",
    "units",
    "customer_id",
];
/// Those of an order.
const ORDER_UNUSED: [&str; 8] = [
    "discount",
    "discount_id",
    "next_payment_attempt_at",
    "receipt_number",
    "seats",
    "subscription",
    "subscription_id",
    "units",
];

/// A checkout.
pub(crate) fn checkout(checkout: &Checkout, base_url: &str) -> Value {
    let status = match checkout.state {
        State::Open => "open",
        State::Pending => "confirmed",
        State::Paid => "succeeded",
        State::Failed => "failed",
        State::Expired => "expired",
    };
    let asked = |name: &str| checkout.asked.get(name).cloned().unwrap_or_default();
    let mut object = json!({
        "id": checkout.id,
        "created_at": iso8601_of(checkout.created),
        "modified_at": modified(checkout.created, checkout.changed),
        "payment_processor": "stripe",
        "status": status,
        "client_secret": format!("polar_c_{}", checkout.id.replace('-', "")),
        "url": format!("{base_url}/pay/{}", checkout.id),
        "expires_at": iso8601_of(checkout.expires),
        "success_url": checkout.success_url.replace("{CHECKOUT_ID}", &checkout.id),
        "return_url": checkout.cancel_url,
        "amount": checkout.minor,
        "discount_amount": 0,
        "net_amount": checkout.minor,
        "tax_amount": 0,
        "total_amount": checkout.minor,
        "currency": checkout.currency,
        "organization_id": ORGANIZATION,
        "product_id": PRODUCT,
        "product_price_id": PRICE,
        "allow_discount_codes": asked("allow_discount_codes"),
        "require_billing_address": asked("require_billing_address"),
        "is_discount_applicable": true,
        "is_free_product_price": false,
        "is_payment_required": true,
        "is_payment_setup_required": false,
        "is_payment_form_required": true,
    });
    let buyer = json!({
        "is_business_customer": asked("is_business_customer"),
        "customer_name": asked("customer_name"),
        "customer_email": checkout.email,
        "customer_ip_address": asked("customer_ip_address"),
        "customer_metadata": asked("customer_metadata"),
        "external_customer_id": asked("external_customer_id"),
        "locale": asked("locale"),
        "metadata": asked("metadata"),
        "custom_field_data": {},
        "payment_processor_metadata": {},
        "billing_address_fields": {
            "country": "required", "state": "disabled", "city": "disabled",
            "postal_code": "disabled", "line1": "disabled", "line2": "disabled",
        },
        "products": [offered(checkout)],
        "product": offered(checkout),
        "product_price": price(checkout),
    });
    extend(&mut object, buyer, &CHECKOUT_UNUSED);
    object
}

/// An order: what was paid.
pub(crate) fn order(checkout: &Checkout) -> Value {
    let done = checkout
        .refunds
        .iter()
        .filter(|refund| refund.stage == Stage::Succeeded);
    let refunded = done.fold(0_u64, |sum, refund| sum.saturating_add(refund.minor));
    let status = match refunded {
        0 => "paid",
        some if some < checkout.minor => "partially_refunded",
        _ => "refunded",
    };
    let created = iso8601_of(checkout.created);
    let mut object = json!({
        "id": checkout.charge,
        "created_at": created,
        "modified_at": modified(checkout.created, checkout.changed),
        "status": status,
        "paid": true,
        "subtotal_amount": checkout.minor,
        "discount_amount": 0,
        "net_amount": checkout.minor,
        "tax_amount": 0,
        "total_amount": checkout.minor,
        "applied_balance_amount": 0,
        "due_amount": checkout.minor,
        "refunded_amount": refunded,
        "refunded_tax_amount": 0,
        "refundable_amount": checkout.left(),
        "refundable_tax_amount": 0,
        "currency": checkout.currency,
        "billing_reason": "purchase",
        "billing_name": "Emulated Buyer",
        "billing_address": { "country": "DE" },
        "invoice_number": format!("EMULATED-{}", checkout.created),
        "is_invoice_generated": false,
        "customer_id": customer_id(checkout),
        "product_id": PRODUCT,
        "checkout_id": checkout.id,
    });
    let rest = json!({
        "metadata": checkout.asked.get("metadata"),
        "custom_field_data": {},
        "platform_fee_amount": 0,
        "platform_fee_currency": null,
        "customer": customer(checkout),
        "product": product(),
        "items": [{
            "created_at": created,
            "modified_at": null,
            "id": ids::uuid(&format!("item {}", checkout.charge)),
            "label": PRODUCT_NAME,
            "amount": checkout.minor,
            "tax_amount": 0,
            "proration": false,
            "product_price_id": PRICE,
            "start_timestamp": null,
            "end_timestamp": null,
        }],
        "description": PRODUCT_NAME,
    });
    extend(&mut object, rest, &ORDER_UNUSED);
    object
}

/// A refund. One that has prevented a dispute names it.
pub(crate) fn refund(checkout: &Checkout, refund: &Refund) -> Value {
    let status = match refund.stage {
        Stage::Pending => "pending",
        Stage::Succeeded => "succeeded",
        Stage::Failed => "failed",
    };
    let reason = refund.reason.as_deref().unwrap_or("customer_request");
    let dispute = checkout.dispute.as_ref().filter(|_| refund.prevents);
    json!({
        "created_at": iso8601_of(refund.created),
        "modified_at": modified(refund.created, refund.changed),
        "id": refund.id,
        "metadata": refund.metadata,
        "status": status,
        "reason": if refund.prevents { "dispute_prevention" } else { reason },
        "amount": refund.minor,
        "tax_amount": 0,
        "currency": checkout.currency,
        "organization_id": ORGANIZATION,
        "order_id": checkout.charge,
        "subscription_id": null,
        "customer_id": customer_id(checkout),
        "revoke_benefits": refund.prevents,
        "dispute": dispute.map(|dispute| contested(checkout, dispute)),
    })
}

/// The dispute of an order, with whose it is.
pub(crate) fn dispute(checkout: &Checkout) -> Option<Value> {
    let mut object = contested(checkout, checkout.dispute.as_ref()?);
    let more = json!({ "customer": customer(checkout), "case_id": null });
    extend(&mut object, more, &[]);
    Some(object)
}

fn contested(checkout: &Checkout, dispute: &Dispute) -> Value {
    const WEEK: u64 = 7 * 24 * 60 * 60;
    let (status, resolved, closed) = match dispute.stage {
        Contest::Inquiry => ("early_warning", false, false),
        Contest::Opened => ("needs_response", false, false),
        Contest::Won | Contest::InquiryClosed => ("won", true, true),
        Contest::Lost => ("lost", true, true),
        Contest::Prevented => ("prevented", false, true),
    };
    let due = iso8601_of(dispute.created.saturating_add(WEEK));
    json!({
        "created_at": iso8601_of(dispute.created),
        "modified_at": modified(dispute.created, dispute.changed),
        "id": dispute.id,
        "status": status,
        "resolved": resolved,
        "closed": closed,
        "amount": dispute.minor,
        "tax_amount": 0,
        "currency": checkout.currency,
        "reason": "fraudulent",
        "evidence_due_by": (status == "needs_response").then_some(due),
        "past_due": false,
        "order_id": checkout.charge,
        "payment_id": checkout.payment,
    })
}

fn extend(object: &mut Value, more: Value, nulls: &[&str]) {
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
        object.extend(nulls.iter().map(|name| ((*name).to_owned(), Value::Null)));
    }
}

fn modified(created: u64, changed: u64) -> Option<String> {
    (created != changed).then(|| iso8601_of(changed))
}

fn customer_id(checkout: &Checkout) -> String {
    ids::uuid(&format!(
        "customer {}",
        checkout.email.as_deref().unwrap_or_default()
    ))
}

fn customer(checkout: &Checkout) -> Value {
    json!({
        "id": customer_id(checkout),
        "created_at": iso8601_of(checkout.created),
        "modified_at": null,
        "metadata": checkout.asked.get("customer_metadata"),
        "external_id": checkout.asked.get("external_customer_id"),
        "email": checkout.email,
        "email_verified": false,
        "type": "individual",
        "name": checkout.asked.get("customer_name"),
        "billing_name": "Emulated Buyer",
        "billing_address": { "country": "DE" },
        "tax_id": null,
        "locale": null,
        "organization_id": ORGANIZATION,
        "default_payment_method_id": null,
        "deleted_at": null,
        "first_user_event_at": null,
        "avatar_url": null,
    })
}

fn product() -> Value {
    json!({
        "metadata": {},
        "id": PRODUCT,
        "created_at": iso8601_of(PRODUCT_CREATED),
        "modified_at": null,
        "trial_interval": null,
        "trial_interval_count": null,
        "name": PRODUCT_NAME,
        "description": null,
        "visibility": "public",
        "recurring_interval": null,
        "recurring_interval_count": null,
        "meter_interval": null,
        "meter_interval_count": null,
        "is_recurring": false,
        "is_archived": false,
        "organization_id": ORGANIZATION,
    })
}

/// The product on a checkout, with what it costs.
fn offered(checkout: &Checkout) -> Value {
    let mut product = product();
    let more = json!({ "prices": [price(checkout)], "benefits": [], "medias": [] });
    extend(&mut product, more, &[]);
    if let Some(fields) = product.as_object_mut() {
        fields.remove("metadata");
    }
    product
}

fn price(checkout: &Checkout) -> Value {
    json!({
        "created_at": iso8601_of(PRODUCT_CREATED),
        "modified_at": null,
        "id": PRICE,
        "source": "catalog",
        "amount_type": "custom",
        "price_currency": checkout.currency,
        "tax_behavior": null,
        "is_archived": false,
        "product_id": PRODUCT,
        "minimum_amount": LIMITS.0,
        "maximum_amount": null,
        "preset_amount": USUAL,
    })
}
