//! Invalid requests: each gets the right status and code, and changes nothing.

use futures::stream;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::case::Case;
use super::pictures::small;
use super::settings::{PRICE, WELCOME};
use super::user::{User, id_of};

/// An upload in chunks of which one more than this many is too large.
const CHUNK: usize = 64 * 1024;
const MAX_CHUNKS: usize = 10 * 1024 * 1024 / CHUNK;

const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// A body of bytes that claims to be JSON.
fn as_json(request: RequestBuilder, bytes: impl Into<reqwest::Body>) -> RequestBuilder {
    request
        .header("content-type", "application/json")
        .body(bytes)
}

/// Checks that a user has lost nothing, and that no provider has heard of them.
pub(crate) async fn is_untouched(case: &Case, user: &User) {
    user.has(WELCOME).await;
    assert_eq!(user.movements().await.len(), 1);
    assert_eq!(case.tasks(user), vec![]);
}

pub(crate) async fn invalid_generation_requests_are_refused(case: Case) {
    let (user, other) = (case.user().await, case.user().await);
    let generation = user.generation("").await;
    let theirs = other.uploaded(small([1, 2, 3, 255])).await;
    let missing = "upl_01M7V98KR00000000000000007";
    let long = "é".repeat(2001);
    for (field, value) in [
        ("count", json!(-5)),
        ("count", json!(0)),
        ("count", json!(1.5)),
        ("count", json!("4")),
        ("count", Value::Null),
        ("count", json!(1e9)),
        ("count", json!(2)),
        ("count", json!(257)),
        ("count", json!(18_446_744_073_709_551_615_u64)),
        ("model", json!("evolink/none")),
        ("model", json!("fal/any")),
        ("model", json!("")),
        ("model", json!(7)),
        ("photo", json!(theirs)),
        ("garment", json!(theirs)),
        ("photo", json!(missing)),
        ("garment", json!(missing)),
        ("photo", Value::Null),
        ("photo", json!("")),
        ("photo", json!("https://example.com/me.jpg")),
        ("photo", json!("upl_../../secret")),
        ("photo", json!([generation["photo"]])),
        ("prompt", json!(long)),
        ("prompt", json!({"text": "red"})),
        ("aspect_ratio", json!("7:1")),
        ("aspect_ratio", json!("3:4 ")),
        ("price", json!(0)),
        ("account", json!(other.name)),
    ] {
        let mut wrong = generation.clone();
        wrong[field] = value.clone();
        let problem = user.generate(&wrong).await.problem(422, "invalid_request");
        assert!(
            problem["errors"][0]["message"].is_string(),
            "{field} {value}: {problem}"
        );
    }
    let nothing_to_wear = json!({"photo": generation["photo"]});
    user.generate(&nothing_to_wear)
        .await
        .problem(422, "invalid_request");
    let text = generation.to_string();
    let bodies: &[&[u8]] = &[
        b"",
        b"{",
        b"null",
        b"[]",
        b"7",
        b"\"photo\"",
        b"{}",
        b"\xff\xfe{}",
        b"{\"photo\":\"\xc3\x28\"}",
        b"{\"photo\":\"\\ud800\"}",
        &text.as_bytes()[..text.len() - 1],
        b"{\"photo\":\"a\",\"photo\":\"b\",\"prompt\":\"red\"}",
        b"{\"photo\":\"a\",\"count\":1e400}",
    ];
    for body in bodies {
        let asked = user
            .ask("POST", "/v1/generate", |request| {
                as_json(request, body.to_vec())
            })
            .await;
        asked.problem(422, "invalid_request");
    }
    let untold = user
        .ask("POST", "/v1/generate", |request| request.body(text.clone()))
        .await;
    untold.problem(422, "invalid_request");
    let large = format!("{}{}", " ".repeat(100_000), text);
    let asked = user
        .ask("POST", "/v1/generate", |request| as_json(request, large))
        .await;
    asked.problem(413, "payload_too_large");
    for key in [String::new(), "k".repeat(256)] {
        user.generate_under_key(&key, &generation)
            .await
            .problem(422, "invalid_request");
    }
    is_untouched(&case, &user).await;
    is_untouched(&case, &other).await;
}

