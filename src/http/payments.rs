//! Events of payment processors.

use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::body;
use super::extract::Named;
use super::problem::Problem;
use super::route::{Route, route};
use super::view;
use crate::service::{Atelier, Error, Sender};

/// An event has one object, and some have lists in it.
const MAX_EVENT_BYTES: usize = 256 * 1024;

/// The event was taken.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EventTaken {
    /// Always true.
    ok: bool,
}

pub(super) fn post_payment_event() -> Route {
    route!(post, "/v1/webhooks/payments/{processor}", receive, |it| {
        it.is("webhooks", "receivePaymentEvent", "Receive an event of a payment processor")
            .says("For processors alone: each event is signed. What is known already, and what concerns nothing of ours, is answered \
                with 200; 5xx asks the processor to send it again.")
            .names("processor", "The processor: `stripe` or `polar`.")
            .any_body()
            .refuses(&["bad_signature", "not_found", "payload_too_large", "overloaded", "ledger_unavailable", "payments_unavailable"])
            .answers::<EventTaken>(200, "The event was taken, now or before.")
    })
}

async fn receive(
    atelier: Atelier,
    Named(processor): Named<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    body::declared_within(&headers, MAX_EVENT_BYTES)?;
    let events = atelier.payment_events().ok_or(Error::NotFound)?;
    events.expects(&processor)?;
    let sender = Some(Sender::Provider);
    let body = body::read(&atelier, request, MAX_EVENT_BYTES, sender).await?;
    events.receive(&processor, &headers, &body.bytes).await?;
    view::answer(StatusCode::OK, &EventTaken { ok: true })
}
