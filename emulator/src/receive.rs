//! What every request goes through: it is recorded on arrival, and logged when it is answered.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::Value;

use crate::{
    log::{self, Line},
    record::Call,
    world::World,
};

/// The largest body that is received, in bytes: above every provider's own limit.
const BODY_BYTES: usize = 64 * 1024 * 1024;
/// The largest answer that is logged, in bytes.
const ANSWER_BYTES: usize = 1024 * 1024;

/// A request under way. It is logged when it is dropped: answered, or abandoned by its caller.
#[derive(Debug)]
struct Pending {
    world: Arc<World>,
    line: Option<Line>,
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            log::write(&self.world, line);
        }
    }
}

/// Records each request on arrival, and its status once it has one.
pub(crate) async fn record(
    State(world): State<Arc<World>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let call = Call {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: log::headers(&parts.headers),
        body: log::body(&bytes),
        status: None,
    };
    let line = Line {
        request: Some(format!("{} {}", parts.method, parts.uri)),
        headers: call.headers.clone(),
        body: call.body.clone(),
        ..Line::default()
    };
    let mut pending = Pending {
        world: Arc::clone(&world),
        line: Some(line),
    };
    let place = world.change(|memory| {
        memory.calls.push(call);
        memory.calls.len().saturating_sub(1)
    });
    let response = next
        .run(Request::from_parts(parts, Body::from(bytes)))
        .await;
    let status = response.status().as_u16();
    world.change(|memory| {
        if let Some(call) = memory.calls.get_mut(place) {
            call.status = Some(status);
        }
    });
    let (response, answer) = told(response).await;
    if let Some(line) = &mut pending.line {
        line.status = Some(status);
        line.answer = answer;
    }
    response
}

/// An answer, and the part that is logged: JSON, without pictures and protocol upgrades.
async fn told(response: Response) -> (Response, Value) {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.contains("json") {
        return (response, Value::Null);
    }
    let (parts, body) = response.into_parts();
    match to_bytes(body, ANSWER_BYTES).await {
        Ok(bytes) => {
            let answer = log::body(&bytes);
            (Response::from_parts(parts, Body::from(bytes)), answer)
        }
        Err(_) => (
            StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Value::Null,
        ),
    }
}
