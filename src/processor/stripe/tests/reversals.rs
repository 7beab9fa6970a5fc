//! What goes back.

use super::*;

fn new() -> NewRefund<'static> {
    NewRefund {
        payment: "pi_1",
        amount: usd(250),
        key: "refund-1",
    }
}

/// A key is forgotten after a day, so what went back is looked through first.
#[test]
fn a_refund_is_asked_for_once_under_its_key() {
    let request = Stripe.refund(&merchant(), &new()).unwrap();
    assert_eq!(
        request.uri(),
        "https://api.stripe.com/v1/refunds?limit=100&payment_intent=pi_1"
    );
    let list = |items: &[Value]| {
        let list = json!({"object": "list", "data": items, "has_more": false});
        Stripe.read_refund(&merchant(), &new(), &answer(200, &list))
    };
    let mut other = a_refund("succeeded");
    other["metadata"] = json!({"key": "refund-0"});
    let Refunding::Ask(request) = list(&[other.clone(), a_refund("succeeded")]) else {
        panic!("none of them is this one")
    };
    assert_eq!(request.uri(), "https://api.stripe.com/v1/refunds");
    assert_eq!(request.headers()["idempotency-key"], "refund-1");
    assert_eq!(
        request.body(),
        "payment_intent=pi_1&amount=250&reason=requested_by_customer&metadata%5Bkey%5D=refund-1"
    );
    let mut known = a_refund("succeeded");
    known["metadata"] = json!({"key": "refund-1"});
    let Refunding::Refund(refund) = list(&[other, known]) else {
        panic!("it is there")
    };
    assert_eq!(refund.id, "re_1");
}

#[test]
fn a_refund_that_was_refused_is_told_from_one_that_is_not_known() {
    let read =
        |status, body: &Value| Stripe.read_refund(&merchant(), &new(), &answer(status, body));
    let Refunding::Refund(refund) = read(200, &a_refund("pending")) else {
        panic!("it is made")
    };
    let kind = ReversalKind::Refund(RefundStage::Pending);
    assert_eq!(refund, reversed("re_1", kind, 500).reversal);
    let error = json!({"error": {"type": "invalid_request_error", "code": "charge_already_refunded", "message": "Charge ch_1 has already been refunded."}});
    for status in [400, 402, 422] {
        let refunding = read(status, &error);
        assert!(matches!(refunding, Refunding::Refused(_)), "{status}");
    }
    for status in [307, 401, 403, 404, 408, 409, 429, 500, 502, 503] {
        let refunding = read(status, &error);
        assert!(matches!(refunding, Refunding::Unknown(_)), "{status}");
    }
    let strange = read(200, &json!({"id": "re_1"}));
    assert!(matches!(strange, Refunding::Unknown(_)));
}

#[test]
fn what_went_back_is_asked_for_of_one_payment_or_of_all() {
    let uris = |payment| {
        let requests = Stripe.reversals(&merchant(), payment).unwrap();
        let uris = requests.iter().map(|request| request.uri().to_string());
        uris.collect::<Vec<_>>()
    };
    let base = "https://api.stripe.com/v1";
    assert_eq!(
        uris(Some("pi_1")),
        ["refunds", "disputes"].map(|list| format!("{base}/{list}?limit=100&payment_intent=pi_1"))
    );
    assert_eq!(
        uris(None),
        ["refunds", "disputes"].map(|list| format!("{base}/{list}?limit=100"))
    );
}

#[test]
fn what_went_back_is_read_of_a_list() {
    let read = |items: &[Value]| {
        let list = json!({"object": "list", "data": items, "has_more": false});
        Stripe.read_reversals(&answer(200, &list))
    };
    let refund = ReversalKind::Refund(RefundStage::Succeeded);
    assert_eq!(
        read(&[a_refund("succeeded")]).unwrap(),
        [reversed("re_1", refund, 500)]
    );
    let taken = json!({"id": "txn_1", "amount": -1071});
    let given = json!({"id": "txn_2", "amount": 1071});
    let (one, two) = ([taken.clone()], [taken, given]);
    for (status, moves, stage) in [
        ("warning_needs_response", &[][..], DisputeStage::Inquiry),
        ("needs_response", &[], DisputeStage::Opened),
        ("needs_response", &one, DisputeStage::Withdrawn),
        ("under_review", &one, DisputeStage::Withdrawn),
        ("under_review", &two, DisputeStage::Reinstated),
        ("won", &two, DisputeStage::Won),
        ("warning_closed", &[], DisputeStage::Won),
        ("prevented", &[], DisputeStage::Won),
        ("lost", &one, DisputeStage::Lost),
    ] {
        let listed = read(&[a_dispute(status, moves)]).unwrap();
        let kind = ReversalKind::Dispute(stage);
        assert_eq!(listed, [reversed("dp_1", kind, 1071)], "{status}");
    }
    // What was not sold here does not hide what was.
    let mut foreign = a_refund("succeeded");
    foreign["currency"] = "xau".into();
    let listed = read(&[foreign, a_refund("succeeded")]).unwrap();
    assert_eq!(listed, [reversed("re_1", refund, 500)]);
    assert!(read(&[json!({"object": "charge"})]).is_err());
    assert!(Stripe.read_reversals(&answer(200, &json!({}))).is_err());
    assert!(
        Stripe
            .read_reversals(&answer(503, &json!({"data": []})))
            .is_err()
    );
}
