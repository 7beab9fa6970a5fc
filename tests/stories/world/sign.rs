//! Callbacks signed like the providers'.

use std::fmt::Write;

use atelier::domain::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::World;

/// The secret of providers that sign according to Standard Webhooks.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The key pair of this fal.
pub(crate) fn fal_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// The key set that fal publishes.
pub(crate) fn key_set(key: &SigningKey) -> Value {
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().to_bytes());
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": x}]})
}

pub(crate) type Headers = Vec<(&'static str, String)>;

pub(crate) fn standard_webhooks(secret: &str, at: Timestamp, body: &str) -> Headers {
    let key = STANDARD
        .decode(secret.trim_start_matches("whsec_"))
        .unwrap();
    let (id, at) = ("msg_1", at.seconds().to_string());
    let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let mac = mac.chain_update(format!("{id}.{at}.{body}")).finalize();
    let signature = format!("v1,{}", STANDARD.encode(mac.into_bytes()));
    vec![
        ("webhook-id", id.into()),
        ("webhook-timestamp", at),
        ("webhook-signature", signature),
    ]
}

pub(crate) fn fal(key: &SigningKey, at: Timestamp, body: &str) -> Headers {
    let at = at.seconds().to_string();
    let digest = hex(&Sha256::digest(body));
    let message = format!("r1\nuser\n{at}\n{digest}");
    let signature = key.sign(message.as_bytes()).to_bytes();
    vec![
        ("x-fal-webhook-request-id", "r1".into()),
        ("x-fal-webhook-user-id", "user".into()),
        ("x-fal-webhook-timestamp", at),
        ("x-fal-webhook-signature", hex(&signature)),
    ]
}

pub(crate) fn kie(secret: &str, at: Timestamp, task: &str) -> Headers {
    let at = at.seconds().to_string();
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let mac = mac.chain_update(format!("{task}.{at}")).finalize();
    vec![
        ("x-webhook-timestamp", at),
        ("x-webhook-signature", STANDARD.encode(mac.into_bytes())),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}

impl World {
    /// Sends a callback with these headers and exactly this body.
    pub(crate) async fn call_back(&self, path: &str, headers: &Headers, body: &str) -> u16 {
        let request = http::Request::post(path).header("content-type", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, value)
        });
        let body = Bytes::from(body.to_owned());
        self.send(request.body(body).unwrap()).await.status
    }
}
