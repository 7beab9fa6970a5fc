//! Key pairs of issuers of tokens, read and used by another library. They were made for these tests with
//! OpenSSL, and are used for nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

/// 2100-01-01, in seconds.
const FAR: u64 = 4_102_444_800;

/// A current key pair of the issuer, a former one, or one of a stranger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Rs256,
    FormerRs256,
    Es256,
    FormerEs256,
    EdDsa,
    Stranger,
}

impl Key {
    fn algorithm(self) -> Algorithm {
        match self {
            Self::Rs256 | Self::FormerRs256 => Algorithm::RS256,
            Self::Es256 | Self::FormerEs256 => Algorithm::ES256,
            Self::EdDsa | Self::Stranger => Algorithm::EdDSA,
        }
    }

    fn private(self) -> EncodingKey {
        let pem: &[u8] = match self {
            Self::Rs256 => include_bytes!("keys/rs256.pem"),
            Self::FormerRs256 => include_bytes!("keys/rs256-former.pem"),
            Self::Es256 => include_bytes!("keys/es256.pem"),
            Self::FormerEs256 => include_bytes!("keys/es256-former.pem"),
            Self::EdDsa => include_bytes!("keys/eddsa.pem"),
            Self::Stranger => include_bytes!("keys/stranger.pem"),
        };
        let key = match self.algorithm() {
            Algorithm::RS256 => EncodingKey::from_rsa_pem(pem),
            Algorithm::ES256 => EncodingKey::from_ec_pem(pem),
            _ => EncodingKey::from_ed_pem(pem),
        };
        key.unwrap()
    }

    /// The public key as published, with these fields added or replaced.
    pub(crate) fn published(self, fields: &Value) -> Value {
        let key = Jwk::from_encoding_key(&self.private(), self.algorithm()).unwrap();
        with(serde_json::to_value(key).unwrap(), fields)
    }

    /// A token for a user, with these fields added to its header or replaced in it.
    pub(crate) fn token(self, subject: &str, header: &Value) -> String {
        self.token_of(subject, header, &json!({}))
    }

    /// The same, with these claims added.
    pub(crate) fn token_of(self, subject: &str, header: &Value, claims: &Value) -> String {
        let algorithm = self.algorithm();
        let header = with(
            json!({"typ": "JWT", "alg": format!("{algorithm:?}")}),
            header,
        );
        let claims = with(json!({"sub": subject, "exp": FAR}), claims);
        let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", part(&header), part(&claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.private(), algorithm);
        format!("{message}.{}", signature.unwrap())
    }
}

fn with(mut object: Value, fields: &Value) -> Value {
    for (field, value) in fields.as_object().unwrap() {
        object[field] = value.clone();
    }
    object
}
