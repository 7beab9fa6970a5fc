//! `GET /v1/tasks/{id}`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{EvoLink, ID_PREFIX, error::ApiError, wire};
use crate::{auth::Caller, world::World};

pub(crate) async fn show(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    if !id.starts_with(ID_PREFIX) {
        return Err(ApiError::InvalidTaskId);
    }
    let task = world
        .snapshot_at(&EvoLink, &id)
        .ok_or(ApiError::NoSuchTask)?;
    Ok(Json(wire::task(&task)))
}
