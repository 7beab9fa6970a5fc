//! `GET /api/v1/jobs/recordInfo?taskId=`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;
use serde_json::Value;

use super::{Kie, account::Caller, error::ApiError, wire};
use crate::world::World;

/// The parameters that are read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Parameters {
    task_id: Option<String>,
}

pub(crate) async fn show(
    _caller: Caller,
    State(world): State<Arc<World>>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Value>, ApiError> {
    let id = parameters
        .task_id
        .ok_or_else(|| ApiError::Invalid("taskId is required".to_owned()))?;
    let task = world.snapshot_at(&Kie, &id).ok_or(ApiError::NoSuchTask)?;
    Ok(Json(wire::answer(&task)))
}
