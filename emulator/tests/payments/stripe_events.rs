//! Paying at Stripe, and the events about it.

use std::time::Duration;

use atelier_emulator::Settings;
use reqwest::header;
use serde_json::{Value, json};

use crate::{
    buy::{ORDER, act, delivered, get, opened, paid, press, signed_at, text},
    stage::{Stage, settings},
};

/// When an event was made, in Unix seconds: just before it was signed.
fn created(event: &Value) -> u64 {
    event["created"].as_u64().unwrap()
}

#[tokio::test]
async fn a_buyer_pays() {
    let stage = Stage::new().await;
    let session = opened(&stage, &[]).await;
    let (id, url) = (text(&session, "id"), text(&session, "url"));
    let page = stage
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for part in [
        "50 credits",
        "5.00 USD",
        ">Pay<",
        ">Pay later<",
        ">Decline<",
        ">Back<",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let response = press(&stage, url, "pay").await;
    assert_eq!(response.status(), 303);
    let next = format!("http://127.0.0.1:8787/#/orders/ord_01?s={id}");
    assert_eq!(response.headers()[header::LOCATION], next.as_str());
    // The event was answered before the buyer went on.
    let (headers, body) = stage.raw().pop().unwrap();
    let at = signed_at(&headers, &body).unwrap();
    let event: Value = serde_json::from_slice(&body).unwrap();
    assert!(created(&event).abs_diff(at) <= 2);
    assert_eq!(event["type"], "checkout.session.completed");
    assert_eq!(
        (&event["livemode"], &event["api_version"]),
        (&json!(false), &json!("2026-10-28.endive"))
    );
    let path = format!("/v1/checkout/sessions/{id}?expand[]=payment_intent.latest_charge");
    let (_, read) = get(&stage, &path).await;
    assert_eq!(
        (&read["status"], &read["payment_status"]),
        (&json!("complete"), &json!("paid"))
    );
    assert_eq!(read["url"], Value::Null);
    assert_eq!(read["customer_details"]["email"], "ada@example.com");
    let intent = &read["payment_intent"];
    assert_eq!(event["data"]["object"]["payment_intent"], intent["id"]);
    assert_eq!(
        (&intent["status"], &intent["metadata"]["order"]),
        (&json!("succeeded"), &json!(ORDER))
    );
    let receipt = text(&intent["latest_charge"], "receipt_url");
    assert_eq!(stage.http.get(receipt).send().await.unwrap().status(), 200);
    for object in ["payment_intents", "charges"] {
        let whole = if object == "charges" {
            &intent["latest_charge"]
        } else {
            intent
        };
        let (status, found) = get(&stage, &format!("/v1/{object}/{}", text(whole, "id"))).await;
        assert_eq!((status, &found["id"]), (200, &whole["id"]));
    }
    assert_eq!(press(&stage, url, "pay").await.status(), 409, "once");
    delivered(&stage, 1).await;
}

#[tokio::test]
async fn a_buyer_is_declined_and_goes_back() {
    let stage = Stage::new().await;
    let session = opened(&stage, &[]).await;
    let url = text(&session, "url");
    let declined = press(&stage, url, "decline").await;
    assert_eq!(declined.status(), 402);
    assert!(
        declined
            .text()
            .await
            .unwrap()
            .contains("Your card was declined.")
    );
    let back = press(&stage, url, "back").await;
    assert_eq!(
        back.headers()[header::LOCATION],
        "http://127.0.0.1:8787/#/credits"
    );
    let (_, read) = get(
        &stage,
        &format!("/v1/checkout/sessions/{}", text(&session, "id")),
    )
    .await;
    assert_eq!(read["status"], "open");
    assert_eq!(press(&stage, url, "steal").await.status(), 400);
    delivered(&stage, 0).await;
    assert_eq!(press(&stage, url, "pay").await.status(), 303);
}

#[tokio::test]
async fn money_may_take_days() {
    for (end, told, payment_status) in [
        ("arrive", "checkout.session.async_payment_succeeded", "paid"),
        ("fail", "checkout.session.async_payment_failed", "unpaid"),
    ] {
        let stage = Stage::new().await;
        let session = opened(&stage, &[]).await;
        assert_eq!(
            press(&stage, text(&session, "url"), "later").await.status(),
            303
        );
        let event = &stage.emulator.callbacks()[0].body;
        let object = &event["data"]["object"];
        assert_eq!(
            (&object["status"], &object["payment_status"]),
            (&json!("complete"), &json!("unpaid"))
        );
        assert_eq!(act(&stage, "stripe", ORDER, end, &[]).await.0, 200);
        assert_eq!(delivered(&stage, 2).await[1], told);
        let path = format!("/v1/checkout/sessions/{}", text(&session, "id"));
        assert_eq!(get(&stage, &path).await.1["payment_status"], payment_status);
        assert_eq!(act(&stage, "stripe", ORDER, end, &[]).await.0, 409);
    }
}

#[tokio::test]
async fn a_session_expires() {
    let stage = Stage::new().await;
    let session = opened(&stage, &[]).await;
    let path = format!("/v1/checkout/sessions/{}/expire", text(&session, "id"));
    let request = || crate::buy::post(&stage, &path, &[("", ""); 0]);
    let (status, expired) = stage.send(request()).await;
    assert_eq!((status, &expired["status"]), (200, &json!("expired")));
    assert_eq!(stage.send(request()).await.0, 400);
    assert_eq!(delivered(&stage, 1).await, ["checkout.session.expired"]);
    assert_eq!(
        press(&stage, text(&session, "url"), "pay").await.status(),
        409
    );
}

#[tokio::test]
async fn an_event_is_sent_until_it_is_taken() {
    let stage = Stage::new().await;
    stage.answer([500, 302]);
    paid(&stage, &[]).await;
    delivered(&stage, 3).await;
    let raw = stage.raw();
    assert!(
        raw.iter()
            .all(|(headers, body)| signed_at(headers, body).is_some())
    );
    assert!(
        raw.iter().all(|(_, body)| *body == raw[0].1),
        "the same event"
    );

    stage.answer([500, 500, 500, 500]);
    opened(&stage, &[("client_reference_id", "ord_02")]).await;
    let (_, done) = act(&stage, "stripe", "ord_02", "pay", &[]).await;
    delivered(&stage, 7).await;
    let list = async |query: &str| {
        let (status, list) = get(&stage, &format!("/v1/events?{query}")).await;
        assert_eq!(status, 200, "{list}");
        list["data"].as_array().unwrap().clone()
    };
    let id = text(&done["events"][0], "id");
    let missed = list("delivery_success=false&types[]=checkout.session.completed").await;
    assert_eq!((missed.len(), text(&missed[0], "id")), (1, id));
    assert_eq!(list("type=checkout.*").await.len(), 2);
    assert_eq!(list("type=refund.*").await.len(), 0);
    assert_eq!(
        get(&stage, &format!("/v1/events/{id}")).await.1["pending_webhooks"],
        1
    );

    let resend = format!(
        "{}/events/{id}/resend",
        stage.emulator.provider_url("stripe")
    );
    let (status, answer) = stage.send(stage.http.post(resend)).await;
    assert_eq!((status, &answer["status"]), (200, &json!(200)));
    assert!(list("delivery_success=false").await.is_empty());
    assert_eq!(text(&stage.emulator.callbacks()[7].body, "id"), id);
}

/// A payment whose buyer's address asks for a fault; how many deliveries there were before.
async fn faulty(stage: &Stage, fault: &str) -> usize {
    let before = stage.emulator.callbacks().len();
    let email = format!("ada+pay-{fault}@example.com");
    let reference = format!("ord_{fault}");
    let different = [
        ("customer_email", email.as_str()),
        ("client_reference_id", &reference),
    ];
    paid(stage, &different).await;
    before
}

/// A stage where what is late is not very late.
async fn impatient() -> Stage {
    Stage::with(Settings {
        payments_late: Duration::from_millis(300),
        ..settings()
    })
    .await
}

#[tokio::test]
async fn deliveries_go_wrong_on_demand() {
    let stage = impatient().await;
    let ids = |before: usize| -> Vec<String> {
        let callbacks = stage.emulator.callbacks();
        callbacks[before..]
            .iter()
            .map(|sent| text(&sent.body, "id").to_owned())
            .collect()
    };
    let before = faulty(&stage, "duplicate").await;
    delivered(&stage, before + 2).await;
    assert_eq!(ids(before)[0], ids(before)[1]);

    let before = faulty(&stage, "twin").await;
    delivered(&stage, before + 2).await;
    assert_ne!(ids(before)[0], ids(before)[1]);

    let before = faulty(&stage, "lost").await;
    delivered(&stage, before).await;

    let before = faulty(&stage, "late").await;
    assert_eq!(ids(before).len(), 0, "the buyer is back first");
    delivered(&stage, before + 1).await;

    // The second event comes before the first, which has waited for it.
    let before = faulty(&stage, "reorder").await;
    act(&stage, "stripe", "ord_reorder", "dispute", &[]).await;
    let told = delivered(&stage, before + 3).await;
    assert_eq!(
        told[before..],
        [
            "charge.dispute.created",
            "checkout.session.completed",
            "charge.dispute.funds_withdrawn"
        ]
    );
}

#[tokio::test]
async fn signatures_and_versions_go_wrong_on_demand() {
    let stage = impatient().await;
    for (fault, age) in [("old-signature", -600), ("future-signature", 600)] {
        let before = faulty(&stage, fault).await;
        delivered(&stage, before + 1).await;
        let (headers, body) = stage.raw().pop().unwrap();
        let at = signed_at(&headers, &body).unwrap();
        let event = serde_json::from_slice(&body).unwrap();
        let expected = created(&event).saturating_add_signed(age);
        assert!(expected.abs_diff(at) <= 2, "{fault}");
    }
    let before = faulty(&stage, "wrong-signature").await;
    delivered(&stage, before + 1).await;
    let (headers, body) = stage.raw().pop().unwrap();
    assert_eq!(signed_at(&headers, &body), None);

    let before = faulty(&stage, "old-version").await;
    delivered(&stage, before + 1).await;
    let event = &stage.emulator.callbacks()[before].body;
    assert_eq!(event["api_version"], "2020-08-27");
    assert!(event["data"]["object"].get("ui_mode").is_none(), "{event}");
}

#[tokio::test]
async fn a_buyer_chooses_a_fault_on_the_page() {
    let stage = Stage::new().await;
    let session = opened(&stage, &[("customer_email", "ada+pay-twin@example.com")]).await;
    let url = text(&session, "url");
    let page = stage
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for part in [
        "<option>twin</option>",
        "value=\"lost\"",
        "value=\"ada+pay-twin@example.com\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let form = |faults: &str| {
        let request = stage.http.post(url);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.body(format!("do=pay&faults={faults}"))
    };
    assert_eq!(form("some").send().await.unwrap().status(), 400);
    assert_eq!(form("lost").send().await.unwrap().status(), 303);
    delivered(&stage, 0).await;
    act(&stage, "stripe", ORDER, "faults", &[("faults", "")]).await;
    act(&stage, "stripe", ORDER, "warn", &[]).await;
    delivered(&stage, 1).await;
}
