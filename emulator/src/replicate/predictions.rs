//! `GET /v1/predictions/{id}` and `POST /v1/predictions/{id}/cancel`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::Value;

use super::{Replicate, error::ApiError, wire};
use crate::{
    auth::Caller,
    cancel::{self, CancelOutcome},
    protocol::Protocol,
    world::World,
};

pub(crate) async fn show(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    shown(&world, &id)
}

/// Answers with the prediction as it is after that, also where it had ended.
pub(crate) async fn cancel(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    match cancel::cancel(&world, &Replicate, &id) {
        CancelOutcome::Canceled | CancelOutcome::AlreadyOver => shown(&world, &id),
        CancelOutcome::Unknown => Err(ApiError::NotFound),
    }
}

fn shown(world: &World, id: &str) -> Result<Json<Value>, ApiError> {
    let task = world
        .snapshot_at(&Replicate, id)
        .ok_or(ApiError::NotFound)?;
    let base_url = world.provider_url(Replicate.name());
    Ok(Json(wire::prediction(&task, &base_url)))
}
