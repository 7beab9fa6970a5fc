//! `POST /emails`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
};
use bytes::Bytes;
use serde_json::{Value, json};

use super::{email::Email, error::ApiError, outbox::Mail};
use crate::{
    address::{bare, has_tag},
    auth::Caller,
    clock, ids,
    world::World,
};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest idempotency key, in characters.
const KEY_LENGTH: usize = 256;

/// Accepts a mail:
///
/// 1. read it, and its key;
/// 2. refuse it, if a recipient's tag says so;
/// 3. keep it, unless its key was used before;
/// 4. answer, unless a recipient's tag says that there is no answer.
pub(crate) async fn send(
    _caller: Caller<ApiError>,
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    // 1.
    if headers
        .get(header::USER_AGENT)
        .is_none_or(HeaderValue::is_empty)
    {
        return Err(ApiError::NoUserAgent);
    }
    let key = idempotency_key(&headers)?;
    let body: Value = serde_json::from_slice(&body).map_err(|_no_json| {
        ApiError::Validation("The request body must be a JSON object.".to_owned())
    })?;
    let email = Email::parse(&body)?;
    // 2.
    let has = |tag: &str| {
        let mut addresses = email.to.iter().filter_map(|to| bare(to));
        addresses.any(|address| has_tag(address, tag))
    };
    if has("down") {
        return Err(ApiError::Internal);
    }
    if has("quota") {
        return Err(ApiError::DailyQuota);
    }
    let hangs = has("hang");
    // 3.
    let id = keep(&world, email, key, body)?;
    // 4.
    if hangs {
        world.stopped().await;
    }
    Ok(Json(json!({ "id": id })))
}

fn keep(world: &World, email: Email, key: Option<String>, body: Value) -> Result<String, ApiError> {
    world.change(|memory| {
        if let Some(key) = &key {
            match memory.outbox.earlier(key, &body) {
                Ok(None) => {}
                Ok(Some(id)) => return Ok(id),
                Err(_other_body) => return Err(ApiError::InvalidIdempotentRequest),
            }
        }
        let id = ids::uuid(&memory.draw("mail-"));
        let mail = Mail {
            id: id.clone(),
            from: email.from,
            to: email.to,
            subject: email.subject,
            text: email.text,
            html: email.html,
            reply_to: email.reply_to,
            at: clock::now(),
        };
        memory.outbox.keep(mail, key, body);
        Ok(id)
    })
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=KEY_LENGTH).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(ApiError::InvalidIdempotencyKey),
    }
}
