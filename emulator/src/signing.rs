//! The keys of callbacks, and the signature scheme that several providers share.

use std::time::SystemTime;

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{clock, settings::Settings};

/// The webhook secret of [`Settings`]'s default: `whsec_` and the base64 of 32 fixed bytes. It
/// protects nothing; a local receiver is configured with it.
pub const LOCAL_WEBHOOK_SECRET: &str = "whsec_YXRlbGllci1sb2NhbC13ZWJob29rLXNlY3JldC1rZXk=";
/// The Ed25519 seed of [`Settings`]'s default, which protects nothing either.
pub const LOCAL_SIGNING_SEED: [u8; 32] = *b"atelier-local-ed25519-seed-bytes";

/// A forger's secret: `whsec_` and the base64 of 32 other bytes.
const FORGERS_SECRET: &str = "whsec_Zm9yZ2VyLWxvY2FsLXdlYmhvb2stc2VjcmV0LWtleSE=";
/// A forger's Ed25519 seed.
const FORGERS_SEED: [u8; 32] = *b"forger-of-local-ed25519-seed-key";

/// The prefix of base64 secrets of Standard Webhooks.
const SECRET_PREFIX: &str = "whsec_";

/// Header names and values.
pub(crate) type Headers = Vec<(&'static str, String)>;

/// The input of a signature.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signing<'a> {
    /// The settings with the keys, `webhook_secret` and `signing_seed`.
    pub(crate) settings: &'a Settings,
    /// The task that the callback claims to be about.
    pub(crate) task_id: &'a str,
    /// The message's id: the same for every attempt at the same message.
    pub(crate) message_id: &'a str,
    pub(crate) at: SystemTime,
    /// The body, byte for byte as it is sent.
    pub(crate) body: &'a [u8],
}

impl Signing<'_> {
    /// The time of signing, in Unix seconds.
    pub(crate) fn timestamp(&self) -> u64 {
        clock::unix_seconds(self.at)
    }
}

/// The same settings with a forger's keys.
pub(crate) fn forgers(settings: &Settings) -> Settings {
    Settings {
        webhook_secret: FORGERS_SECRET.to_owned(),
        signing_seed: FORGERS_SEED,
        ..settings.clone()
    }
}

/// The headers of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, in base64.
pub(crate) fn standard_webhooks(signing: &Signing<'_>) -> Headers {
    let key = secret_bytes(&signing.settings.webhook_secret);
    standard_webhooks_under(&key, signing)
}

/// The same, with a key that is made of the secret in another way.
pub(crate) fn standard_webhooks_under(key: &[u8], signing: &Signing<'_>) -> Headers {
    let timestamp = signing.timestamp().to_string();
    let signed = [
        signing.message_id.as_bytes(),
        b".",
        timestamp.as_bytes(),
        b".",
        signing.body,
    ];
    let tag = hmac_sha256(key, &signed);
    vec![
        ("webhook-id", signing.message_id.to_owned()),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", format!("v1,{tag}")),
    ]
}

/// HMAC-SHA256 over the parts in order, in base64.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> String {
    BASE64_STANDARD.encode(hmac_bytes(key, parts))
}

/// HMAC-SHA256 over the parts in order.
pub(crate) fn hmac_bytes(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length: it hashes long ones and pads short ones.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// A secret's bytes: base64 after its prefix. One that is not base64 is used as text.
fn secret_bytes(secret: &str) -> Vec<u8> {
    let encoded = secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret);
    BASE64_STANDARD
        .decode(encoded)
        .unwrap_or_else(|_not_base64| secret.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(secret: &str, message_id: &str, timestamp: u64, body: &str) -> String {
        let settings = Settings {
            webhook_secret: secret.to_owned(),
            ..Settings::default()
        };
        let mut headers = standard_webhooks(&Signing {
            settings: &settings,
            task_id: "any",
            message_id,
            at: clock::at(timestamp),
            body: body.as_bytes(),
        });
        headers.pop().unwrap().1
    }

    /// The vectors that the scheme's libraries and Kling publish.
    #[test]
    fn the_published_vectors() {
        assert_eq!(
            signature(
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                r#"{"test": 2432232314}"#
            ),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert_eq!(
            signature(
                "whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI=",
                "9876543210",
                1_781_080_794,
                r#"{"id":"1234567890","status":"succeeded","message":"","create_time":1781080778802,"update_time":1781080794151}"#
            ),
            "v1,UsKlJP00XoQyOn410NM9xv34sP+Gl0jnOO9Lcpr7NJ4="
        );
    }

    #[test]
    fn local_and_forged_secrets_are_32_different_bytes() {
        let [local, forged] = [LOCAL_WEBHOOK_SECRET, FORGERS_SECRET].map(secret_bytes);
        assert_eq!(local, b"atelier-local-webhook-secret-key");
        assert!(local != forged && forged.len() == 32);
        assert_ne!(LOCAL_SIGNING_SEED, FORGERS_SEED);
    }
}
