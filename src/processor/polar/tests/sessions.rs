//! Checkouts, and the orders of those that succeeded.

use super::*;
use crate::domain::order::{CheckoutSession, Payment};
use crate::processor::{Outcome, SessionReport};

fn new(email: Option<&'static str>) -> NewCheckout<'static> {
    NewCheckout {
        order: order(),
        name: "40 credits",
        price: eur(1071),
        email,
        success_url: "https://app.test/#/orders/1",
        cancel_url: "https://app.test/#/credits",
        expires_at: NOW,
        errors: 0,
    }
}

/// Pinned as `@polar-sh/sdk` sends it, with a price that the buyer cannot change.
#[test]
fn a_checkout_is_asked_for_with_our_price_and_our_order() {
    let request = Polar
        .checkout(&merchant(), &new(Some("ada@example.com")))
        .unwrap();
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://sandbox-api.polar.sh/v1/checkouts/");
    let header = |name| request.headers()[name].to_str().unwrap();
    assert_eq!(header("authorization"), "Bearer polar_oat_1");
    assert_eq!(header("polar-version"), "2026-10");
    assert_eq!(header("content-type"), "application/json");
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    let price = json!({"amount_type": "fixed", "price_amount": 1071, "price_currency": "eur", "tax_behavior": "inclusive"});
    assert_eq!(
        body,
        json!({
            "products": ["prod_1"], "prices": {"prod_1": [price]}, "currency": "eur",
            "metadata": {"order": order().to_string()}, "allow_discount_codes": false, "allow_trial": false,
            "success_url": "https://app.test/#/orders/1", "return_url": "https://app.test/#/credits",
            "customer_email": "ada@example.com",
        })
    );
    // Nobody is told whose account it is.
    let request = Polar.checkout(&merchant(), &new(None)).unwrap();
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(
        (body.get("customer_email"), body.get("external_customer_id")),
        (None, None)
    );
}

#[test]
fn what_was_refused_is_told_from_what_is_not_known() {
    let good = json!({"id": "co_1", "url": "https://polar.sh/checkout/polar_c_1", "status": "open", "expires_at": "2026-11-29T01:00:00Z", "client_secret": "polar_c_1"});
    let session = CheckoutSession {
        id: "co_1".into(),
        url: "https://polar.sh/checkout/polar_c_1".into(),
        expires_at: Timestamp::parse("2026-11-29T01:00:00Z").unwrap(),
    };
    assert_eq!(
        Polar.read_checkout(&answer(201, &good)),
        Opened::Session(session)
    );
    let read = |status, body: &Value| Polar.read_checkout(&answer(status, body));
    let denied = json!({"error": "PaymentNotReady", "detail": "Not yet"});
    for status in [400, 401, 403, 404] {
        let words = format!("{status} PaymentNotReady: Not yet");
        assert_eq!(read(status, &denied), Opened::Refused(words));
    }
    // What was sent is left out: it has the buyer's address.
    let invalid = json!({"detail": [{"loc": ["body", "customer_email"], "msg": "not an address", "type": "value_error", "input": "ada@example.com"}]});
    assert_eq!(
        read(422, &invalid),
        Opened::Refused("422 : not an address".into())
    );
    for status in [307, 408, 409, 429, 500, 502, 503] {
        let words = format!("{status} PaymentNotReady: Not yet");
        assert_eq!(read(status, &denied), Opened::Unknown(words));
    }
    for strange in [json!({"id": "co_1"}), json!("<html>"), Value::Null] {
        assert!(matches!(read(201, &strange), Opened::Unknown(_)));
    }
}

fn report(body: &Value) -> Result<SessionReport, NotUnderstood> {
    match Polar.read(&merchant(), "co_1", &answer(200, body))? {
        Look::Report(report) => Ok(report),
        Look::Ask(request) => panic!("{request:?}"),
    }
}

#[test]
fn a_checkout_says_whether_it_can_still_be_paid() {
    let request = Polar.look(&merchant(), "co/1").unwrap();
    assert_eq!(
        request.uri(),
        "https://sandbox-api.polar.sh/v1/checkouts/co%2F1"
    );
    for (status, outcome) in [
        ("open", Outcome::Open),
        ("confirmed", Outcome::Open),
        ("expired", Outcome::Expired),
        ("failed", Outcome::Failed),
    ] {
        let checkout = json!({"id": "co_1", "status": status, "metadata": {"order": order().to_string()}, "total_amount": 1071});
        let expected = SessionReport {
            id: "co_1".into(),
            order: Some(order()),
            is_live: false,
            outcome,
            receipt_url: None,
        };
        assert_eq!(report(&checkout).unwrap(), expected, "{status}");
    }
    assert!(report(&json!({"id": "co_1"})).is_err());
    let missing = json!({"error": "ResourceNotFound", "detail": "Not found"});
    let missing = Polar.read(&merchant(), "co_1", &answer(404, &missing));
    assert!(missing.is_err());
}

#[test]
fn a_checkout_that_succeeded_is_paid_once_its_order_is() {
    let checkout = json!({"id": "co_1", "status": "succeeded", "metadata": {}});
    let asked = Polar.read(&merchant(), "co_1", &answer(200, &checkout));
    let Look::Ask(request) = asked.unwrap() else {
        panic!("its order is not asked for")
    };
    assert_eq!(
        request.uri(),
        "https://sandbox-api.polar.sh/v1/orders/?checkout_id=co_1"
    );
    assert_eq!(request.headers()["authorization"], "Bearer polar_oat_1");
    let paid = Outcome::Paid(Payment {
        id: "5b1a0000-0000-4000-8000-000000000001".into(),
        amount: eur(1071),
    });
    for (changes, outcome) in [
        (json!({}), paid.clone()),
        // It was paid, whatever went back since.
        (json!({"status": "refunded"}), paid.clone()),
        (json!({"status": "partially_refunded"}), paid),
        (json!({"status": "pending", "paid": false}), Outcome::Open),
        (json!({"status": "void", "paid": false}), Outcome::Failed),
        (
            json!({"currency": "xau"}),
            Outcome::UnknownCurrency("xau".into()),
        ),
    ] {
        let report = report(&list(&[an_order(&changes)])).unwrap();
        assert_eq!((report.order, report.is_live), (Some(order()), false));
        assert_eq!(report.outcome, outcome, "{changes}");
    }
    // The order comes a moment after the success.
    assert_eq!(report(&list(&[])).unwrap().outcome, Outcome::Open);
    for strange in [json!({"checkout_id": "co_2"}), json!({"total_amount": -1})] {
        assert!(report(&list(&[an_order(&strange)])).is_err(), "{strange}");
    }
}

#[test]
fn what_was_paid_lately_is_listed_page_by_page() {
    let first = RecentPage {
        since: NOW,
        cursor: None,
    };
    let request = Polar.recent(&merchant(), &first).unwrap();
    assert_eq!(
        request.uri(),
        "https://sandbox-api.polar.sh/v1/orders/?created_after=2026-11-29T00%3A00%3A00.000Z&sorting=created_at&page=1&limit=100"
    );
    let mut body = list(&[
        an_order(&json!({})),
        an_order(&json!({"checkout_id": null})),
    ]);
    body["pagination"]["max_page"] = 2.into();
    let read = |page: &RecentPage<'_>| Polar.read_recent(&merchant(), page, &answer(200, &body));
    let recent = read(&first).unwrap();
    assert_eq!(recent.sessions.len(), 1);
    assert_eq!(recent.sessions[0].id, "co_1");
    assert_eq!(recent.next.as_deref(), Some("2"));
    let second = RecentPage {
        cursor: Some("2"),
        ..first
    };
    assert_eq!(read(&second).unwrap().next, None);
    let error = Polar.read_recent(&merchant(), &first, &answer(200, &json!({})));
    assert!(error.is_err());
}
