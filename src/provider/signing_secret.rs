//! The secret that an operator sets to verify a provider's callbacks.

use crate::standard_webhooks;

/// The kind of secret that a provider's callbacks are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningSecret {
    /// None: its callbacks are not signed, or with a key that it publishes.
    None,
    /// A secret of Standard Webhooks: base64, with or without `whsec_` in front.
    StandardWebhooks,
    /// Text, whose bytes are the key.
    Text,
}

impl SigningSecret {
    /// Checks a secret, so that a malformed one is found at start and not when every callback is
    /// refused. The error says what the secret should be, and reveals nothing of it.
    pub fn check(self, secret: &str) -> Result<(), &'static str> {
        match self {
            Self::StandardWebhooks if standard_webhooks::key(secret).is_none() => {
                Err("is not base64, with or without whsec_ before it")
            }
            // White space, quotes and non-ASCII letters come from pasting it.
            Self::Text if !secret.bytes().all(is_part_of_a_key) => {
                Err("has white space, quotes or letters that are not ASCII")
            }
            Self::None | Self::StandardWebhooks | Self::Text => Ok(()),
        }
    }
}

const fn is_part_of_a_key(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standard_webhooks_secret_is_base64() {
        let check = |secret| SigningSecret::StandardWebhooks.check(secret).is_ok();
        for good in [
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI=",
        ] {
            assert!(check(good), "{good}");
        }
        for bad in [
            "whsec_",
            "whsec_not-base64!",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
            "\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"",
            "hunter2",
        ] {
            assert!(!check(bad), "{bad}");
        }
    }

    #[test]
    fn a_text_secret_is_used_as_shown_to_the_operator() {
        let check = |secret| SigningSecret::Text.check(secret).is_ok();
        assert!(check("whsec_MfKQ9r8GKYqr+/=") && check("a1b2-c3d4"));
        for bad in ["two words", "\"quoted\"", "sécret", "tab\tbed", "“curly”"] {
            assert!(!check(bad), "{bad}");
        }
    }
}
