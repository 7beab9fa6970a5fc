//! `/v1/checkout/sessions`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State as Shared},
    http::HeaderMap,
    response::Response,
};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    STRIPE,
    call::{Called, Done, post, query},
    error::{ApiError, denied},
    expand::{Expand, Object},
    list::{PAGE, page},
    params::{Params, RANGE, TIME},
    shape::{self, Shown},
};
use crate::{
    address::is_address,
    clock,
    payments::{Checkout, Fault, New, State, books},
    schema::{Field, Kind, optional, required},
    world::World,
};

const PATH: &str = "/v1/checkout/sessions";
/// The longest texts, in characters: of an address, of a name, and of the merchant's own id.
const ADDRESS: usize = 5_000;
const NAME: usize = 250;
const REFERENCE: usize = 200;
/// The highest price, in minor units.
const MOST: i64 = 99_999_999;
/// The lowest total, in minor units. Stripe converts half a US dollar; this is near enough.
const LEAST: u64 = 50;
/// How soon and how late a session may expire, in seconds.
const LIFETIME: (u64, u64) = (30 * 60, 24 * 60 * 60);

const PRODUCT: &[Field] = &[
    required("name", Kind::Text(NAME)),
    optional("description", Kind::Text(ADDRESS)),
    optional("images", Kind::Any),
    optional("metadata", Kind::Any),
    optional("tax_code", Kind::Text(255)),
];
const PRICE: &[Field] = &[
    required("currency", Kind::Text(3)),
    required("unit_amount", Kind::Integer(0, MOST)),
    required("product_data", Kind::Object(PRODUCT)),
    optional(
        "tax_behavior",
        Kind::Choice(&["exclusive", "inclusive", "unspecified"]),
    ),
];
const ITEM: &[Field] = &[
    required("price_data", Kind::Object(PRICE)),
    required("quantity", Kind::Integer(1, 999_999)),
];
const INTENT: &[Field] = &[
    optional("description", Kind::Text(1_000)),
    optional("metadata", Kind::Any),
    optional("receipt_email", Kind::Text(ADDRESS)),
    optional("statement_descriptor", Kind::Text(22)),
    optional("statement_descriptor_suffix", Kind::Text(22)),
];
const SWITCH: &[Field] = &[required("enabled", Kind::Flag)];
const FIELDS: &[Field] = &[
    required("mode", Kind::Choice(&["payment"])),
    required("line_items", Kind::Objects(1, 100, ITEM)),
    required("success_url", Kind::Text(ADDRESS)),
    optional("cancel_url", Kind::Text(ADDRESS)),
    optional("client_reference_id", Kind::Text(REFERENCE)),
    optional("metadata", Kind::Any),
    optional("payment_intent_data", Kind::Object(INTENT)),
    optional("customer_email", Kind::Text(512)),
    optional("customer_creation", Kind::Choice(&["if_required"])),
    optional("expires_at", TIME),
    optional("adaptive_pricing", Kind::Object(SWITCH)),
    optional("allow_promotion_codes", Kind::Flag),
    optional(
        "billing_address_collection",
        Kind::Choice(&["auto", "required"]),
    ),
    optional("locale", Kind::Text(10)),
    optional(
        "submit_type",
        Kind::Choice(&["auto", "book", "donate", "pay", "subscribe"]),
    ),
    optional("ui_mode", Kind::Choice(&["hosted_page"])),
    optional("expand", Kind::Any),
];

/// `POST /v1/checkout/sessions`.
pub(crate) async fn create(
    _called: Called,
    Shared(world): Shared<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let work = |asked| make(&world, asked);
    post(&world, PATH, &headers, &body, work).await
}

