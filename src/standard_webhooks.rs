//! Signatures of callbacks according to Standard Webhooks: <https://www.standardwebhooks.com>,
//! version 1.0.0.
//!
//! `webhook-signature` is a list, separated by spaces; each item is `v1,` followed by the base64 of
//! HMAC-SHA256 over `id.timestamp.body`. The key is the base64 after `whsec_` in the secret,
//! decoded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;

use crate::domain::number;
use crate::domain::time::Timestamp;

/// What secrets begin with.
const PREFIX: &str = "whsec_";

/// How far a signed timestamp may differ from ours, in either direction: the tolerance that
/// Standard Webhooks recommends.
const TOLERANCE_SECONDS: u64 = 300;

/// A callback whose signature is missing, wrong or cannot be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the callback's signature is not the provider's")]
pub struct BadSignature;

/// Checks a callback: (1) all three headers are there; (2) its timestamp is recent; (3) one of the
/// keys verifies one of its signatures. There are two keys while one is being rotated.
pub fn verify(
    mut keys: impl Iterator<Item = Hmac<Sha256>>,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<(), BadSignature> {
    let id = header(headers, "webhook-id")?;
    let timestamp = header(headers, "webhook-timestamp")?;
    let signatures = header(headers, "webhook-signature")?; // (1)
    check_recent(timestamp, now)?; // (2)
    let signatures: Vec<_> = signatures
        .split(' ')
        .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
        .collect();
    let is_good = keys.any(|mac| {
        let mac = mac
            .chain_update(id)
            .chain_update(".")
            .chain_update(timestamp)
            .chain_update(".")
            .chain_update(body);
        let is_by = |signature: &Vec<u8>| mac.clone().verify_slice(signature).is_ok();
        signatures.iter().any(is_by)
    });
    is_good.then_some(()).ok_or(BadSignature) // (3)
}

/// Checks that a signed timestamp, in Unix seconds, is recent: an old callback may be a replay.
pub fn check_recent(timestamp: &str, now: Timestamp) -> Result<(), BadSignature> {
    let signed_at = number::whole(timestamp).map_err(|_| BadSignature)?;
    let signed_at = i64::try_from(signed_at).map_err(|_| BadSignature)?;
    let away = now.seconds().abs_diff(signed_at);
    (away <= TOLERANCE_SECONDS)
        .then_some(())
        .ok_or(BadSignature)
}

/// A header, which is required.
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, BadSignature> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.filter(|value| !value.is_empty()).ok_or(BadSignature)
}

/// The key of a secret. An empty one is refused: with it, anybody could sign.
pub fn key(secret: &str) -> Option<Hmac<Sha256>> {
    let secret = secret.strip_prefix(PREFIX).unwrap_or(secret);
    let key = STANDARD.decode(secret).ok().filter(|key| !key.is_empty())?;
    Hmac::new_from_slice(&key).ok()
}

/// The key of a secret whose text is the key, with its prefix: what some senders do instead. One that
/// is nothing, or nothing but the prefix, is refused.
pub fn text_key(secret: &str) -> Option<Hmac<Sha256>> {
    let own = secret.strip_prefix(PREFIX).unwrap_or(secret);
    let is_secret = !own.trim().is_empty();
    is_secret.then(|| Hmac::new_from_slice(secret.as_bytes()).ok())?
}

#[cfg(test)]
mod tests;
