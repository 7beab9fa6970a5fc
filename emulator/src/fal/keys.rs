//! The signature of webhooks, and where the key to it is published
//! (`docs.fal.ai/model-apis/model-endpoints/webhooks`).

use std::sync::Arc;

use axum::{Json, extract::State};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    settings::Settings,
    signing::{Headers, Signing},
    world::World,
};

/// Whose webhooks they are.
const USER_ID: &str = "local|emulator";

/// Ed25519 over the request's id, the user's id, the time, and the body's SHA-256 in hex, with a
/// newline between each two. The signature is in hex too.
pub(crate) fn sign(signing: &Signing<'_>) -> Headers {
    let timestamp = signing.timestamp().to_string();
    let digest = hex(&Sha256::digest(signing.body));
    let signed = [signing.task_id, USER_ID, &timestamp, &digest].join("\n");
    let signature = key(signing.settings).sign(signed.as_bytes());
    vec![
        ("x-fal-webhook-request-id", signing.task_id.to_owned()),
        ("x-fal-webhook-user-id", USER_ID.to_owned()),
        ("x-fal-webhook-timestamp", timestamp),
        ("x-fal-webhook-signature", hex(&signature.to_bytes())),
    ]
}

/// `GET /.well-known/jwks.json`, which takes no key.
pub(crate) async fn show(State(world): State<Arc<World>>) -> Json<Value> {
    let public = key(&world.settings).verifying_key();
    Json(json!({
        "keys": [{
            "kty": "OKP",
            "crv": "Ed25519",
            "x": BASE64_URL_SAFE_NO_PAD.encode(public.as_bytes()),
        }],
    }))
}

fn key(settings: &Settings) -> SigningKey {
    SigningKey::from_bytes(&settings.signing_seed)
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0xF])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    /// Made by another implementation from the local seed, so that a receiver can pin it as well.
    #[test]
    fn a_signature_pinned() {
        let headers = sign(&Signing {
            settings: &Settings::default(),
            task_id: "764cabcf-b745-4b3e-ae38-1200304cf45b",
            message_id: "any",
            at: clock::at(1_757_165_031),
            body: br#"{"status":"OK"}"#,
        });
        assert_eq!(headers[2].1, "1757165031");
        assert_eq!(
            headers[3].1,
            "def064e2fb88e6dacd8eca26c4f6f86e81fdb04cf68108f1175481e43251fc7b\
             2ddac372540779bd47ea889803750085f5ed6027153cec36295bf1d9106f330c"
        );
    }
}
