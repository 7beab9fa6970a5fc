//! Signatures of fal's callbacks: Ed25519 over four lines, the request's id, the user's id, the
//! timestamp, and the body's SHA-256 in lower-case hexadecimal.
//!
//! <https://fal.ai/docs/documentation/model-apis/inference/webhooks>

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::jwk::{PublicAlgorithm, suits};
use crate::provider::wire::at;
use crate::provider::{BadSignature, Callback};
use crate::standard_webhooks::header;

/// Checks a callback: (1) all four headers are there; (2) its timestamp is recent; (3) one of fal's
/// keys verifies its signature.
pub(super) fn verify(callback: &Callback<'_>) -> Result<(), BadSignature> {
    let request_id = header(callback.headers, "x-fal-webhook-request-id")?;
    let user_id = header(callback.headers, "x-fal-webhook-user-id")?;
    let timestamp = header(callback.headers, "x-fal-webhook-timestamp")?;
    let signature = header(callback.headers, "x-fal-webhook-signature")?; // (1)
    callback.is_recent(timestamp)?; // (2)
    let signature = Signature::from_bytes(&bytes_of(signature).ok_or(BadSignature)?);
    let hash = hex_of(&Sha256::digest(callback.body));
    let message = format!("{request_id}\n{user_id}\n{timestamp}\n{hash}");
    let is_by = |key: VerifyingKey| key.verify_strict(message.as_bytes(), &signature).is_ok();
    let is_good = callback.keys.iter().filter_map(key).any(is_by);
    is_good.then_some(()).ok_or(BadSignature) // (3)
}

/// Bytes in lower-case hexadecimal.
fn hex_of(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// 64 bytes, from hexadecimal of either case.
fn bytes_of(hex: &str) -> Option<[u8; 64]> {
    let mut bytes = [0; 64];
    let is_hex = hex.bytes().all(|digit| digit.is_ascii_hexdigit());
    if hex.len() != 128 || !is_hex {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// A published key, if it may check signatures with Ed25519.
fn key(key: &Value) -> Option<VerifyingKey> {
    if !suits(key, PublicAlgorithm::EdDsa) {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(at(key, "/x").as_str()?).ok()?;
    VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok()
}

#[cfg(test)]
mod tests;
