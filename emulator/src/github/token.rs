//! `POST /login/oauth/access_token`: a code for an access token.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::{Map, Value};
use tokio::time::Instant;
use url::form_urlencoded::Serializer;

use super::{CLIENT_ID, CODE_LIFETIME, NAME, error::TokenError};
use crate::{
    parameters::Parameters,
    sign_in::{code_lifetime, grants::Mismatch},
    world::World,
};

const PARAMETERS: [&str; 6] = [
    "client_id",
    "client_secret",
    "code",
    "redirect_uri",
    "code_verifier",
    "grant_type",
];
const FORM: HeaderValue =
    HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");

/// Fields of an answer, in order.
type Fields = Vec<(&'static str, String)>;

/// Answers with 200 whatever the outcome: as JSON if the caller accepts it, else as a form.
pub(crate) async fn exchange(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = redeem(&world, &headers, &body).unwrap_or_else(|error| error.fields());
    let accepted = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
    if accepted.is_some_and(|accepted| accepted.contains("json")) {
        let object = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()));
        return Json(object.collect::<Map<String, Value>>()).into_response();
    }
    let form = Serializer::new(String::new()).extend_pairs(fields).finish();
    ([(header::CONTENT_TYPE, FORM)], form).into_response()
}

fn redeem(world: &World, headers: &HeaderMap, body: &[u8]) -> Result<Fields, TokenError> {
    let invalid =
        |error: crate::parameters::ParameterError| TokenError::InvalidRequest(error.to_string());
    let form = Parameters::of_form(headers, body).map_err(invalid)?;
    form.allow(&PARAMETERS).map_err(invalid)?;
    if !matches!(form.get("grant_type"), None | Some("authorization_code")) {
        return Err(TokenError::UnsupportedGrantType);
    }
    let client = (form.get("client_id"), form.get("client_secret"));
    if client != (Some(CLIENT_ID), Some(&world.settings.api_key)) {
        return Err(TokenError::IncorrectClientCredentials);
    }
    let code = form.get("code").ok_or(TokenError::BadVerificationCode)?;
    let life = code_lifetime(&world.settings, CODE_LIFETIME);
    world.change(|memory| {
        let grant = memory
            .grants
            .redeem(NAME, code, Instant::now(), life)
            .ok_or(TokenError::BadVerificationCode)?;
        grant
            .check(form.get("redirect_uri"), form.get("code_verifier"))
            .map_err(|mismatch| match mismatch {
                Mismatch::RedirectUri => TokenError::RedirectUriMismatch,
                Mismatch::Verifier => TokenError::BadVerificationCode,
            })?;
        let token = memory.draw("gho_");
        memory.grants.admit(token.clone(), &grant);
        Ok(vec![
            ("access_token", token),
            ("scope", grant.scope.replace(' ', ",")),
            ("token_type", "bearer".to_owned()),
        ])
    })
}
