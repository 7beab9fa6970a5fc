//! Claims: what is remembered of an identity for good, also of one that is forgotten, so that who returns finds their
//! credits, and nobody is welcomed twice.
//!
//! Each is an HMAC-SHA256 under `CLAIMS_SECRET`, which says nothing to whoever has the database alone. That secret is
//! never rotated, and is part of a backup: with another one everybody would be a stranger.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::identity::{Identity, SignInMethod};
use crate::signer::mac;

/// Makes claims.
#[derive(Clone)]
pub struct Claims(Hmac<Sha256>);

impl Claims {
    /// With this secret; `None` if it cannot be a key.
    pub fn new(secret: &str) -> Option<Self> {
        Hmac::new_from_slice(secret.as_bytes()).ok().map(Self)
    }

    /// The claim of an identity: whose it is, and was.
    pub fn identity(&self, method: SignInMethod, subject: &str) -> String {
        self.claim("identity", &[method.as_str(), subject])
    }

    /// What somebody with this identity gets welcome credits once for: the identity itself, and the mailbox of its
    /// address, however that is spelt.
    pub fn welcome(&self, identity: &Identity) -> Vec<String> {
        let own = (identity.method != SignInMethod::Email)
            .then(|| self.claim("welcome", &[identity.method.as_str(), &identity.subject]));
        let mailbox = identity
            .email
            .as_ref()
            .map(|email| self.claim("welcome", &["mailbox", &email.mailbox()]));
        own.into_iter().chain(mailbox).collect()
    }

    fn claim(&self, label: &str, parts: &[&str]) -> String {
        let parts: Vec<_> = parts.iter().map(|part| part.as_bytes()).collect();
        URL_SAFE_NO_PAD.encode(mac(&self.0, label, &parts).finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::email::EmailAddress;
    use crate::identity::email;

    fn claims() -> Claims {
        Claims::new("a secret of thirty-two characters").unwrap()
    }

    /// Pinned: a change would make everybody a stranger, and welcome them again.
    #[test]
    fn a_claim_never_changes() {
        let identity = claims().identity(SignInMethod::Google, "1234");
        assert_eq!(identity, "WdMRAvd8eqluxpElVn_dBky0nAWbzTwEKVHvc5LBLNM");
        let ada = email::identity(EmailAddress::parse("ada@example.com").unwrap());
        assert_eq!(
            claims().welcome(&ada),
            ["kUXi-RT60wBrUQ4_5LW3HJfIEik4BeOA9gZUGhT47Dk"]
        );
    }

    #[test]
    fn a_mailbox_is_welcomed_once_whatever_the_way_in() {
        let address = |text| EmailAddress::parse(text).unwrap();
        let by_code = claims().welcome(&email::identity(address("ada+1@gmail.com")));
        let by_google = claims().welcome(&Identity {
            method: SignInMethod::Google,
            subject: "1234".into(),
            ..email::identity(address("a.da@gmail.com"))
        });
        assert_eq!(by_code.len(), 1);
        assert_eq!(by_google.len(), 2);
        assert_eq!(by_google.last(), by_code.last());
    }
}
