//! Codes and access tokens: what somebody has allowed a client.

use std::{collections::HashMap, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::people::Person;

/// What a code stands for.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// The name of the service that issued it.
    pub(crate) service: &'static str,
    pub(crate) person: Person,
    pub(crate) redirect_uri: String,
    /// The SHA-256 of the code verifier.
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    /// The scopes, with spaces between them.
    pub(crate) scope: String,
    pub(crate) issued: Instant,
}

/// Why a code is not redeemed, though it exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mismatch {
    RedirectUri,
    Verifier,
}

/// What an access token stands for.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) service: &'static str,
    pub(crate) person: Person,
    pub(crate) scope: String,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    codes: HashMap<String, Grant>,
    tokens: HashMap<String, Access>,
}

impl Grants {
    pub(crate) fn issue(&mut self, code: String, grant: Grant) {
        self.codes.insert(code, grant);
    }

    /// Takes a code out of the memory: it is gone whatever comes of it. `None` if there is none of
    /// this service, or it is older than its life.
    pub(crate) fn redeem(
        &mut self,
        service: &str,
        code: &str,
        now: Instant,
        life: Duration,
    ) -> Option<Grant> {
        let is_its_own = self.codes.get(code)?.service == service;
        let grant = is_its_own.then(|| self.codes.remove(code)).flatten()?;
        (now.saturating_duration_since(grant.issued) < life).then_some(grant)
    }

    /// Remembers an access token for what a code stood for.
    pub(crate) fn admit(&mut self, token: String, grant: &Grant) {
        let access = Access {
            service: grant.service,
            person: grant.person.clone(),
            scope: grant.scope.clone(),
        };
        self.tokens.insert(token, access);
    }

    pub(crate) fn access(&self, service: &str, token: &str) -> Option<Access> {
        let access = self.tokens.get(token)?;
        (access.service == service).then(|| access.clone())
    }
}

impl Grant {
    /// Whether the redirect address is the same, and the code verifier is the one whose hash was
    /// sent. A verifier without a hash is refused too: somebody has removed the hash.
    pub(crate) fn check(
        &self,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
    ) -> Result<(), Mismatch> {
        if redirect_uri != Some(&self.redirect_uri) {
            return Err(Mismatch::RedirectUri);
        }
        match (self.challenge.as_deref(), verifier) {
            (None, None) => Ok(()),
            (Some(challenge), Some(verifier)) if challenge == challenge_of(verifier) => Ok(()),
            _ => Err(Mismatch::Verifier),
        }
    }
}

impl Access {
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|given| given == scope)
    }
}

fn challenge_of(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of RFC 7636, appendix B.
    #[test]
    fn a_challenge_is_the_hash_of_its_verifier() {
        assert_eq!(
            challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
