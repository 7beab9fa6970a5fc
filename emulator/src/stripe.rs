//! Stripe's Checkout, refunds, disputes and events (`docs.stripe.com/api`), for its API version of
//! [`VERSION`]. What Stripe has and is not emulated is refused, like what it does not have.

mod call;
mod charges;
mod error;
mod events;
mod expand;
mod list;
mod params;
mod refunds;
mod sessions;
mod shape;
mod signature;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{any, get, post},
};
use serde_json::Value;

pub(crate) use self::call::Keyed;
use crate::{
    payments::{self, Change, Checkout, Event, Kind, Processor, Told},
    signing::{Headers, Signing},
    world::World,
};

/// The API version that answers are made for.
const VERSION: &str = "2026-10-28.endive";
/// The one of an endpoint that was made years ago.
const OLD_VERSION: &str = "2020-08-27";

pub(crate) fn routes() -> Router<Arc<World>> {
    let api = Router::new()
        .route(
            "/v1/checkout/sessions",
            get(sessions::list).post(sessions::create),
        )
        .route("/v1/checkout/sessions/{id}", get(sessions::show))
        .route(
            "/v1/checkout/sessions/{id}/line_items",
            get(sessions::line_items),
        )
        .route("/v1/checkout/sessions/{id}/expire", post(sessions::expire))
        .route("/v1/payment_intents/{id}", get(charges::intent))
        .route("/v1/charges/{id}", get(charges::charge))
        .route("/v1/refunds", get(refunds::list).post(refunds::create))
        .route("/v1/refunds/{id}", get(refunds::show))
        .route("/v1/disputes", get(charges::disputes))
        .route("/v1/disputes/{id}", get(charges::dispute))
        .route("/v1/events", get(events::list))
        .route("/v1/events/{id}", get(events::show))
        .route("/v1/{*unknown}", any(call::unknown))
        .layer(middleware::from_fn(call::stamp));
    api.merge(payments::pages(&STRIPE))
}

/// Stripe, as its sessions have it.
#[derive(Debug)]
pub(crate) struct Stripe;

pub(crate) static STRIPE: Stripe = Stripe;

impl Processor for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn title(&self) -> &'static str {
        "Stripe"
    }

    fn placeholder(&self) -> &'static str {
        "{CHECKOUT_SESSION_ID}"
    }

    fn id(&self, of: Kind, drawn: &str) -> String {
        let prefix = match of {
            Kind::Session => "cs_test_",
            Kind::Payment => "pi_",
            Kind::Charge => "ch_",
            Kind::Refund => "re_",
            Kind::Dispute => "dp_",
            Kind::Warning => "issfr_",
            Kind::Event => "evt_",
        };
        format!("{prefix}{drawn}")
    }

    fn events(
        &self,
        checkout: &Checkout,
        change: Change,
        told: &Told<'_>,
    ) -> Vec<(&'static str, Value)> {
        events::of(checkout, change, told)
    }

    fn body(&self, event: &Event) -> String {
        // Stripe's events have line feeds and two spaces, so that they are verified as bytes.
        serde_json::to_string_pretty(&events::envelope(event)).unwrap_or_default()
    }

    fn sign(&self, signing: &Signing<'_>) -> Headers {
        signature::sign(signing)
    }
}
