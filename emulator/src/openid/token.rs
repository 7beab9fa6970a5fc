//! `POST /token`: a code for an access token and an ID token.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde_json::json;
use tokio::time::Instant;
use url::form_urlencoded;

use super::{CODE_LIFETIME, Provider, TOKEN_LIFETIME, error::TokenError, id_token};
use crate::{
    parameters::Parameters,
    sign_in::{
        code_lifetime,
        grants::{Grant, Mismatch},
    },
    world::World,
};

const PARAMETERS: [&str; 6] = [
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "client_id",
    "client_secret",
];
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Authenticates the client, redeems the code, signs.
pub(crate) async fn exchange(
    State(world): State<Arc<World>>,
    Extension(provider): Extension<Provider>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenError> {
    let form = Parameters::of_form(&headers, &body)?;
    form.allow(&PARAMETERS)?;
    authenticate(&world, provider, &headers, &form)?;
    match form.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => return Err(TokenError::UnsupportedGrantType),
        None => {
            return Err(TokenError::InvalidRequest(
                "grant_type is missing".to_owned(),
            ));
        }
    }
    let grant = redeem(&world, provider, &form)?;
    let token = world.change(|memory| {
        let token = memory.draw("access-");
        memory.grants.admit(token.clone(), &grant);
        token
    });
    let id_token = id_token::sign(&world, provider, &grant, &token).ok_or(TokenError::Internal)?;
    let answer = json!({
        "access_token": token,
        "expires_in": TOKEN_LIFETIME.as_secs(),
        "id_token": id_token,
        "scope": grant.scope,
        "token_type": "Bearer",
    });
    Ok(([(header::CACHE_CONTROL, NO_STORE)], Json(answer)).into_response())
}

fn redeem(world: &World, provider: Provider, form: &Parameters) -> Result<Grant, TokenError> {
    let code = form
        .get("code")
        .ok_or_else(|| TokenError::InvalidRequest("code is missing".to_owned()))?;
    let life = code_lifetime(&world.settings, CODE_LIFETIME);
    let now = Instant::now();
    let grant = world
        .change(|memory| memory.grants.redeem(provider.name, code, now, life))
        .ok_or(TokenError::InvalidGrant(
            "the code is unknown, used or expired",
        ))?;
    match grant.check(form.get("redirect_uri"), form.get("code_verifier")) {
        Ok(()) => Ok(grant),
        Err(Mismatch::RedirectUri) => Err(TokenError::InvalidGrant("redirect_uri is another")),
        Err(Mismatch::Verifier) => Err(TokenError::InvalidGrant("code_verifier is wrong")),
    }
}

/// The client's id and secret are in the form, or in HTTP Basic, each form-encoded; not in both.
fn authenticate(
    world: &World,
    provider: Provider,
    headers: &HeaderMap,
    form: &Parameters,
) -> Result<(), TokenError> {
    let expected = (provider.client_id, world.settings.api_key.as_str());
    let posted = (form.get("client_id"), form.get("client_secret"));
    let Some(sent) = headers.get(header::AUTHORIZATION) else {
        let is_right = posted == (Some(expected.0), Some(expected.1));
        return is_right
            .then_some(())
            .ok_or(TokenError::InvalidClient { basic: false });
    };
    if posted.1.is_some() {
        let problem = "the client authenticates in two ways".to_owned();
        return Err(TokenError::InvalidRequest(problem));
    }
    let is_same = posted.0.is_none_or(|id| id == expected.0);
    let given = sent.to_str().ok().and_then(basic);
    let is_right = given.is_some_and(|(id, secret)| (id.as_str(), secret.as_str()) == expected);
    (is_same && is_right)
        .then_some(())
        .ok_or(TokenError::InvalidClient { basic: true })
}

/// The two parts of HTTP Basic.
fn basic(header: &str) -> Option<(String, String)> {
    let encoded = header.strip_prefix("Basic ")?;
    let text = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decoded(id)?, decoded(secret)?))
}

fn decoded(part: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(part.as_bytes());
    pairs.next().map(|(name, _)| name.into_owned())
}
