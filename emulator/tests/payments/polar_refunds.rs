//! Refunds and disputes at Polar.

use serde_json::{Value, json};

use crate::{
    buy::{ORDER, act, delivered, press, text},
    polar::{get, opened},
    stage::Stage,
};

/// An order; its id.
async fn sold(stage: &Stage) -> String {
    let checkout = opened(stage, &json!({})).await;
    press(stage, text(&checkout, "url"), "pay").await;
    let path = format!("/v1/orders/?checkout_id={}", text(&checkout, "id"));
    let (_, list) = get(stage, &path).await;
    text(&list["items"][0], "id").to_owned()
}

async fn refund(stage: &Stage, order: &str, amount: u64) -> (u16, Value) {
    let body = json!({ "order_id": order, "reason": "customer_request", "amount": amount });
    send(stage, &body).await
}

async fn send(stage: &Stage, body: &Value) -> (u16, Value) {
    let address = format!("{}/v1/refunds/", stage.emulator.provider_url("polar"));
    stage.send(stage.http.post(address).json(body)).await
}

#[tokio::test]
async fn money_goes_back_in_parts() {
    let stage = Stage::new().await;
    let order = sold(&stage).await;
    let (status, part) = refund(&stage, &order, 200).await;
    assert_eq!(
        (status, &part["status"]),
        (201, &json!("succeeded")),
        "{part}"
    );
    assert_eq!(part["dispute"], Value::Null);
    assert_eq!(
        delivered(&stage, 4).await[2..],
        ["refund.created", "order.refunded"]
    );
    let told = &stage.received()[3].1["data"];
    assert_eq!(
        (&told["status"], &told["refunded_amount"]),
        (&json!("partially_refunded"), &json!(200))
    );
    let (status, much) = refund(&stage, &order, 301).await;
    assert_eq!(
        (status, &much["detail"][0]["loc"]),
        (422, &json!(["body", "amount"]))
    );
    assert_eq!(refund(&stage, &order, 300).await.0, 201);
    let (status, none) = refund(&stage, &order, 1).await;
    assert_eq!((status, &none["error"]), (403, &json!("RefundedAlready")));
    let (_, list) = get(
        &stage,
        &format!("/v1/refunds/?order_id={order}&limit=1&page=2"),
    )
    .await;
    assert_eq!(
        list["pagination"],
        json!({ "total_count": 2, "max_page": 2 })
    );
    assert_eq!(list["items"][0]["id"], part["id"], "the newest first");
    assert_eq!(
        get(&stage, &format!("/v1/orders/{order}")).await.1["status"],
        "refunded"
    );
    for body in [
        json!({ "order_id": order, "reason": "customer_request" }),
        json!({ "order_id": order, "reason": "dispute_prevention", "amount": 1 }),
        json!({ "order_id": "none", "reason": "other", "amount": 1 }),
    ] {
        assert_eq!(send(&stage, &body).await.0, 422, "{body}");
    }
}

#[tokio::test]
async fn a_refund_may_be_pending_and_fail() {
    let stage = Stage::new().await;
    let order = sold(&stage).await;
    act(
        &stage,
        "polar",
        &order,
        "refund-later",
        &[("amount", "100")],
    )
    .await;
    assert_eq!(delivered(&stage, 3).await[2], "refund.created");
    assert_eq!(stage.received()[2].1["data"]["status"], "pending");
    let (_, pending) = get(&stage, "/v1/refunds/?succeeded=false").await;
    assert_eq!(pending["pagination"]["total_count"], 1);
    act(&stage, "polar", ORDER, "refund-fails", &[]).await;
    assert_eq!(delivered(&stage, 4).await[3], "refund.updated");
    assert_eq!(stage.received()[3].1["data"]["status"], "failed");
    assert_eq!(
        get(&stage, &format!("/v1/orders/{order}")).await.1["status"],
        "paid"
    );
}

#[tokio::test]
async fn a_dispute_is_told_by_the_api_alone() {
    let stage = Stage::new().await;
    let order = sold(&stage).await;
    let status = async || {
        let (_, list) = get(&stage, &format!("/v1/disputes/?order_id={order}")).await;
        text(&list["items"][0], "status").to_owned()
    };
    act(&stage, "polar", ORDER, "dispute", &[]).await;
    assert_eq!(status().await, "needs_response");
    let (code, no) = refund(&stage, &order, 1).await;
    assert_eq!((code, &no["error"]), (403, &json!("RefundsBlocked")));
    act(&stage, "polar", ORDER, "lose", &[]).await;
    assert_eq!(status().await, "lost");
    delivered(&stage, 2).await;
}

#[tokio::test]
async fn a_refund_that_prevents_a_dispute_names_it() {
    let stage = Stage::new().await;
    let order = sold(&stage).await;
    act(&stage, "polar", ORDER, "inquire", &[]).await;
    act(&stage, "polar", ORDER, "prevent", &[]).await;
    assert_eq!(
        delivered(&stage, 4).await[2..],
        ["refund.created", "order.refunded"]
    );
    let refund = &stage.received()[2].1["data"];
    assert_eq!(
        (&refund["reason"], &refund["amount"]),
        (&json!("dispute_prevention"), &json!(500))
    );
    let dispute = &refund["dispute"];
    assert_eq!(
        (&dispute["status"], &dispute["order_id"]),
        (&json!("prevented"), &json!(order))
    );
    let (_, read) = get(&stage, &format!("/v1/disputes/{}", text(dispute, "id"))).await;
    assert_eq!(read["closed"], true);
}
