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

use super::{BadSignature, Callback};

/// Checks a callback: (1) all three headers are there; (2) its timestamp is recent; (3) one of the
/// secrets verifies one of its signatures. There are two secrets while one is being rotated.
pub(super) fn verify(secrets: &[String], callback: &Callback<'_>) -> Result<(), BadSignature> {
    let id = header(callback.headers, "webhook-id")?;
    let timestamp = header(callback.headers, "webhook-timestamp")?;
    let signatures = header(callback.headers, "webhook-signature")?; // (1)
    callback.is_recent(timestamp)?; // (2)
    let signatures: Vec<_> = signatures
        .split(' ')
        .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
        .collect();
    let is_good = secrets.iter().filter_map(|secret| key(secret)).any(|mac| {
        let mac = mac
            .chain_update(id)
            .chain_update(".")
            .chain_update(timestamp)
            .chain_update(".")
            .chain_update(callback.body);
        let is_by = |signature: &Vec<u8>| mac.clone().verify_slice(signature).is_ok();
        signatures.iter().any(is_by)
    });
    is_good.then_some(()).ok_or(BadSignature) // (3)
}

/// A header, which is required.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, BadSignature> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.filter(|value| !value.is_empty()).ok_or(BadSignature)
}

/// An empty secret is refused: with it, anybody could sign.
pub(super) fn key(secret: &str) -> Option<Hmac<Sha256>> {
    let secret = secret.strip_prefix("whsec_").unwrap_or(secret);
    let key = STANDARD.decode(secret).ok().filter(|key| !key.is_empty())?;
    Hmac::new_from_slice(&key).ok()
}

#[cfg(test)]
mod tests;
