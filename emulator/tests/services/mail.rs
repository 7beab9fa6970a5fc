//! Mail by Resend's API, and the mailbox.

use std::time::Duration;

use reqwest::{RequestBuilder, header};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::stage::{KEY, Stage};

fn mail(to: &str) -> Value {
    json!({
        "from": "Atelier <hello@atelier.example>",
        "to": to,
        "subject": "Your code",
        "text": "ABCD-EFGH\nhttp://127.0.0.1:8787/#/sign-in?code=ABCD-EFGH",
        "html": "<p>ABCD-EFGH</p>",
    })
}

fn request(stage: &Stage, body: &Value) -> RequestBuilder {
    let address = format!("{}/emails", stage.emulator.provider_url("resend"));
    let request = stage
        .http
        .post(address)
        .header(header::USER_AGENT, "atelier");
    request.json(body)
}

async fn sent(stage: &Stage, body: &Value) -> (u16, Value) {
    stage.send(request(stage, body)).await
}

async fn mailbox(stage: &Stage, query: &str) -> (u16, Value) {
    let address = format!("{}/mailbox.json{query}", stage.emulator.base_url());
    let response = stage.http.get(address).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_mail_is_in_the_mailbox() {
    let stage = Stage::new().await;
    let (status, answer) = sent(&stage, &mail("ada@example.com")).await;
    assert_eq!(status, 200, "{answer}");
    let mut full = mail("x");
    full["to"] = json!(["Grace <grace@example.com>", "kay@example.com"]);
    full["reply_to"] = json!("help@atelier.example");
    full["headers"] = json!({ "X-Entity-Ref-ID": "1" });
    full["tags"] = json!([{ "name": "kind", "value": "sign-in" }]);
    assert_eq!(sent(&stage, &full).await.0, 200);

    let mails = stage.emulator.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(
        (&mails[0].id, mails[0].subject.as_str()),
        (&answer["id"].as_str().unwrap().to_owned(), "Your code")
    );
    assert_eq!(
        mails[1].to,
        ["Grace <grace@example.com>", "kay@example.com"]
    );
    assert_eq!(mails[1].reply_to.as_deref(), Some("help@atelier.example"));

    let (_, all) = mailbox(&stage, "").await;
    assert_eq!(all["mails"].as_array().unwrap().len(), 2);
    let (_, hers) = mailbox(&stage, "?to=GRACE@example.com").await;
    assert_eq!(hers["mails"].as_array().unwrap().len(), 1);
    assert_eq!(hers["mails"][0]["id"], mails[1].id);
    assert_eq!(hers["mails"][0]["html"], "<p>ABCD-EFGH</p>");
    assert_eq!(mailbox(&stage, "?from=x").await.0, 400);
}

#[tokio::test]
async fn people_read_the_newest_mail_first() {
    let stage = Stage::new().await;
    sent(&stage, &mail("ada@example.com")).await;
    let mut hostile = mail("grace@example.com");
    hostile["subject"] = json!("<script>");
    hostile["html"] = json!("<b title=\"x\">");
    sent(&stage, &hostile).await;
    let address = format!("{}/mailbox", stage.emulator.base_url());
    let page = stage.http.get(address).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.find("grace@").unwrap() < page.find("ada@").unwrap());
    assert!(
        page.contains("&lt;script&gt;") && !page.contains("<script>"),
        "{page}"
    );
    assert!(page.contains("<iframe sandbox "), "{page}");
    assert!(
        page.contains("srcdoc=\"&lt;b title=&quot;x&quot;&gt;\""),
        "{page}"
    );
    assert!(page.contains("<a href=\"http://127.0.0.1:8787/"), "{page}");
}

