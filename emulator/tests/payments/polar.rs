//! Checkouts and orders at Polar.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    buy::{ORDER, act, delivered, is_never_answered, press, text},
    stage::{KEY, Stage, settings},
};

/// The one product that there is.
const PRODUCT: &str = "c4ed1700-0000-4000-8000-000000000001";

/// A merchant's request of a checkout.
fn request(stage: &Stage, different: &Value) -> reqwest::RequestBuilder {
    let mut body = json!({
        "products": [PRODUCT],
        "amount": 500,
        "currency": "eur",
        "external_customer_id": "acc_01",
        "success_url": "http://127.0.0.1:8787/#/orders/ord_01?s={CHECKOUT_ID}",
        "return_url": "http://127.0.0.1:8787/#/credits",
        "allow_discount_codes": false,
        "metadata": { "order": ORDER },
    });
    for (name, value) in different.as_object().unwrap() {
        body[name] = value.clone();
    }
    let base = stage.emulator.provider_url("polar");
    stage.http.post(format!("{base}/v1/checkouts/")).json(&body)
}

/// Creates a checkout that events are taken of.
pub(crate) async fn opened(stage: &Stage, different: &Value) -> Value {
    stage.emulator.set_payments_webhook(&stage.at_side("hooks"));
    let (status, checkout) = stage.send(request(stage, different)).await;
    assert_eq!(status, 201, "{checkout}");
    checkout
}

pub(crate) async fn get(stage: &Stage, path: &str) -> (u16, Value) {
    let base = stage.emulator.provider_url("polar");
    stage.send(stage.http.get(format!("{base}{path}"))).await
}

#[tokio::test]
async fn a_checkout_is_paid_and_becomes_an_order() {
    let stage = Stage::new().await;
    let checkout = opened(&stage, &json!({})).await;
    let (id, url) = (text(&checkout, "id"), text(&checkout, "url"));
    assert_eq!(
        (&checkout["status"], &checkout["total_amount"]),
        (&json!("open"), &json!(500))
    );
    assert_eq!(checkout["metadata"], json!({ "order": ORDER }));
    let orders = format!("/v1/orders/?checkout_id={id}");
    let (_, none) = get(&stage, &orders).await;
    assert_eq!(
        none,
        json!({ "items": [], "pagination": { "total_count": 0, "max_page": 0 } })
    );
    let page = stage
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("5.00 EUR") && page.contains(">Pay<"),
        "{page}"
    );
    let response = press(&stage, url, "pay").await;
    let next = format!("http://127.0.0.1:8787/#/orders/ord_01?s={id}");
    assert_eq!(response.headers()[header::LOCATION], next.as_str());
    assert_eq!(
        delivered(&stage, 2).await,
        ["checkout.updated", "order.paid"]
    );
    let (_, read) = get(&stage, &format!("/v1/checkouts/{id}")).await;
    assert_eq!(read["status"], "succeeded");
    let (_, list) = get(&stage, &orders).await;
    let order = &list["items"][0];
    assert_eq!(
        list["pagination"],
        json!({ "total_count": 1, "max_page": 1 })
    );
    for (field, value) in [
        ("status", json!("paid")),
        ("paid", json!(true)),
        ("checkout_id", json!(id)),
        ("total_amount", json!(500)),
        ("refundable_amount", json!(500)),
        ("billing_reason", json!("purchase")),
        ("metadata", json!({ "order": ORDER })),
    ] {
        assert_eq!(order[field], value, "{field}");
    }
    let (_, alone) = get(&stage, &format!("/v1/orders/{}", text(order, "id"))).await;
    assert_eq!(alone, *order);
    assert_eq!(stage.received()[1].1["data"], *order);
}

