//! `POST /{owner}/{app}[/more]?fal_webhook=`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
    http::Uri,
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::{Fal, account::Caller, error::ApiError, order, wire};
use crate::{create, protocol::Protocol, world::World};

/// The parameters that are read.
#[derive(Debug, Deserialize)]
pub(crate) struct Parameters {
    fal_webhook: Option<String>,
}

/// Parse, create, answer. The path is the endpoint's name.
pub(crate) async fn submit(
    _caller: Caller,
    State(world): State<Arc<World>>,
    uri: Uri,
    Query(parameters): Query<Parameters>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let endpoint = uri.path().trim_start_matches('/');
    let order = order::parse(endpoint, parameters.fal_webhook, &body)?;
    let task = create::create(&world, &Fal, order).await?;
    let base_url = world.provider_url(Fal.name());
    Ok(Json(wire::accepted(&task, &base_url)))
}
