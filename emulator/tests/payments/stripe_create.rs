//! Creating, reading and listing sessions at Stripe.

use reqwest::header;
use serde_json::{Value, json};

use crate::{
    buy::{ORDER, create, get, is_never_answered, opened, post, press, session, text},
    stage::{KEY, Stage},
};

#[tokio::test]
async fn a_session_is_created_and_read() {
    let stage = Stage::new().await;
    let (status, made) = create(&stage, &[("customer_email", "ada@example.com")]).await;
    assert_eq!(status, 200, "{made}");
    let id = text(&made, "id");
    assert!(id.starts_with("cs_test_"), "{id}");
    let url = format!("{}/pay/{id}", stage.emulator.provider_url("stripe"));
    for (field, value) in [
        ("object", json!("checkout.session")),
        ("status", json!("open")),
        ("payment_status", json!("unpaid")),
        ("livemode", json!(false)),
        ("amount_total", json!(500)),
        ("currency", json!("usd")),
        ("client_reference_id", json!(ORDER)),
        ("customer_email", json!("ada@example.com")),
        ("metadata", json!({ "order": ORDER })),
        ("payment_intent", Value::Null),
        ("line_items", Value::Null),
        ("url", json!(url)),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    let expires = made["expires_at"].as_u64().unwrap();
    assert_eq!(expires - made["created"].as_u64().unwrap(), 24 * 60 * 60);
    let (_, read) = get(&stage, &format!("/v1/checkout/sessions/{id}")).await;
    assert_eq!(read, made);
    let path = format!("/v1/checkout/sessions/{id}?expand[]=line_items&expand[]=payment_intent");
    let (_, read) = get(&stage, &path).await;
    let item = &read["line_items"]["data"][0];
    assert_eq!(item["description"], "50 credits");
    assert_eq!(
        (&item["amount_total"], &item["quantity"]),
        (&json!(500), &json!(1))
    );
    let (status, none) = get(&stage, "/v1/checkout/sessions/cs_test_none").await;
    assert_eq!(
        (status, &none["error"]["code"]),
        (404, &json!("resource_missing"))
    );
}

/// The parameters, the wrong values, and the codes of the errors.
const WRONG: [(&str, &str, Option<&str>); 16] = [
    ("mode", "", Some("parameter_missing")),
    ("mode", "setup", None),
    ("amount", "500", Some("parameter_unknown")),
    ("payment_method_types", "card", Some("parameter_unknown")),
    ("metadata", "ord_01", None),
    ("client_reference_id", LONG, None),
    ("success_url", "", Some("parameter_missing")),
    ("success_url", "/#/orders", Some("url_invalid")),
    ("customer_email", "ada", Some("email_invalid")),
    ("expires_at", "1", None),
    ("expires_at", "soon", Some("parameter_invalid_integer")),
    ("adaptive_pricing[enabled]", "no", None),
    ("line_items[0][price_data][currency]", "USD", None),
    (
        "line_items[0][price_data][unit_amount]",
        "5.00",
        Some("parameter_invalid_integer"),
    ),
    (
        "line_items[0][price_data][product_data][colour]",
        "red",
        Some("parameter_unknown"),
    ),
    ("line_items[0][quantity]", "0", None),
];
/// An id of more than 200 characters.
const LONG: &str = "01234567890123456789012345678901234567890123456789012345678901234567890123456789\
                    01234567890123456789012345678901234567890123456789012345678901234567890123456789\
                    01234567890123456789012345678901234567890123456789012345678901234567890123456789";

#[tokio::test]
async fn a_wrong_session_is_refused() {
    let stage = Stage::new().await;
    for (param, value, code) in WRONG {
        // Metadata has keys: a text in its place is an error, too.
        let keys = [("metadata[order]", ""), (param, value)];
        let changed = if param == "metadata" {
            &keys[..]
        } else {
            &keys[1..]
        };
        let (status, answer) = create(&stage, changed).await;
        let error = &answer["error"];
        assert_eq!(
            (status, &error["type"], &error["param"]),
            (400, &json!("invalid_request_error"), &json!(param)),
            "{param}={value}: {answer}"
        );
        assert_eq!(error["code"].as_str(), code, "{answer}");
    }
    let price = "line_items[0][price_data][unit_amount]";
    for (name, value, param, code) in [
        (price, "49", Value::Null, json!("amount_too_small")),
        ("expand[0]", "customer", json!("expand"), Value::Null),
        (
            "metadata[note]",
            &"x".repeat(501),
            json!("metadata"),
            Value::Null,
        ),
    ] {
        let (status, answer) = create(&stage, &[(name, value)]).await;
        let error = &answer["error"];
        assert_eq!(
            (status, &error["param"], &error["code"]),
            (400, &param, &code),
            "{name}"
        );
    }
    let (_, all) = get(&stage, "/v1/checkout/sessions").await;
    assert_eq!(all["data"], json!([]));
}

#[tokio::test]
async fn a_stranger_is_refused() {
    let stage = Stage::new().await;
    let request = || post(&stage, "/v1/checkout/sessions", &session(&[]));
    for authorization in [None, Some("Bearer other"), Some(KEY)] {
        let mut request = request();
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(
            response.headers()["request-id"]
                .to_str()
                .unwrap()
                .starts_with("req_")
        );
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["error"]["type"], "invalid_request_error");
    }
    for (version, status) in [
        ("2026-10-28.endive", 200),
        ("2020-08-27", 200),
        ("endive", 400),
    ] {
        let request = request().header("stripe-version", version);
        assert_eq!(stage.send(request).await.0, status, "{version}");
    }
    assert_eq!(get(&stage, "/v1/customers").await.0, 404);
}

