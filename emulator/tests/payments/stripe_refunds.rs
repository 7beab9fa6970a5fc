//! Refunds and disputes at Stripe.

use serde_json::{Value, json};

use crate::{
    buy::{ORDER, act, delivered, get, paid, post, text},
    stage::Stage,
};

/// A payment; its payment intent.
async fn intent(stage: &Stage) -> String {
    let session = paid(stage, &[]).await;
    let path = format!("/v1/checkout/sessions/{}", text(&session, "id"));
    text(&get(stage, &path).await.1, "payment_intent").to_owned()
}

async fn refund(stage: &Stage, form: &[(&str, &str)]) -> (u16, Value) {
    stage.send(post(stage, "/v1/refunds", form)).await
}

async fn charge(stage: &Stage, intent: &str) -> Value {
    let path = format!("/v1/payment_intents/{intent}?expand[]=latest_charge");
    get(stage, &path).await.1["latest_charge"].clone()
}

#[tokio::test]
async fn money_goes_back_in_parts() {
    let stage = Stage::new().await;
    let intent = intent(&stage).await;
    let part = [
        ("payment_intent", intent.as_str()),
        ("amount", "200"),
        ("reason", "requested_by_customer"),
        ("metadata[why]", "unspent"),
    ];
    let (status, first) = refund(&stage, &part).await;
    assert_eq!(
        (status, &first["status"]),
        (200, &json!("succeeded")),
        "{first}"
    );
    assert_eq!(
        (&first["amount"], &first["metadata"]),
        (&json!(200), &json!({ "why": "unspent" }))
    );
    assert_eq!(
        delivered(&stage, 3).await[1..],
        ["refund.created", "charge.refunded"]
    );
    let charged = charge(&stage, &intent).await;
    assert_eq!(
        (&charged["amount_refunded"], &charged["refunded"]),
        (&json!(200), &json!(false))
    );
    let whole = text(&charged, "id").to_owned();

    let (status, much) = refund(&stage, &[("charge", &whole), ("amount", "301")]).await;
    assert_eq!(
        (status, &much["error"]["type"]),
        (400, &json!("invalid_request_error"))
    );
    let (_, rest) = refund(&stage, &[("charge", &whole)]).await;
    assert_eq!(rest["amount"], 300);
    let (status, none) = refund(&stage, &[("charge", &whole)]).await;
    assert_eq!(
        (status, &none["error"]["code"]),
        (400, &json!("charge_already_refunded"))
    );
    assert_eq!(charge(&stage, &intent).await["refunded"], true);

    for query in [
        format!("payment_intent={intent}"),
        format!("charge={whole}"),
    ] {
        let (_, list) = get(&stage, &format!("/v1/refunds?{query}")).await;
        let ids: Vec<&Value> = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["id"])
            .collect();
        assert_eq!(ids, [&rest["id"], &first["id"]], "the newest first");
    }
    let (_, read) = get(&stage, &format!("/v1/refunds/{}", text(&first, "id"))).await;
    assert_eq!(read, first);
    assert_eq!(
        get(&stage, "/v1/refunds?payment_intent=pi_none").await.1["data"],
        json!([])
    );
}

#[tokio::test]
async fn a_wrong_refund_is_refused() {
    let stage = Stage::new().await;
    let intent = intent(&stage).await;
    for (form, code) in [
        (vec![], Some("parameter_missing")),
        (
            vec![("payment_intent", "pi_none")],
            Some("resource_missing"),
        ),
        (
            vec![("payment_intent", intent.as_str()), ("amount", "0")],
            None,
        ),
        (
            vec![("payment_intent", intent.as_str()), ("amount", "1.5")],
            Some("parameter_invalid_integer"),
        ),
        (
            vec![("payment_intent", intent.as_str()), ("reason", "other")],
            None,
        ),
        (
            vec![("payment_intent", intent.as_str()), ("note", "x")],
            Some("parameter_unknown"),
        ),
        (
            vec![("payment_intent", intent.as_str()), ("charge", "ch_1")],
            None,
        ),
    ] {
        let (status, answer) = refund(&stage, &form).await;
        assert_eq!(
            (status, answer["error"]["code"].as_str()),
            (400, code),
            "{form:?}: {answer}"
        );
    }
    // A refusal that is about the charge is kept under the key, one that is about the words is not.
    let keyed = |amount: &'static str| {
        let form = [("payment_intent", intent.as_str()), ("amount", amount)];
        stage.send(post(&stage, "/v1/refunds", &form).header("idempotency-key", "r-1"))
    };
    assert_eq!(keyed("none").await.0, 400);
    assert_eq!(keyed("501").await.0, 400);
    assert_eq!(keyed("500").await.1["error"]["type"], "idempotency_error");
}

