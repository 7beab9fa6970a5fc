//! Who is asking: a user's JSON Web Token, or the operator's token.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;

use super::{Atelier, Error};
use crate::domain::id::AccountId;
use crate::domain::time::Timestamp;
use crate::jwt::{Algorithm, Claims, PublicAlgorithm, Unverified, suits};

/// No subject of an identity provider is longer.
const MAX_SUBJECT_CHARS: usize = 255;

/// How long public keys are believed.
const KEYS_TTL: Duration = Duration::from_hours(1);

/// A key that is not known makes us look again, but not more often than this.
const KEYS_PAUSE: Duration = Duration::from_mins(1);

const KEYS_TIMEOUT: Duration = Duration::from_secs(5);

/// Somebody who proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their account.
    pub account: AccountId,
    _proved: (),
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

struct Keys {
    from: String,
    set: KeySet,
    /// When the set came.
    at: Timestamp,
    /// When we last looked, whatever came of it.
    looked_at: Timestamp,
}

/// The public keys that this isolate knows: plain data, never held over an await.
static KEYS: Mutex<Option<Keys>> = Mutex::new(None);

impl Atelier {
    /// The user behind a token: (1) its signature, by the key that its algorithm calls for; (2) its
    /// times by our own clock, its issuer and audience where configured; (3) its subject.
    pub async fn user(&self, token: &str) -> Result<User, Error> {
        let token = Unverified::parse(token).ok_or(Error::Unauthenticated)?;
        let claims = match token.algorithm {
            Algorithm::Hs256 => {
                let secret = self.config.auth.secret.as_deref();
                secret.and_then(|secret| token.verified_by_secret(secret))
            }
            Algorithm::Public(algorithm) => self.verified_by_public_key(token, algorithm).await?,
        };
        let claims = claims.ok_or(Error::Unauthenticated)?; // (1)
        let auth = &self.config.auth;
        let holds = claims.hold(self.now(), auth.issuer.as_deref(), auth.audience.as_deref()); // (2)
        let is_named = !claims.sub.is_empty() && claims.sub.chars().count() <= MAX_SUBJECT_CHARS; // (3)
        if !holds || !is_named {
            return Err(Error::Unauthenticated);
        }
        Ok(User {
            account: AccountId::of_subject(&claims.sub),
            _proved: (),
        })
    }

    /// Whether a token is the operator's.
    pub fn is_operator(&self, token: &str) -> bool {
        // Both are hashed first, so the time of the comparison tells nothing, not even a length.
        let digest = |text: &str| {
            Some(
                Hmac::<Sha256>::new_from_slice(b"operator")
                    .ok()?
                    .chain_update(text),
            )
        };
        let expected = digest(&self.config.admin_token).map(|mac| mac.finalize().into_bytes());
        digest(token)
            .zip(expected)
            .is_some_and(|(mac, expected)| mac.verify(&expected).is_ok())
    }

    /// A token that [`Atelier::user`] accepts until `expires_at`.
    pub(super) fn sign_session(
        &self,
        subject: &str,
        expires_at: Timestamp,
    ) -> Result<String, Error> {
        let claims = Claims {
            sub: subject.into(),
            exp: expires_at.seconds(),
            nbf: None,
            iss: self.config.auth.issuer.clone(),
            aud: self.config.auth.audience.clone().map(Into::into),
        };
        let secret = self.config.auth.secret.as_ref().ok_or(Error::NotFound)?;
        claims
            .sign(secret)
            .ok_or_else(|| Error::Internal("a session cannot be signed".into()))
    }

    async fn verified_by_public_key(
        &self,
        token: Unverified<'_>,
        algorithm: PublicAlgorithm,
    ) -> Result<Option<Claims>, Error> {
        let Some(jwk) = self.public_key(token.kid.as_deref(), algorithm).await? else {
            return Ok(None);
        };
        let signatures = &self.ports.signatures;
        let is_good = signatures
            .verify(algorithm, &jwk, token.message, &token.signature)
            .await;
        Ok(token.verified_by_public_key(is_good))
    }

    /// The public key of that id: one we know, or one we find when we look again.
    async fn public_key(
        &self,
        kid: Option<&str>,
        algorithm: PublicAlgorithm,
    ) -> Result<Option<Value>, Error> {
        let Some((url, kid)) = self.config.auth.jwks_url.as_deref().zip(kid) else {
            return Ok(None);
        };
        let now = self.now();
        let (mut known, may_look) = known_key(url, kid, now);
        if known.is_none() && may_look {
            self.look_up_keys(url, now).await?;
            known = known_key(url, kid, now).0;
        }
        Ok(known.filter(|jwk| suits(jwk, algorithm)))
    }

    /// Looks for the keys again. If that fails, those we have are kept for their time.
    async fn look_up_keys(&self, url: &str, now: Timestamp) -> Result<(), Error> {
        let found = self.fetch_keys(url).await;
        let mut known = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_with(|| Keys::none(url, now));
        if known.from != url {
            *known = Keys::none(url, now);
        }
        known.looked_at = now;
        let unavailable = |error| Error::ProviderUnavailable(format!("AUTH_JWKS_URL: {error}"));
        known.set = found.map_err(unavailable)?;
        known.at = now;
        Ok(())
    }

    async fn fetch_keys(&self, url: &str) -> Result<KeySet, String> {
        let request = http::Request::get(url).body(Bytes::new());
        let request = request.map_err(|error| error.to_string())?;
        let answer = self.ports.http.send(request, KEYS_TIMEOUT).await;
        let answer = answer.map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("answers {}", answer.status()));
        }
        serde_json::from_slice(answer.body()).map_err(|error| error.to_string())
    }
}

impl Keys {
    fn none(url: &str, now: Timestamp) -> Self {
        Self {
            from: url.into(),
            set: KeySet { keys: Vec::new() },
            at: now,
            looked_at: Timestamp::default(),
        }
    }
}

/// The key, if it is known and still believed, and whether it is time to look for it again.
fn known_key(url: &str, kid: &str, now: Timestamp) -> (Option<Value>, bool) {
    let keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(keys) = keys.as_ref().filter(|keys| keys.from == url) else {
        return (None, true);
    };
    let may_look = now.since(keys.looked_at) >= KEYS_PAUSE;
    let is_it = |key: &&Value| key.get("kid").and_then(Value::as_str) == Some(kid);
    let key = keys
        .set
        .keys
        .iter()
        .find(is_it)
        .filter(|_| now.since(keys.at) < KEYS_TTL);
    (key.cloned(), may_look)
}
