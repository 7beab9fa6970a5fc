//! Events: those that an endpoint subscribes to, and those that it may send besides.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::*;
use crate::processor::Happening;

fn an_event(kind: &str, object: &Value, is_live: bool) -> Value {
    json!({
        "id": "evt_1", "object": "event", "api_version": "2026-10-28.endive", "created": 1_795_161_600, "type": kind,
        "livemode": is_live, "pending_webhooks": 1, "data": {"object": object},
    })
}

/// An event as it arrives, signed just now.
fn taken(event: &str) -> Result<Called, NotTaken> {
    let mac = Hmac::<Sha256>::new_from_slice(b"whsec_1").unwrap();
    let mac = mac.chain_update(format!("1795161600.{event}")).finalize();
    let bytes = mac.into_bytes();
    let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let signature = format!("t=1795161600,v1={}", hex.concat());
    let mut headers = HeaderMap::new();
    headers.insert("stripe-signature", signature.parse().unwrap());
    Stripe.event(&merchant(), &headers, event.as_bytes(), NOW)
}

fn happening(kind: &str, object: &Value) -> Happening {
    let called = taken(&an_event(kind, object, false).to_string()).unwrap();
    assert!(!called.is_live);
    called.happening
}

#[test]
fn what_happens_to_a_session_is_told_by_its_id() {
    let session = a_session(&json!({}));
    for kind in [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.expired",
    ] {
        let told = Happening::Session { id: "cs_1".into() };
        assert_eq!(happening(kind, &session), told, "{kind}");
    }
    let failed = Happening::PaymentFailed {
        session: "cs_1".into(),
    };
    let kind = "checkout.session.async_payment_failed";
    assert_eq!(happening(kind, &session), failed);
}

#[test]
fn refunds_say_how_far_they_are() {
    for (kind, status, stage) in [
        ("refund.created", "succeeded", RefundStage::Succeeded),
        ("refund.created", "pending", RefundStage::Pending),
        ("refund.updated", "requires_action", RefundStage::Pending),
        ("refund.updated", "canceled", RefundStage::Undone),
        ("refund.failed", "failed", RefundStage::Undone),
        // Its kind counts more than a status of another moment.
        ("refund.failed", "succeeded", RefundStage::Undone),
        ("charge.refund.updated", "succeeded", RefundStage::Succeeded),
    ] {
        let told = Happening::Reversed(reversed("re_1", ReversalKind::Refund(stage), 500));
        assert_eq!(happening(kind, &a_refund(status)), told, "{kind} {status}");
    }
}

#[test]
fn disputes_say_how_far_they_are() {
    for (kind, status, stage) in [
        ("created", "warning_needs_response", DisputeStage::Inquiry),
        ("updated", "warning_under_review", DisputeStage::Inquiry),
        ("created", "needs_response", DisputeStage::Opened),
        ("funds_withdrawn", "needs_response", DisputeStage::Withdrawn),
        ("funds_reinstated", "won", DisputeStage::Reinstated),
        ("closed", "won", DisputeStage::Won),
        ("closed", "lost", DisputeStage::Lost),
        ("closed", "warning_closed", DisputeStage::Won),
        ("closed", "prevented", DisputeStage::Won),
    ] {
        let told = Happening::Reversed(reversed("dp_1", ReversalKind::Dispute(stage), 1071));
        let dispute = a_dispute(status, &[]);
        let kind = format!("charge.dispute.{kind}");
        assert_eq!(happening(&kind, &dispute), told, "{kind} {status}");
    }
}

/// They are cumulative, or another's, or only a warning: each is told by its name.
#[test]
fn what_does_not_concern_us_is_named() {
    let warning = json!({"id": "issfr_1", "object": "radar.early_fraud_warning", "charge": "ch_1", "payment_intent": "pi_1", "actionable": true, "fraud_type": "misc"});
    let charge = json!({"id": "ch_1", "object": "charge", "amount": 1000, "amount_refunded": 500, "currency": "eur", "payment_intent": "pi_1"});
    let intent =
        json!({"id": "pi_1", "object": "payment_intent", "amount": 500, "status": "succeeded"});
    let invoice = json!({"id": "in_1", "object": "invoice", "billing_reason": "manual"});
    let subscription = json!({"id": "sub_1", "object": "subscription", "status": "active"});
    for (kind, object) in [
        ("radar.early_fraud_warning.created", &warning),
        ("charge.refunded", &charge),
        ("charge.succeeded", &charge),
        ("payment_intent.succeeded", &intent),
        ("invoice.paid", &invoice),
        ("customer.subscription.created", &subscription),
        ("customer.subscription.updated", &subscription),
        ("customer.subscription.deleted", &subscription),
        ("charge.dispute.updated", &a_dispute("needs_response", &[])),
    ] {
        assert_eq!(happening(kind, object), Happening::Ignored(kind.into()));
    }
    let strange = json!({"id": "re_1", "amount": 5, "currency": "xau", "status": "succeeded", "payment_intent": "pi_1"});
    let told = happening("refund.created", &strange);
    assert!(matches!(told, Happening::Ignored(_)), "{told:?}");
}

/// A thin event has no object, and may have no mode.
#[test]
fn an_event_of_the_other_shape_is_named() {
    let kind = "v1.billing.meter.error_report_triggered";
    for (mode, is_live) in [
        (json!(true), true),
        (json!(false), false),
        (Value::Null, false),
    ] {
        let event = json!({
            "id": "evt_1", "object": "v2.core.event", "type": kind, "livemode": mode, "created": "2026-11-20T08:00:00.000Z",
            "related_object": {"id": "mtr_1", "type": "billing.meter", "url": "/v1/billing/meters/mtr_1"},
        });
        let called = taken(&event.to_string()).unwrap();
        assert_eq!(called.happening, Happening::Ignored(kind.into()));
        assert_eq!(called.is_live, is_live);
    }
}

#[test]
fn an_event_says_whether_money_moves() {
    for is_live in [true, false] {
        let event = an_event(
            "checkout.session.completed",
            &a_session(&json!({})),
            is_live,
        );
        // As it arrives: printed over several lines.
        let pretty = serde_json::to_string_pretty(&event).unwrap();
        assert_eq!(taken(&pretty).unwrap().is_live, is_live);
    }
}

#[test]
fn an_event_that_is_signed_and_cannot_be_read_says_so() {
    let no_mode = json!({"type": "checkout.session.completed", "data": {"object": {"id": "cs_1"}}});
    for event in [
        String::new(),
        "{".into(),
        "[]".into(),
        json!({"data": {}}).to_string(),
        no_mode.to_string(),
        an_event("checkout.session.completed", &json!({}), false).to_string(),
        an_event("refund.created", &json!({}), false).to_string(),
        an_event("charge.dispute.created", &json!({"id": "dp_1"}), false).to_string(),
    ] {
        assert_eq!(taken(&event), Err(NotTaken::Malformed), "{event}");
    }
}

#[test]
fn an_event_without_a_good_signature_says_nothing() {
    let event = an_event("checkout.session.completed", &a_session(&json!({})), false);
    let body = event.to_string();
    let mut headers = HeaderMap::new();
    let unsigned = Stripe.event(&merchant(), &headers, body.as_bytes(), NOW);
    assert_eq!(unsigned, Err(NotTaken::BadSignature));
    headers.insert("stripe-signature", "t=1795161600,v1=00".parse().unwrap());
    let forged = Stripe.event(&merchant(), &headers, body.as_bytes(), NOW);
    assert_eq!(forged, Err(NotTaken::BadSignature));
}
