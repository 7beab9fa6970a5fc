//! The dashboard, for people and for tests.

use reqwest::header;
use serde_json::{Value, json};

use crate::{
    buy::{ORDER, act, delivered, opened, paid, text},
    stage::Stage,
};

async fn listed(stage: &Stage, query: &str) -> (u16, Value) {
    let base = stage.emulator.provider_url("stripe");
    let response = stage
        .http
        .get(format!("{base}/dashboard.json{query}"))
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn payments_are_told_with_what_came_of_them() {
    let stage = Stage::new().await;
    let session = paid(&stage, &[]).await;
    opened(&stage, &[("client_reference_id", "ord_02")]).await;
    act(&stage, "stripe", ORDER, "refund", &[("amount", "100")]).await;
    act(&stage, "stripe", ORDER, "inquire", &[]).await;
    delivered(&stage, 4).await;
    assert_eq!(
        listed(&stage, "").await.1["payments"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let (_, told) = listed(&stage, &format!("?reference={ORDER}")).await;
    let payment = &told["payments"][0];
    for (field, value) in [
        ("id", session["id"].clone()),
        ("status", json!("paid")),
        ("amount", json!(500)),
        ("email", json!("ada@example.com")),
        ("faults", json!("")),
    ] {
        assert_eq!(payment[field], value, "{field}");
    }
    assert_eq!(payment["refunds"][0]["amount"], 100);
    assert_eq!(payment["dispute"]["status"], "inquiry");
    let events = payment["events"].as_array().unwrap();
    assert!(
        events.iter().all(|event| event["delivered"] == true),
        "{payment}"
    );
    let kinds: Vec<&str> = events.iter().map(|event| text(event, "type")).collect();
    assert_eq!(
        kinds,
        [
            "checkout.session.completed",
            "refund.created",
            "charge.refunded",
            "charge.dispute.created"
        ]
    );
    assert_eq!(listed(&stage, "?order=1").await.0, 400);
}

#[tokio::test]
async fn people_act_by_forms() {
    let stage = Stage::new().await;
    paid(
        &stage,
        &[("line_items[0][price_data][product_data][name]", "<b>50</b>")],
    )
    .await;
    let dashboard = format!("{}/dashboard", stage.emulator.provider_url("stripe"));
    let page = stage
        .http
        .get(&dashboard)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for part in [
        "&lt;b&gt;50",
        "5.00 USD",
        ">Refund<",
        ">Dispute<",
        ">Resend<",
        ">paid<",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(
        !page.contains("<b>50") && !page.contains(">Expire<"),
        "{page}"
    );
    for (action, status) in [("dispute", 303), ("dispute", 409), ("fly", 404)] {
        let request = stage.http.post(format!("{dashboard}/{ORDER}/{action}"));
        let response = request
            .header(header::ACCEPT, "text/html")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{action}");
    }
    let page = stage
        .http
        .get(&dashboard)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        page.contains(">The dispute is won<") && !page.contains(">Refund<"),
        "{page}"
    );
}

#[tokio::test]
async fn what_is_not_possible_is_refused() {
    let stage = Stage::new().await;
    opened(&stage, &[]).await;
    for (action, form, status) in [
        ("refund", vec![], 409),
        ("dispute", vec![], 409),
        ("arrive", vec![], 409),
        ("warn", vec![], 409),
        ("faults", vec![("faults", "lost")], 200),
        ("faults", vec![("faults", "none")], 400),
        ("pay", vec![("price", "1")], 400),
        ("pay", vec![("email", "kay@example.com")], 200),
        ("refund", vec![("amount", "501")], 409),
        ("refund", vec![("amount", "0")], 409),
        ("refund", vec![("amount", "all")], 400),
        ("refund-fails", vec![], 409),
    ] {
        let (told, answer) = act(&stage, "stripe", ORDER, action, &form).await;
        assert_eq!(told, status, "{action}: {answer}");
    }
    assert_eq!(act(&stage, "stripe", "ord_none", "pay", &[]).await.0, 404);
    delivered(&stage, 0).await;
    let (_, told) = listed(&stage, "").await;
    let payment = &told["payments"][0];
    assert_eq!(
        (&payment["email"], &payment["faults"]),
        (&json!("kay@example.com"), &json!("lost"))
    );
    assert_eq!(payment["events"][0]["delivered"], false);
}
