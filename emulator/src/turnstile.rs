//! Turnstile's verdict on a token (`developers.cloudflare.com/turnstile`). There is no widget here:
//! with Cloudflare's test secrets, its dummy token is judged as there; with the emulator's key as the
//! secret, any token that begins with `LOCAL|`.

mod verdict;

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use serde_json::Value;

use self::verdict::{Problem, Token, Verdict};
use crate::{
    behaviour::hashtags,
    parameters::{Parameters, is_form},
    world::World,
};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/v0/siteverify", post(verify))
}

const PARAMETERS: [&str; 4] = ["secret", "response", "remoteip", "idempotency_key"];
/// The token of Cloudflare's test widgets.
const TEST_TOKEN: &str = "XXXX.DUMMY.TOKEN.XXXX";
const ALWAYS_PASSES: &str = "1x0000000000000000000000000000000AA";
const ALWAYS_FAILS: &str = "2x0000000000000000000000000000000AA";
const ALWAYS_SPENT: &str = "3x0000000000000000000000000000000AA";
/// The longest token, in characters.
const TOKEN_LENGTH: usize = 2_048;

/// The tokens that were verified, each with the `idempotency_key` of the request.
pub(crate) type Challenges = HashMap<String, Option<String>>;

async fn verify(State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(asked) = read(&headers, &body) else {
        let verdict = Verdict::failure(Problem::BadRequest);
        return (StatusCode::BAD_REQUEST, Json(verdict)).into_response();
    };
    let token = asked.get("response").unwrap_or_default();
    if hashtags(token).any(|hashtag| hashtag == "hang") {
        world.stopped().await;
    }
    match judge(&world, &asked) {
        Ok(verdict) => Json(verdict).into_response(),
        Err(problem) => Json(Verdict::failure(problem)).into_response(),
    }
}

/// A form or JSON, with known fields only.
fn read(headers: &HeaderMap, body: &[u8]) -> Option<Parameters> {
    let asked = if is_form(headers) {
        Parameters::of_form(headers, body).ok()?
    } else {
        let Ok(Value::Object(object)) = serde_json::from_slice(body) else {
            return None;
        };
        Parameters::of_texts(object)?
    };
    asked.allow(&PARAMETERS).ok()?;
    Some(asked)
}

fn judge(world: &World, asked: &Parameters) -> Result<Verdict, Problem> {
    let secret = asked.get("secret").ok_or(Problem::MissingSecret)?;
    let token = asked.get("response").ok_or(Problem::MissingResponse)?;
    let is_dummy = token == TEST_TOKEN;
    match secret {
        ALWAYS_PASSES if is_dummy => Ok(Verdict::of_dummy()),
        ALWAYS_SPENT if is_dummy => Err(Problem::TimeoutOrDuplicate),
        ALWAYS_PASSES | ALWAYS_FAILS | ALWAYS_SPENT => Err(Problem::InvalidResponse),
        own if own == world.settings.api_key => judge_local(world, asked, token),
        _ => Err(Problem::InvalidSecret),
    }
}

/// A token is good once, and again for the same `idempotency_key`.
fn judge_local(world: &World, asked: &Parameters, token: &str) -> Result<Verdict, Problem> {
    if token.len() > TOKEN_LENGTH {
        return Err(Problem::InvalidResponse);
    }
    let known = Token::parse(token).ok_or(Problem::InvalidResponse)?;
    if hashtags(token).any(|hashtag| hashtag == "internal") {
        return Err(Problem::Internal);
    }
    let key = asked.owned("idempotency_key");
    world.change(|memory| match memory.challenges.get(token) {
        Some(earlier) if earlier.is_none() || *earlier != key => Err(Problem::TimeoutOrDuplicate),
        Some(_) => Ok(Verdict::of(&known)),
        None => {
            memory.challenges.insert(token.to_owned(), key);
            Ok(Verdict::of(&known))
        }
    })
}
