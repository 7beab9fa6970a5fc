//! Requests from clients: counts, grants, tokens, options and malformed fields.

use serde_json::{Value, json};

use super::world::World;

/// Seen in the source of VOVV and `ShipAny`.
#[tokio::test]
async fn the_price_comes_from_the_server_and_the_count_is_checked() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let request = ada.request().await;
    let changed = |field: &str, value: Value| {
        let mut request = request.clone();
        request[field] = value;
        request
    };
    for count in [
        json!(-5),
        json!(0),
        json!(1.5),
        json!(1e9),
        json!("4"),
        json!(null),
        json!(256),
        json!(2),
    ] {
        let refused = ada.generate(&changed("count", count.clone())).await;
        assert_eq!(
            (refused.status, refused.code()),
            (422, "invalid_request"),
            "{count}"
        );
    }
    for (field, value) in [
        ("price", json!(1)),
        ("credits", json!(0)),
        ("credits_per_image", json!(0)),
        ("model", json!("evolink/free")),
        ("model", json!("")),
        ("aspect_ratio", json!("1:7")),
        ("photo", json!("me.png")),
        ("photo", json!(null)),
        ("photo", json!("upl_01M7VZGC000000000000000007")),
        ("garment", json!("upl_01M7VZGC000000000000000007")),
        ("prompt", json!("x".repeat(2001))),
    ] {
        let refused = ada.generate(&changed(field, value.clone())).await;
        assert_eq!(
            (refused.status, refused.code()),
            (422, "invalid_request"),
            "{field} {value}"
        );
        assert_eq!(refused.headers["content-type"], "application/problem+json");
    }
    world.run_background().await;
    assert_eq!(ada.credits().await, (20, 0));
    assert_eq!(ada.journal().await, ["grant 20 of A: 20 left, 0 held"]);
    assert!(world.went_out().is_empty());
    world.check().await;
}

/// Seen in the source of VOVV and `ShipAny`.
#[tokio::test]
async fn a_grant_is_positive_and_expires_in_the_future() {
    let world = World::new();
    let ada = world.user("ada").await;
    let grant = |credits: Value, expires_at: Value| json!({"account": "ada", "credits": credits, "kind": "paid", "expires_at": expires_at, "reference": "r"});
    for body in [
        grant(json!(0), json!(null)),
        grant(json!(-5), json!(null)),
        grant(json!(1.5), json!(null)),
        grant(json!(9_007_199_254_740_992_u64), json!(null)),
        grant(json!(5), json!("tomorrow")),
        grant(json!(5), json!("2020-01-01T00:00:00Z")),
    ] {
        let answer = world
            .call(
                http::Method::POST,
                "/v1/admin/grants",
                super::world::ADMIN_TOKEN,
                &body,
            )
            .await;
        assert_eq!(answer.status, 422, "{body}");
    }
    assert_eq!(ada.credits().await, (0, 0));
    assert!(ada.journal().await.is_empty());
    world.check().await;
}

#[tokio::test]
async fn without_a_valid_token_nothing_is_done() {
    let world = World::new();
    let ada = world.user("ada").await;
    for (method, path) in [
        (http::Method::POST, "/v1/uploads"),
        (http::Method::POST, "/v1/generate"),
        (http::Method::GET, "/v1/credits"),
        (http::Method::GET, "/v1/admin/audit"),
        (http::Method::POST, "/v1/admin/grants"),
    ] {
        for token in [
            "",
            "nonsense",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJleHAiOjk5OTk5OTk5OTl9.",
        ] {
            let answer = world.call(method.clone(), path, token, &json!({})).await;
            assert_eq!(
                (answer.status, answer.code()),
                (401, "unauthenticated"),
                "{path} {token}"
            );
        }
    }
    // A user's token is not an operator's.
    assert_eq!(ada.get("/v1/admin/audit").await.status, 401);
    world.tick(std::time::Duration::from_hours(25));
    assert_eq!(
        ada.get("/v1/credits").await.status,
        401,
        "the session is over"
    );
    world.check().await;
}

