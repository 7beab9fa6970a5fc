//! How each provider signs its callbacks, independent of the code that verifies it.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A way to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Not at all.
    None,
    /// <https://www.standardwebhooks.com>
    StandardWebhooks,
    /// Ed25519 over four lines, the last of which is the body's hash.
    Fal,
    /// HMAC over the task's id and the timestamp, and not over the body.
    Kie,
}

/// Who signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signer {
    /// The provider.
    Provider,
    /// A forger.
    SomebodyElse,
}

impl Signer {
    /// 32 bytes of a private key.
    const fn secret(self) -> [u8; 32] {
        match self {
            Self::Provider => [7; 32],
            Self::SomebodyElse => [9; 32],
        }
    }
}

impl Scheme {
    /// The way with this name, as in the file `signs` of a provider's folder.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "not at all" => Self::None,
            "standard webhooks" => Self::StandardWebhooks,
            "fal" => Self::Fal,
            "kie" => Self::Kie,
            _ => return None,
        })
    }

    /// Whether the signature covers the body.
    pub(crate) fn covers_the_body(self) -> bool {
        matches!(self, Self::StandardWebhooks | Self::Fal)
    }

    /// The secrets that the operator sets.
    pub(crate) fn secrets(self) -> Vec<String> {
        let secret = Signer::Provider.secret();
        match self {
            Self::None | Self::Fal => Vec::new(),
            Self::StandardWebhooks => vec![format!("whsec_{}", STANDARD.encode(secret))],
            Self::Kie => vec![hex(&secret)],
        }
    }

    /// The keys that the provider publishes.
    pub(crate) fn keys(self) -> Vec<Value> {
        if self != Self::Fal {
            return Vec::new();
        }
        let key = SigningKey::from_bytes(&Signer::Provider.secret()).verifying_key();
        let x = URL_SAFE_NO_PAD.encode(key.as_bytes());
        vec![json!({"kty": "OKP", "crv": "Ed25519", "x": x})]
    }

    /// The header with the signature.
    pub(crate) fn signature_header(self) -> &'static str {
        match self {
            Self::None => "",
            Self::StandardWebhooks => "webhook-signature",
            Self::Fal => "x-fal-webhook-signature",
            Self::Kie => "x-webhook-signature",
        }
    }

    /// The headers that sign a body at a time in Unix seconds.
    pub(crate) fn sign(self, signer: Signer, seconds: i64, body: &[u8]) -> HeaderMap {
        let (secret, time) = (signer.secret(), seconds.to_string());
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let headers = match self {
            Self::None => Vec::new(),
            Self::StandardWebhooks => {
                let message = [format!("{id}.{time}.").as_bytes(), body].concat();
                let signature = format!("v1,{}", hmac(&secret, &message));
                vec![
                    ("webhook-id", id.into()),
                    ("webhook-timestamp", time),
                    ("webhook-signature", signature),
                ]
            }
            Self::Fal => {
                let message = format!("{id}\nuser_1\n{time}\n{}", hex(&Sha256::digest(body)));
                let signature = SigningKey::from_bytes(&secret).sign(message.as_bytes());
                vec![
                    ("x-fal-webhook-request-id", id.into()),
                    ("x-fal-webhook-user-id", "user_1".into()),
                    ("x-fal-webhook-timestamp", time),
                    ("x-fal-webhook-signature", hex(&signature.to_bytes())),
                ]
            }
            Self::Kie => {
                let message = format!("{}.{time}", kie_task(body));
                // The key is the text of the secret.
                let signature = hmac(hex(&secret).as_bytes(), message.as_bytes());
                vec![
                    ("x-webhook-timestamp", time),
                    ("x-webhook-signature", signature),
                ]
            }
        };
        let headers = headers.into_iter();
        headers
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<Vec<(http::HeaderName, http::HeaderValue)>>()
            .into_iter()
            .collect()
    }

    /// The body with a change that the signature covers.
    pub(crate) fn forge(self, body: &[u8]) -> Vec<u8> {
        if self == Self::Kie {
            let task = kie_task(body);
            return String::from_utf8_lossy(body)
                .replace(&task, &format!("{task}0"))
                .into_bytes();
        }
        [body, b" "].concat()
    }
}

/// The task's id in a callback of KIE, under either of its names.
fn kie_task(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let task = ["taskId", "task_id"].map(|field| body["data"][field].as_str());
    task.into_iter().flatten().collect()
}

fn hmac(key: &[u8], message: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    STANDARD.encode(mac.chain_update(message).finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
