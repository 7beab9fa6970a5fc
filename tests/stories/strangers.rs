//! What strangers can have a deployment do, and what they can not.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::providers_of_identities::{begin_github, github_knows, location, open_to_all};
use super::sign_in::deployment;
use super::world::{Browser, When, Wire, World};

async fn ask(world: &World, address: &str, email: &str) -> super::world::Answer {
    let browser = Browser::at(world, address);
    browser
        .post("/v1/auth/email", &json!({"email": email}))
        .await
}

/// Four networks can use up the codes of a mailbox. Its owner still gets theirs where they have signed in before.
#[tokio::test]
async fn strangers_lock_nobody_out_of_where_they_have_been() {
    let world = deployment(&[]);
    Browser::at(&world, "203.0.113.7")
        .sign_in("ada@example.com")
        .await;
    world.tick(Duration::from_hours(1));
    for network in 1..=4 {
        for _ in 0..5 {
            let address = format!("2001:db8:{network}::1");
            assert_eq!(ask(&world, &address, "ada@example.com").await.status, 202);
        }
    }
    assert_eq!(
        ask(&world, "2001:db8:5::1", "ada@example.com").await.status,
        429
    );
    for _ in 0..5 {
        assert_eq!(
            ask(&world, "203.0.113.7", "ada@example.com").await.status,
            202
        );
    }
    assert_eq!(
        ask(&world, "203.0.113.7", "ada@example.com").await.status,
        429
    );
    // Who has a /48 has one network, not 65,536.
    for customer in 0..5 {
        let address = format!("2001:db8:9:{customer}::1");
        assert_eq!(ask(&world, &address, "eve@example.com").await.status, 202);
    }
    assert_eq!(
        ask(&world, "2001:db8:9:5::1", "eve@example.com")
            .await
            .status,
        429
    );
    world.check().await;
}

#[tokio::test]
async fn no_more_mails_are_paid_for_than_a_day_may_have() {
    let world = deployment(&[("MAX_SIGN_IN_MAILS_PER_DAY", "3")]);
    for number in 0..3 {
        let (address, email) = (
            format!("203.0.113.{number}"),
            format!("a{number}@example.com"),
        );
        assert_eq!(ask(&world, &address, &email).await.status, 202);
    }
    let refused = ask(&world, "198.51.100.1", "late@example.com").await;
    assert_eq!(refused.body["limit_name"], "sign_in_mails_per_day");
    world.run_background().await;
    assert_eq!(world.postbox.mails().len(), 3);
    world.tick(Duration::from_hours(24));
    assert_eq!(
        ask(&world, "198.51.100.1", "late@example.com").await.status,
        202
    );
    world.check().await;
}

