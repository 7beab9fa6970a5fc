//! `POST /{owner}/{app}[/more]?fal_webhook=`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::Uri,
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::{Fal, error::ApiError, generation, wire};
use crate::{auth::Caller, create, protocol::Protocol, world::World};

/// All parameters that there are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    fal_webhook: Option<String>,
}

/// Parse, create, answer. The path is the endpoint's name.
pub(crate) async fn submit(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    uri: Uri,
    parameters: Result<Query<Parameters>, QueryRejection>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let Query(parameters) = parameters.map_err(|error| ApiError::BadRequest(error.body_text()))?;
    let endpoint = uri.path().trim_start_matches('/');
    let generation = generation::parse(endpoint, parameters.fal_webhook, &body)?;
    let task = create::create(&world, &Fal, generation).await?;
    let base_url = world.provider_url(Fal.name());
    Ok(Json(wire::accepted(&task, &base_url)))
}