/// Neither the photo nor the garment may be another user's upload, even if its id is known.
#[tokio::test]
async fn another_users_pictures_are_not_found() {
    let world = World::new();
    let ada = world.user("ada").await;
    let bob = world.user("bob").await;
    world.grant("ada", 20).await;
    let (own, of_bob) = (ada.upload("photo").await, bob.upload("photo").await);
    for (field, request) in [
        ("photo", json!({"photo": of_bob, "prompt": "red"})),
        ("garment", json!({"photo": own, "garment": of_bob})),
    ] {
        let refused = ada.generate(&request).await;
        assert_eq!((refused.status, refused.code()), (422, "invalid_request"));
        assert_eq!(refused.body["errors"][0]["field"], field);
    }
    assert_eq!(ada.credits().await, (20, 0));
    assert!(world.went_out().is_empty());
    world.check().await;
}

/// serde also reads a struct from a list, by the order of its fields. The API must not.
#[tokio::test]
async fn a_json_array_is_not_accepted_as_a_body() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let photo = ada.upload("photo").await;
    for body in [json!([photo, null, "red"]), json!([]), json!("x"), json!(1)] {
        for path in ["/v1/generate", "/v1/session"] {
            let answer = ada.post(path, &body).await;
            assert_eq!(
                (answer.status, answer.code()),
                (422, "invalid_request"),
                "{path} {body}"
            );
        }
    }
    assert_eq!(ada.credits().await, (20, 0));
    world.check().await;
}

#[tokio::test]
async fn supported_options_reach_the_provider_and_are_shown() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let mut request = ada.request().await;
    request["options"] = json!({"category": "tops"});
    let job = ada.generate_as("key", &request).await;
    assert_eq!(job.body["options"], request["options"]);
    world.run_background().await;
    assert!(
        world.outside.submitted()[0]
            .prompt
            .contains("the top alone")
    );
    let id = job.id();
    assert_eq!(ada.job(&id).await["options"], request["options"]);
    // They are part of the request that an idempotency key stands for.
    request["options"] = json!({"category": "bottoms"});
    let other = ada.generate_as("key", &request).await;
    assert_eq!((other.status, other.code()), (422, "idempotency_mismatch"));
    world.check().await;
}

#[tokio::test]
async fn unsupported_options_are_refused_before_anything_is_frozen() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let request = ada.request().await;
    for (options, field) in [
        (json!({"seed": 7}), "options.seed"),
        (json!({"quality": "best"}), "options.quality"),
        (json!({"garment_photo": "flat"}), "options.garment_photo"),
        (json!({"category": "hats"}), "options.category"),
        (json!({"size": 1}), "options.size"),
        (json!({"seed": -1}), "options.seed"),
        (json!({"seed": "7"}), "options.seed"),
        (json!(7), "options"),
        (json!([]), "options"),
        (json!(null), "options"),
    ] {
        let mut request = request.clone();
        request["options"] = options.clone();
        let refused = ada.generate(&request).await;
        assert_eq!(refused.code(), "invalid_request", "{options}");
        assert_eq!(refused.body["errors"][0]["field"], field, "{options}");
    }
    assert_eq!(ada.credits().await, (20, 0));
    assert!(world.went_out().is_empty());
    world.check().await;
}

