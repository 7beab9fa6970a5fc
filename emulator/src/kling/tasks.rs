//! `GET /v1/images/kolors-virtual-try-on/{id}`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{error::ApiError, external, wire};
use crate::{auth::Caller, clock, world::World};

/// By the task's own id or by its caller's. An unknown one is no error, but has been seen to be
/// answered as a task that failed (discussion 36 of the model `Kwai-Kolors/Kolors`).
pub(crate) async fn show(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let data = match external::find(&world, &id) {
        Some(task) => wire::task(&task, clock::now()),
        None => wire::unknown(&id),
    };
    Ok(Json(wire::answer(&data)))
}
