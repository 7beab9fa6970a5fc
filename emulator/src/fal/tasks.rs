//! The URLs of a request: status, result and cancel.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    Fal,
    error::{ApiError, TYPE_HEADER},
    outcome::Outcome,
    wire,
};
use crate::{
    auth::Caller,
    cancel::{self, CancelOutcome},
    protocol::Protocol,
    task::Snapshot,
    world::World,
};

/// `{owner}/{app}/requests/{id}`.
type Address = Path<(String, String, String)>;

/// 202 while it is queued or running, 200 once it has completed, whatever the outcome.
pub(crate) async fn status(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    Path(address): Address,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let task = find(&world, &address)?;
    let status = match Outcome::of(&task) {
        None => StatusCode::ACCEPTED,
        Some(_) => StatusCode::OK,
    };
    let base_url = world.provider_url(Fal.name());
    Ok((status, Json(wire::status(&task, &base_url))))
}

/// The model's output, or its refusal under a status of its own.
pub(crate) async fn result(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    Path(address): Address,
) -> Result<Response, ApiError> {
    let outcome = Outcome::of(&find(&world, &address)?).ok_or(ApiError::InProgress)?;
    let status = StatusCode::from_u16(outcome.status()).unwrap_or_default();
    let body = Json(outcome.body());
    Ok(match outcome {
        Outcome::Output(_) => (status, body).into_response(),
        Outcome::Refused(_) => (status, [("x-fal-retryable", "false")], body).into_response(),
        Outcome::Broken { kind, .. } => (status, [(TYPE_HEADER, kind)], body).into_response(),
    })
}

/// Cancels a request that has not ended.
pub(crate) async fn cancel(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    Path((_owner, _app, id)): Address,
) -> (StatusCode, Json<Value>) {
    let (status, said) = match cancel::cancel(&world, &Fal, &id) {
        CancelOutcome::Canceled => (StatusCode::ACCEPTED, "CANCELLATION_REQUESTED"),
        CancelOutcome::AlreadyOver => (StatusCode::BAD_REQUEST, "ALREADY_COMPLETED"),
        CancelOutcome::Unknown => (StatusCode::NOT_FOUND, "NOT_FOUND"),
    };
    (status, Json(json!({ "status": said })))
}

/// The request of this id, if it is one of this app.
fn find(world: &World, (owner, app, id): &(String, String, String)) -> Result<Snapshot, ApiError> {
    world
        .snapshot_at(&Fal, id)
        .filter(|task| wire::app(&task.generation.model) == format!("{owner}/{app}"))
        .ok_or(ApiError::NoSuchRequest)
}
