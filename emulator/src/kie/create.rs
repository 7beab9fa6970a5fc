//! `POST /api/v1/jobs/createTask`.

use std::sync::Arc;

use axum::{Json, extract::State};
use bytes::Bytes;
use serde_json::Value;

use super::{Kie, error::ApiError, generation, wire};
use crate::{auth::Caller, create, world::World};

/// Parse, create, answer.
pub(crate) async fn create(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let generation = generation::parse(&body)?;
    let task = create::create(&world, &Kie, generation).await?;
    Ok(Json(wire::accepted(&task.id)))
}
