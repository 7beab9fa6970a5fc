//! Stripe's wire format, as it documents it.

use serde_json::json;

use super::*;
use crate::domain::id::OrderId;
use crate::domain::money::{Currency, Money};
use crate::domain::order::{
    CheckoutSession, DisputeStage, Payment, RefundStage, Reversal, ReversalKind,
};
use crate::processor::{Happening, Outcome, SessionReport};

const NOW: Timestamp = Timestamp::from_millis(1_795_161_600_000);

fn merchant() -> Merchant {
    Merchant {
        base_url: Stripe.base_url(false).into(),
        key: "rk_test_1".into(),
        webhook_secrets: vec!["whsec_1".into()],
        product: None,
        is_live: false,
    }
}

fn usd(minor: u64) -> Money {
    Money::of(minor, Currency::parse("usd").unwrap()).unwrap()
}

fn order() -> OrderId {
    OrderId::new(NOW, 7)
}

fn new(errors: u8) -> NewCheckout<'static> {
    NewCheckout {
        order: order(),
        name: "40 credits",
        price: usd(500),
        email: Some("ada@example.com"),
        success_url: "https://app.test/#/paid?order=1",
        cancel_url: "https://app.test/#/credits",
        expires_at: NOW,
        errors,
    }
}

#[test]
fn a_session_is_asked_for_with_our_price_and_our_order() {
    let request = Stripe.checkout(&merchant(), &new(0)).unwrap();
    assert_eq!(request.uri(), "https://api.stripe.com/v1/checkout/sessions");
    let header = |name| request.headers()[name].to_str().unwrap();
    assert_eq!(header("authorization"), "Bearer rk_test_1");
    assert_eq!(header("stripe-version"), "2026-10-28.endive");
    assert_eq!(header("idempotency-key"), format!("order_{}", order()));
    let form: Vec<(String, String)> = url::form_urlencoded::parse(request.body())
        .into_owned()
        .collect();
    let of = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    for (name, value) in [
        ("mode", "payment"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "500"),
        ("line_items[0][price_data][tax_behavior]", "inclusive"),
        (
            "line_items[0][price_data][product_data][name]",
            "40 credits",
        ),
        ("line_items[0][quantity]", "1"),
        ("adaptive_pricing[enabled]", "false"),
        ("client_reference_id", "ord_01M7VZGC000000000000000007"),
        ("metadata[order]", "ord_01M7VZGC000000000000000007"),
        (
            "payment_intent_data[metadata][order]",
            "ord_01M7VZGC000000000000000007",
        ),
        ("customer_email", "ada@example.com"),
        ("success_url", "https://app.test/#/paid?order=1"),
        ("expires_at", "1795161600"),
    ] {
        assert_eq!(of(name), Some(value), "{name}");
    }
    // A fixed list breaks the page where one of its methods is not enabled.
    assert_eq!(of("payment_method_types"), None);
    let again = Stripe.checkout(&merchant(), &new(2)).unwrap();
    assert_eq!(
        again.headers()["idempotency-key"],
        format!("order_{}_2", order()).as_str()
    );
}

fn answer(status: u16, body: &Value) -> Response {
    http::Response::builder()
        .status(status)
        .body(body.to_string().into())
        .unwrap()
}

#[test]
fn what_was_refused_is_told_from_what_is_not_known() {
    let good = json!({"id": "cs_1", "url": "https://checkout.stripe.com/c/pay/cs_1", "expires_at": 1_795_163_400});
    let session = CheckoutSession {
        id: "cs_1".into(),
        url: "https://checkout.stripe.com/c/pay/cs_1".into(),
        expires_at: Timestamp::from_millis(1_795_163_400_000),
    };
    assert_eq!(
        Stripe.read_checkout(&answer(200, &good)),
        Opened::Session(session)
    );
    let error = json!({"error": {"type": "invalid_request_error", "message": "No such price"}});
    for status in [400, 401, 402, 403, 404] {
        let words = format!("{status} invalid_request_error: No such price");
        assert_eq!(
            Stripe.read_checkout(&answer(status, &error)),
            Opened::Refused(words)
        );
    }
    for status in [409, 429] {
        let words = format!("{status} invalid_request_error: No such price");
        assert_eq!(
            Stripe.read_checkout(&answer(status, &error)),
            Opened::Unknown(words)
        );
    }
    for status in [500, 502, 503] {
        let words = format!("{status} invalid_request_error: No such price");
        assert_eq!(
            Stripe.read_checkout(&answer(status, &error)),
            Opened::Errored(words)
        );
    }
    assert!(matches!(
        Stripe.read_checkout(&answer(200, &json!({"id": "cs_1"}))),
        Opened::Unknown(_)
    ));
}

