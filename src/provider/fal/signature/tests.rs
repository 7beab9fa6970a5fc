//! fal's callbacks, signed with a test key: which are accepted, and what they say.

use ed25519_dalek::{Signer, SigningKey};
use http::HeaderMap;
use serde_json::json;

use super::*;
use crate::domain::job::FailureCode;
use crate::domain::time::Timestamp;
use crate::provider::fal::Fal;
use crate::provider::{Access, CallbackReport, Provider, Report};

const ID: &str = "764cabcf-b745-4b3e-ae38-1200304cf45b";
const NOW: &str = "1790000000";
const NOW_MILLIS: i64 = 1_790_000_000_000;

const ACCESS: Access = Access {
    base_url: String::new(),
    api_key: String::new(),
    webhook_secrets: Vec::new(),
};

/// A callback signed with one key and checked with others.
struct Call {
    body: &'static str,
    headers: HeaderMap,
    keys: Vec<Value>,
}

impl Call {
    fn new(body: &'static str) -> Self {
        let key = SigningKey::from_bytes(&[7; 32]);
        let hash = hex_of(&Sha256::digest(body));
        let message = format!("{ID}\nuser\n{NOW}\n{hash}");
        let signature = hex_of(&key.sign(message.as_bytes()).to_bytes());
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-fal-webhook-request-id", ID),
            ("x-fal-webhook-user-id", "user"),
            ("x-fal-webhook-timestamp", NOW),
            ("x-fal-webhook-signature", &signature),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        Self {
            body,
            headers,
            keys: vec![jwk(&[9; 32]), jwk(&[7; 32])],
        }
    }

    fn read_at(&self, millis: i64) -> Result<CallbackReport, BadSignature> {
        let callback = Callback {
            headers: &self.headers,
            body: self.body.as_bytes(),
            now: Timestamp::from_millis(millis),
            keys: &self.keys,
        };
        Fal.read_callback(&ACCESS, &callback)
    }

    fn read(&self) -> Result<CallbackReport, BadSignature> {
        self.read_at(NOW_MILLIS)
    }
}

fn jwk(secret: &[u8; 32]) -> Value {
    let public = SigningKey::from_bytes(secret).verifying_key();
    json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(public.as_bytes())})
}

/// The key that signs, which says this about itself.
fn said(about: &Value) -> Value {
    let mut key = jwk(&[7; 32]);
    for (field, value) in about.as_object().unwrap() {
        key[field] = value.clone();
    }
    key
}

const OK: &str = r#"{"request_id":"a","gateway_request_id":"b","status":"OK",
    "payload":{"images":[{"url":"https://v3.fal.media/a.png"}]}}"#;

#[test]
fn a_signed_callback_is_verified() {
    assert_eq!(
        Call::new(OK).read(),
        Ok(CallbackReport::Verified {
            task_id: "a".into(),
            report: Report::Succeeded {
                results: vec!["https://v3.fal.media/a.png".into()],
                cost: None
            },
        })
    );
    let report_of = |body| match Call::new(body).read() {
        Ok(CallbackReport::Verified { report, .. }) => report,
        other => panic!("{other:?}"),
    };
    for (body, expected) in [
        (
            r#"{"request_id":"a","status":"ERROR","error":"Invalid status code: 422",
                "payload":{"detail":[{"type":"content_policy_violation"}]}}"#,
            FailureCode::ContentRefused,
        ),
        (
            r#"{"request_id":"a","status":"ERROR","error":"Invalid status code: 500","payload":null}"#,
            FailureCode::GenerationFailed,
        ),
    ] {
        assert!(
            matches!(report_of(body), Report::Failed { reason, .. } if reason == expected),
            "{body}"
        );
    }
    for body in [
        r#"{"request_id":"a","status":"ERROR","error_type":"client_cancelled","payload":{}}"#,
        r#"{"request_id":"a","status":"ERROR","payload":{"error_type":"client_cancelled"}}"#,
    ] {
        assert_eq!(report_of(body), Report::Canceled);
    }
}

#[test]
fn a_callback_without_its_result_is_unverified() {
    for body in [
        r#"{"request_id":"a","status":"OK","payload":null,"payload_error":"too large"}"#,
        r#"{"request_id":"a","status":"DREAMING"}"#,
        r#"{"status":"OK","payload":{}}"#,
        "garbage",
    ] {
        assert_eq!(
            Call::new(body).read(),
            Ok(CallbackReport::Unverified { task_id: None }),
            "{body}"
        );
    }
}

#[test]
fn a_callback_is_refused_unless_its_whole_signature_is_right() {
    for name in ["request-id", "user-id", "timestamp", "signature"] {
        let name = format!("x-fal-webhook-{name}");
        let mut missing = Call::new(OK);
        missing.headers.remove(name.as_str());
        assert_eq!(missing.read(), Err(BadSignature), "{name}");
        let mut changed = Call::new(OK);
        changed.headers.insert(
            http::HeaderName::try_from(name.as_str()).unwrap(),
            "1790000001".parse().unwrap(),
        );
        assert_eq!(changed.read(), Err(BadSignature), "{name}");
    }
    for (seconds, good) in [(-301, false), (-300, true), (300, true), (301, false)] {
        assert_eq!(
            Call::new(OK).read_at(NOW_MILLIS + seconds * 1000).is_ok(),
            good
        );
    }
    for key in [
        jwk(&[9; 32]),
        json!({"kty": "EC", "crv": "Ed25519", "x": jwk(&[7; 32])["x"]}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
        said(&json!({"use": "enc"})),
        said(&json!({"key_ops": ["deriveKey"]})),
        said(&json!({"alg": "ECDH-ES"})),
        Value::Null,
    ] {
        let mut call = Call::new(OK);
        call.keys = vec![key];
        assert_eq!(call.read(), Err(BadSignature));
    }
}

/// As in keycloak issue 14794: a key for encryption comes before the signing key, under the same
/// id.
#[test]
fn each_key_that_may_sign_is_tried_whatever_its_id() {
    let enc =
        json!({"kty": "OKP", "crv": "X25519", "x": jwk(&[9; 32])["x"], "kid": "1", "use": "enc"});
    for about in [
        json!({"kid": "1"}),
        json!({"kid": "1", "use": "sig", "alg": "EdDSA"}),
        json!({"kid": "1", "key_ops": ["verify"], "alg": "Ed25519"}),
    ] {
        let mut call = Call::new(OK);
        call.keys = vec![enc.clone(), jwk(&[9; 32]), said(&about)];
        assert!(call.read().is_ok(), "{:?}", call.keys);
    }
}

#[test]
fn a_signature_is_128_hexadecimal_digits_of_either_case() {
    let with = |change: &dyn Fn(&str) -> String| {
        let mut call = Call::new(OK);
        let signature = call.headers["x-fal-webhook-signature"].to_str().unwrap();
        let changed = change(signature).parse().unwrap();
        call.headers.insert("x-fal-webhook-signature", changed);
        call.read().is_ok()
    };
    assert!(with(&str::to_uppercase));
    assert!(!with(&|signature| signature[..126].into()));
    assert!(!with(&|signature| format!("{signature}00")));
    assert!(!with(&|signature| format!("+{}", &signature[1..])));
    assert!(!with(&|signature| signature.replace(|_| true, "z")));
}
