//! The ID token, and what is told about a person.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Provider, TOKEN_LIFETIME};
use crate::{
    clock,
    sign_in::{grants::Grant, people::Person},
    world::World,
};

/// How many bytes of the hash are in `at_hash`: half of them.
const HALF: usize = 16;

/// A signed ID token for an access token.
pub(crate) fn sign(
    world: &World,
    provider: Provider,
    grant: &Grant,
    access_token: &str,
) -> Option<String> {
    let algorithm = provider.algorithm;
    let header = json!({ "alg": algorithm.name(), "kid": algorithm.key_id(), "typ": "JWT" });
    let claims = Value::Object(claims(world, provider, grant, access_token));
    let [header, claims] =
        [header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string()));
    let signed = format!("{header}.{claims}");
    let signature = algorithm.sign(&world.settings.signing_seed, &signed)?;
    Some(format!("{signed}.{signature}"))
}

fn claims(
    world: &World,
    provider: Provider,
    grant: &Grant,
    access_token: &str,
) -> Map<String, Value> {
    let now = clock::unix_seconds(clock::now());
    let digest = Sha256::digest(access_token);
    let half: Vec<u8> = digest.into_iter().take(HALF).collect();
    let mut claims = if provider.tells_in_token {
        about(provider, &grant.person, &grant.scope)
    } else {
        Map::new()
    };
    let mut add = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    add("iss", json!(world.provider_url(provider.name)));
    add("aud", json!(provider.client_id));
    add("azp", json!(provider.client_id));
    add("sub", json!(grant.person.sub));
    add("iat", json!(now));
    add("exp", json!(now.saturating_add(TOKEN_LIFETIME.as_secs())));
    add("at_hash", json!(BASE64_URL_SAFE_NO_PAD.encode(half)));
    if let Some(nonce) = &grant.nonce {
        add("nonce", json!(nonce));
    }
    claims
}

/// What the scopes let a client know about somebody, with the subject.
pub(crate) fn about(provider: Provider, person: &Person, scope: &str) -> Map<String, Value> {
    let has = |wanted: &str| scope.split(' ').any(|given| given == wanted);
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
    tell("sub", json!(person.sub));
    if has("profile") {
        tell("name", json!(person.name));
    }
    if has("email") {
        tell("email", json!(person.email));
        tell("email_verified", json!(person.is_verified));
    }
    if let Some(domain) = person.domain.as_ref().filter(|_| provider.has_domains) {
        tell("hd", json!(domain));
    }
    told
}
