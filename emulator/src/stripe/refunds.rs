//! `/v1/refunds`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State as Shared},
    http::HeaderMap,
    response::Response,
};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::{
    STRIPE,
    call::{Called, Done, post, query},
    error::{ApiError, denied},
    expand::{Expand, Object},
    list::{OF_PAYMENTS, PAGE, is_of_payment, page},
    params::Params,
    shape::{self, Shown},
};
use crate::{
    payments::{Change, Checkout, Denied, Kind as Of, Processor, Refund, Stage, books},
    schema::{Field, Kind, optional},
    world::World,
};

const PATH: &str = "/v1/refunds";
const FIELDS: &[Field] = &[
    optional("payment_intent", Kind::Text(255)),
    optional("charge", Kind::Text(255)),
    optional("amount", Kind::Integer(1, i64::MAX)),
    optional(
        "reason",
        Kind::Choice(&["duplicate", "fraudulent", "requested_by_customer"]),
    ),
    optional("metadata", Kind::Any),
    optional("expand", Kind::Any),
];

/// `POST /v1/refunds`.
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
    let expand = Expand::of(Object::Refund, &params.texts("expand"))?;
    let metadata = params.metadata("metadata")?;
    let checkout = charged(world, &params)?;
    let mut place = None;
    let made = books::change(world, &STRIPE, &checkout.id, |checkout, drawn, now| {
        let refund = checkout.refund(params.number("amount"), |minor| Refund {
            id: STRIPE.id(Of::Refund, drawn),
            minor,
            stage: Stage::Succeeded,
            reason: params.owned("reason"),
            metadata: metadata.into_iter().collect(),
            prevents: false,
            created: now,
            changed: now,
        })?;
        place = Some(refund);
        Ok(Some(Change::Refunded(refund)))
    });
    made.map_err(|no: Denied| denied(no, &checkout.charge))?;
    let memory = world.memory();
    let base_url = world.provider_url("stripe");
    let found = memory.books.find(&STRIPE, &checkout.id);
    let made = found.and_then(|checkout| Some((checkout, checkout.refunds.get(place?)?)));
    let (checkout, refund) = made.ok_or(ApiError::Internal)?;
    Ok(shape::refund(checkout, refund, &expand, Shown::new(&base_url)).into())
}

/// The complete session whose payment or charge is meant.
fn charged(world: &World, params: &Params) -> Result<Checkout, ApiError> {
    let (what, id) = match (params.text("payment_intent"), params.text("charge")) {
        (Some(id), None) => ("payment_intent", id),
        (None, Some(id)) => ("charge", id),
        (Some(_), Some(_)) => {
            let words = "You may only specify one of these parameters: charge, payment_intent.";
            return Err(ApiError::parameter("charge", words));
        }
        (None, None) => {
            return Err(ApiError::Parameter {
                code: Some("parameter_missing"),
                message: "One of the following params should be provided for this request: \
                          payment_intent or charge."
                    .to_owned(),
                param: None,
            });
        }
    };
    let memory = world.memory();
    let mut all = memory.books.checkouts(&STRIPE);
    let found = all.find(|checkout| {
        let own = if what == "charge" {
            &checkout.charge
        } else {
            &checkout.payment
        };
        checkout.is_complete() && own == id
    });
    let no_such = || ApiError::NoSuch(what, id.to_owned(), Some(what));
    found.cloned().ok_or_else(no_such)
}

/// `GET /v1/refunds/{id}`.
pub(crate) async fn show(
    _called: Called,
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let params = Params::check(query(asked.as_deref())?, &[optional("expand", Kind::Any)])?;
    let expand = Expand::of(Object::Refund, &params.texts("expand"))?;
    let base_url = world.provider_url("stripe");
    let memory = world.memory();
    let mut all = memory.books.checkouts(&STRIPE);
    let found = all.find_map(|checkout| {
        let refund = checkout.refunds.iter().find(|refund| refund.id == id)?;
        Some(shape::refund(
            checkout,
            refund,
            &expand,
            Shown::new(&base_url),
        ))
    });
    let no_such = || ApiError::NoSuch("refund", id.clone(), None);
    found.map(Json).ok_or_else(no_such)
}

/// `GET /v1/refunds`.
pub(crate) async fn list(
    _called: Called,
    Shared(world): Shared<Arc<World>>,
    RawQuery(asked): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let fields = [&PAGE[..], &OF_PAYMENTS].concat();
    let params = Params::check(query(asked.as_deref())?, &fields)?;
    let expand = Expand::of_list(Object::Refund, &params.texts("expand"))?;
    let base_url = world.provider_url("stripe");
    let is_meant = |checkout: &&Checkout| is_of_payment(&params, checkout);
    let mut all: Vec<(u64, Value)> = Vec::new();
    for checkout in world.memory().books.checkouts(&STRIPE).filter(is_meant) {
        let refunds = checkout
            .refunds
            .iter()
            .filter(|refund| params.spans(refund.created));
        all.extend(refunds.map(|refund| {
            let object = shape::refund(checkout, refund, &expand, Shown::new(&base_url));
            (refund.created, object)
        }));
    }
    // The newest first, and of those of one second the one that was made last.
    all.reverse();
    all.sort_by_key(|(created, _)| std::cmp::Reverse(*created));
    let all: Vec<Value> = all.into_iter().map(|(_, object)| object).collect();
    page(&params, "refund", PATH, &all).map(Json)
}