fn make(world: &Arc<World>, asked: Map<String, Value>) -> Result<Done, ApiError> {
    let params = Params::check(asked, FIELDS)?;
    let new = read(&params)?;
    let expand = Expand::of(Object::Session, &params.texts("expand"))?;
    let email = new.email.clone();
    let faults = world.change(|memory| memory.books.strike(&STRIPE, email.as_deref()));
    if faults.has(Fault::RateLimit) {
        return Err(ApiError::RateLimit);
    }
    if faults.has(Fault::Error) {
        return Err(ApiError::Internal);
    }
    let checkout = books::open(world, &STRIPE, new, &faults);
    Ok(Done {
        body: shown(world, &checkout, &expand),
        hangs: faults.has(Fault::Hang),
    })
}

fn read(params: &Params) -> Result<New, ApiError> {
    for name in ["success_url", "cancel_url"] {
        if params
            .text(name)
            .is_some_and(|address| !address.is_ascii() || Url::parse(address).is_err())
        {
            return Err(ApiError::Parameter {
                code: Some("url_invalid"),
                message: "Not a valid URL".to_owned(),
                param: Some(name.to_owned()),
            });
        }
    }
    let email = params.owned("customer_email");
    if let Some(email) = email.as_deref().filter(|email| !is_address(email)) {
        return Err(ApiError::Parameter {
            code: Some("email_invalid"),
            message: format!("Invalid email address: {email}"),
            param: Some("customer_email".to_owned()),
        });
    }
    params.metadata("metadata")?;
    params.metadata("payment_intent_data.metadata")?;
    let (minor, currency) = total(params)?;
    let name = params.owned("line_items.0.price_data.product_data.name");
    Ok(New {
        reference: params.owned("client_reference_id"),
        name: name.unwrap_or_default(),
        minor,
        currency,
        email,
        success_url: params.owned("success_url").unwrap_or_default(),
        cancel_url: params.owned("cancel_url"),
        lifetime: lifetime(params, clock::unix_seconds(clock::now()))?,
        asked: asked(params)?,
    })
}

/// What the session's objects show of the request.
fn asked(params: &Params) -> Result<Value, ApiError> {
    Ok(json!({
        "line_items": params.get("line_items"),
        "metadata": params.metadata("metadata")?,
        "payment_metadata": params.metadata("payment_intent_data.metadata")?,
        "description": params.text("payment_intent_data.description"),
        "receipt_email": params.text("payment_intent_data.receipt_email"),
        "adaptive_pricing": params.flag("adaptive_pricing.enabled").unwrap_or(true),
        "allow_promotion_codes": params.flag("allow_promotion_codes"),
        "billing_address_collection": params.text("billing_address_collection"),
        "customer_email": params.text("customer_email"),
        "locale": params.text("locale"),
        "submit_type": params.text("submit_type"),
    }))
}

/// What all items cost together, in one currency.
fn total(params: &Params) -> Result<(u64, String), ApiError> {
    let currency = params
        .text("line_items.0.price_data.currency")
        .unwrap_or_default();
    let is_code = currency.len() == 3 && currency.chars().all(|c| c.is_ascii_lowercase());
    let currency_param = "line_items[0][price_data][currency]";
    if !is_code {
        let words = format!("Invalid currency: {currency}.");
        return Err(ApiError::parameter(currency_param, words));
    }
    let items = params.get("line_items").and_then(Value::as_array);
    let mut sum: u64 = 0;
    for item in items.into_iter().flatten() {
        let number = |path: &str| item.pointer(path).and_then(Value::as_u64).unwrap_or(0);
        let price = number("/price_data/unit_amount").saturating_mul(number("/quantity"));
        sum = sum.saturating_add(price);
        if item.pointer("/price_data/currency").and_then(Value::as_str) != Some(currency) {
            let words = "All line items must have the same currency.";
            return Err(ApiError::parameter(currency_param, words));
        }
    }
    if sum < LEAST {
        return Err(ApiError::Parameter {
            code: Some("amount_too_small"),
            message: format!("The Checkout Session's total amount must be at least {LEAST}."),
            param: None,
        });
    }
    Ok((sum, currency.to_owned()))
}