#[tokio::test]
async fn a_key_makes_one_session() {
    let stage = Stage::new().await;
    let keyed = |key: &str, different: &[(&str, &str)]| {
        let request = post(&stage, "/v1/checkout/sessions", &session(different));
        request.header("idempotency-key", key).bearer_auth(KEY)
    };
    let (status, wrong) = stage.send(keyed("k-1", &[("mode", "x")])).await;
    assert_eq!(status, 400, "what was refused is not kept: {wrong}");
    let first = keyed("k-1", &[]).send().await.unwrap();
    assert!(first.headers().get("idempotent-replayed").is_none());
    let first: Value = first.json().await.unwrap();
    let again = keyed("k-1", &[]).send().await.unwrap();
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.json::<Value>().await.unwrap(), first);
    let (status, other) = stage.send(keyed("k-1", &[("locale", "de")])).await;
    let told = (status, &other["error"]["type"]);
    assert_eq!(told, (400, &json!("idempotency_error")), "{other}");
    let path = format!("/v1/checkout/sessions/{}/expire", text(&first, "id"));
    let request = post(&stage, &path, &[("", ""); 0]).header("idempotency-key", "k-1");
    assert_eq!(
        stage.send(request).await.1["error"]["type"],
        "idempotency_error"
    );
    let (_, second) = stage.send(keyed("k-2", &[])).await;
    assert_ne!(second["id"], first["id"]);
    let long = "k".repeat(256);
    assert_eq!(stage.send(keyed(&long, &[])).await.0, 400);
}

#[tokio::test]
async fn creations_fail_on_demand() {
    let stage = Stage::new().await;
    let keyed = |key: &str, email: &str| {
        let request = post(
            &stage,
            "/v1/checkout/sessions",
            &session(&[("customer_email", email)]),
        );
        request.header("idempotency-key", key)
    };
    let failing = "ada+pay-500@example.com";
    for _ in 0..2 {
        let (status, answer) = stage.send(keyed("a", failing)).await;
        assert_eq!(
            (status, &answer["error"]["type"]),
            (500, &json!("api_error"))
        );
    }
    assert_eq!(
        stage.send(keyed("a-1", failing)).await.0,
        200,
        "another key is another try"
    );

    let limited = "ada+pay-429@example.com";
    let (status, answer) = stage.send(keyed("b", limited)).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (429, &json!("rate_limit"))
    );
    assert_eq!(
        stage.send(keyed("b", limited)).await.0,
        200,
        "it is not kept"
    );

    let hanging = "ada+pay-hang@example.com";
    is_never_answered(keyed("c", hanging)).await;
    let (_, all) = get(&stage, "/v1/checkout/sessions?limit=1").await;
    let (status, same) = stage.send(keyed("c", hanging)).await;
    assert_eq!(
        (status, &same["id"]),
        (200, &all["data"][0]["id"]),
        "but the session is there"
    );

    let faults = format!("{}/faults", stage.emulator.provider_url("stripe"));
    let set = |form: &'static str| {
        let request = stage.http.post(&faults);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        stage.send(request.body(form))
    };
    assert_eq!(set("faults=500&times=2").await.0, 200);
    for (key, status) in [("d", 500), ("e", 500), ("f", 200)] {
        assert_eq!(stage.send(keyed(key, "kay@example.com")).await.0, status);
    }
    assert_eq!(set("faults=404").await.0, 400);
}

#[tokio::test]
async fn sessions_are_listed_in_pages() {
    let stage = Stage::new().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let reference = format!("ord_{number}");
        let made = opened(&stage, &[("client_reference_id", &reference)]).await;
        ids.insert(0, text(&made, "id").to_owned());
        if number == 3 {
            press(&stage, text(&made, "url"), "pay").await;
        }
    }
    let listed = async |query: &str| {
        let (status, list) = get(&stage, &format!("/v1/checkout/sessions?{query}")).await;
        assert_eq!(status, 200, "{query}: {list}");
        let data = list["data"].as_array().unwrap();
        let ids: Vec<String> = data.iter().map(|one| text(one, "id").to_owned()).collect();
        (ids, list["has_more"].as_bool().unwrap())
    };
    assert_eq!(listed("limit=2").await, (ids[..2].to_vec(), true));
    let next = format!("limit=2&starting_after={}", ids[1]);
    assert_eq!(listed(&next).await, (ids[2..4].to_vec(), true));
    let last = format!("limit=2&starting_after={}", ids[3]);
    assert_eq!(listed(&last).await, (ids[4..].to_vec(), false));
    let before = format!("limit=2&ending_before={}", ids[3]);
    assert_eq!(listed(&before).await, (ids[1..3].to_vec(), true));
    assert_eq!(
        listed("status=complete").await,
        (vec![ids[1].clone()], false)
    );
    assert_eq!(listed("created[gte]=99999999999").await.0.len(), 0);
    assert_eq!(listed("created[gte]=1").await.0.len(), 5);
    let (_, paid) = get(&stage, &format!("/v1/checkout/sessions/{}", ids[1])).await;
    let by_intent = format!("payment_intent={}", text(&paid, "payment_intent"));
    assert_eq!(listed(&by_intent).await.0, [ids[1].clone()]);
    for wrong in [
        "limit=0",
        "limit=101",
        "customer=cus_1",
        "status=paid",
        "starting_after=x",
    ] {
        let (status, _) = get(&stage, &format!("/v1/checkout/sessions?{wrong}")).await;
        assert_eq!(status, 400, "{wrong}");
    }
}
