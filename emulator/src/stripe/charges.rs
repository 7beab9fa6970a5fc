//! `/v1/payment_intents`, `/v1/charges`, `/v1/disputes`: what came of a session.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State as Shared},
};
use serde_json::Value;

use super::{
    STRIPE,
    call::{Called, query},
    error::ApiError,
    expand::{Expand, Object},
    list::{OF_PAYMENTS, PAGE, is_of_payment, page},
    params::Params,
    shape::{self, Shown},
};
use crate::{
    payments::Checkout,
    schema::{Kind, optional},
    world::World,
};

/// The complete session that something is of.
fn found(
    world: &World,
    what: &'static str,
    id: &str,
    is_it: impl Fn(&Checkout) -> bool,
) -> Result<Checkout, ApiError> {
    let memory = world.memory();
    let mut all = memory.books.checkouts(&STRIPE);
    let found = all.find(|checkout| checkout.is_complete() && is_it(checkout));
    let no_such = || ApiError::NoSuch(what, id.to_owned(), None);
    found.cloned().ok_or_else(no_such)
}

fn expanded(object: Object, asked: Option<&str>) -> Result<Expand, ApiError> {
    let params = Params::check(query(asked)?, &[optional("expand", Kind::Any)])?;
    Expand::of(object, &params.texts("expand"))
}

/// `GET /v1/payment_intents/{id}`.
pub(crate) async fn intent(
    _called: Called,
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let expand = expanded(Object::Intent, asked.as_deref())?;
    let checkout = found(&world, "payment_intent", &id, |one| one.payment == id)?;
    let base_url = world.provider_url("stripe");
    Ok(Json(shape::intent(
        &checkout,
        &expand,
        Shown::new(&base_url),
    )))
}

/// `GET /v1/charges/{id}`.
pub(crate) async fn charge(
    _called: Called,
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let expand = expanded(Object::Charge, asked.as_deref())?;
    let checkout = found(&world, "charge", &id, |one| one.charge == id)?;
    let base_url = world.provider_url("stripe");
    Ok(Json(shape::charge(
        &checkout,
        &expand,
        Shown::new(&base_url),
    )))
}

/// `GET /v1/disputes/{id}`.
pub(crate) async fn dispute(
    _called: Called,
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let expand = expanded(Object::Dispute, asked.as_deref())?;
    let is_it = |one: &Checkout| one.dispute.as_ref().is_some_and(|dispute| dispute.id == id);
    let checkout = found(&world, "dispute", &id, is_it)?;
    let base_url = world.provider_url("stripe");
    let dispute = checkout.dispute.as_ref();
    let shown =
        dispute.map(|dispute| shape::dispute(&checkout, dispute, &expand, Shown::new(&base_url)));
    Ok(Json(shown.unwrap_or_default()))
}

/// `GET /v1/disputes`.
pub(crate) async fn disputes(
    _called: Called,
    Shared(world): Shared<Arc<World>>,
    RawQuery(asked): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let fields = [&PAGE[..], &OF_PAYMENTS].concat();
    let params = Params::check(query(asked.as_deref())?, &fields)?;
    let expand = Expand::of_list(Object::Dispute, &params.texts("expand"))?;
    let base_url = world.provider_url("stripe");
    let is_meant = |checkout: &&Checkout| is_of_payment(&params, checkout);
    let mut all: Vec<(u64, Value)> = {
        let memory = world.memory();
        let disputed = memory.books.checkouts(&STRIPE).filter(is_meant);
        disputed
            .filter_map(|checkout| {
                let dispute = checkout.dispute.as_ref()?;
                let shown = Shown::new(&base_url);
                let object = shape::dispute(checkout, dispute, &expand, shown);
                params
                    .spans(dispute.created)
                    .then_some((dispute.created, object))
            })
            .collect()
    };
    all.sort_by_key(|(created, _)| std::cmp::Reverse(*created));
    let all: Vec<Value> = all.into_iter().map(|(_, object)| object).collect();
    page(&params, "dispute", "/v1/disputes", &all).map(Json)
}