fn a_session(changes: &Value) -> Value {
    let mut session = json!({
        "id": "cs_1", "object": "checkout.session", "status": "complete", "payment_status": "paid", "livemode": false,
        "amount_subtotal": 420, "amount_total": 500, "currency": "usd", "payment_intent": "pi_1",
        "client_reference_id": order().to_string(), "url": null,
    });
    for (name, value) in changes.as_object().unwrap() {
        session[name] = value.clone();
    }
    session
}

fn read_session(answer: &Response) -> Result<SessionReport, NotUnderstood> {
    match Stripe.read(&merchant(), "cs_1", answer)? {
        Look::Report(report) => Ok(report),
        Look::Ask(request) => panic!("{request:?}"),
    }
}

#[test]
fn a_session_says_whether_it_is_paid() {
    let read = |changes: Value| read_session(&answer(200, &a_session(&changes))).unwrap();
    let report = read(json!({}));
    let payment = |id: &str| {
        Outcome::Paid(Payment {
            id: id.into(),
            amount: usd(500),
        })
    };
    assert_eq!((report.order, report.is_live), (Some(order()), false));
    assert_eq!(report.outcome, payment("pi_1"));
    // Expanded, and without one.
    assert_eq!(
        read(json!({"payment_intent": {"id": "pi_2"}})).outcome,
        payment("pi_2")
    );
    assert_eq!(
        read(json!({"payment_intent": null})).outcome,
        payment("cs_1")
    );
    for (changes, outcome) in [
        (json!({"payment_status": "unpaid"}), Outcome::Pending),
        (
            json!({"status": "expired", "payment_status": "unpaid"}),
            Outcome::Expired,
        ),
        (
            json!({"status": "open", "payment_status": "unpaid"}),
            Outcome::Open,
        ),
        (
            json!({"currency": "xau"}),
            Outcome::UnknownCurrency("xau".into()),
        ),
    ] {
        assert_eq!(read(changes.clone()).outcome, outcome, "{changes}");
    }
    assert!(read(json!({"livemode": true})).is_live);
    assert_eq!(
        read(json!({"client_reference_id": "somebody's"})).order,
        None
    );
    assert!(read_session(&answer(404, &json!({}))).is_err());
    assert!(read_session(&answer(200, &json!({"id": "cs_1"}))).is_err());
    let request = Stripe.look(&merchant(), "cs_1/../x").unwrap();
    assert_eq!(
        request.uri(),
        "https://api.stripe.com/v1/checkout/sessions/cs_1%2F..%2Fx?expand%5B%5D=payment_intent.latest_charge"
    );
}

fn happening(kind: &str, object: &Value) -> Option<Happening> {
    let event = json!({"id": "evt_1", "object": "event", "type": kind, "livemode": false, "data": {"object": object}});
    event::read(event.to_string().as_bytes()).map(|called| called.happening)
}

fn of(id: &str, kind: ReversalKind, minor: u64) -> Happening {
    Happening::Reversed(Reversed {
        payment: "pi_1".into(),
        currency: Currency::parse("eur").unwrap(),
        reversal: Reversal {
            id: id.into(),
            kind,
            minor,
        },
    })
}

