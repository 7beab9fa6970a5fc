//! Events, and what their signatures are worth.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::*;
use crate::domain::order::{RefundStage, Reversal, ReversalKind};
use crate::processor::Happening;

/// Made with `node:crypto`, and taken by `@polar-sh/sdk`.
const BODY: &str =
    r#"{"type":"order.paid","timestamp":"2026-11-29T00:00:00Z","data":{"id":"ord_1"}}"#;
const SECRET: &str = "polar_whs_test_secret_0123456789";
const GOOD: &str = "v1,XsF8Nj9/YcMe3pSnwVsQGmZm/LJYY23NGHAyQhB6zyA=";
const AT: i64 = 1_795_910_400;

fn headers(id: &str, at: &str, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", id.parse().unwrap());
    headers.insert("webhook-timestamp", at.parse().unwrap());
    headers.insert("webhook-signature", signature.parse().unwrap());
    headers
}

fn event_with(
    secrets: &[&str],
    headers: &HeaderMap,
    body: &str,
    at: i64,
) -> Result<Called, NotTaken> {
    let merchant = Merchant {
        webhook_secrets: secrets.iter().map(ToString::to_string).collect(),
        ..merchant()
    };
    let now = Timestamp::from_millis(at.saturating_mul(1000));
    Polar.event(&merchant, headers, body.as_bytes(), now)
}

/// That a body without a checkout is not understood says that its signature is good.
fn is_signed(secrets: &[&str], headers: &HeaderMap, body: &str, at: i64) -> bool {
    event_with(secrets, headers, body, at) != Err(NotTaken::BadSignature)
}

fn sign(key: &[u8], body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    let mac = mac.chain_update(format!("wh_1.{AT}.{body}")).finalize();
    format!("v1,{}", STANDARD.encode(mac.into_bytes()))
}

#[test]
fn a_signature_by_the_text_of_the_secret_is_good() {
    let headers = headers("wh_1", "1795910400", GOOD);
    assert!(is_signed(&[SECRET], &headers, BODY, AT));
    // While one is rotated.
    assert!(is_signed(&["polar_whs_new", SECRET], &headers, BODY, AT));
    assert!(!is_signed(&["polar_whs_new"], &headers, BODY, AT));
    assert!(!is_signed(&[], &headers, BODY, AT));
}

/// The vector of Standard Webhooks: a secret that begins as its own do is taken as they have it, too.
#[test]
fn a_signature_according_to_standard_webhooks_is_good() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let standard = headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );
    let body = r#"{"test": 2432232314}"#;
    assert!(is_signed(&[secret], &standard, body, 1_614_265_330));
    // Without the prefix it is text, and nothing but text.
    let bare = &secret["whsec_".len()..];
    assert!(!is_signed(&[bare], &standard, body, 1_614_265_330));
    let by_text = headers("wh_1", "1795910400", &sign(secret.as_bytes(), body));
    assert!(is_signed(&[secret], &by_text, body, AT));
}

#[test]
fn any_other_signature_is_not() {
    let good = headers("wh_1", "1795910400", GOOD);
    assert!(!is_signed(
        &[SECRET],
        &good,
        &BODY.replace("ord_1", "ord_2"),
        AT
    ));
    for (id, at, signature) in [
        ("wh_2", "1795910400", GOOD),
        ("wh_1", "1795910401", GOOD),
        ("wh_1", "soon", GOOD),
        ("wh_1", "1795910400", &GOOD[3..]),
        ("wh_1", "1795910400", "v1,"),
        ("wh_1", "1795910400", &GOOD.replace("v1,", "v2,")),
        ("wh_1", "1795910400", &GOOD.replace("Xs", "Xt")),
    ] {
        let headers = headers(id, at, signature);
        assert!(!is_signed(&[SECRET], &headers, BODY, AT), "{headers:?}");
    }
    for missing in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut headers = good.clone();
        headers.remove(missing);
        assert!(!is_signed(&[SECRET], &headers, BODY, AT), "{missing}");
    }
}

#[test]
fn an_old_signature_is_worth_nothing_and_one_of_the_future_neither() {
    let headers = headers("wh_1", "1795910400", GOOD);
    for (later, is_good) in [(300, true), (-300, true), (301, false), (-301, false)] {
        let at = AT.saturating_add(later);
        assert_eq!(is_signed(&[SECRET], &headers, BODY, at), is_good, "{later}");
    }
}

