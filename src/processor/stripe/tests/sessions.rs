//! Checkout sessions: how one is asked for, and what it is like.

use super::*;
use crate::domain::order::{CheckoutSession, Payment};
use crate::processor::{Outcome, SessionReport};

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
    for status in [307, 408, 409, 425, 429] {
        let words = format!("{status} invalid_request_error: No such price");
        assert_eq!(
            Stripe.read_checkout(&answer(status, &error)),
            Opened::Unknown(words)
        );
    }
    let limited = json!({"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many"}});
    assert_eq!(
        Stripe.read_checkout(&answer(400, &limited)),
        Opened::Unknown("400 invalid_request_error: Too many".into())
    );
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
            json!({"payment_status": "unpaid", "payment_intent": {"id": "pi_1", "status": "processing"}}),
            Outcome::Pending,
        ),
        // A payment that took days and failed: its session stays complete.
        (
            json!({"payment_status": "unpaid", "payment_intent": {"id": "pi_1", "status": "requires_payment_method"}}),
            Outcome::Failed,
        ),
        (
            json!({"payment_status": "unpaid", "payment_intent": {"id": "pi_1", "status": "canceled"}}),
            Outcome::Failed,
        ),
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
        read(json!({"metadata": {"order": "somebody's"}})).order,
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

#[test]
fn the_payment_receipt_is_that_of_the_charge() {
    let receipt = |intent: Value| {
        let session = a_session(&json!({"payment_intent": intent}));
        read_session(&answer(200, &session)).unwrap().receipt_url
    };
    let url = "https://pay.stripe.com/receipts/1";
    let charge = json!({"id": "ch_1", "receipt_url": url});
    let paid = json!({"id": "pi_1", "status": "succeeded", "latest_charge": charge});
    assert_eq!(receipt(paid).as_deref(), Some(url));
    let unread = json!({"id": "pi_1", "latest_charge": "ch_1"});
    for none in [json!("pi_1"), unread, Value::Null] {
        assert_eq!(receipt(none), None);
    }
}

#[test]
fn an_open_session_can_be_ended() {
    let request = Stripe.expire(&merchant(), "cs/1").unwrap().unwrap();
    assert_eq!(request.method(), "POST");
    assert_eq!(
        request.uri(),
        "https://api.stripe.com/v1/checkout/sessions/cs%2F1/expire"
    );
    // A failure would be repeated under a key, and to end it twice does no harm.
    assert!(!request.headers().contains_key("idempotency-key"));
    let expired = a_session(&json!({"status": "expired", "payment_status": "unpaid"}));
    let report = read_session(&answer(200, &expired)).unwrap();
    assert_eq!(report.outcome, Outcome::Expired);
    let error = json!({"error": {"type": "invalid_request_error", "message": "it is complete"}});
    assert!(read_session(&answer(400, &error)).is_err());
}

#[test]
fn what_was_paid_lately_is_listed_page_by_page() {
    let first = RecentPage {
        since: NOW,
        cursor: None,
    };
    let request = Stripe.recent(&merchant(), &first).unwrap();
    let uri = "https://api.stripe.com/v1/checkout/sessions?created%5Bgte%5D=1795161600&status=complete&limit=100&expand%5B%5D=data.payment_intent.latest_charge";
    assert_eq!(request.uri(), uri);
    let second = RecentPage {
        cursor: Some("cs_9"),
        ..first
    };
    let request = Stripe.recent(&merchant(), &second).unwrap();
    assert_eq!(request.uri(), format!("{uri}&starting_after=cs_9").as_str());
    let of_another = json!({"id": "cs_2", "object": "checkout.session", "mode": "setup"});
    let mut list =
        json!({"object": "list", "data": [a_session(&json!({})), of_another], "has_more": true});
    let read = |list: &Value| Stripe.read_recent(&merchant(), &first, &answer(200, list));
    let recent = read(&list).unwrap();
    assert_eq!(recent.sessions.len(), 1);
    assert_eq!(recent.sessions[0].id, "cs_1");
    assert_eq!(recent.next.as_deref(), Some("cs_2"));
    list["has_more"] = false.into();
    assert_eq!(read(&list).unwrap().next, None);
    assert!(read(&json!({"object": "list"})).is_err());
}
