//! `GET /.well-known/openid-configuration`, and the keys.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::Provider;
use crate::world::World;

const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");

pub(crate) async fn show(
    State(world): State<Arc<World>>,
    Extension(provider): Extension<Provider>,
) -> Json<Map<String, Value>> {
    let issuer = world.provider_url(provider.name);
    let facts = [
        ("issuer", json!(issuer)),
        (
            "authorization_endpoint",
            json!(format!("{issuer}/authorize")),
        ),
        ("token_endpoint", json!(format!("{issuer}/token"))),
        ("userinfo_endpoint", json!(format!("{issuer}/userinfo"))),
        ("jwks_uri", json!(format!("{issuer}/jwks"))),
        ("response_types_supported", json!(["code"])),
        ("response_modes_supported", json!(["query"])),
        ("grant_types_supported", json!(["authorization_code"])),
        ("subject_types_supported", json!(["public"])),
        (
            "id_token_signing_alg_values_supported",
            json!([provider.algorithm.name()]),
        ),
        ("scopes_supported", json!(["openid", "email", "profile"])),
        (
            "token_endpoint_auth_methods_supported",
            json!(["client_secret_post", "client_secret_basic"]),
        ),
        ("code_challenge_methods_supported", json!(["S256"])),
        (
            "authorization_response_iss_parameter_supported",
            json!(provider.sends_issuer),
        ),
    ];
    Json(
        facts
            .map(|(name, fact)| (name.to_owned(), fact))
            .into_iter()
            .collect(),
    )
}

pub(crate) async fn jwks(
    State(world): State<Arc<World>>,
    Extension(provider): Extension<Provider>,
) -> Response {
    match provider.algorithm.jwks(&world.settings.signing_seed) {
        Some(keys) => ([(header::CACHE_CONTROL, CACHE)], Json(keys)).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