fn lifetime(params: &Params, now: u64) -> Result<u64, ApiError> {
    let (least, most) = LIFETIME;
    let Some(at) = params.number("expires_at") else {
        return Ok(most);
    };
    let lifetime = at.saturating_sub(now);
    let words = if lifetime < least {
        "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
    } else if lifetime > most {
        "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
    } else {
        return Ok(lifetime);
    };
    Err(ApiError::parameter("expires_at", words))
}

fn shown(world: &World, checkout: &Checkout, expand: &Expand) -> Value {
    let base_url = world.provider_url("stripe");
    shape::session(checkout, expand, Shown::new(&base_url))
}

fn found(world: &World, id: &str) -> Result<Checkout, ApiError> {
    let memory = world.memory();
    let found = memory
        .books
        .find(&STRIPE, id)
        .filter(|checkout| checkout.id == id);
    let no_such = || ApiError::NoSuch("checkout.session", id.to_owned(), None);
    found.cloned().ok_or_else(no_such)
}

/// `GET /v1/checkout/sessions/{id}`.
pub(crate) async fn show(
    _called: Called,
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let fields = [optional("expand", Kind::Any)];
    let params = Params::check(query(asked.as_deref())?, &fields)?;
    let expand = Expand::of(Object::Session, &params.texts("expand"))?;
    Ok(Json(shown(&world, &found(&world, &id)?, &expand)))
}

/// `GET /v1/checkout/sessions/{id}/line_items`.
pub(crate) async fn line_items(
    _called: Called,
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let params = Params::check(query(asked.as_deref())?, &PAGE)?;
    let checkout = found(&world, &id)?;
    let url = format!("{PATH}/{id}/line_items");
    page(&params, "item", &url, &shape::items(&checkout)).map(Json)
}

/// `POST /v1/checkout/sessions/{id}/expire`.
pub(crate) async fn expire(
    _called: Called,
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let path = format!("{PATH}/{id}/expire");
    let work = |asked| {
        let params = Params::check(asked, &[optional("expand", Kind::Any)])?;
        let expand = Expand::of(Object::Session, &params.texts("expand"))?;
        let checkout = found(&world, &id)?;
        books::expire(&world, &STRIPE, &id).map_err(|no| denied(no, &checkout.charge))?;
        Ok(shown(&world, &found(&world, &id)?, &expand).into())
    };
    post(&world, &path, &headers, &body, work).await
}

/// `GET /v1/checkout/sessions`.
pub(crate) async fn list(
    _called: Called,
    Shared(world): Shared<Arc<World>>,
    RawQuery(asked): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let own = [
        optional("created", Kind::Object(RANGE)),
        optional("status", Kind::Choice(&["open", "complete", "expired"])),
        optional("payment_intent", Kind::Text(255)),
    ];
    let params = Params::check(query(asked.as_deref())?, &[&PAGE[..], &own].concat())?;
    let expand = Expand::of_list(Object::Session, &params.texts("expand"))?;
    let status = |checkout: &Checkout| match checkout.state {
        State::Open => "open",
        State::Expired => "expired",
        _ => "complete",
    };
    let is_meant = |checkout: &&Checkout| {
        let intent = params.text("payment_intent");
        params.spans(checkout.created)
            && params
                .text("status")
                .is_none_or(|wanted| wanted == status(checkout))
            && intent.is_none_or(|id| checkout.is_complete() && checkout.payment == id)
    };
    let all: Vec<Checkout> = {
        let memory = world.memory();
        let all = memory.books.checkouts(&STRIPE).rev().filter(is_meant);
        all.cloned().collect()
    };
    let all: Vec<Value> = all
        .iter()
        .map(|checkout| shown(&world, checkout, &expand))
        .collect();
    page(&params, "checkout.session", PATH, &all).map(Json)
}
