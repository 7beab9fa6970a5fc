//! `GET /v1/status/{id}`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    response::{AppendHeaders, IntoResponse},
};

use super::{Fashn, error::ApiError, wire};
use crate::{auth::Caller, task, world::World};

/// What a completed prediction cost, in credits.
const CREDITS_USED: &str = "x-fashn-credits-used";

pub(crate) async fn show(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let task = world
        .snapshot_at(&Fashn, &id)
        .ok_or(ApiError::NoSuchPrediction)?;
    let completed = matches!(task.state, task::State::Completed(_));
    let used = completed.then(|| (CREDITS_USED, task.generation.price.to_string()));
    Ok((AppendHeaders(used), Json(wire::prediction(&task))))
}
