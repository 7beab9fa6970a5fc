//! Who calls, and what the account has left.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::request::Parts,
};
use serde_json::{Value, json};

use super::error::ApiError;
use crate::{auth, world::World};

/// Proof that the call bore the right key.
#[derive(Debug)]
pub(crate) struct Caller(());

impl FromRequestParts<Arc<World>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        world: &Arc<World>,
    ) -> Result<Self, Self::Rejection> {
        if auth::presents(&parts.headers, "Bearer", &world.settings.api_key) {
            Ok(Self(()))
        } else {
            Err(ApiError::Unauthorized)
        }
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
