//! Signing in with a code.

use std::collections::BTreeSet;
use std::time::Duration;

use atelier::config::Config;
use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};

use super::world::{Browser, World, configured};

/// A deployment where people sign in with codes.
pub(crate) fn deployment(changes: &[(&str, &str)]) -> World {
    World::with(configuration(changes))
}

/// Its configuration.
pub(crate) fn configuration(changes: &[(&str, &str)]) -> Config {
    let own = [
        ("SIGN_IN", "email"),
        ("MAIL", "cloudflare"),
        ("MAIL_FROM", "Atelier <hello@app.test>"),
        (
            "CLAIMS_SECRET",
            "the secret of claims, which is never rotated",
        ),
        ("WELCOME_CREDITS", "20"),
    ];
    let all: Vec<_> = own
        .iter()
        .chain(changes)
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    // Later values win.
    let all: Vec<_> = all.into_iter().rev().collect();
    configured(&all)
}

pub(crate) const SESSION: &str = "__Host-atelier";
const SIGN_IN: &str = "__Host-atelier-sign-in";

#[tokio::test]
async fn a_code_signs_its_browser_in_and_welcomes_a_new_person_once() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    assert_eq!(browser.get("/v1/me").await.status, 401);
    let request = json!({"email": " Ada@Example.com ", "return_to": "/#/history"});
    assert_eq!(browser.post("/v1/auth/email", &request).await.status, 202);
    world.run_background().await;
    let code = world.code_of_last_mail();
    let arrived = browser
        .enter_code(&format!("{} {}", &code[..4], &code[4..]))
        .await;
    assert_eq!(
        (arrived.status, &arrived.body["return_to"]),
        (200, &json!("/#/history"))
    );
    let me = browser.get("/v1/me").await.body;
    assert_eq!(me["email"], "ada@example.com");
    assert_eq!(me["ways_in"][0]["method"], "email");
    assert_eq!(me["is_operator"], false);
    assert_eq!(browser.available().await, 20);
    // The same person, in another browser.
    let phone = Browser::at(&world, "198.51.100.1");
    phone.sign_in("ada@example.com").await;
    assert_eq!(phone.account().await, browser.account().await);
    assert_eq!(phone.available().await, 20);
    world.check().await;
}

/// emdash #3298, supabase/auth #1214: scanners of mail open every link before its reader does.
#[tokio::test]
async fn a_scanner_that_opens_the_link_signs_nobody_in_and_uses_nothing_up() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    let code = browser.ask_for_code("ada@example.com").await;
    let mail = world.postbox.mails().pop().unwrap();
    let links = mail
        .message
        .text
        .split_whitespace()
        .filter(|word| word.starts_with("https://app.test"));
    let scanner = Browser::at(&world, "192.0.2.1");
    for link in links {
        // What follows the # is never sent.
        let path = link
            .trim_start_matches("https://app.test")
            .split('#')
            .next()
            .unwrap();
        let path = if path.is_empty() { "/" } else { path };
        let answer = scanner.silent().get(path).await;
        assert!(answer.headers.get("set-cookie").is_none());
    }
    // One that types the code it has read is no further.
    assert_eq!(scanner.enter_code(&code).await.code(), "conflict");
    assert_eq!(browser.enter_code(&code).await.status, 200);
    world.check().await;
}

#[tokio::test]
async fn a_code_works_once_within_ten_minutes_and_in_its_own_browser() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    let code = browser.ask_for_code("ada@example.com").await;
    let token = browser.cookie(SIGN_IN).unwrap();
    let (first, second) = futures::join!(browser.enter_code(&code), browser.enter_code(&code));
    let statuses = BTreeSet::from([first.status, second.status]);
    assert_eq!(statuses, BTreeSet::from([200, 409]));
    browser.set_cookie(SIGN_IN, &token);
    assert_eq!(browser.enter_code(&code).await.code(), "conflict");
    // Another browser's sign-in has another code.
    let code = browser.ask_for_code("ada@example.com").await;
    let other = Browser::at(&world, "198.51.100.1");
    other.ask_for_code("eve@example.com").await;
    assert_eq!(other.enter_code(&code).await.code(), "invalid_request");
    world.tick(Duration::from_mins(10));
    assert_eq!(browser.enter_code(&code).await.code(), "conflict");
    // And no guess is told from the right one any more.
    assert_eq!(other.enter_code(&code).await.code(), "conflict");
    world.check().await;
}

/// Of the codes of one sign-in five can be tried, also at the same time, whatever comes after.
#[tokio::test]
async fn guesses_at_the_same_time_are_counted() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    let code = browser.ask_for_code("ada@example.com").await;
    let wrong = |number: u32| {
        format!(
            "{:08}",
            (code.parse::<u32>().unwrap() + 1 + number) % 100_000_000
        )
    };
    let guesses: Vec<_> = (0..40).map(wrong).collect();
    let answers = join_all(guesses.iter().map(|guess| browser.enter_code(guess))).await;
    let tried = answers
        .iter()
        .filter(|answer| answer.code() == "invalid_request")
        .count();
    assert_eq!(tried, 4, "the fifth says that it was the last");
    assert_eq!(browser.enter_code(&code).await.code(), "conflict");
    assert_eq!(
        world.database.query("select tries from sign_ins")[0]["tries"],
        5
    );
    world.check().await;
}

