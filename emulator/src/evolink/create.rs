//! `POST /v1/images/generations`.

use std::sync::Arc;

use axum::{Json, extract::State};
use bytes::Bytes;
use serde_json::Value;

use super::{EvoLink, error::ApiError, generation, wire};
use crate::{auth::Caller, create, world::World};

/// Parse, create, answer.
pub(crate) async fn create(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let generation = generation::parse(&body)?;
    let task = create::create(&world, &EvoLink, generation).await?;
    let estimated_seconds = task.work(&world.settings).as_secs().max(1);
    Ok(Json(wire::accepted(&task, estimated_seconds)))
}