#[tokio::test]
async fn a_refund_may_be_pending_and_fail() {
    let stage = Stage::new().await;
    let intent = intent(&stage).await;
    let (status, done) = act(
        &stage,
        "stripe",
        &intent,
        "refund-later",
        &[("amount", "100")],
    )
    .await;
    assert_eq!(status, 200, "{done}");
    delivered(&stage, 3).await;
    assert_eq!(stage.received()[1].1["data"]["object"]["status"], "pending");
    act(&stage, "stripe", ORDER, "refund-arrives", &[]).await;
    let told = delivered(&stage, 5).await;
    assert_eq!(told[3..], ["refund.updated", "charge.refund.updated"]);
    act(&stage, "stripe", ORDER, "refund-fails", &[]).await;
    let told = delivered(&stage, 8).await;
    assert_eq!(
        told[5..],
        ["refund.updated", "charge.refund.updated", "refund.failed"]
    );
    let failed = &stage.received()[7].1["data"]["object"];
    assert_eq!(
        (&failed["status"], &failed["failure_reason"]),
        (&json!("failed"), &json!("unknown"))
    );
    assert_eq!(charge(&stage, &intent).await["amount_refunded"], 0);
    assert_eq!(
        act(&stage, "stripe", ORDER, "refund-fails", &[]).await.0,
        409
    );
    let (_, all) = refund(&stage, &[("payment_intent", &intent)]).await;
    assert_eq!(all["amount"], 500, "what has failed is left again");
}

#[tokio::test]
async fn a_dispute_is_opened_and_decided() {
    for (end, status, told) in [
        (
            "win",
            "won",
            vec!["charge.dispute.funds_reinstated", "charge.dispute.closed"],
        ),
        ("lose", "lost", vec!["charge.dispute.closed"]),
    ] {
        let stage = Stage::new().await;
        let intent = intent(&stage).await;
        let opened = ["charge.dispute.created", "charge.dispute.funds_withdrawn"];
        act(&stage, "stripe", ORDER, "dispute", &[]).await;
        assert_eq!(delivered(&stage, 3).await[1..], opened);
        let (code, no) = refund(&stage, &[("payment_intent", &intent)]).await;
        assert_eq!(
            (code, &no["error"]["code"]),
            (400, &json!("charge_disputed"))
        );
        let (_, list) = get(&stage, &format!("/v1/disputes?payment_intent={intent}")).await;
        let dispute = &list["data"][0];
        assert_eq!(
            (&dispute["status"], &dispute["amount"]),
            (&json!("needs_response"), &json!(500))
        );
        assert_eq!(dispute["is_charge_refundable"], false);
        assert!(text(dispute, "id").starts_with("dp_"));

        act(&stage, "stripe", ORDER, end, &[]).await;
        assert_eq!(delivered(&stage, 3 + told.len()).await[3..], told);
        let (_, read) = get(&stage, &format!("/v1/disputes/{}", text(dispute, "id"))).await;
        assert_eq!(read["status"], status);
        let (code, _) = refund(&stage, &[("payment_intent", &intent)]).await;
        assert_eq!(code, if end == "win" { 200 } else { 400 });
        assert_eq!(act(&stage, "stripe", ORDER, end, &[]).await.0, 409);
    }
}

#[tokio::test]
async fn an_inquiry_moves_no_money() {
    let stage = Stage::new().await;
    let intent = intent(&stage).await;
    act(&stage, "stripe", ORDER, "inquire", &[]).await;
    assert_eq!(delivered(&stage, 2).await[1], "charge.dispute.created");
    let inquiry = &stage.received()[1].1["data"]["object"];
    assert_eq!(inquiry["status"], "warning_needs_response");
    assert_eq!(inquiry["balance_transactions"], json!([]));
    assert_eq!(
        refund(&stage, &[("payment_intent", &intent), ("amount", "1")])
            .await
            .0,
        200
    );
    act(&stage, "stripe", ORDER, "dispute", &[]).await;
    assert_eq!(
        delivered(&stage, 5).await[4],
        "charge.dispute.funds_withdrawn"
    );
    assert_eq!(
        act(&stage, "stripe", ORDER, "inquiry-closes", &[]).await.0,
        409
    );

    let other = [("client_reference_id", "ord_02")];
    paid(&stage, &other).await;
    act(&stage, "stripe", "ord_02", "inquire", &[("amount", "200")]).await;
    act(&stage, "stripe", "ord_02", "inquiry-closes", &[]).await;
    assert_eq!(delivered(&stage, 8).await[7], "charge.dispute.closed");
    assert_eq!(
        stage.received()[7].1["data"]["object"]["status"],
        "warning_closed"
    );
    act(&stage, "stripe", "ord_02", "warn", &[]).await;
    assert_eq!(
        delivered(&stage, 9).await[8],
        "radar.early_fraud_warning.created"
    );

    paid(&stage, &[("client_reference_id", "ord_03")]).await;
    act(&stage, "stripe", "ord_03", "inquire", &[]).await;
    act(&stage, "stripe", "ord_03", "prevent", &[]).await;
    let told = delivered(&stage, 14).await;
    assert_eq!(
        told[11..],
        ["refund.created", "charge.refunded", "charge.dispute.closed"]
    );
    assert_eq!(
        stage.received()[13].1["data"]["object"]["status"],
        "prevented"
    );
}
