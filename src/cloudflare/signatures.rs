//! Public-key signatures, by Web Crypto.

use async_trait::async_trait;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CryptoKey, SubtleCrypto, WorkerGlobalScope};
use worker::js_sys::{JSON, Object, Reflect, Uint8Array, global};
use worker::send::SendFuture;
use worker::wasm_bindgen_futures::JsFuture;

use crate::jwk::PublicAlgorithm;
use crate::ports::Signatures;

/// `crypto.subtle`.
pub(super) struct WebCrypto;

#[async_trait]
impl Signatures for WebCrypto {
    async fn verify(
        &self,
        algorithm: PublicAlgorithm,
        jwk: &serde_json::Value,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        // What cannot be imported or checked is not good.
        SendFuture::new(verify(algorithm, jwk, message, signature))
            .await
            .unwrap_or(false)
    }
}

async fn verify(
    algorithm: PublicAlgorithm,
    jwk: &serde_json::Value,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, JsValue> {
    let algorithm = match algorithm {
        PublicAlgorithm::Rs256 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#,
        PublicAlgorithm::Es256 => r#"{"name":"ECDSA","namedCurve":"P-256","hash":"SHA-256"}"#,
        PublicAlgorithm::EdDsa => r#"{"name":"Ed25519"}"#,
    };
    let algorithm: Object = JSON::parse(algorithm)?.unchecked_into();
    let key: Object = JSON::parse(&jwk.to_string())?.unchecked_into();
    // What the key may be used for was judged before; Web Crypto is stricter about these than
    // needed.
    for field in ["use", "key_ops", "alg"] {
        Reflect::delete_property(&key, &JsValue::from_str(field))?;
    }
    let subtle: SubtleCrypto = global()
        .unchecked_into::<WorkerGlobalScope>()
        .crypto()?
        .subtle();
    let usages = JSON::parse(r#"["verify"]"#)?;
    let key = subtle.import_key_with_object("jwk", &key, &algorithm, false, &usages)?;
    let key: CryptoKey = JsFuture::from(key).await?.unchecked_into();
    let (signature, message) = (Uint8Array::from(signature), Uint8Array::from(message));
    let is_good = subtle.verify_with_object_and_buffer_source_and_buffer_source(
        &algorithm, &key, &signature, &message,
    )?;
    Ok(JsFuture::from(is_good).await?.is_truthy())
}