/// HMAC takes any key: what everybody knows would sign for a forgotten secret.
#[test]
fn a_secret_of_nothing_verifies_nothing() {
    for secret in ["", " ", "\n", "whsec_", "whsec_ "] {
        for key in [secret, ""] {
            let headers = headers("wh_1", "1795910400", &sign(key.as_bytes(), BODY));
            assert!(!is_signed(&[secret], &headers, BODY, AT), "{secret:?}");
        }
    }
}

fn told(kind: &str, data: &Value) -> Result<Called, NotTaken> {
    let event = json!({"type": kind, "timestamp": "2026-11-29T00:00:00Z", "api_version": "2026-10", "data": data});
    let body = event.to_string();
    let headers = headers("wh_1", "1795910400", &sign(SECRET.as_bytes(), &body));
    event_with(&[SECRET], &headers, &body, AT)
}

fn happening(kind: &str, data: &Value) -> Happening {
    told(kind, data).unwrap().happening
}

#[test]
fn each_event_says_what_it_is() {
    let session = Happening::Session { id: "co_1".into() };
    assert_eq!(happening("order.paid", &an_order(&json!({}))), session);
    for status in ["confirmed", "succeeded", "failed", "expired"] {
        let checkout = json!({"id": "co_1", "status": status});
        assert_eq!(happening("checkout.updated", &checkout), session);
    }
    let expired = json!({"id": "co_1", "status": "expired"});
    assert_eq!(happening("checkout.expired", &expired), session);
    for (kind, status, stage) in [
        ("refund.created", "pending", RefundStage::Pending),
        ("refund.created", "succeeded", RefundStage::Succeeded),
        ("refund.updated", "failed", RefundStage::Undone),
        ("refund.updated", "canceled", RefundStage::Undone),
    ] {
        let reversed = Happening::Reversed(Reversed {
            payment: "po_1".into(),
            currency: Currency::parse("eur").unwrap(),
            reversal: Reversal {
                id: "ref_1".into(),
                kind: ReversalKind::Refund(stage),
                minor: 536,
            },
        });
        let refund = a_refund(&json!({"status": status}));
        assert_eq!(happening(kind, &refund), reversed, "{kind} {status}");
    }
    let strange = a_refund(&json!({"currency": "xau"}));
    for (kind, data) in [
        ("checkout.created", json!({"id": "co_1", "status": "open"})),
        ("checkout.updated", json!({"id": "co_1", "status": "open"})),
        ("order.paid", an_order(&json!({"checkout_id": null}))),
        ("order.created", an_order(&json!({}))),
        // Cumulative.
        ("order.refunded", an_order(&json!({"refunded_amount": 450}))),
        ("customer.state_changed", json!({})),
        ("subscription.active", json!({})),
        ("refund.created", strange),
    ] {
        let told = happening(kind, &data);
        assert!(matches!(told, Happening::Ignored(_)), "{kind}: {told:?}");
    }
}

#[test]
fn an_event_that_is_signed_and_cannot_be_read_says_so() {
    for (kind, data) in [
        ("order.paid", json!({"id": "po_1"})),
        ("checkout.updated", json!({"id": "co_1"})),
        ("checkout.expired", json!({})),
        ("refund.created", json!({"id": "ref_1"})),
    ] {
        assert_eq!(told(kind, &data), Err(NotTaken::Malformed), "{kind}");
    }
    for body in ["", "{", "[]", r#"{"type":"order.paid"}"#, r#"{"data":{}}"#] {
        let headers = headers("wh_1", "1795910400", &sign(SECRET.as_bytes(), body));
        let told = event_with(&[SECRET], &headers, body, AT);
        assert_eq!(told, Err(NotTaken::Malformed), "{body}");
    }
}

/// Polar does not say it: the operator does, who chose the address.
#[test]
fn an_event_is_as_live_as_the_merchant() {
    let body = json!({"type": "customer.created", "data": {}}).to_string();
    let headers = headers("wh_1", "1795910400", &sign(SECRET.as_bytes(), &body));
    for is_live in [true, false] {
        let merchant = Merchant {
            is_live,
            ..merchant()
        };
        let called = Polar.event(&merchant, &headers, body.as_bytes(), NOW);
        assert_eq!(called.unwrap().is_live, is_live);
    }
}