pub(crate) async fn uploads_that_are_no_pictures_are_refused(case: Case) {
    let user = case.user().await;
    let picture = small([1, 2, 3, 255]);
    let cut = picture[..20].to_vec();
    for bytes in [
        vec![],
        b"a person in a red coat".to_vec(),
        GIF.to_vec(),
        vec![0xff; 5000],
        cut,
    ] {
        user.upload(bytes).await.problem(415, "unsupported_image");
    }
    // A declared body that does not arrive is not waited for long.
    let declared = user.ask("POST", "/v1/uploads", |request| {
        let never = stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let body = reqwest::Body::wrap_stream(never);
        request
            .header("content-length", 11 * 1024 * 1024)
            .body(body)
    });
    declared.await.problem(413, "payload_too_large");
    let undeclared = user.ask("POST", "/v1/uploads", |request| {
        let chunks = (0..=MAX_CHUNKS).map(|_| Ok::<_, std::io::Error>(vec![0xff; CHUNK]));
        request.body(reqwest::Body::wrap_stream(stream::iter(chunks)))
    });
    undeclared.await.problem(413, "payload_too_large");
    let lying = user.ask("POST", "/v1/uploads", |request| {
        request.header("content-type", "image/png").body("<svg/>")
    });
    lying.await.problem(415, "unsupported_image");
    is_untouched(&case, &user).await;
}

/// Each of them is tried several times, since answers may be lost only at times.
pub(crate) async fn large_bodies_are_refused(case: Case) {
    const MIB: usize = 1024 * 1024;
    let user = case.user().await;
    let token = user.token.as_str();
    for (path, size, token, status, code) in [
        ("/v1/uploads", 11, token, 413, "payload_too_large"),
        ("/v1/uploads", 30, token, 413, "payload_too_large"),
        ("/v1/uploads", 3, "nobody's", 401, "unauthenticated"),
        ("/v1/uploads", 8, "nobody's", 401, "unauthenticated"),
        ("/v1/generate", 8, token, 413, "payload_too_large"),
        ("/v1/webhooks/evolink/x", 8, "", 413, "payload_too_large"),
        ("/v1/no-such-route", 8, "", 404, "not_found"),
    ] {
        for _ in 0..4 {
            let asked = case.system.ask("POST", path, |request| {
                as_json(request.bearer_auth(token), vec![0xff; size * MIB])
            });
            asked.await.problem(status, code);
        }
    }
    is_untouched(&case, &user).await;
}

pub(crate) async fn unknown_jobs_are_not_found(case: Case) {
    let (user, other) = (case.user().await, case.user().await);
    let theirs = id_of(&other.generated("").await);
    for id in [
        theirs.as_str(),
        "job_01M7V98KR00000000000000007",
        "job_",
        "upl_01M7V98KR00000000000000007",
        "1",
        "%20",
        "%00",
        "%FF",
        "..%2F..%2Fcredits",
        "%27%20or%201=1--",
        &"j".repeat(3000),
    ] {
        user.get(&format!("/v1/jobs/{id}"))
            .await
            .problem(404, "not_found");
        user.cancel(id).await.problem(404, "not_found");
    }
    is_untouched(&case, &user).await;
    other.has(WELCOME - PRICE).await;
}

