//! Signatures by keys that others publish.

use std::sync::Arc;

use serde_json::Value;

use super::Error;
use super::keys::Keys;
use crate::jwk::{PublicAlgorithm, candidates};
use crate::ports::Signatures;

/// What is signed, and how its signature says that it was made.
pub(super) struct Signed<'a> {
    pub(super) algorithm: PublicAlgorithm,
    pub(super) kid: Option<&'a str>,
    pub(super) message: &'a [u8],
    pub(super) signature: &'a [u8],
}

/// Verifies by published keys.
#[derive(Clone)]
pub(super) struct Verifier {
    keys: Keys,
    signatures: Arc<dyn Signatures>,
}

impl Verifier {
    pub(super) fn new(keys: Keys, signatures: Arc<dyn Signatures>) -> Self {
        Self { keys, signatures }
    }

    /// Whether one of the keys that are published at an address has signed it: (1) those we know that it may be
    /// signed with; (2) those that are published now, unless one of its id was known. If its key cannot be
    /// looked up, a signature proves nothing.
    pub(super) async fn is_signed(&self, url: &str, signed: &Signed<'_>) -> Result<bool, Error> {
        let of_token =
            |keys| -> Vec<Value> { candidates(keys, signed.kid, signed.algorithm).collect() };
        let keys = self.keys.known(url).await?;
        let known = of_token(keys.clone());
        if self.is_signed_by_any(&known, signed).await {
            return Ok(true); // (1)
        }
        // Without an id nothing else shows that a key has been replaced.
        let may_be_new = known.is_empty() || signed.kid.is_none();
        if !may_be_new {
            return Ok(false);
        }
        let published = match self.keys.newer(url, &keys).await {
            Ok(published) => published.map(of_token).unwrap_or_default(),
            Err(error) => {
                log::warn!("event=token_keys_unavailable error=\"{error:?}\"");
                Vec::new()
            }
        };
        Ok(self.is_signed_by_any(&published, signed).await) // (2)
    }

    async fn is_signed_by_any(&self, keys: &[Value], signed: &Signed<'_>) -> bool {
        let Signed {
            algorithm,
            message,
            signature,
            ..
        } = signed;
        for key in keys {
            if self
                .signatures
                .verify(*algorithm, key, message, signature)
                .await
            {
                return true;
            }
        }
        false
    }
}
