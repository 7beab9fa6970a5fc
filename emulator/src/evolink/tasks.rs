//! `GET /v1/tasks/{id}`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{account::Caller, error::ApiError, wire};
use crate::world::World;

/// How every task id begins.
const PREFIX: &str = "task-unified-";

pub(crate) async fn show(
    _caller: Caller,
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    if !id.starts_with(PREFIX) {
        return Err(ApiError::InvalidTaskId);
    }
    let task = world.snapshot(&id).ok_or(ApiError::NoSuchTask)?;
    Ok(Json(wire::task(&task)))
}
