//! The keys of ID tokens: Google's is RSA, as the real one's are; the other's is a P-256 key.

use std::sync::OnceLock;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey as EcKey, signature::Signer};
use rsa::{
    BigUint, RsaPrivateKey, pkcs1v15::SigningKey as RsaKey, signature::SignatureEncoding,
    traits::PublicKeyParts,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The primes of a key that protects nothing, in hexadecimal. The exponent is 65,537.
const FIRST_PRIME: &str = "\
dbd2e9d51206f9129cf6bd65da8366572c325511cc423c6fd760f2d5eebe7f1425de1fb128e97c086d08c5c390c985b1\
52cbb0471e3d3f6fe489dc6d010fea674c5d2c4568bfcf9be9ccae7aa985283e372f1316a36b3f01528718596d835cd4\
30d18e573528de78ec82a1288b731e606eaf2cbdd299aecbec554e4d94362ceb";
const SECOND_PRIME: &str = "\
d20cd34fd96c25534e0047dc5f98647e4fa855247f3eb14dbad4d0313a88ab9b7e3328d5bfff4a7def86e0bf2e12d6bb\
eaeba240513dac3870f330ccc543c6b556f7c96f68d98c116a49b702545f1f5adc1544392830b39f1c7a10a183e3a89f\
9ce4b1e86e3a3ba89c0ba6913a2ceab7e88d86cb452ecfdfce225322874ceb27";
const EXPONENT: u32 = 65_537;
/// The modulus of a key that signs nothing, in base64url: Google publishes several keys.
const OTHER_MODULUS: &str = "\
8i-2rJnX8hkjYQjoWTYjsv0W5n6QLtZBC9UfUMrCn9TLnQIOXbLrYVT8LockNpWptmleCIHFMAiCmWjP2mVGfMoZr79_wLS9\
Xc05fthVJt9ibESwj8jfcyMZXijxQPOHp5fn7fsKVjOIGIGekUQ8yHHb_-5M_nq2SzzV_AlB_4HJ5GuwyIQdTPsLhZyN76Bq\
sSJg7B6oMpuca-rfVK5AERaJDmka_ZY0Yuo5sCDMkRYfFiyrXVsXLExqZyYS2xaJkYTATpNcd8Z-swTf5_MUElScLEoacYxC\
Rb9Gcpm5yUxPR7a6w6lhYEuWGS6ZGeCLqzhJ9dM2tZbEM-4fDVmPfQ";
const EC_ID: &str = "local-ec-1";
const RSA_ID: &str = "local-rsa-2";
const OTHER_RSA_ID: &str = "local-rsa-1";

/// How a provider signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Es256,
    Rs256,
}

impl Algorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// The id of the key that signs.
    pub(crate) fn key_id(self) -> &'static str {
        match self {
            Self::Es256 => EC_ID,
            Self::Rs256 => RSA_ID,
        }
    }

    /// The signature, in base64url.
    pub(crate) fn sign(self, seed: &[u8; 32], signed: &str) -> Option<String> {
        let bytes = match self {
            Self::Es256 => {
                let signature: Signature = ec_key(seed)?.try_sign(signed.as_bytes()).ok()?;
                signature.to_bytes().to_vec()
            }
            Self::Rs256 => rsa_key()?.try_sign(signed.as_bytes()).ok()?.to_vec(),
        };
        Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The published keys.
    pub(crate) fn jwks(self, seed: &[u8; 32]) -> Option<Value> {
        let keys = match self {
            Self::Es256 => vec![ec_jwk(&ec_key(seed)?)?],
            Self::Rs256 => {
                let modulus = rsa_key()?.as_ref().n().to_bytes_be();
                vec![
                    rsa_jwk(OTHER_RSA_ID, OTHER_MODULUS),
                    rsa_jwk(RSA_ID, &BASE64_URL_SAFE_NO_PAD.encode(modulus)),
                ]
            }
        };
        Some(json!({ "keys": keys }))
    }
}

/// Derived from the seed of the settings, so that no key has two purposes.
fn ec_key(seed: &[u8; 32]) -> Option<EcKey> {
    let scalar = Sha256::new().chain_update(b"oidc").chain_update(seed);
    EcKey::from_slice(&scalar.finalize()).ok()
}

fn ec_jwk(key: &EcKey) -> Option<Value> {
    let point = key.verifying_key().to_encoded_point(false);
    let [x, y] = [point.x()?, point.y()?].map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes));
    Some(json!({
        "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": EC_ID, "alg": "ES256", "use": "sig",
    }))
}

/// Made once: checking that primes are primes takes its time.
fn rsa_key() -> Option<&'static RsaKey<rsa::sha2::Sha256>> {
    static KEY: OnceLock<Option<RsaKey<rsa::sha2::Sha256>>> = OnceLock::new();
    KEY.get_or_init(|| {
        let [p, q] =
            [FIRST_PRIME, SECOND_PRIME].map(|prime| BigUint::parse_bytes(prime.as_bytes(), 16));
        let key = RsaPrivateKey::from_p_q(p?, q?, EXPONENT.into()).ok()?;
        Some(RsaKey::new(key))
    })
    .as_ref()
}

fn rsa_jwk(id: &str, modulus: &str) -> Value {
    json!({ "kty": "RSA", "n": modulus, "e": "AQAB", "kid": id, "alg": "RS256", "use": "sig" })
}
