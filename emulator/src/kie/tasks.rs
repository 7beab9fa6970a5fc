//! `GET /api/v1/jobs/recordInfo?taskId=`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;
use serde_json::Value;

use super::{Kie, error::ApiError, wire};
use crate::{auth::Caller, world::World};

/// All parameters that there are.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Parameters {
    task_id: Option<String>,
}

pub(crate) async fn show(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, ApiError> {
    let Query(parameters) = parameters.map_err(|error| ApiError::Invalid(error.body_text()))?;
    let id = parameters
        .task_id
        .ok_or_else(|| ApiError::Invalid("taskId is required".to_owned()))?;
    let task = world.snapshot_at(&Kie, &id).ok_or(ApiError::NoSuchTask)?;
    Ok(Json(wire::answer(&task)))
}