/// Every event that an endpoint subscribes to.
#[test]
fn each_event_says_what_it_is() {
    let session = a_session(&json!({}));
    for kind in [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.expired",
    ] {
        assert_eq!(
            happening(kind, &session),
            Some(Happening::Session { id: "cs_1".into() }),
            "{kind}"
        );
    }
    let failed = Happening::PaymentFailed {
        session: "cs_1".into(),
    };
    assert_eq!(
        happening("checkout.session.async_payment_failed", &session),
        Some(failed)
    );
    let refund = |status: &str| json!({"id": "re_1", "object": "refund", "amount": 500, "currency": "eur", "charge": "ch_1", "payment_intent": "pi_1", "status": status});
    for (kind, status, stage) in [
        ("refund.created", "succeeded", RefundStage::Succeeded),
        ("refund.created", "pending", RefundStage::Pending),
        ("refund.updated", "requires_action", RefundStage::Pending),
        ("refund.updated", "canceled", RefundStage::Undone),
        ("refund.failed", "failed", RefundStage::Undone),
        ("charge.refund.updated", "succeeded", RefundStage::Succeeded),
    ] {
        let told = happening(kind, &refund(status));
        assert_eq!(
            told,
            Some(of("re_1", ReversalKind::Refund(stage), 500)),
            "{kind} {status}"
        );
    }
    let dispute = |status: &str| json!({"id": "dp_1", "object": "dispute", "amount": 1071, "currency": "eur", "charge": "ch_1", "payment_intent": "pi_1", "status": status});
    for (kind, status, stage) in [
        ("created", "warning_needs_response", DisputeStage::Inquiry),
        ("created", "needs_response", DisputeStage::Opened),
        ("funds_withdrawn", "needs_response", DisputeStage::Withdrawn),
        ("funds_reinstated", "won", DisputeStage::Reinstated),
        ("closed", "won", DisputeStage::Won),
        ("closed", "lost", DisputeStage::Lost),
        ("closed", "warning_closed", DisputeStage::Won),
    ] {
        let told = happening(&format!("charge.dispute.{kind}"), &dispute(status));
        assert_eq!(
            told,
            Some(of("dp_1", ReversalKind::Dispute(stage), 1071)),
            "{kind} {status}"
        );
    }
    // Cumulative, or another's: not for us.
    for kind in [
        "charge.refunded",
        "payment_intent.succeeded",
        "customer.created",
        "invoice.paid",
        "charge.dispute.updated",
    ] {
        assert!(
            matches!(
                happening(kind, &dispute("needs_response")),
                Some(Happening::Ignored(_))
            ),
            "{kind}"
        );
    }
    let strange = json!({"id": "re_1", "amount": 5, "currency": "xau", "status": "succeeded", "payment_intent": "pi_1"});
    assert!(matches!(
        happening("refund.created", &strange),
        Some(Happening::Ignored(_))
    ));
    assert_eq!(happening("refund.created", &json!({})), None);
    let thin = json!({"id": "evt_1", "object": "v2.core.event", "type": "v1.billing.meter.error_report_triggered"});
    let thin = event::read(thin.to_string().as_bytes()).unwrap();
    assert!(matches!(thin.happening, Happening::Ignored(_)));
}

#[test]
fn an_event_without_a_good_signature_says_nothing() {
    let body = json!({"type": "checkout.session.completed", "livemode": false, "data": {"object": {"id": "cs_1"}}}).to_string();
    let unsigned = Stripe.event(&merchant(), &HeaderMap::new(), body.as_bytes(), NOW);
    assert_eq!(unsigned, Err(NotTaken::BadSignature));
}

#[test]
fn a_refund_is_asked_for_once_under_its_key() {
    let request = Stripe
        .refund(
            &merchant(),
            &NewRefund {
                payment: "pi_1",
                amount: usd(250),
                key: "refund-1",
            },
        )
        .unwrap();
    assert_eq!(request.uri(), "https://api.stripe.com/v1/refunds");
    assert_eq!(request.headers()["idempotency-key"], "refund-1");
    assert_eq!(
        request.body(),
        "payment_intent=pi_1&amount=250&reason=requested_by_customer"
    );
}
