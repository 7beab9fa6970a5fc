//! What every call goes through: the key, the version, and for a POST the idempotency key.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, Uri},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::{VERSION, error::ApiError, params};
use crate::{auth::Caller, clock, ids, parameters::is_form, world::World};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest idempotency key, in characters.
const KEY_LENGTH: usize = 255;

/// Proof of the right key.
pub(crate) type Called = Caller<ApiError>;

/// What a call under an idempotency key was, and its answer once it has one.
#[derive(Debug, Clone)]
pub(crate) struct Keyed {
    path: String,
    asked: Map<String, Value>,
    answer: Option<(StatusCode, Value)>,
}

/// What a POST has come to.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) body: Value,
    /// Whether it is not to be answered.
    pub(crate) hangs: bool,
}

impl From<Value> for Done {
    fn from(body: Value) -> Self {
        Self { body, hangs: false }
    }
}

/// The parameters of a GET.
pub(crate) fn query(query: Option<&str>) -> Result<Map<String, Value>, ApiError> {
    params::read(query.unwrap_or_default().as_bytes())
}

/// Executes a POST:
///
/// 1. read its parameters;
/// 2. answer again what its key was answered before, also an error of Stripe's own;
/// 3. do what it asks for;
/// 4. keep the answer under the key, unless the call was refused before it began;
/// 5. answer, unless there is to be no answer.
pub(crate) async fn post(
    world: &Arc<World>,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
    work: impl FnOnce(Map<String, Value>) -> Result<Done, ApiError>,
) -> Result<Response, ApiError> {
    // 1.
    if !body.is_empty() && !is_form(headers) {
        let words = "The body must be application/x-www-form-urlencoded.".to_owned();
        return Err(ApiError::Unknown(words));
    }
    let asked = params::read(body)?;
    let key = idempotency_key(headers)?;
    // 2.
    if let Some(key) = &key
        && let Some((status, body)) = begin(world, key, path, &asked)?
    {
        let replayed = [
            ("idempotent-replayed", "true"),
            ("stripe-should-retry", "false"),
        ];
        return Ok((status, replayed, Json(body)).into_response());
    }
    // 3.
    let outcome = work(asked);
    // 4.
    if let Some(key) = key {
        let answer = match &outcome {
            Ok(done) => Some((StatusCode::OK, done.body.clone())),
            Err(error) if error.is_executed() => Some((error.status(), error.body())),
            Err(_) => None,
        };
        world.change(|memory| match answer {
            None => {
                memory.books.keyed.remove(&key);
            }
            answer => {
                if let Some(keyed) = memory.books.keyed.get_mut(&key) {
                    keyed.answer = answer;
                }
            }
        });
    }
    // 5.
    let done = outcome?;
    if done.hangs {
        world.stopped().await;
    }
    Ok(Json(done.body).into_response())
}

/// The answer that a key has, if it has one; otherwise the key is taken.
fn begin(
    world: &World,
    key: &str,
    path: &str,
    asked: &Map<String, Value>,
) -> Result<Option<(StatusCode, Value)>, ApiError> {
    world.change(|memory| {
        let Some(keyed) = memory.books.keyed.get(key) else {
            let keyed = Keyed {
                path: path.to_owned(),
                asked: asked.clone(),
                answer: None,
            };
            memory.books.keyed.insert(key.to_owned(), keyed);
            return Ok(None);
        };
        if keyed.path != path || keyed.asked != *asked {
            return Err(ApiError::OtherRequest(key.to_owned()));
        }
        match &keyed.answer {
            None => Err(ApiError::KeyInUse),
            answer => Ok(answer.clone()),
        }
    })
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=KEY_LENGTH).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(ApiError::Refused {
            code: None,
            message: format!("Idempotency keys must have at most {KEY_LENGTH} characters."),
        }),
    }
}

/// Adds the headers that every answer has, and refuses a version that is none.
pub(crate) async fn stamp(request: Request, next: Next) -> Response {
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    let version = request.headers().get("stripe-version").cloned();
    let mut response = match &version {
        Some(version) if !version.to_str().is_ok_and(is_version) => {
            let message = "Invalid Stripe API version.".to_owned();
            ApiError::Refused {
                code: None,
                message,
            }
            .into_response()
        }
        _ => next.run(request).await,
    };
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let at = clock::unix_millis(clock::now());
    let id = format!("req_{}", ids::base32(&format!("{at} {serial}")));
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("request-id", id);
    }
    let version = version.unwrap_or_else(|| HeaderValue::from_static(VERSION));
    headers.insert("stripe-version", version);
    response
}

/// Whether a text is a date, with or without the name of a family behind it.
fn is_version(text: &str) -> bool {
    let (date, name) = text.split_once('.').unwrap_or((text, "x"));
    let is_date = date.split('-').map(str::len).eq([4, 2, 2])
        && date.chars().all(|c| c.is_ascii_digit() || c == '-');
    is_date && !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase())
}

/// There is no such address.
pub(crate) async fn unknown(_called: Called, uri: Uri) -> ApiError {
    ApiError::Unknown(uri.path().to_owned())
}