#[tokio::test]
async fn a_key_sends_one_mail() {
    let stage = Stage::new().await;
    let keyed = |key: &str, body: &Value| request(&stage, body).header("Idempotency-Key", key);
    let body = mail("ada@example.com");
    let (_, first) = stage.send(keyed("k-1", &body)).await;
    let (status, again) = stage.send(keyed("k-1", &body)).await;
    assert_eq!((status, &again), (200, &first));
    let (status, other) = stage.send(keyed("k-1", &mail("kay@example.com"))).await;
    let told = (status, other["name"].as_str());
    assert_eq!(told, (409, Some("invalid_idempotent_request")));
    let (_, second) = stage.send(keyed("k-2", &body)).await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(stage.emulator.mails().len(), 2);
    let (status, long) = stage.send(keyed(&"k".repeat(257), &body)).await;
    let told = (status, long["name"].as_str());
    assert_eq!(told, (400, Some("invalid_idempotency_key")));
}

#[tokio::test]
async fn a_stranger_is_refused() {
    let stage = Stage::new().await;
    let body = mail("ada@example.com");
    for (authorization, status, name) in [
        (None, 401, "missing_api_key"),
        (Some("Bearer other"), 403, "invalid_api_key"),
        (Some(KEY), 403, "invalid_api_key"),
    ] {
        let mut request = request(&stage, &body);
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(
            (&answer["statusCode"], &answer["name"]),
            (&json!(status), &json!(name))
        );
    }
    let address = format!("{}/emails", stage.emulator.provider_url("resend"));
    let request = stage.http.post(address).bearer_auth(KEY).json(&body);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 403, "without a User-Agent");
    assert_eq!(response.text().await.unwrap(), "error code: 1010");
    assert!(stage.emulator.mails().is_empty());
}

#[tokio::test]
async fn a_wrong_mail_is_refused() {
    let stage = Stage::new().await;
    for (field, value, name) in [
        ("from", json!(null), "missing_required_field"),
        ("from", json!("hello"), "invalid_from_address"),
        ("to", json!(null), "missing_required_field"),
        ("to", json!("ada"), "validation_error"),
        ("to", json!([]), "validation_error"),
        ("to", json!(vec!["ada@example.com"; 51]), "validation_error"),
        ("subject", json!(7), "validation_error"),
        ("subject", json!(""), "missing_required_field"),
        ("reply_to", json!("help"), "validation_error"),
        ("replyTo", json!("help@atelier.example"), "validation_error"),
        ("headers", json!({ "X": 1 }), "validation_error"),
        (
            "tags",
            json!([{ "name": "a b", "value": "c" }]),
            "validation_error",
        ),
        ("tags", json!([{ "name": "a" }]), "missing_required_field"),
    ] {
        let mut body = mail("ada@example.com");
        body[field] = value;
        let (status, answer) = sent(&stage, &body).await;
        assert_eq!(
            (status, answer["name"].as_str()),
            (422, Some(name)),
            "{body}"
        );
    }
    let mut empty = mail("ada@example.com");
    empty["text"] = json!("");
    empty["html"] = json!("");
    let (status, answer) = sent(&stage, &empty).await;
    assert_eq!(status, 422);
    assert_eq!(answer["message"], "Missing `html` or `text` field.");
    assert!(stage.emulator.mails().is_empty());
}

#[tokio::test]
async fn an_address_may_ask_for_trouble() {
    let stage = Stage::new().await;
    for (to, status, name) in [
        ("ada+down@example.com", 500, "internal_server_error"),
        ("ada+x+quota@example.com", 429, "daily_quota_exceeded"),
    ] {
        let (answered, answer) = sent(&stage, &mail(to)).await;
        assert_eq!((answered, answer["name"].as_str()), (status, Some(name)));
    }
    assert!(stage.emulator.mails().is_empty());
    assert_eq!(sent(&stage, &mail("down@example.com")).await.0, 200);
    let request = request(&stage, &mail("ada+hang@example.com")).bearer_auth(KEY);
    let answer = timeout(Duration::from_millis(300), request.send()).await;
    assert!(answer.is_err(), "it is never answered");
    assert_eq!(stage.emulator.mails().len(), 2, "but it is sent");
}