#[tokio::test]
async fn events_are_signed_under_the_secret_as_text() {
    let stage = Stage::new().await;
    stage.answer([500]);
    let checkout = opened(&stage, &json!({})).await;
    let base = stage.emulator.provider_url("polar");
    let expire = format!("{base}/dashboard/{}/expire", text(&checkout, "id"));
    assert_eq!(stage.http.post(expire).send().await.unwrap().status(), 200);
    assert_eq!(delivered(&stage, 2).await, ["checkout.expired"; 2]);
    let raw = stage.raw();
    for (headers, body) in &raw {
        let header = |name: &str| headers[name].to_str().unwrap();
        let signed = format!("{}.{}.", header("webhook-id"), header("webhook-timestamp"));
        let secret = settings().webhook_secret;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(signed.as_bytes());
        mac.update(body);
        let tag = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(header("webhook-signature"), format!("v1,{tag}"));
    }
    assert_eq!(
        raw[0].0["webhook-id"], raw[1].0["webhook-id"],
        "one message"
    );
}

#[tokio::test]
async fn money_may_take_days() {
    for (end, status, told) in [
        (
            "arrive",
            "succeeded",
            vec!["checkout.updated", "order.paid"],
        ),
        ("fail", "failed", vec!["checkout.updated"]),
    ] {
        let stage = Stage::new().await;
        let checkout = opened(&stage, &json!({})).await;
        press(&stage, text(&checkout, "url"), "later").await;
        delivered(&stage, 1).await;
        assert_eq!(stage.received()[0].1["data"]["status"], "confirmed");
        assert_eq!(act(&stage, "polar", ORDER, end, &[]).await.0, 200);
        assert_eq!(delivered(&stage, 1 + told.len()).await[1..], told);
        let (_, read) = get(&stage, &format!("/v1/checkouts/{}", text(&checkout, "id"))).await;
        assert_eq!(read["status"], status);
    }
}

#[tokio::test]
async fn a_wrong_checkout_is_refused() {
    let stage = Stage::new().await;
    for (different, place) in [
        (
            json!({ "products": ["c4ed1700-0000-4000-8000-00000000000f"] }),
            json!(["body", "products", 0]),
        ),
        (json!({ "products": [] }), json!(["body", "products"])),
        (json!({ "amount": 49 }), json!(["body", "amount"])),
        (json!({ "amount": "500" }), json!(["body", "amount"])),
        (json!({ "currency": "EUR" }), json!(["body", "currency"])),
        (
            json!({ "success_url": "/#/orders" }),
            json!(["body", "success_url"]),
        ),
        (
            json!({ "customer_email": "ada" }),
            json!(["body", "customer_email"]),
        ),
        (
            json!({ "metadata": { "order": [1] } }),
            json!(["body", "metadata"]),
        ),
        (json!({ "price": 5 }), json!(["body", "price"])),
    ] {
        let (status, answer) = stage.send(request(&stage, &different)).await;
        assert_eq!(status, 422, "{different}");
        assert_eq!(answer["detail"][0]["loc"], place, "{answer}");
    }
    let stranger = request(&stage, &json!({})).bearer_auth("other");
    let response = stranger.send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(
        response.json::<Value>().await.unwrap()["error"],
        "invalid_token"
    );
    for path in ["/v1/checkouts/none", "/v1/orders/none", "/v1/products/"] {
        let (status, answer) = get(&stage, path).await;
        assert_eq!(
            (status, &answer["error"]),
            (404, &json!("ResourceNotFound")),
            "{path}"
        );
    }
    assert_eq!(get(&stage, "/v1/orders/?order=x").await.0, 422);
}

#[tokio::test]
async fn creations_fail_on_demand() {
    let stage = Stage::new().await;
    let of = |email: &str| request(&stage, &json!({ "customer_email": email }));
    assert_eq!(stage.send(of("ada+pay-500@example.com")).await.0, 500);
    let limited = of("ada+pay-429@example.com")
        .bearer_auth(KEY)
        .send()
        .await
        .unwrap();
    assert_eq!(limited.status(), 429);
    assert_eq!(limited.headers()[header::RETRY_AFTER], "1");
    is_never_answered(of("ada+pay-hang@example.com")).await;
    let (_, list) = get(&stage, "/v1/checkouts/").await;
    assert_eq!(
        list["pagination"]["total_count"], 1,
        "only that one is there"
    );
    for email in ["ada+pay-500@example.com", "ada+pay-429@example.com"] {
        assert_eq!(stage.send(of(email)).await.0, 201, "an address fails once");
    }
}
