//! Providers calling back.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::extract::Named;
use super::problem::Problem;
use super::view;
use crate::service::Atelier;

/// That a callback was taken.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Taken {
    ok: bool,
}

/// `POST /v1/webhooks/{provider}/{token}`: 200 also for what is known already.
pub(super) async fn receive(
    State(atelier): State<Atelier>,
    Named((provider, token)): Named<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    atelier.callback(&provider, &token, &headers, &body).await?;
    view::answer(StatusCode::OK, &Taken { ok: true })
}
