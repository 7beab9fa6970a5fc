//! Public-key signatures, verified by another library.

use async_trait::async_trait;
use atelier::jwk::PublicAlgorithm;
use atelier::ports::Signatures;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde_json::{Value, json};

use super::World;

#[path = "../../e2e/keys.rs"]
mod keys;

pub(crate) use keys::Key;

impl World {
    /// A token that is signed with the secret of an outside issuer.
    pub(crate) fn token_of(&self, subject: &str) -> String {
        let claims = json!({"sub": subject, "exp": self.now().seconds() + 60});
        let secret = EncodingKey::from_secret(b"0123456789abcdef0123456789abcdef");
        jsonwebtoken::encode(&Header::default(), &claims, &secret).unwrap()
    }
}

#[derive(Debug)]
pub(crate) struct OtherLibrary;

#[async_trait]
impl Signatures for OtherLibrary {
    async fn verify(
        &self,
        algorithm: PublicAlgorithm,
        jwk: &Value,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let algorithm = match algorithm {
            PublicAlgorithm::Rs256 => Algorithm::RS256,
            PublicAlgorithm::Es256 => Algorithm::ES256,
            PublicAlgorithm::EdDsa => Algorithm::EdDSA,
        };
        // As Web Crypto gets it: the key's purpose was checked before.
        let mut key = jwk.clone();
        for field in ["use", "key_ops", "alg"] {
            key.as_object_mut().unwrap().remove(field);
        }
        let key: Jwk = serde_json::from_value(key).unwrap();
        let key = DecodingKey::from_jwk(&key).unwrap();
        let signature = URL_SAFE_NO_PAD.encode(signature);
        jsonwebtoken::crypto::verify(&signature, message, &key, algorithm).unwrap_or(false)
    }
}
