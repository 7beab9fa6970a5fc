//! `/v1/checkouts/`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State as Shared},
    http::StatusCode,
};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use url::Url;

use super::{POLAR, PRODUCT, error::ApiError, list::Asked, shape};
use crate::{
    address::is_address,
    auth::Caller,
    payments::{Checkout, Fault, New, books},
    schema::{self, Field, Kind, optional, required},
    world::World,
};

/// How long a checkout can be paid, in seconds.
const LIFETIME: u64 = 60 * 60;
/// The price where the merchant does not say, and its limits, in minor units.
pub(crate) const USUAL: u64 = 500;
pub(crate) const LIMITS: (i64, i64) = (50, 99_999_999);
/// How many keys of metadata there may be, and how long they and their texts, in characters.
const METADATA: (usize, usize, usize) = (50, 40, 500);

const FIELDS: &[Field] = &[
    required("products", Kind::Pictures(1, 10, schema::anything)),
    optional("amount", Kind::Integer(LIMITS.0, LIMITS.1)),
    optional("currency", Kind::Text(3)),
    optional("metadata", Kind::Any),
    optional("customer_metadata", Kind::Any),
    optional("external_customer_id", Kind::Text(255)),
    optional("customer_email", Kind::Text(320)),
    optional("customer_name", Kind::Text(255)),
    optional("customer_ip_address", Kind::Text(45)),
    optional("is_business_customer", Kind::Flag),
    optional("allow_discount_codes", Kind::Flag),
    optional("require_billing_address", Kind::Flag),
    optional("success_url", Kind::Text(2_083)),
    optional("return_url", Kind::Text(2_083)),
    optional("locale", Kind::Text(10)),
];

/// `POST /v1/checkouts/`.
pub(crate) async fn create(
    _caller: Caller<ApiError>,
    Shared(world): Shared<Arc<World>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let asked = object(&body)?;
    let new = read(&world, &asked)?;
    let email = new.email.clone();
    let faults = world.change(|memory| memory.books.strike(&POLAR, email.as_deref()));
    if faults.has(Fault::RateLimit) {
        return Err(ApiError::RateLimit);
    }
    if faults.has(Fault::Error) {
        return Err(ApiError::Internal);
    }
    let checkout = books::open(&world, &POLAR, new, &faults);
    if faults.has(Fault::Hang) {
        world.stopped().await;
    }
    Ok((StatusCode::CREATED, Json(shown(&world, &checkout))))
}

/// The body, which must be an object.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(ApiError::of_body("0", "Input should be a valid dictionary")),
    }
}

/// Metadata within Polar's limits: texts, numbers and flags.
pub(crate) fn metadata(object: &Map<String, Value>, name: &str) -> Result<Value, ApiError> {
    let (most, key, length) = METADATA;
    let is_good = |(name, value): (&String, &Value)| {
        let is_value = match value {
            Value::String(text) => text.chars().count() <= length,
            other => other.is_number() || other.is_boolean(),
        };
        is_value && name.chars().count() <= key
    };
    match object.get(name).filter(|value| !value.is_null()) {
        None => Ok(json!({})),
        Some(Value::Object(given)) if given.len() <= most && given.iter().all(is_good) => {
            Ok(given.clone().into())
        }
        Some(_) => Err(ApiError::of_body(name, "Input should be valid metadata")),
    }
}

fn read(world: &World, object: &Map<String, Value>) -> Result<New, ApiError> {
    schema::check(FIELDS, object).map_err(|breach| ApiError::breach("body", &breach))?;
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let products = object.get("products").and_then(Value::as_array);
    let unknown = products
        .into_iter()
        .flatten()
        .position(|product| product != PRODUCT);
    if let Some(place) = unknown {
        return Err(ApiError::of_body(
            &format!("products.{place}"),
            "Product does not exist.",
        ));
    }
    let currency = text("currency").unwrap_or_else(|| "usd".to_owned());
    if currency.len() != 3 || !currency.chars().all(|c| c.is_ascii_lowercase()) {
        return Err(ApiError::of_body("currency", "Input should be a currency"));
    }
    for name in ["success_url", "return_url"] {
        let is_bad = |address: String| !address.is_ascii() || Url::parse(&address).is_err();
        if text(name).is_some_and(is_bad) {
            return Err(ApiError::of_body(name, "Input should be a valid URL"));
        }
    }
    let email = text("customer_email");
    if email.as_deref().is_some_and(|email| !is_address(email)) {
        return Err(ApiError::of_body(
            "customer_email",
            "value is not a valid email address",
        ));
    }
    let metadata = metadata(object, "metadata")?;
    let reference = metadata
        .get("order")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let own_page = format!("{}/pay/{{CHECKOUT_ID}}", world.provider_url("polar"));
    Ok(New {
        reference,
        name: shape::PRODUCT_NAME.to_owned(),
        minor: object
            .get("amount")
            .and_then(Value::as_u64)
            .unwrap_or(USUAL),
        currency,
        email,
        success_url: text("success_url").unwrap_or(own_page),
        cancel_url: text("return_url"),
        lifetime: LIFETIME,
        asked: json!({
            "metadata": metadata,
            "customer_metadata": self::metadata(object, "customer_metadata")?,
            "external_customer_id": object.get("external_customer_id"),
            "customer_name": object.get("customer_name"),
            "customer_ip_address": object.get("customer_ip_address"),
            "is_business_customer": object.get("is_business_customer").is_some_and(|is| is == true),
            "allow_discount_codes": object.get("allow_discount_codes").is_none_or(|is| is == true),
            "require_billing_address": object.get("require_billing_address").is_some_and(|is| is == true),
            "locale": object.get("locale"),
        }),
    })
}

fn shown(world: &World, checkout: &Checkout) -> Value {
    shape::checkout(checkout, &world.provider_url("polar"))
}

/// `GET /v1/checkouts/{id}`.
pub(crate) async fn show(
    _caller: Caller<ApiError>,
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let found = {
        let memory = world.memory();
        let found = memory
            .books
            .find(&POLAR, &id)
            .filter(|checkout| checkout.id == id);
        found.cloned()
    };
    let found = found.map(|checkout| Json(shown(&world, &checkout)));
    found.ok_or(ApiError::NotFound)
}

/// `GET /v1/checkouts/`.
pub(crate) async fn list(
    _caller: Caller<ApiError>,
    Shared(world): Shared<Arc<World>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let own = ["status", "product_id", "external_customer_id"];
    let asked = Asked::read(query.as_deref(), &own)?;
    let is_meant = |checkout: &Value| {
        let is = |name: &str| asked.allows(name, checkout.get(name).and_then(Value::as_str));
        own.iter().all(|name| is(name))
    };
    let all: Vec<Checkout> = world.memory().books.checkouts(&POLAR).cloned().collect();
    let all = all.iter().map(|checkout| shown(&world, checkout));
    Ok(Json(asked.page(all.filter(is_meant).collect())))
}

/// There is no such address.
pub(crate) async fn unknown(_caller: Caller<ApiError>) -> ApiError {
    ApiError::NotFound
}
