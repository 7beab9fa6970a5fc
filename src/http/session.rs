//! Demo sessions, and whether we are there at all.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::extract::Body;
use super::problem::Problem;
use super::view;
use crate::domain::order::FieldError;
use crate::service::{Atelier, Error};

const MAX_NAME_CHARS: usize = 64;

/// Who to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSession {
    #[serde(default)]
    account: Option<String>,
}

/// `POST /v1/session`
pub(super) async fn create(
    State(atelier): State<Atelier>,
    body: Result<Body<NewSession>, Problem>,
) -> Result<Json<Value>, Problem> {
    if !atelier.config().local {
        return Err(Error::NotFound.into());
    }
    let Body(NewSession { account }) = body?;
    let fits = |name: &String| !name.trim().is_empty() && name.chars().count() <= MAX_NAME_CHARS;
    if account.as_ref().is_some_and(|name| !fits(name)) {
        let message = format!("must have 1 to {MAX_NAME_CHARS} characters");
        return Err(Problem::invalid(&[FieldError::new("account", message)]));
    }
    let session = atelier.session(account).await?;
    Ok(Json(json!({
        "token": session.token, "account": session.subject, "expires_at": view::time(session.expires_at),
    })))
}

/// `GET /healthz`
pub(super) async fn health() -> Json<Value> {
    Json(json!({"ok": true, "version": env!("CARGO_PKG_VERSION")}))
}
