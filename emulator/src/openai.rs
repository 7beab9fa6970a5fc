//! `OpenAI`'s moderation (`platform.openai.com/docs/api-reference/moderations`).

mod error;
mod moderation;

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::post};
use bytes::Bytes;
use serde_json::{Value, json};

use self::{
    error::ApiError,
    moderation::{Moderation, Verdict},
};
use crate::{auth::Caller, behaviour, inputs, world::World};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/v1/moderations", post(moderate))
}

/// The largest picture, in bytes.
const PICTURE_BYTES: u64 = 20 * 1024 * 1024;

/// Judges texts and pictures by their hashtags.
async fn moderate(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let mut moderation = Moderation::parse(&body)?;
    for input in &mut moderation.inputs {
        if let Some(address) = &input.picture {
            input.label = look(&world, address).await?;
        }
    }
    if moderation.has("moderationdown") {
        return Err(ApiError::Internal);
    }
    let results: Vec<Value> = moderation
        .inputs
        .iter()
        .map(|input| Verdict::of(input).shown(input))
        .collect();
    let id = world.change(|memory| memory.draw("modr-"));
    Ok(Json(
        json!({ "id": id, "model": moderation.model, "results": results }),
    ))
}

/// Fetches a picture; its hashtags, in the pixels and after the file's end.
async fn look(world: &World, address: &str) -> Result<String, ApiError> {
    let timeout = world.settings.fetch_timeout;
    let file = inputs::fetch(&world.client, address, PICTURE_BYTES, timeout).await;
    let file = file.map_err(|error| ApiError::picture(&error))?;
    let appended = behaviour::appended(&file);
    let label = inputs::labelled(file).await;
    let label = label.map_err(|error| ApiError::picture(&error))?;
    Ok(format!("{label} {appended}"))
}
