//! JSON Web Tokens (RFC 7519) of the kind that we accept: signed, with a subject and an expiry.
//!
//! A token's claims cannot be read before its signature is checked: [`Unverified`] has only methods
//! that verify.

mod id_token;
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

pub use id_token::{Expected, UnverifiedIdToken};

/// How far clocks may differ.
const LEEWAY_SECONDS: i64 = 30;

/// Longer tokens are refused; genuine ones are far shorter.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// 2^53: up to here a double represents every second exactly.
const MAX_SECONDS: f64 = 9_007_199_254_740_992.0;

/// A token's `alg`. `none` and all other values are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA256 with a shared secret.
    Hs256,
    /// A private key, whose public key is published.
    Public(PublicAlgorithm),
}

/// A token's claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The subject: who the token is about.
    pub sub: String,
    /// The expiry, in Unix seconds.
    #[serde(deserialize_with = "seconds")]
    pub exp: i64,
    /// Not valid before this time, in Unix seconds; `None`: always.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "some_seconds"
    )]
    pub nbf: Option<i64>,
    /// The issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// The audience: a string, or a list of strings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<Value>,
    /// The client that it was issued to (RFC 9068): the only audience in Cognito's access tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Value>,
    /// The party that it was issued to: the only audience in Clerk's tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<Value>,
}

/// A token whose signature has not been checked.
#[derive(Debug, Clone)]
pub struct Unverified<'a> {
    /// The algorithm that its header names.
    pub algorithm: Algorithm,
    /// The id of its key, if it has one. Several keys may share an id.
    pub kid: Option<String>,
    /// The signed bytes: header and claims, still encoded.
    pub message: &'a [u8],
    /// The signature, decoded.
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
    /// Extensions that a reader must understand; we support none, so a token with any is refused.
    #[serde(default)]
    crit: Option<Value>,
}

impl Header {
    /// How the token is signed; `None` if in no way that is supported.
    fn algorithm(&self) -> Option<Algorithm> {
        match self.alg.as_str() {
            "HS256" => Some(Algorithm::Hs256),
            alg => PublicAlgorithm::named(alg).map(Algorithm::Public),
        }
    }
}

/// The parts of a token.
struct Parts<'a> {
    header: Header,
    /// Still encoded.
    claims: &'a str,
    message: &'a [u8],
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Option<Self> {
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        Some(Self {
            header: json(header)?,
            claims,
            message: message.as_bytes(),
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }
}

impl<'a> Unverified<'a> {
    /// Parses a token; `None` if it is malformed, or is not an access token.
    pub fn parse(token: &'a str) -> Option<Self> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let Parts {
            header,
            claims,
            message,
            signature,
        } = Parts::of(token)?;
        let algorithm = header.algorithm()?;
        let kind: Kind = json(claims)?;
        if header.crit.is_some() || !kind.is_access(header.typ.as_deref()) {
            return None;
        }
        Some(Self {
            algorithm,
            kid: header.kid,
            message,
            signature,
            claims: json(claims)?,
        })
    }

    /// Its claims, if this secret verifies its signature.
    pub fn verified_by_secret(self, secret: &str) -> Option<Claims> {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.chain_update(self.message)
            .verify_slice(&self.signature)
            .ok()?;
        (self.algorithm == Algorithm::Hs256).then_some(self.claims)
    }

    /// Its claims, given the verdict of [`crate::ports::Signatures`] on its signature.
    pub fn verified_by_public_key(self, is_good: bool) -> Option<Claims> {
        (is_good && self.algorithm != Algorithm::Hs256).then_some(self.claims)
    }
}

impl Claims {
    /// Whether the claims are valid now, for this issuer and audience where those are required. For
    /// a token without an audience, the client that it was issued to counts as its audience.
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

    /// A token with these claims, signed with this secret.
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

/// A `NumericDate`, which may be any number. Fractions are dropped: the leeway is longer than a
/// second.
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
