//! Callbacks of providers.

use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::body;
use super::extract::Named;
use super::problem::Problem;
use super::route::{Route, route};
use super::view;
use crate::service::{Atelier, Sender};

/// The callback was taken.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Taken {
    /// Always true.
    ok: bool,
}

/// Some providers send the whole task back, with its inputs and logs.
const MAX_CALLBACK_BYTES: usize = 1024 * 1024;

pub(super) fn post_callback() -> Route {
    route!(post, "/v1/webhooks/{provider}/{token}", receive, |it| {
        it.is("webhooks", "callBack", "Receive a callback of a provider")
            .says("For providers alone: each submission has an address of its own. The body is the provider's to define. \
                A repeated callback is answered with 200; 5xx asks the provider to send it again.")
            .names("provider", "The provider, such as `evolink`.")
            .names("token", "The token that binds the callback to one submission.")
            .any_body()
            .refuses(&["unauthenticated", "payload_too_large", "overloaded", "ledger_unavailable", "provider_unavailable"])
            .answers::<Taken>(200, "The callback was taken, now or before.")
    })
}

/// 200 also for what is known already. Without a token of ours no body is read.
async fn receive(
    atelier: Atelier,
    Named((provider, token)): Named<(String, String)>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    body::declared_within(&headers, MAX_CALLBACK_BYTES)?;
    let callbacks = atelier.callbacks();
    callbacks.expects(&provider, &token)?;
    let body = body::read(
        &atelier,
        request,
        MAX_CALLBACK_BYTES,
        Some(Sender::Provider),
    )
    .await?;
    let bytes = &body.bytes;
    callbacks
        .receive(&provider, &token, &headers, bytes)
        .await?;
    view::answer(StatusCode::OK, &Taken { ok: true })
}
