//! JSON Web Keys (RFC 7517): which keys of a published set may verify a signature.

use serde_json::Value;

/// The most keys that one signature is tried with. A rotation publishes two or three under one id;
/// more would make a bad token too expensive to refuse.
const MAX_CANDIDATES: usize = 8;

/// 2,048 bits in base64url without padding. A shorter RSA modulus can be factored.
const MIN_MODULUS_CHARS: usize = 342;

/// A public-key signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl PublicAlgorithm {
    const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// The algorithm that a token's or key's `alg` means; `None` if it is not supported.
    pub fn named(alg: &str) -> Option<Self> {
        let is_it = |algorithm: &Self| algorithm.names().contains(&alg);
        Self::ALL.into_iter().find(is_it)
    }

    /// The values of `alg` that mean it (RFC 7518 3.1, RFC 8037 3.1). RFC 9864 2.2 deprecates
    /// `EdDSA`, which may also mean Ed448, in favour of `Ed25519`; issuers send either.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Rs256 => &["RS256"],
            Self::Es256 => &["ES256"],
            Self::EdDsa => &["EdDSA", "Ed25519"],
        }
    }
}

/// The keys to try on a signature, in their order. Several keys may share an id (RFC 7517 4.5), and
/// a signature may name none: `kid` only narrows the choice.
pub fn candidates(
    keys: Vec<Value>,
    kid: Option<&str>,
    algorithm: PublicAlgorithm,
) -> impl Iterator<Item = Value> {
    let has_id = move |key: &Value| kid.is_none_or(|kid| text(key, "kid") == Some(kid));
    keys.into_iter()
        .filter(move |key| has_id(key) && suits(key, algorithm))
        .take(MAX_CANDIDATES)
}

/// Whether a published key may verify signatures of an algorithm, by (1) its type, curve and
/// length; (2) its `alg`, `use` and `key_ops`. A key that states its purpose is used for nothing
/// else.
pub fn suits(key: &Value, algorithm: PublicAlgorithm) -> bool {
    let is = |field: &str, value: &str| text(key, field) == Some(value);
    let is_of_its_type = match algorithm {
        PublicAlgorithm::Rs256 => {
            is("kty", "RSA") && text(key, "n").is_some_and(|n| n.len() >= MIN_MODULUS_CHARS)
        }
        PublicAlgorithm::Es256 => is("kty", "EC") && is("crv", "P-256"),
        PublicAlgorithm::EdDsa => is("kty", "OKP") && is("crv", "Ed25519"),
    };
    let names_it = |alg: &Value| alg.as_str().and_then(PublicAlgorithm::named) == Some(algorithm);
    let is_to_verify = |operations: &Value| {
        let operations = operations.as_array();
        operations.is_some_and(|all| all.iter().any(|each| each == "verify"))
    };
    is_of_its_type // (1)
        && said(key, "alg").is_none_or(names_it)
        && said(key, "use").is_none_or(|purpose| purpose == "sig")
        && said(key, "key_ops").is_none_or(is_to_verify) // (2)
}

/// A field, if it is present and not null.
fn said<'a>(key: &'a Value, field: &str) -> Option<&'a Value> {
    key.get(field).filter(|value| !value.is_null())
}

fn text<'a>(key: &'a Value, field: &str) -> Option<&'a str> {
    key.get(field).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::PublicAlgorithm::{EdDsa, Es256, Rs256};
    use super::*;

    /// A modulus of this many characters; only its length is checked.
    fn rsa(chars: usize) -> Value {
        json!({"kty": "RSA", "n": "x".repeat(chars), "e": "AQAB"})
    }

    fn with(key: &Value, field: &str, value: Value) -> Value {
        let mut key = key.clone();
        key[field] = value;
        key
    }

    #[test]
    fn a_key_serves_the_algorithm_of_its_type_alone() {
        let ec = json!({"kty": "EC", "crv": "P-256"});
        let okp = json!({"kty": "OKP", "crv": "Ed25519"});
        for (key, expected) in [
            (rsa(342), Some(Rs256)),
            (rsa(341), None),
            (ec.clone(), Some(Es256)),
            (with(&ec, "crv", json!("P-384")), None),
            (okp.clone(), Some(EdDsa)),
            (with(&okp, "crv", json!("X25519")), None),
            (with(&okp, "crv", json!("Ed448")), None),
            (json!({"kty": "oct", "k": "AAAA"}), None),
            (json!("RSA"), None),
            (Value::Null, None),
        ] {
            let served = PublicAlgorithm::ALL
                .into_iter()
                .filter(|one| suits(&key, *one));
            assert_eq!(
                served.collect::<Vec<_>>(),
                Vec::from_iter(expected),
                "{key}"
            );
        }
    }

    #[test]
    fn a_key_serves_only_its_declared_purpose() {
        let key = json!({"kty": "OKP", "crv": "Ed25519"});
        for (field, value, is_suitable) in [
            ("use", json!("sig"), true),
            ("use", json!("enc"), false),
            ("use", json!(7), false),
            ("use", Value::Null, true),
            ("alg", json!("EdDSA"), true),
            ("alg", json!("Ed25519"), true),
            ("alg", json!("Ed448"), false),
            ("alg", json!("ES256"), false),
            ("alg", json!("ECDH-ES"), false),
            ("key_ops", json!(["verify"]), true),
            ("key_ops", json!(["sign", "verify"]), true),
            ("key_ops", json!(["deriveKey"]), false),
            ("key_ops", json!([]), false),
            ("key_ops", json!("verify"), false),
        ] {
            let key = with(&key, field, value);
            assert_eq!(suits(&key, EdDsa), is_suitable, "{key}");
        }
    }

    #[test]
    fn an_id_narrows_the_keys_and_may_be_shared() {
        let key = |kid: &str, x: u8, purpose: &str| json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": purpose});
        let keys = vec![
            key("a", 1, "enc"),
            key("a", 2, "sig"),
            key("b", 3, "sig"),
            key("a", 4, "sig"),
        ];
        let found = |kid| {
            let found = candidates(keys.clone(), kid, EdDsa);
            found
                .map(|key| key["x"].as_u64().unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(found(Some("a")), [2, 4]);
        assert_eq!(found(Some("b")), [3]);
        assert_eq!(found(Some("c")), Vec::<u64>::new());
        assert_eq!(found(None), [2, 3, 4]);
        assert_eq!(
            candidates(vec![key("a", 1, "sig"); 20], None, EdDsa).count(),
            8
        );
    }
}
