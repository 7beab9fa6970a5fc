//! Requests with forged tokens, or without one.

use serde_json::{Value, json};

use super::bad_input::is_untouched;
use super::case::Case;
use super::settings::SECRET;

pub(crate) async fn requests_without_a_valid_token_are_refused(case: Case) {
    let user = case.user().await;
    let generation = user.generation("").await;
    let system = &case.system;
    let other_key = token(
        &json!({"sub": user.name, "exp": 4_102_444_800_u64}),
        "another secret of the same length",
    );
    let expired = token(&json!({"sub": user.name, "exp": 1_000_000_000}), SECRET);
    let unending = token(&json!({"sub": user.name}), SECRET);
    let nobody = token(&json!({"sub": "", "exp": 4_102_444_800_u64}), SECRET);
    let (head, rest) = user.token.split_once('.').unwrap();
    let unsigned = format!(
        "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.",
        rest.split_once('.').unwrap().0
    );
    let mangled = format!("{head}x.{rest}");
    for wrong in [
        "", "token", "a.b.c", SECRET, &other_key, &expired, &unending, &nobody, &unsigned, &mangled,
    ] {
        for (method, path) in [
            ("GET", "/v1/credits"),
            ("POST", "/v1/generate"),
            ("POST", "/v1/uploads"),
        ] {
            let asked = system.ask(method, path, |request| {
                request.bearer_auth(wrong).json(&generation)
            });
            let answer = asked.await;
            answer.problem(401, "unauthenticated");
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer"),
                "{answer}"
            );
        }
    }
    for (method, path) in [
        ("GET", "/v1/credits"),
        ("GET", "/v1/credits/history"),
        ("GET", "/v1/jobs/job_01M7V98KR00000000000000007"),
        ("POST", "/v1/jobs/job_01M7V98KR00000000000000007/cancel"),
        ("POST", "/v1/generate"),
        ("POST", "/v1/uploads"),
        ("POST", "/v1/admin/grants"),
        ("GET", "/v1/admin/audit"),
    ] {
        system
            .ask(method, path, |request| request)
            .await
            .problem(401, "unauthenticated");
        let basic = system.ask(method, path, |request| {
            request.basic_auth(&user.name, Some(SECRET))
        });
        basic.await.problem(401, "unauthenticated");
    }
    // A user's token is not the operators'.
    for (method, path) in [("POST", "/v1/admin/grants"), ("GET", "/v1/admin/audit")] {
        let grant =
            json!({"account": user.name, "credits": 5, "kind": "paid", "reference": "mine"});
        let asked = user.ask(method, path, |request| request.json(&grant)).await;
        asked.problem(401, "unauthenticated");
    }
    is_untouched(&case, &user).await;
}

fn token(claims: &Value, secret: &str) -> String {
    let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), claims, &key).unwrap()
}