pub(crate) async fn unknown_pages_are_not_found(case: Case) {
    let user = case.user().await;
    for query in [
        "limit=0",
        "limit=-1",
        "limit=101",
        "limit=256",
        "limit=ten",
        "limit=",
        "limit=1e1",
        "limit=%FF",
        "cursor=-1",
        "cursor=x",
        "cursor=1.5",
        "cursor=18446744073709551616",
        "cursor=",
        "page=2",
        "limit=1&limit=2",
    ] {
        let answer = user.get(&format!("/v1/credits/history?{query}")).await;
        answer.problem(422, "invalid_request");
    }
    let far = user
        .get("/v1/credits/history?cursor=18446744073709551615")
        .await
        .ok(200);
    assert_eq!(far["entries"].as_array().unwrap().len(), 1, "{far}");
    for (path, status, code) in [
        ("/v1", 404, "not_found"),
        ("/v1/credits/", 404, "not_found"),
        ("/v1/generate", 405, "method_not_allowed"),
        ("/v1/uploads", 405, "method_not_allowed"),
        ("/v1/session", 405, "method_not_allowed"),
        ("/v1/images/", 404, "not_found"),
        ("/v1/images/x", 422, "invalid_request"),
        (
            "/v1/images/x?expires=tomorrow&signature=a",
            422,
            "invalid_request",
        ),
        (
            "/v1/images/x?expires=9223372036854775807&signature=a",
            404,
            "not_found",
        ),
        ("/v1/images/x?expires=0&signature=%00", 404, "not_found"),
        (
            "/v1/images/x?expires=-9223372036854775808&signature=%00",
            422,
            "invalid_request",
        ),
        ("/v1/images/%FF?expires=1&signature=a", 404, "not_found"),
    ] {
        user.get(path).await.problem(status, code);
    }
    // What is not of the API is answered by the page, whose files the Worker does not see.
    for path in ["/no-such-page", "/v2/credits"] {
        let (client, at) = (&case.system.client, &case.system.address);
        let answer = client.get(format!("{at}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("We can't find that page"), "{page}");
    }
    for (method, path) in [
        ("PUT", "/v1/credits"),
        ("DELETE", "/v1/credits"),
        ("PATCH", "/v1/generate"),
        ("POST", "/healthz"),
        ("DELETE", "/v1/admin/grants"),
    ] {
        let asked = user.ask(method, path, |request| request).await;
        asked.problem(405, "method_not_allowed");
        assert!(asked.header("allow").is_some(), "{asked}");
    }
    let post = |path: &'static str| user.ask("POST", path, |request| request.json(&json!({})));
    post("/v1/webhooks/evolink/%FF")
        .await
        .problem(404, "not_found");
    post("/v1/webhooks/nobody/token")
        .await
        .problem(401, "unauthenticated");
    is_untouched(&case, &user).await;
}

pub(crate) async fn invalid_grants_are_refused(case: Case) {
    let user = case.user().await;
    let reference = format!("bad grant of {}", user.name);
    let grant = json!({"account": user.name, "credits": 5, "kind": "paid", "reference": reference});
    for (field, value) in [
        ("credits", json!(0)),
        ("credits", json!(-5)),
        ("credits", json!(1.5)),
        ("credits", json!("5")),
        ("credits", Value::Null),
        ("credits", json!(1e9)),
        ("credits", json!(9_007_199_254_740_992_u64)),
        ("credits", json!(18_446_744_073_709_551_615_u64)),
        ("credits", json!(1e300)),
        // The account would exceed the largest balance.
        ("credits", json!(9_007_199_254_740_991_u64)),
        ("kind", json!("gift")),
        ("kind", Value::Null),
        ("account", json!("")),
        ("account", json!("a".repeat(256))),
        ("account", json!(7)),
        ("reference", json!("")),
        ("reference", json!("r".repeat(256))),
        ("expires_at", json!("tomorrow")),
        ("expires_at", json!("2000-01-01T00:00:00Z")),
        ("expires_at", json!("2099-13-01T00:00:00Z")),
        ("expires_at", json!(4_102_444_800_u64)),
        ("amount", json!(5)),
    ] {
        let mut wrong = grant.clone();
        wrong[field] = value;
        let answer = case.system.grant(&wrong).await;
        answer.problem(422, "invalid_request");
    }
    for body in [&b""[..], b"{", b"\xff", b"{\"credits\":1e400}"] {
        let asked = case
            .system
            .operator("POST", "/v1/admin/grants", |request| as_json(request, body));
        asked.await.problem(422, "invalid_request");
    }
    for query in ["cursor=x", "who=me"] {
        let path = format!("/v1/admin/audit?{query}");
        let answer = case.system.operator("GET", &path, |request| request).await;
        assert!([404, 422].contains(&answer.status), "{answer}");
    }
    let unknown = case
        .system
        .operator("GET", "/v1/admin/audit?account=nobody-at-all", |request| {
            request
        });
    assert_eq!(unknown.await.ok(200)["ok"], true);
    is_untouched(&case, &user).await;
}

pub(crate) async fn sessions_models_and_health_answer(case: Case) {
    let system = &case.system;
    let health = system
        .ask("GET", "/healthz", |request| request)
        .await
        .ok(200);
    assert_eq!(
        health,
        json!({"ok": true, "version": env!("CARGO_PKG_VERSION")})
    );
    let models = system
        .ask("GET", "/v1/models", |request| request)
        .await
        .ok(200);
    let first = &models["models"][0];
    assert_eq!(
        (&first["id"], &first["provider"]),
        (&json!("evolink/nano-banana-2-lite"), &json!("evolink"))
    );
    assert_eq!(
        (&first["credits_per_image"], &first["max_count"]),
        (&json!(PRICE), &json!(1))
    );

    let session =
        |body: Value| system.ask("POST", "/v1/session", move |request| request.json(&body));
    let guest = session(json!({})).await.ok(200);
    for field in ["token", "account", "expires_at"] {
        assert!(guest[field].is_string(), "{guest}");
    }
    // Welcome credits are granted once.
    let user = case.user().await;
    let again = session(json!({"account": user.name})).await.ok(200);
    assert_eq!(again["account"], user.name);
    is_untouched(&case, &user).await;
    for wrong in [
        json!({"account": ""}),
        json!({"account": "a".repeat(65)}),
        json!({"account": 7}),
        json!({"name": "x"}),
    ] {
        session(wrong).await.problem(422, "invalid_request");
    }
}
