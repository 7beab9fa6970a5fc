//! Who calls, and what the account has left.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{header, request::Parts},
};
use serde_json::{Value, json};

use super::error::ApiError;
use crate::world::World;

/// Proof that the call bore the right key.
#[derive(Debug)]
pub(crate) struct Caller(());

impl FromRequestParts<Arc<World>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        world: &Arc<World>,
    ) -> Result<Self, Self::Rejection> {
        parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .filter(|key| *key == world.settings.api_key)
            .map(|_key| Self(()))
            .ok_or(ApiError::Unauthorized)
    }
}

/// `GET /v1/credits`. The key has no limit of its own; the user's balance is what counts.
pub(crate) async fn credits(_caller: Caller, State(world): State<Arc<World>>) -> Json<Value> {
    let used = world.look().used_credits;
    let remaining = world.settings.credits - used;
    Json(json!({
        "success": true,
        "message": "",
        "data": {
            "token": {
                "remaining_credits": remaining,
                "used_credits": used,
                "unlimited_credits": true,
            },
            "user": { "remaining_credits": remaining, "used_credits": used },
        },
    }))
}
