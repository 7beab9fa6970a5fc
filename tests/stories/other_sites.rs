//! What other sites' pages can have a browser do with our cookies: nothing.

use http::Method;
use serde_json::{Value, json};

use super::sign_in::deployment;
use super::world::Browser;

/// Signing in as a stranger's account, so that a visitor works for them, takes the stranger's cookie: another site
/// cannot set it, and cannot have a code sent or entered.
#[tokio::test]
async fn another_site_begins_and_ends_nothing() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    let body = json!({"email": "ada@example.com"});
    let foreign = browser
        .on_another_site()
        .post("/v1/auth/email", &body)
        .await;
    assert_eq!((foreign.status, foreign.code()), (403, "forbidden"));
    browser.sign_in("ada@example.com").await;
    for (method, path) in [
        (Method::POST, "/v1/auth/sign-out"),
        (Method::DELETE, "/v1/sessions"),
        (Method::DELETE, "/v1/account"),
        (Method::POST, "/v1/auth/google/link"),
        (Method::POST, "/v1/quotes"),
    ] {
        let other = browser
            .on_another_site()
            .send(method.clone(), path, &Value::Null, &[])
            .await;
        assert_eq!((other.status, other.code()), (403, "forbidden"), "{path}");
        // An old browser says nothing, or names the origin.
        let silent = browser
            .silent()
            .send(method.clone(), path, &Value::Null, &[])
            .await;
        assert_eq!(silent.status, 403, "{path}");
        let origin = [("origin", "https://evil.test")];
        let foreign = browser
            .silent()
            .send(method.clone(), path, &Value::Null, &origin)
            .await;
        assert_eq!(foreign.status, 403, "{path}");
        // The header that a page cannot forge decides.
        let mixed = [("origin", "https://app.test")];
        let mixed = browser
            .on_another_site()
            .send(method, path, &Value::Null, &mixed)
            .await;
        assert_eq!(mixed.status, 403, "{path}");
    }
    assert_eq!(browser.get("/v1/me").await.status, 200);
    // Reading is no harm, since nobody else can read the answer.
    assert_eq!(browser.on_another_site().get("/v1/me").await.status, 200);
    let own = [("origin", "https://app.test")];
    let signed_out = browser
        .silent()
        .send(Method::POST, "/v1/auth/sign-out", &Value::Null, &own)
        .await;
    assert_eq!(signed_out.status, 204);
    world.check().await;
}

/// `ALLOWED_ORIGINS` are front ends with tokens: they never act by a cookie.
#[tokio::test]
async fn an_allowed_origin_is_no_reason_with_a_cookie() {
    let world = deployment(&[("ALLOWED_ORIGINS", "https://shop.test")]);
    let browser = Browser::at(&world, "203.0.113.7");
    browser.sign_in("ada@example.com").await;
    let origin = [("origin", "https://shop.test")];
    let other = browser
        .silent()
        .send(Method::DELETE, "/v1/sessions", &Value::Null, &origin)
        .await;
    assert_eq!(other.status, 403);
    let read = browser
        .silent()
        .send(Method::GET, "/v1/me", &Value::Null, &origin)
        .await;
    assert!(
        read.headers
            .get("access-control-allow-credentials")
            .is_none()
    );
    world.check().await;
}
