//! `/v1/orders/`, `/v1/refunds/`, `/v1/disputes/`: what came of a checkout.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State as Shared},
    http::StatusCode,
};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::{
    POLAR,
    checkouts::{metadata, object},
    error::ApiError,
    list::Asked,
    shape,
};
use crate::{
    auth::Caller,
    payments::{Change, Checkout, Kind as Of, Processor, Refund, Stage, State, books},
    schema::{self, Field, Kind, optional, required},
    world::World,
};

const FIELDS: &[Field] = &[
    required("order_id", Kind::Text(36)),
    required("reason", Kind::Choice(&REASONS)),
    required("amount", Kind::Integer(1, i64::MAX)),
    optional("comment", Kind::Text(5_000)),
    optional("revoke_benefits", Kind::Flag),
    optional("metadata", Kind::Any),
];
const REASONS: [&str; 6] = [
    "duplicate",
    "fraudulent",
    "customer_request",
    "service_disruption",
    "satisfaction_guarantee",
    "other",
];

/// The checkouts that an order came of, the oldest first.
fn sold(world: &World) -> Vec<Checkout> {
    let memory = world.memory();
    let all = memory.books.checkouts(&POLAR);
    all.filter(|checkout| checkout.state == State::Paid)
        .cloned()
        .collect()
}

/// `GET /v1/orders/{id}`.
pub(crate) async fn show(
    _caller: Caller<ApiError>,
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let found = sold(&world)
        .into_iter()
        .find(|checkout| checkout.charge == id);
    let found = found.map(|checkout| Json(shape::order(&checkout)));
    found.ok_or(ApiError::NotFound)
}

/// `GET /v1/orders/`.
pub(crate) async fn list(
    _caller: Caller<ApiError>,
    Shared(world): Shared<Arc<World>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let own = ["checkout_id", "product_id", "customer_id", "status"];
    let asked = Asked::read(query.as_deref(), &own)?;
    let orders = sold(&world)
        .into_iter()
        .map(|checkout| shape::order(&checkout));
    Ok(Json(asked.page(meant(&asked, &own, orders))))
}

/// `GET /v1/refunds/`.
pub(crate) async fn refunds(
    _caller: Caller<ApiError>,
    Shared(world): Shared<Arc<World>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let own = ["id", "order_id", "customer_id"];
    let asked = Asked::read(query.as_deref(), &[&own[..], &["succeeded"]].concat())?;
    let mut all: Vec<(u64, Value)> = Vec::new();
    for checkout in sold(&world) {
        let refunds = checkout.refunds.iter().filter(|refund| {
            let is_done = refund.stage == Stage::Succeeded;
            asked.allows("succeeded", Some(if is_done { "true" } else { "false" }))
        });
        all.extend(refunds.map(|refund| (refund.created, shape::refund(&checkout, refund))));
    }
    all.sort_by_key(|(created, _)| *created);
    let all = all.into_iter().map(|(_, refund)| refund);
    Ok(Json(asked.page(meant(&asked, &own, all))))
}

/// `GET /v1/disputes/`.
pub(crate) async fn disputes(
    _caller: Caller<ApiError>,
    Shared(world): Shared<Arc<World>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let own = ["order_id", "status"];
    let asked = Asked::read(query.as_deref(), &own)?;
    let sold = sold(&world);
    let disputes = sold.iter().filter_map(shape::dispute);
    Ok(Json(asked.page(meant(&asked, &own, disputes))))
}

/// `GET /v1/disputes/{id}`.
pub(crate) async fn dispute(
    _caller: Caller<ApiError>,
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let sold = sold(&world);
    let mut disputes = sold.iter().filter_map(shape::dispute);
    let found = disputes.find(|dispute| dispute.get("id").is_some_and(|own| *own == id));
    found.map(Json).ok_or(ApiError::NotFound)
}

/// Those that are as they are asked for.
fn meant(asked: &Asked, own: &[&str], all: impl Iterator<Item = Value>) -> Vec<Value> {
    let is_meant = |one: &Value| {
        let is = |name: &&str| asked.allows(name, one.get(name).and_then(Value::as_str));
        own.iter().all(is)
    };
    all.filter(is_meant).collect()
}

/// `POST /v1/refunds/`.
pub(crate) async fn refund(
    _caller: Caller<ApiError>,
    Shared(world): Shared<Arc<World>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let asked = object(&body)?;
    schema::check(FIELDS, &asked).map_err(|breach| ApiError::breach("body", &breach))?;
    let metadata: Map<String, Value> = match metadata(&asked, "metadata")? {
        Value::Object(metadata) => metadata,
        _ => Map::new(),
    };
    let order = asked
        .get("order_id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let found = sold(&world)
        .into_iter()
        .find(|checkout| checkout.charge == order);
    let checkout = found.ok_or_else(|| ApiError::of_body("order_id", "Order not found"))?;
    let reason = asked
        .get("reason")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let minor = asked.get("amount").and_then(Value::as_u64);
    let mut made = None;
    let outcome = books::change(&world, &POLAR, &checkout.id, |checkout, drawn, now| {
        let place = checkout.refund(minor, |minor| Refund {
            id: POLAR.id(Of::Refund, drawn),
            minor,
            stage: Stage::Succeeded,
            reason,
            metadata: metadata.into_iter().collect(),
            prevents: false,
            created: now,
            changed: now,
        })?;
        let refund = checkout.refunds.get(place);
        made = refund.map(|refund| shape::refund(checkout, refund));
        Ok(Some(Change::Refunded(place)))
    });
    outcome.map_err(|no| ApiError::denied(no, order))?;
    let made = made.ok_or(ApiError::Internal)?;
    Ok((StatusCode::CREATED, Json(made)))
}
