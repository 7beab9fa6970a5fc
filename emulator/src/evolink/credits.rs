//! `GET /v1/credits`.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::error::ApiError;
use crate::{auth::Caller, world::World};

/// The key has no limit of its own; the user's balance is what counts.
pub(crate) async fn show(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
) -> Json<Value> {
    let used = world.memory().used_credits;
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
