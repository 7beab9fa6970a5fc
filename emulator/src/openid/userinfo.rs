//! `GET /userinfo`.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, header},
};
use serde_json::{Map, Value};

use super::{Provider, error::InvalidToken, id_token};
use crate::world::World;

pub(crate) async fn show(
    State(world): State<Arc<World>>,
    Extension(provider): Extension<Provider>,
    headers: HeaderMap,
) -> Result<Json<Map<String, Value>>, InvalidToken> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or(InvalidToken)?;
    let access = world
        .memory()
        .grants
        .access(provider.name, token)
        .ok_or(InvalidToken)?;
    Ok(Json(id_token::about(
        provider,
        &access.person,
        &access.scope,
    )))
}
