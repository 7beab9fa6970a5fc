//! JSON Web Tokens (RFC 7519), as far as we take them: signed, with a subject and an expiry.
//!
//! A token's claims cannot be had before its signature was checked: [`Unverified`] gives them up
//! only to a proof.

mod kind;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::Sha256;

use crate::domain::time::Timestamp;
use crate::jwk::PublicAlgorithm;
use kind::Kind;

/// Clocks differ by less than this.
const LEEWAY_SECONDS: i64 = 30;

/// No honest token is longer.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// 2^53: up to here a double counts every second.
const MAX_SECONDS: f64 = 9_007_199_254_740_992.0;

/// How a token says it is signed. `none` and all others are no way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA256, with a secret that we share.
    Hs256,
    /// With a key whose public half is published.
    Public(PublicAlgorithm),
}

/// What a token claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The subject: who the token is about.
    pub sub: String,
    /// Until when, in seconds.
    #[serde(deserialize_with = "seconds")]
    pub exp: i64,
    /// From when on, in seconds.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "some_seconds"
    )]
    pub nbf: Option<i64>,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// To whom: a name, or a list of names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<Value>,
    /// Whom it was given to (RFC 9068): Cognito's access tokens have no audience but this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Value>,
    /// Whom it was given to: Clerk's tokens have no audience but this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<Value>,
}

/// A token whose signature nobody has checked.
#[derive(Debug, Clone)]
pub struct Unverified<'a> {
    /// How it says it is signed.
    pub algorithm: Algorithm,
    /// The id of its key, if it names one. Several keys may share it.
    pub kid: Option<String>,
    /// What is signed.
    pub message: &'a [u8],
    /// The signature.
    pub signature: Vec<u8>,
    claims: Claims,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    typ: Option<String>,
    /// Extensions that must be understood: we understand none.
    #[serde(default)]
    crit: Option<Value>,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart. One that is for something else than the use of an API is none.
    pub fn parse(token: &'a str) -> Option<Self> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let header: Header = json(header)?;
        let algorithm = match header.alg.as_str() {
            "HS256" => Algorithm::Hs256,
            alg => Algorithm::Public(PublicAlgorithm::named(alg)?),
        };
        let kind: Kind = json(claims)?;
        if header.crit.is_some() || !kind.is_access(header.typ.as_deref()) {
            return None;
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let (kid, message) = (header.kid, message.as_bytes());
        Some(Self {
            algorithm,
            kid,
            message,
            signature,
            claims: json(claims)?,
        })
    }

    /// Its claims, if it is signed with our secret.
    pub fn verified_by_secret(self, secret: &str) -> Option<Claims> {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.chain_update(self.message)
            .verify_slice(&self.signature)
            .ok()?;
        (self.algorithm == Algorithm::Hs256).then_some(self.claims)
    }

    /// Its claims, once [`crate::ports::Signatures`] has said whether its signature is good.
    pub fn verified_by_public_key(self, is_good: bool) -> Option<Claims> {
        (is_good && self.algorithm != Algorithm::Hs256).then_some(self.claims)
    }
}

impl Claims {
    /// Whether the claims hold at this moment, for this issuer and audience where they are asked
    /// for. Where a token has no audience, whoever it was given to is its audience.
    pub fn hold(&self, now: Timestamp, issuer: Option<&str>, audience: Option<&str>) -> bool {
        let now = now.seconds();
        let is_for = |audience: &str| match &self.aud {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(several)) => several.iter().any(|one| one == audience),
            Some(_) => false,
            None => [&self.client_id, &self.azp]
                .into_iter()
                .flatten()
                .any(|client| client == audience),
        };
        self.exp.saturating_add(LEEWAY_SECONDS) > now
            && self
                .nbf
                .is_none_or(|nbf| nbf.saturating_sub(LEEWAY_SECONDS) <= now)
            && issuer.is_none_or(|issuer| self.iss.as_deref() == Some(issuer))
            && audience.is_none_or(is_for)
    }

    /// A token with these claims, signed with our secret.
    pub fn sign(&self, secret: &str) -> Option<String> {
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).ok()?);
        let message = format!(
            "{}.{claims}",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#)
        );
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .ok()?
            .chain_update(&message);
        Some(format!(
            "{message}.{}",
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        ))
    }
}

/// A `NumericDate`, which is any number. What it has beyond whole seconds does not count: leeway is
/// longer.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a double counts every second up to here"
)]
fn whole<E: Error>(seconds: f64) -> Result<i64, E> {
    if seconds.abs() > MAX_SECONDS {
        return Err(E::custom("is not a time"));
    }
    Ok(seconds.floor() as i64)
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    whole(f64::deserialize(from)?)
}

fn some_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Option::deserialize(from)?.map(whole).transpose()
}

fn json<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests;