/// An error names the field that is wrong, in words for people.
#[tokio::test]
async fn an_unreadable_field_is_named_in_plain_words() {
    let world = World::new();
    let ada = world.user("ada").await;
    let told = async |path: &str, token: &str, body: &str| {
        let request = http::Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(bytes::Bytes::copy_from_slice(body.as_bytes()));
        let answer = world.send(request.unwrap()).await;
        assert_eq!(answer.code(), "invalid_request", "{path} {body}");
        let errors = answer.body["errors"].as_array().unwrap();
        let words = errors.iter().map(|error| {
            let word = |name: &str| error[name].as_str().unwrap().to_owned();
            format!("{} {}", word("field"), word("message"))
        });
        words.collect::<Vec<_>>().join("; ")
    };
    for (body, says) in [
        ("{}", "photo is missing"),
        (r#"{"photo":7}"#, "photo is not text"),
        (r#"{"photo":"a","photo":"b"}"#, "photo is repeated"),
        (r#"{"photo":"a","price":1}"#, "price is not known"),
        (
            r#"{"photo":"a","count":1.5}"#,
            "count is not a whole number",
        ),
        (
            r#"{"photo":"a","count":null}"#,
            "count is not a whole number",
        ),
        (r#"{"photo":"a","count":256}"#, "count is out of range"),
        (r#"{"photo":"a","count":-1}"#, "count is out of range"),
        (
            r#"{"photo":"a","options":{"category":"hats"}}"#,
            "options.category is not one of tops, bottoms, one_pieces",
        ),
        (
            r#"{"photo":"a","options":{"category":{}}}"#,
            "options.category is not text",
        ),
        (
            r#"{"photo":"a","options":{"size":1}}"#,
            "options.size is not known",
        ),
        (
            r#"{"photo":"a","options":{"seed":1,"seed":2}}"#,
            "options.seed is repeated",
        ),
        (r#"{"photo":"a","options":[]}"#, "options is not an object"),
        ("[]", "body is not a JSON object"),
        ("7", "body is not a JSON object"),
    ] {
        assert_eq!(
            told("/v1/generate", ada.token(), body).await,
            says,
            "{body}"
        );
    }
    for (body, says) in [
        (r#"{"credits":5}"#, "account is missing"),
        (
            r#"{"account":"ada","package":"upl_x"}"#,
            "package is not the id of a package",
        ),
        (
            r#"{"account":"ada","credits":"5"}"#,
            "credits is not a whole number",
        ),
    ] {
        let told = told("/v1/admin/clawbacks", super::world::ADMIN_TOKEN, body).await;
        assert_eq!(told, says, "{body}");
    }
    let journal = world.call(
        http::Method::GET,
        "/v1/admin/journal.csv",
        super::world::ADMIN_TOKEN,
        &Value::Null,
    );
    assert_eq!(
        journal.await.body["errors"],
        json!([{"field": "account", "message": "is missing"}])
    );
    world.check().await;
}

/// A session's only field is optional, and so is the whole body.
#[tokio::test]
async fn a_session_can_be_requested_without_a_body() {
    let world = World::new();
    let path = "/v1/session";
    let guest = world.call(http::Method::POST, path, "", &Value::Null).await;
    assert_eq!(guest.status, 200, "{}", guest.body);
    let ada = world.user("ada").await;
    let nothing = ada.post("/v1/generate", &Value::Null).await;
    assert_eq!(nothing.body["errors"][0]["field"], "photo");
    world.check().await;
}

/// In UTC it would be in the year 10000, which RFC 3339 cannot express.
#[tokio::test]
async fn credits_do_not_expire_after_the_year_9999() {
    let world = World::new();
    let _ada = world.user("ada").await;
    let grant = async |reference: &str, expires_at: &str| {
        let body = json!({"account": "ada", "credits": 5, "kind": "paid", "expires_at": expires_at, "reference": reference});
        let path = "/v1/admin/grants";
        let token = super::world::ADMIN_TOKEN;
        world.call(http::Method::POST, path, token, &body).await
    };
    let refused = grant("late", "9999-12-31T23:59:59-00:01").await;
    assert_eq!((refused.status, refused.code()), (422, "invalid_request"));
    assert_eq!(refused.body["errors"][0]["field"], "expires_at");
    let granted = grant("last", "9999-12-31T23:59:59Z").await;
    assert_eq!(
        granted.body["package"]["expires_at"],
        "9999-12-31T23:59:59.000Z"
    );
    world.check().await;
}
