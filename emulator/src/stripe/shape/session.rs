//! A checkout session, and its line items.

use serde_json::{Map, Value, json};

use super::{Shown, id_or, intent};
use crate::{
    payments::{Checkout, State},
    stripe::expand::Expand,
};

/// What an API version of some years ago did not have.
const NEW: [&str; 19] = [
    "adaptive_pricing",
    "branding_settings",
    "collected_information",
    "currency_conversion",
    "custom_fields",
    "custom_text",
    "customer_account",
    "discounts",
    "integration_identifier",
    "invoice",
    "invoice_creation",
    "managed_payments",
    "optional_items",
    "origin_context",
    "payment_method_configuration_details",
    "permissions",
    "saved_payment_method_options",
    "ui_mode",
    "wallet_options",
];

/// A session.
pub(crate) fn session(checkout: &Checkout, expand: &Expand, shown: Shown<'_>) -> Value {
    let mut object = Map::new();
    for part in [about(checkout, shown), state(checkout, shown), unused()] {
        if let Value::Object(part) = part {
            object.extend(part);
        }
    }
    // Before 2022-08-01, a session had its payment intent from the start.
    let intent = if checkout.is_complete() {
        id_or(expand, "payment_intent", &checkout.payment, |below| {
            intent(checkout, below, shown)
        })
    } else if shown.is_old {
        checkout.payment.clone().into()
    } else {
        Value::Null
    };
    object.insert("payment_intent".to_owned(), intent);
    if expand.below("line_items").is_some() {
        let list = json!({
            "object": "list",
            "data": items(checkout),
            "has_more": false,
            "url": format!("/v1/checkout/sessions/{}/line_items", checkout.id),
        });
        object.insert("line_items".to_owned(), list);
    }
    if shown.is_old {
        object.retain(|name, _| !NEW.contains(&name.as_str()));
        object.insert("shipping".to_owned(), Value::Null);
    }
    Value::Object(object)
}

fn about(checkout: &Checkout, shown: Shown<'_>) -> Value {
    let asked = &checkout.asked;
    let address = format!("{}/pay/{}", shown.base_url, checkout.id);
    json!({
        "id": checkout.id,
        "object": "checkout.session",
        "adaptive_pricing": { "enabled": asked.get("adaptive_pricing") },
        "allow_promotion_codes": asked.get("allow_promotion_codes"),
        "amount_subtotal": checkout.minor,
        "amount_total": checkout.minor,
        "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
        "billing_address_collection": asked.get("billing_address_collection"),
        "cancel_url": checkout.cancel_url,
        "client_reference_id": checkout.reference,
        "created": checkout.created,
        "currency": checkout.currency,
        "customer_creation": "if_required",
        "customer_email": asked.get("customer_email"),
        "expires_at": checkout.expires,
        "invoice_creation": { "enabled": false, "invoice_data": {} },
        "livemode": false,
        "locale": asked.get("locale"),
        "metadata": asked.get("metadata"),
        "mode": "payment",
        "payment_method_types": ["card", "sepa_debit"],
        "submit_type": asked.get("submit_type"),
        "success_url": checkout.success_url,
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
        "ui_mode": "hosted_page",
        "url": (checkout.state == State::Open).then_some(address),
    })
}

fn state(checkout: &Checkout, shown: Shown<'_>) -> Value {
    let status = match checkout.state {
        State::Open => "open",
        State::Expired => "expired",
        State::Pending | State::Paid | State::Failed => "complete",
    };
    let payment_status = match checkout.state {
        State::Paid => "paid",
        _ => "unpaid",
    };
    let buyer = checkout.is_complete().then(|| {
        let mut buyer = json!({
            "address": {
                "city": null, "country": "DE", "line1": null, "line2": null, "postal_code": null, "state": null,
            },
            "email": checkout.email,
            "name": "Emulated Buyer",
            "phone": null,
            "tax_exempt": "none",
            "tax_ids": [],
        });
        if let (Some(fields), false) = (buyer.as_object_mut(), shown.is_old) {
            fields.insert("business_name".to_owned(), Value::Null);
            fields.insert("individual_name".to_owned(), Value::Null);
        }
        buyer
    });
    json!({ "status": status, "payment_status": payment_status, "customer_details": buyer })
}

/// What the emulator has no use for.
fn unused() -> Value {
    json!({
        "after_expiration": null,
        "allowed_payment_method_types": null,
        "client_secret": null,
        "collected_information": null,
        "consent": null,
        "consent_collection": null,
        "currency_conversion": null,
        "custom_fields": [],
        "custom_text": {
            "after_submit": null, "shipping_address": null, "submit": null,
            "terms_of_service_acceptance": null,
        },
        "customer": null,
        "customer_account": null,
        "discounts": [],
        "integration_identifier": null,
        "invoice": null,
        "managed_payments": { "enabled": false },
        "origin_context": null,
        "payment_link": null,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": null,
        "payment_method_options": {},
        "permissions": null,
        "phone_number_collection": { "enabled": false },
        "recovered_from": null,
        "saved_payment_method_options": null,
        "setup_intent": null,
        "shipping_address_collection": null,
        "shipping_cost": null,
        "shipping_options": [],
        "subscription": null,
        "wallet_options": null,
    })
}

/// What is bought.
pub(crate) fn items(checkout: &Checkout) -> Vec<Value> {
    let asked = checkout.asked.get("line_items").and_then(Value::as_array);
    let items = asked.into_iter().flatten().enumerate();
    items
        .map(|(place, item)| self::item(checkout, place, item))
        .collect()
}

fn item(checkout: &Checkout, place: usize, item: &Value) -> Value {
    let at = |path: &str| item.pointer(path).cloned().unwrap_or(Value::Null);
    let number = |path: &str| at(path).as_u64().unwrap_or(0);
    let unit = number("/price_data/unit_amount");
    let sum = unit.saturating_mul(number("/quantity"));
    let tax_behavior = match at("/price_data/tax_behavior") {
        Value::Null => "unspecified".into(),
        given => given,
    };
    json!({
        "id": format!("li_{place}{}", checkout.id.trim_start_matches("cs_test_")),
        "object": "item",
        "adjustable_quantity": null,
        "amount_discount": 0,
        "amount_subtotal": sum,
        "amount_tax": 0,
        "amount_total": sum,
        "currency": checkout.currency,
        "description": at("/price_data/product_data/name"),
        "metadata": {},
        "price": {
            "id": format!("price_{place}{}", checkout.charge.trim_start_matches("ch_")),
            "object": "price",
            "active": false,
            "billing_scheme": "per_unit",
            "created": checkout.created,
            "currency": checkout.currency,
            "custom_unit_amount": null,
            "livemode": false,
            "lookup_key": null,
            "metadata": {},
            "nickname": null,
            "product": format!("prod_{place}{}", checkout.payment.trim_start_matches("pi_")),
            "recurring": null,
            "tax_behavior": tax_behavior,
            "tiers_mode": null,
            "transform_quantity": null,
            "type": "one_time",
            "unit_amount": unit,
            "unit_amount_decimal": unit.to_string(),
        },
        "quantity": at("/quantity"),
    })
}