/// With 20 codes of five tries each a guesser of one mailbox has 100 of 100,000,000 within an hour.
#[tokio::test]
async fn a_mailbox_gets_five_codes_an_hour_from_one_network_and_twenty_from_all() {
    let world = deployment(&[]);
    let ask = |address: String, email: &'static str| {
        let browser = Browser::at(&world, &address);
        async move {
            browser
                .post("/v1/auth/email", &json!({"email": email}))
                .await
        }
    };
    for _ in 0..5 {
        assert_eq!(ask("203.0.113.7".into(), "ada@gmail.com").await.status, 202);
    }
    // The same mailbox, however it is spelt.
    let refused = ask("203.0.113.7".into(), "a.d.a+x@googlemail.com").await;
    assert_eq!((refused.status, refused.code()), (429, "rate_limited"));
    assert_eq!(refused.body["limit_name"], "sign_in_mails_per_hour");
    assert_eq!(refused.headers["retry-after"], "3000");
    // What a stranger is refused does not lock its owner out.
    for _ in 0..30 {
        assert_eq!(ask("203.0.113.7".into(), "ada@gmail.com").await.status, 429);
    }
    assert_eq!(
        ask("198.51.100.1".into(), "ada@gmail.com").await.status,
        202
    );
    for number in 0..14 {
        assert_eq!(
            ask(format!("2001:db8:{number}::1"), "ada@gmail.com")
                .await
                .status,
            202
        );
    }
    assert_eq!(
        ask("198.51.100.2".into(), "ada@gmail.com").await.status,
        429
    );
    world.tick(Duration::from_mins(50));
    assert_eq!(ask("203.0.113.7".into(), "ada@gmail.com").await.status, 202);
    world.run_background().await;
    assert_eq!(world.postbox.mails().len(), 21);
    world.check().await;
}

#[tokio::test]
async fn a_stolen_database_has_no_session_and_no_code() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    let code = browser.ask_for_code("ada@example.com").await;
    let sign_in = browser.cookie(SIGN_IN).unwrap();
    browser.enter_code(&code).await;
    let session = browser.cookie(SESSION).unwrap();
    let mut stored = String::new();
    for table in [
        "users",
        "identities",
        "identity_claims",
        "welcome_claims",
        "sessions",
        "sign_ins",
        "counters",
    ] {
        for row in world.database.query(&format!("select * from {table}")) {
            stored.push_str(&row.to_string());
        }
    }
    assert!(stored.contains("ada@example.com"));
    for secret in [code.as_str(), &sign_in, &session, "203.0.113.7"] {
        assert!(!stored.contains(secret), "{secret} in {stored}");
    }
    // What is stored is no key.
    let thief = Browser::at(&world, "192.0.2.1");
    let row = world
        .database
        .query("select hash from sessions")
        .pop()
        .unwrap();
    thief.set_cookie(SESSION, row["hash"].as_str().unwrap());
    assert_eq!(thief.get("/v1/me").await.status, 401);
    world.check().await;
}

/// An outside issuer that could name our users would have their credits.
#[tokio::test]
async fn no_outside_token_is_that_of_a_user() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    browser.sign_in("ada@example.com").await;
    let user = world.database.query("select id from users").pop().unwrap();
    let subject = format!("atelier:{}", user["id"].as_str().unwrap());
    let demo = world
        .call(
            Method::POST,
            "/v1/session",
            "",
            &json!({"account": subject}),
        )
        .await;
    assert_eq!(demo.code(), "invalid_request");
    let token = world.token_of(&subject);
    assert_eq!(
        world
            .call(Method::GET, "/v1/credits", &token, &Value::Null)
            .await
            .status,
        401
    );
    let token = world.token_of("atelie:usr");
    assert_eq!(
        world
            .call(Method::GET, "/v1/credits", &token, &Value::Null)
            .await
            .status,
        200
    );
    world.check().await;
}

#[tokio::test]
async fn an_rate_limiter_and_bad_input_are_told() {
    let world = deployment(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    for email in [
        "",
        "ada",
        "ada@localhost",
        "ada@example.com,eve@example.com",
    ] {
        let answer = browser
            .post("/v1/auth/email", &json!({"email": email}))
            .await;
        assert_eq!(
            (answer.code(), &answer.body["errors"][0]["field"]),
            ("invalid_request", &json!("email"))
        );
    }
    let elsewhere = json!({"email": "ada@example.com", "return_to": "//evil.test"});
    assert_eq!(
        browser.post("/v1/auth/email", &elsewhere).await.code(),
        "invalid_request"
    );
    assert_eq!(browser.enter_code("12345678").await.code(), "conflict");
    assert_eq!(
        browser.enter_code("1234567").await.code(),
        "invalid_request"
    );
    assert_eq!(browser.get("/v1/auth/google/start").await.status, 404);
    assert_eq!(browser.get("/v1/auth/email/start").await.status, 404);
    world.postbox.reach_limit();
    let refused = browser
        .post("/v1/auth/email", &json!({"email": "ada@example.com"}))
        .await;
    assert_eq!(refused.body["limit_name"], "sign_ins_per_minute");
    assert!(world.postbox.mails().is_empty());
    world.check().await;
}

/// Where nobody signs in, the routes are not there, and tokens work as before.
#[tokio::test]
async fn a_deployment_without_ways_in_has_none() {
    let world = World::new();
    let browser = Browser::at(&world, "203.0.113.7");
    let site = browser.get("/v1/site").await.body;
    assert_eq!(
        (&site["ways_in"], &site["demo"]),
        (&json!([]), &json!(true))
    );
    let asked = browser
        .post("/v1/auth/email", &json!({"email": "ada@example.com"}))
        .await;
    assert_eq!(asked.status, 404);
    browser.set_cookie(SESSION, "x");
    assert_eq!(browser.get("/v1/me").await.status, 401);
    let ada = world.user("ada").await;
    let me = ada.get("/v1/me").await.body;
    assert_eq!((&me["email"], &me["ways_in"]), (&Value::Null, &json!([])));
    assert_eq!(ada.get("/v1/sessions").await.code(), "forbidden");
    world.check().await;
}
