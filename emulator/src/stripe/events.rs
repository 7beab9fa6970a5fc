//! `/v1/events`, and what an event says.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State as Shared},
};
use serde_json::{Value, json};

use super::{
    OLD_VERSION, STRIPE, VERSION,
    call::{Called, query},
    error::ApiError,
    expand::{Expand, Object},
    list::{PAGE, page},
    params::{Params, RANGE},
    shape::{self, Shown},
};
use crate::{
    payments::{Change, Checkout, Event, Kind as Of, Processor, Told, checkout::Contest},
    schema::{Kind, optional},
    world::World,
};

/// How many types one may ask for.
const TYPES: usize = 20;

/// What is told of a change.
pub(crate) fn of(
    checkout: &Checkout,
    change: Change,
    told: &Told<'_>,
) -> Vec<(&'static str, Value)> {
    let shown = Shown {
        base_url: told.base_url,
        is_old: told.is_old,
    };
    let none = Expand::default();
    let session = |kind| vec![(kind, shape::session(checkout, &none, shown))];
    let charge = |kind| (kind, shape::charge(checkout, &none, shown));
    let refund = |place: usize, kinds: &[&'static str]| {
        let refund = checkout.refunds.get(place);
        let object = refund.map(|refund| shape::refund(checkout, refund, &none, shown));
        let kinds = kinds.iter().copied();
        kinds
            .filter_map(|kind| Some((kind, object.clone()?)))
            .collect::<Vec<_>>()
    };
    let dispute = |kinds: &[&'static str]| {
        let dispute = checkout.dispute.as_ref();
        let object = dispute.map(|dispute| shape::dispute(checkout, dispute, &none, shown));
        let kinds = kinds.iter().copied();
        kinds
            .filter_map(|kind| Some((kind, object.clone()?)))
            .collect::<Vec<_>>()
    };
    match change {
        Change::Paid | Change::Pending => session("checkout.session.completed"),
        Change::Arrived => session("checkout.session.async_payment_succeeded"),
        Change::Failed => session("checkout.session.async_payment_failed"),
        Change::Expired => session("checkout.session.expired"),
        Change::Refunded(place) => {
            let mut told = refund(place, &["refund.created"]);
            told.push(charge("charge.refunded"));
            let prevents = checkout
                .refunds
                .get(place)
                .is_some_and(|refund| refund.prevents);
            if prevents {
                told.extend(dispute(&["charge.dispute.closed"]));
            }
            told
        }
        Change::RefundSucceeded(place) => {
            refund(place, &["refund.updated", "charge.refund.updated"])
        }
        Change::RefundFailed(place) => refund(
            place,
            &["refund.updated", "charge.refund.updated", "refund.failed"],
        ),
        Change::Escalated => dispute(&["charge.dispute.funds_withdrawn"]),
        Change::Disputed => match checkout.dispute.as_ref().map(|dispute| dispute.stage) {
            Some(Contest::Inquiry) => dispute(&["charge.dispute.created"]),
            Some(Contest::Opened) => {
                dispute(&["charge.dispute.created", "charge.dispute.funds_withdrawn"])
            }
            Some(Contest::Won) => {
                dispute(&["charge.dispute.funds_reinstated", "charge.dispute.closed"])
            }
            _ => dispute(&["charge.dispute.closed"]),
        },
        Change::FraudWarning => {
            let id = STRIPE.id(Of::Warning, told.drawn);
            let warning = shape::warning(checkout, &id, told.now);
            vec![("radar.early_fraud_warning.created", warning)]
        }
    }
}

/// An event as it is sent and read.
pub(crate) fn envelope(event: &Event) -> Value {
    json!({
        "id": event.id,
        "object": "event",
        "api_version": if event.is_old { OLD_VERSION } else { VERSION },
        "created": event.created,
        "data": { "object": event.object },
        "livemode": false,
        "pending_webhooks": u8::from(!event.is_delivered),
        "request": { "id": null, "idempotency_key": null },
        "type": event.kind,
    })
}

/// `GET /v1/events/{id}`.
pub(crate) async fn show(
    _called: Called,
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let params = Params::check(query(asked.as_deref())?, &[optional("expand", Kind::Any)])?;
    Expand::of(Object::Event, &params.texts("expand"))?;
    let memory = world.memory();
    let mut all = memory.books.events(&STRIPE);
    let found = all.find(|event| event.id == id).map(envelope);
    found.map(Json).ok_or(ApiError::NoSuch("event", id, None))
}

/// `GET /v1/events`.
pub(crate) async fn list(
    _called: Called,
    Shared(world): Shared<Arc<World>>,
    RawQuery(asked): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let own = [
        optional("created", Kind::Object(RANGE)),
        optional("delivery_success", Kind::Flag),
        optional("type", Kind::Text(255)),
        optional("types", Kind::Any),
    ];
    let params = Params::check(query(asked.as_deref())?, &[&PAGE[..], &own].concat())?;
    Expand::of_list(Object::Event, &params.texts("expand"))?;
    let types = params.texts("types");
    if types.len() > TYPES || (!types.is_empty() && params.text("type").is_some()) {
        let words = format!("Invalid types: at most {TYPES}, and without type.");
        return Err(ApiError::parameter("types", words));
    }
    let is_like = |wanted: &str, kind: &str| match wanted.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => kind == wanted,
    };
    let is_meant = |event: &&Event| {
        params.spans(event.created)
            && params
                .flag("delivery_success")
                .is_none_or(|is| is == event.is_delivered)
            && params
                .text("type")
                .is_none_or(|wanted| is_like(wanted, event.kind))
            && (types.is_empty() || types.contains(&event.kind))
    };
    let all: Vec<Value> = {
        let memory = world.memory();
        let all = memory.books.events(&STRIPE).rev().filter(is_meant);
        all.map(envelope).collect()
    };
    page(&params, "event", "/v1/events", &all).map(Json)
}
