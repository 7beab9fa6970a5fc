//! `POST /v1/images/kolors-virtual-try-on`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{State, rejection::BytesRejection},
};
use bytes::Bytes;
use serde_json::Value;

use super::{Kling, error::ApiError, external, generation, pictures, wire};
use crate::{auth::Caller, create, world::World};

/// Parse, check the pictures, claim the caller's own id, create, answer.
pub(crate) async fn create(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ApiError> {
    let body = body.map_err(|error| ApiError::InvalidParameter(error.to_string()))?;
    let generation = generation::parse(&body)?;
    pictures::check(&world, &generation).await?;
    let _claim = generation
        .external_id
        .as_deref()
        .map(|id| external::claim(&world, id))
        .transpose()?;
    let task = create::create(&world, &Kling, generation).await?;
    Ok(Json(wire::answer(&wire::accepted(&task))))
}
