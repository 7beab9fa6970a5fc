//! Providers calling back.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use http::HeaderMap;
use serde_json::{Value, json};

use super::extract::Named;
use super::problem::Problem;
use crate::service::Atelier;

/// `POST /v1/webhooks/{provider}/{token}`: 200 also for what is known already.
pub(super) async fn receive(
    State(atelier): State<Atelier>,
    Named((provider, token)): Named<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    atelier.callback(&provider, &token, &headers, &body).await?;
    Ok(Json(json!({"ok": true})))
}
