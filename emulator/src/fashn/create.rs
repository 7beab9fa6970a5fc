//! `POST /v1/run?webhook_url=`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{
        Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::{Fashn, error::ApiError, generation, wire};
use crate::{
    auth::Caller, behaviour::Refusal, create, protocol::Protocol, task::Phase, world::World,
};

/// What stands in the query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    webhook_url: Option<String>,
}

/// Parse, create, answer. A body that is too large is an internal error: the vendor's gateway
/// gives up before its API sees it.
pub(crate) async fn run(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    options: Result<Query<Options>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ApiError> {
    let Query(options) = options.map_err(|error| ApiError::BadRequest(error.to_string()))?;
    let body = body.map_err(|_too_large| ApiError::Internal)?;
    let generation = generation::parse(&body, options.webhook_url)?;
    let task = create::create(&world, &Fashn, generation)
        .await
        .map_err(|refusal| refused(&world, refusal))?;
    Ok(Json(wire::accepted(&task.id)))
}

/// Too many requests are too many at once where others still run, and too many in the window
/// where none does.
fn refused(world: &World, refusal: Refusal) -> ApiError {
    let busy = || {
        world
            .memory()
            .tasks
            .values()
            .any(|task| task.protocol.name() == Fashn.name() && task.phase == Phase::Open)
    };
    match refusal {
        Refusal::RateLimited if busy() => ApiError::TooManyAtOnce,
        Refusal::RateLimited => ApiError::RateLimited,
        Refusal::NoCredit => ApiError::OutOfCredits,
        Refusal::Internal => ApiError::Internal,
    }
}
