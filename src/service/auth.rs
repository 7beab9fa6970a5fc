//! Who is asking: a user's JSON Web Token, or the operator's token.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::Error;
use super::keys::Keys;
use crate::config::AuthConfig;
use crate::domain::id::AccountId;
use crate::domain::time::Timestamp;
use crate::jwk::{PublicAlgorithm, candidates};
use crate::jwt::{Algorithm, Claims, Unverified};
use crate::ports::{Clock, Signatures};

/// No subject of an identity provider is longer.
const MAX_SUBJECT_CHARS: usize = 255;

/// Somebody who proved who they are: the right to what is theirs. Only [`Access::user`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their account.
    pub account: AccountId,
    _proved: (),
}

/// An operator who proved that they are one: the right to move anybody's credits, and to read anybody's rows.
/// Only [`Access::operator`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    _proved: (),
}

/// Authenticates users and operators by their tokens.
pub struct Access {
    auth: AuthConfig,
    operator_tokens: Vec<String>,
    keys: Keys,
    signatures: Arc<dyn Signatures>,
    clock: Arc<dyn Clock>,
}

impl Access {
    pub(super) fn new(
        auth: AuthConfig,
        operator_tokens: Vec<String>,
        keys: Keys,
        signatures: Arc<dyn Signatures>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            auth,
            operator_tokens,
            keys,
            signatures,
            clock,
        }
    }

    /// The user behind a token: (1) its signature, by the key that its algorithm calls for; (2) its
    /// times by our own clock, its issuer and audience where configured; (3) its subject.
    pub async fn user(&self, token: &str) -> Result<User, Error> {
        let token = Unverified::parse(token).ok_or(Error::Unauthenticated)?;
        let claims = match token.algorithm {
            Algorithm::Hs256 => {
                let auth = &self.auth;
                let mut secrets = auth.secret.iter().chain(&auth.previous_secret);
                secrets.find_map(|secret| token.clone().verified_by_secret(secret))
            }
            Algorithm::Public(algorithm) => self.verified_by_public_key(token, algorithm).await?,
        };
        let claims = claims.ok_or(Error::Unauthenticated)?; // (1)
        let auth = &self.auth;
        let holds = claims.hold(
            self.clock.now(),
            auth.issuer.as_deref(),
            auth.audience.as_deref(),
        ); // (2)
        let is_named = !claims.sub.is_empty() && claims.sub.chars().count() <= MAX_SUBJECT_CHARS; // (3)
        if !holds || !is_named {
            return Err(Error::Unauthenticated);
        }
        Ok(User {
            account: AccountId::of_subject(&claims.sub),
            _proved: (),
        })
    }

    /// The operator whose token it is: `ADMIN_TOKEN`, or the one before it.
    pub fn operator(&self, token: &str) -> Result<Operator, Error> {
        // Both are hashed first, so the time of the comparison tells nothing, not even a length.
        let digest = |text: &str| {
            Some(
                Hmac::<Sha256>::new_from_slice(b"operator")
                    .ok()?
                    .chain_update(text),
            )
        };
        let is = |expected: &String| {
            let expected = digest(expected).map(|mac| mac.finalize().into_bytes());
            digest(token)
                .zip(expected)
                .is_some_and(|(mac, expected)| mac.verify(&expected).is_ok())
        };
        if !self.operator_tokens.iter().any(is) {
            return Err(Error::Unauthenticated);
        }
        Ok(Operator { _proved: () })
    }

    /// A token that [`Access::user`] accepts until `expires_at`.
    pub(super) fn sign_session(
        &self,
        subject: &str,
        expires_at: Timestamp,
    ) -> Result<String, Error> {
        let claims = Claims {
            sub: subject.into(),
            exp: expires_at.seconds(),
            nbf: None,
            iss: self.auth.issuer.clone(),
            aud: self.auth.audience.clone().map(Into::into),
            client_id: None,
            azp: None,
        };
        let secret = self.auth.secret.as_ref().ok_or(Error::NotFound)?;
        claims
            .sign(secret)
            .ok_or_else(|| Error::Internal("a session cannot be signed".into()))
    }

    /// A token's claims, if one of the published keys has signed it: (1) those we know that it may be
    /// signed with; (2) those that are published now, unless one of its id was known. If its
    /// key cannot be looked up, a token proves nothing.
    async fn verified_by_public_key(
        &self,
        token: Unverified<'_>,
        algorithm: PublicAlgorithm,
    ) -> Result<Option<Claims>, Error> {
        let Some(url) = self.auth.jwks_url.as_deref() else {
            return Ok(None);
        };
        let of_token =
            |keys| -> Vec<Value> { candidates(keys, token.kid.as_deref(), algorithm).collect() };
        let keys = self.keys.known(url).await?;
        let known = of_token(keys.clone());
        let mut is_good = self.is_signed_by_any(&known, &token, algorithm).await; // (1)
        // Without an id nothing else shows that a key has been replaced.
        let may_be_new = known.is_empty() || token.kid.is_none();
        if !is_good && may_be_new {
            let published = match self.keys.newer(url, &keys).await {
                Ok(published) => published.map(of_token).unwrap_or_default(),
                Err(error) => {
                    log::warn!("event=token_keys_unavailable error=\"{error:?}\"");
                    Vec::new()
                }
            };
            is_good = self.is_signed_by_any(&published, &token, algorithm).await; // (2)
        }
        Ok(token.verified_by_public_key(is_good))
    }

    async fn is_signed_by_any(
        &self,
        keys: &[Value],
        token: &Unverified<'_>,
        algorithm: PublicAlgorithm,
    ) -> bool {
        let signatures = &self.signatures;
        for key in keys {
            let is_good = signatures.verify(algorithm, key, token.message, &token.signature);
            if is_good.await {
                return true;
            }
        }
        false
    }
}