/// Every step asks the limiter first, before anything is read or written.
#[tokio::test]
async fn each_step_is_limited() {
    let world = open_to_all(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    let code = browser.ask_for_code("ada@example.com").await;
    let other = Browser::at(&world, "203.0.113.7");
    let state = begin_github(&other).await;
    world.postbox.reach_limit();
    let before = world.database.batches();
    assert_eq!(browser.enter_code(&code).await.code(), "rate_limited");
    let start = browser.get("/v1/auth/github/start").await;
    assert_eq!(
        location(&start),
        "/#/sign-in?error=rate_limited&method=github"
    );
    let path = format!("/v1/auth/github/callback?code=c&state={state}");
    let place = location(&other.get(&path).await);
    assert_eq!(place, "/#/sign-in?error=rate_limited&method=github");
    assert_eq!(world.database.batches(), before);
    // What was not used up can go on.
    assert!(other.cookie("__Host-atelier-sign-in").is_some());
    world.check().await;
}

/// A link on another site ends nobody's sign-in, and begins none.
#[tokio::test]
async fn another_sites_link_changes_nothing() {
    let world = open_to_all(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    let code = browser.ask_for_code("ada@example.com").await;
    let foreign = browser.on_another_site();
    let place = location(&foreign.get("/v1/auth/github/callback?code=c&state=s").await);
    assert_eq!(place, "/#/sign-in?error=lost&method=github");
    assert_eq!(
        location(&foreign.get("/v1/auth/github/start").await),
        "/#/sign-in"
    );
    assert_eq!(world.database.number("select count(*) from sign_ins"), 1);
    assert_eq!(browser.enter_code(&code).await.status, 200);
    world.check().await;
}

#[tokio::test]
async fn nobody_is_led_elsewhere_by_any_way_in() {
    let world = open_to_all(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    browser.sign_in("ada@example.com").await;
    let elsewhere = "//evil.test";
    let start = format!("/v1/auth/github/start?return_to={elsewhere}");
    assert_eq!(browser.get(&start).await.code(), "invalid_request");
    for (method, email) in [("github", None), ("email", Some("ada@new.example"))] {
        let body = json!({"return_to": elsewhere, "email": email});
        let path = format!("/v1/auth/{method}/link");
        assert_eq!(browser.post(&path, &body).await.code(), "invalid_request");
    }
    world.check().await;
}

/// A sign-in with a provider lasts ten minutes, and is answered by that provider alone.
#[tokio::test]
async fn a_providers_sign_in_ends_and_is_its_own() {
    let world = open_to_all(&[]);
    github_knows(&world, 7, "ada@example.com", true, "2020-01-01T00:00:00Z");
    let browser = Browser::at(&world, "203.0.113.7");
    let state = begin_github(&browser).await;
    let of_google = format!("/v1/auth/google/callback?code=c&state={state}");
    let place = location(&browser.get(&of_google).await);
    assert_eq!(place, "/#/sign-in?error=lost&method=google");
    world.tick(Duration::from_mins(10));
    let path = format!("/v1/auth/github/callback?code=c&state={state}");
    assert_eq!(
        location(&browser.get(&path).await),
        "/#/sign-in?error=lost&method=github"
    );
    world.check().await;
}

/// A GitHub account of yesterday has cost nothing.
#[tokio::test]
async fn a_young_github_account_gets_no_welcome() {
    let world = open_to_all(&[]);
    let sign_in = |id: u64, created_at: &'static str| {
        let browser = Browser::at(&world, "203.0.113.7");
        let world = &world;
        async move {
            github_knows(world, id, &format!("a{id}@example.com"), true, created_at);
            let state = begin_github(&browser).await;
            browser
                .get(&format!("/v1/auth/github/callback?code=c&state={state}"))
                .await;
            browser.available().await
        }
    };
    // It is 20 November.
    assert_eq!(sign_in(1, "2026-10-22T00:00:00Z").await, 0);
    assert_eq!(sign_in(2, "2026-10-20T00:00:00Z").await, 20);
    world.check().await;
}

/// What a farm is refused by its own limits, uses up nothing of the day's; nor does a grant that came to nothing.
#[tokio::test]
async fn a_welcome_that_is_not_given_uses_up_nothing() {
    let world = deployment(&[
        ("WELCOME_PER_DAY", "3"),
        ("WELCOME_PER_DOMAIN_PER_DAY", "1"),
    ]);
    for number in 0..5 {
        let address = format!("203.0.113.{number}");
        let browser = Browser::at(&world, &address);
        browser
            .sign_in(&format!("a{number}@x{number}.farm.example"))
            .await;
    }
    let ada = Browser::at(&world, "198.51.100.1");
    let code = ada.ask_for_code("ada@example.com").await;
    world.accounts.lose(1, 1, When::Before);
    assert_eq!(ada.enter_code(&code).await.status, 200, "they are let in");
    assert_eq!(ada.available().await, 0);
    for (email, address, credits) in [
        ("ada@example.com", "198.51.100.1", 20),
        ("bob@example.net", "198.51.100.2", 20),
        ("late@example.org", "198.51.100.3", 0),
    ] {
        let browser = Browser::at(&world, address);
        browser.sign_in(email).await;
        assert_eq!(browser.available().await, credits, "{email}");
    }
    world.check().await;
}

/// Where a challenge is set, no code is sent without it; while nobody can judge it, the limits have to do.
#[tokio::test]
async fn a_challenge_comes_before_a_code() {
    let world = deployment(&[
        ("TURNSTILE_SITE_KEY", "1x00000000000000000000AA"),
        ("TURNSTILE_SECRET", "1x0000000000000000000000000000000AA"),
        ("TURNSTILE_BASE_URL", "https://turnstile.test/v0"),
    ]);
    let browser = Browser::at(&world, "203.0.113.7");
    let site = browser.get("/v1/site").await.body;
    let challenge = json!({"site_key": "1x00000000000000000000AA", "action": "sign-in"});
    assert_eq!(site["challenge"], challenge);
    let says = |verdict: &Value| {
        let at = "POST turnstile.test/v0/siteverify";
        world.outside.answers(at, [Wire::json(200, verdict)]);
    };
    let ask = |token: Option<&'static str>| {
        let browser = browser.clone();
        async move {
            let body = json!({"email": "ada@example.com", "challenge": token});
            browser.post("/v1/auth/email", &body).await.status
        }
    };
    assert_eq!(ask(None).await, 422);
    let passed = json!({"success": true, "hostname": "app.test", "action": "sign-in"});
    says(&passed);
    assert_eq!(ask(Some("token")).await, 202);
    let request = world.outside.requests().pop().unwrap();
    let form = "secret=1x0000000000000000000000000000000AA&response=token";
    assert_eq!(request.body(), form);
    for (field, value) in [
        ("success", json!(false)),
        ("hostname", json!("evil.test")),
        ("action", json!("buy")),
    ] {
        let mut verdict = passed.clone();
        verdict[field] = value;
        says(&verdict);
        assert_eq!(ask(Some("token")).await, 422, "{field}");
    }
    says(&json!({"success": false, "error-codes": ["internal-error"]}));
    assert_eq!(ask(Some("token")).await, 202);
    world.run_background().await;
    assert_eq!(world.postbox.mails().len(), 2);
    world.check().await;
}

/// A program that sends a token is not asked where it comes from, whatever cookies it has.
#[tokio::test]
async fn a_token_comes_before_a_cookie() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    browser.sign_in("ada@example.com").await;
    let token = format!("Bearer {}", world.token_of("eve"));
    let header = [("authorization", token.as_str())];
    let me = browser
        .send(Method::GET, "/v1/me", &Value::Null, &header)
        .await;
    assert_eq!(me.body["account"], json!(World::account("eve").to_string()));
    let foreign = browser.on_another_site();
    let forgotten = foreign
        .send(Method::DELETE, "/v1/account", &Value::Null, &header)
        .await;
    assert_eq!(forgotten.status, 200);
    assert_eq!(browser.get("/v1/me").await.status, 200);
    let bad = [("authorization", "Bearer x")];
    let refused = browser
        .send(Method::GET, "/v1/me", &Value::Null, &bad)
        .await;
    assert_eq!(refused.status, 401);
    world.check().await;
}

#[tokio::test]
async fn counters_go_when_their_window_is_over() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    browser.sign_in("ada@example.com").await;
    world.tick(Duration::from_hours(49));
    world.pass(61).await;
    let left = world.database.query("select what from counters");
    assert_eq!(left, [json!({"what": "known"})]);
    world.check().await;
}
