//! What goes back.

use super::*;
use crate::domain::order::{DisputeStage, RefundStage, Reversal, ReversalKind};

const NEW: &str = "refund-1";

fn new(minor: u64) -> NewRefund<'static> {
    NewRefund {
        payment: "po_1",
        amount: eur(minor),
        key: NEW,
    }
}

fn read(minor: u64, status: u16, body: &Value) -> Refunding {
    Polar.read_refund(&merchant(), &new(minor), &answer(status, body))
}

fn asked(refunding: Refunding) -> Request {
    match refunding {
        Refunding::Ask(request) => *request,
        other => panic!("nothing is asked for: {other:?}"),
    }
}

fn asked_amount(minor: u64, order: &Value) -> Value {
    let request = asked(read(minor, 200, order));
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    body["amount"].clone()
}

#[test]
fn a_refund_is_made_after_a_look_at_those_that_there_are_and_at_its_order() {
    let request = Polar.refund(&merchant(), &new(536)).unwrap();
    assert_eq!(
        request.uri(),
        "https://sandbox-api.polar.sh/v1/refunds/?sorting=-created_at&limit=100&order_id=po_1"
    );
    let other = a_refund(&json!({"metadata": {"key": "refund-0"}}));
    let request = asked(read(536, 200, &list(&[other, a_refund(&json!({}))])));
    assert_eq!(
        (request.method().as_str(), request.uri().to_string()),
        ("GET", "https://sandbox-api.polar.sh/v1/orders/po_1".into())
    );
    let request = asked(read(536, 200, &an_order(&json!({}))));
    assert_eq!(
        (request.method().as_str(), request.uri().to_string()),
        ("POST", "https://sandbox-api.polar.sh/v1/refunds/".into())
    );
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(
        body,
        json!({"order_id": "po_1", "reason": "customer_request", "amount": 450, "metadata": {"key": NEW}})
    );
    let Refunding::Refund(refund) = read(536, 201, &a_refund(&json!({}))) else {
        panic!("it is made")
    };
    let kind = ReversalKind::Refund(RefundStage::Succeeded);
    assert_eq!((refund.kind, refund.minor), (kind, 536));
}

/// Its answer may have been lost: then it is found, and not made again.
#[test]
fn a_refund_with_this_key_is_not_made_again() {
    let known = a_refund(&json!({"id": "ref_2", "status": "pending", "metadata": {"key": NEW}}));
    let listed = list(&[a_refund(&json!({})), known]);
    let Refunding::Refund(refund) = read(536, 200, &listed) else {
        panic!("it is found")
    };
    assert_eq!(refund.id, "ref_2");
    assert_eq!(refund.kind, ReversalKind::Refund(RefundStage::Pending));
}

/// Polar adds `round(amount * tax / net)`, and all the tax that is left to all that is left.
#[test]
fn polar_is_asked_for_what_goes_back_without_its_tax() {
    let untaxed = an_order(
        &json!({"net_amount": 1071, "tax_amount": 0, "refundable_amount": 1071, "refundable_tax_amount": 0}),
    );
    let rest = an_order(&json!({"refundable_amount": 449, "refundable_tax_amount": 86}));
    for (order, gross, net) in [
        (an_order(&json!({})), 1071, 900),
        (an_order(&json!({})), 1070, 899),
        (an_order(&json!({})), 536, 450),
        (an_order(&json!({})), 1, 1),
        (untaxed, 500, 500),
        (rest, 535, 449),
    ] {
        assert_eq!(asked_amount(gross, &order), json!(net), "{gross}");
    }
    let rest = an_order(&json!({"refundable_amount": 449, "refundable_tax_amount": 86}));
    for (order, minor) in [
        (rest, 536),
        (an_order(&json!({})), 1072),
        (an_order(&json!({})), 0),
        (an_order(&json!({"currency": "usd"})), 536),
        (an_order(&json!({"net_amount": null})), 536),
        (an_order(&json!({"net_amount": 0, "tax_amount": 0})), 536),
    ] {
        let refunding = read(minor, 200, &order);
        assert!(matches!(refunding, Refunding::Refused(_)), "{refunding:?}");
    }
}

#[test]
fn a_refund_that_was_refused_is_told_from_one_that_is_not_known() {
    let error = json!({"error": "RefundedAlready", "detail": "Order is already fully refunded"});
    for status in [400, 401, 403, 404, 422] {
        let refunding = read(536, status, &error);
        assert!(matches!(refunding, Refunding::Refused(_)), "{status}");
    }
    for status in [307, 408, 409, 429, 500, 502, 503] {
        let refunding = read(536, status, &error);
        assert!(matches!(refunding, Refunding::Unknown(_)), "{status}");
    }
    assert!(matches!(
        read(536, 201, &json!({"id": "ref_1"})),
        Refunding::Unknown(_)
    ));
}

fn a_dispute(changes: &Value) -> Value {
    let dispute = json!({
        "id": "dis_1", "status": "needs_response", "resolved": false, "closed": false, "amount": 900, "tax_amount": 171,
        "currency": "eur", "order_id": "po_1", "payment_id": "pay_1", "reason": "fraudulent",
    });
    with(dispute, changes)
}

#[test]
fn what_went_back_is_listed() {
    let uris = |payment| {
        let requests = Polar.reversals(&merchant(), payment).unwrap();
        requests
            .iter()
            .map(|request| request.uri().to_string())
            .collect::<Vec<_>>()
    };
    let base = "https://sandbox-api.polar.sh/v1";
    let query = "?sorting=-created_at&limit=100";
    assert_eq!(
        uris(Some("po_1")),
        ["refunds", "disputes"].map(|list| format!("{base}/{list}/{query}&order_id=po_1"))
    );
    assert_eq!(
        uris(None),
        ["refunds", "disputes"].map(|list| format!("{base}/{list}/{query}"))
    );
    let read = |items: &[Value]| Polar.read_reversals(&answer(200, &list(items)));
    let of = |id: &str, kind, minor| Reversed {
        payment: "po_1".into(),
        currency: Currency::parse("eur").unwrap(),
        reversal: Reversal {
            id: id.into(),
            kind,
            minor,
        },
    };
    // A refund that prevented a dispute is a refund.
    let prevented = a_dispute(&json!({"status": "prevented"}));
    let refund = a_refund(
        &json!({"amount": 900, "tax_amount": 171, "reason": "dispute_prevention", "dispute": prevented}),
    );
    let succeeded = ReversalKind::Refund(RefundStage::Succeeded);
    assert_eq!(read(&[refund]).unwrap(), [of("ref_1", succeeded, 1071)]);
    for (status, stage) in [
        ("needs_response", DisputeStage::Opened),
        ("under_review", DisputeStage::Opened),
        ("won", DisputeStage::Won),
        ("prevented", DisputeStage::Won),
        ("lost", DisputeStage::Lost),
    ] {
        let listed = read(&[a_dispute(&json!({"status": status}))]).unwrap();
        let kind = ReversalKind::Dispute(stage);
        assert_eq!(listed, [of("dis_1", kind, 1071)], "{status}");
    }
    for nothing in [
        a_dispute(&json!({"status": "early_warning"})),
        a_refund(&json!({"currency": "xau"})),
    ] {
        assert_eq!(read(&[nothing]).unwrap(), []);
    }
    assert!(read(&[json!({"id": "ref_1"})]).is_err());
    assert!(Polar.read_reversals(&answer(200, &json!({}))).is_err());
    assert!(Polar.read_reversals(&answer(503, &list(&[]))).is_err());
}
