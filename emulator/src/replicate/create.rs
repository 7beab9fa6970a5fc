//! `POST /v1/predictions` and `POST /v1/models/{owner}/{name}/predictions`.
//!
//! Both answer at once: `Prefer: wait` and `Cancel-After` are not heard.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use bytes::Bytes;
use serde_json::Value;

use super::{Replicate, error::ApiError, generation, wire};
use crate::{
    auth::Caller,
    create,
    protocol::Protocol,
    task::{self, Generation},
    world::World,
};

type Created = (StatusCode, Json<Value>);

pub(crate) async fn by_version(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Created, ApiError> {
    create(&world, generation::by_version(&body)?).await
}

pub(crate) async fn by_model(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    Path((owner, name)): Path<(String, String)>,
    body: Bytes,
) -> Result<Created, ApiError> {
    let generation = generation::by_model(&format!("{owner}/{name}"), &body)?;
    create(&world, generation).await
}

async fn create(world: &Arc<World>, generation: Generation) -> Result<Created, ApiError> {
    let task = create::create(world, &Replicate, generation).await?;
    let base_url = world.provider_url(Replicate.name());
    let created = wire::prediction(&task.showing(task::State::Queued), &base_url);
    Ok((StatusCode::CREATED, Json(created)))
}
