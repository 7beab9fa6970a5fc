//! What the processors of payments have in common: checkout sessions and what comes of them, the page
//! where one pays, the dashboard where an operator or a test acts on a payment, and the signed events.
//!
//! `stripe` and `polar` say how each of them tells it.

pub(crate) mod books;
pub(crate) mod checkout;
mod dashboard;
pub(crate) mod delivery;
mod faults;
mod money;
mod pay;
mod steer;

use std::{fmt::Debug, sync::Arc};

use axum::{
    Extension, Router,
    routing::{get, post},
};
use serde_json::Value;

pub(crate) use self::{
    books::{Books, Event},
    checkout::{Change, Checkout, Denied, Dispute, New, Refund, Stage, State},
    faults::{Fault, Faults},
};
use crate::{
    signing::{Headers, Signing},
    world::World,
};

/// A processor, as handlers and checkout sessions have it.
pub(crate) type By = &'static dyn Processor;

/// What the processors differ in.
pub(crate) trait Processor: Debug + Sync {
    /// The prefix of its routes, and the last segment of the address that its events go to.
    fn name(&self) -> &'static str;

    /// Its name for people.
    fn title(&self) -> &'static str;

    /// What stands for the session's id in the address that a buyer goes on to.
    fn placeholder(&self) -> &'static str;

    /// A new id of a refund, a dispute or an event, made of something that was not there before.
    fn id(&self, of: Kind, drawn: &str) -> String;

    /// What is told of a change, in order: each event's type, and its object as it is now.
    fn events(
        &self,
        checkout: &Checkout,
        change: Change,
        told: &Told<'_>,
    ) -> Vec<(&'static str, Value)>;

    /// The body of an event, byte for byte.
    fn body(&self, event: &Event) -> String;

    /// The headers that sign it.
    fn sign(&self, signing: &Signing<'_>) -> Headers;
}

/// What has an id of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Session,
    Payment,
    Charge,
    Refund,
    Dispute,
    Warning,
    Event,
}

/// How an event's object is to be rendered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    /// Where the processor's pages are.
    pub(crate) base_url: &'a str,
    /// Whether the endpoint has an API version of some years ago.
    pub(crate) is_old: bool,
    /// Something that was not there before.
    pub(crate) drawn: &'a str,
    pub(crate) now: u64,
}

/// The pages of a processor and what tests steer it by; its API is its own.
pub(crate) fn pages(by: By) -> Router<Arc<World>> {
    Router::new()
        .route("/pay/{id}", get(pay::show).post(pay::act))
        .route("/receipts/{id}", get(pay::receipt))
        .route("/dashboard", get(dashboard::show))
        .route("/dashboard.json", get(dashboard::list))
        .route("/dashboard/{reference}/{action}", post(steer::act))
        .route("/events/{id}/resend", post(steer::resend))
        .route("/faults", post(steer::set_faults))
        .layer(Extension(by))
}
