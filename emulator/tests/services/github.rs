//! GitHub's sign-in.

use std::time::Duration;

use atelier_emulator::Settings;
use reqwest::header;
use serde_json::{Value, json};

use crate::{
    stage::{KEY, Stage, settings},
    walk::{BACK, CHALLENGE, Pairs, VERIFIER, choose, open, post, sent_back, with},
};

fn authorize(stage: &Stage) -> String {
    format!(
        "{}/login/oauth/authorize",
        stage.emulator.provider_url("github")
    )
}

fn asked() -> Pairs {
    vec![
        ("client_id", "local-github-client".to_owned()),
        ("redirect_uri", BACK.to_owned()),
        ("scope", "read:user user:email".to_owned()),
        ("state", "s&1".to_owned()),
        ("code_challenge", CHALLENGE.to_owned()),
        ("code_challenge_method", "S256".to_owned()),
    ]
}

fn exchange(code: &str) -> Pairs {
    vec![
        ("client_id", "local-github-client".to_owned()),
        ("client_secret", KEY.to_owned()),
        ("code", code.to_owned()),
        ("redirect_uri", BACK.to_owned()),
        ("code_verifier", VERIFIER.to_owned()),
    ]
}

/// Exchanges a code; errors are answered with 200 as well.
async fn token(stage: &Stage, form: &Pairs) -> Value {
    let address = format!(
        "{}/login/oauth/access_token",
        stage.emulator.provider_url("github")
    );
    let request = post(stage, &address, form).header(header::ACCEPT, "application/json");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

/// The access token of somebody.
async fn signed_in(stage: &Stage, asked: &Pairs, person: &str) -> String {
    let back = choose(stage, &authorize(stage), asked, person).await;
    assert_eq!(back["state"], "s&1");
    let answer = token(stage, &exchange(&back["code"])).await;
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn read(stage: &Stage, path: &str, token: &str) -> (u16, Value) {
    let address = format!("{}/api{path}", stage.emulator.provider_url("github"));
    let request = stage
        .http
        .get(address)
        .bearer_auth(token)
        .header(header::USER_AGENT, "atelier");
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn ada_signs_in() {
    let stage = Stage::new().await;
    let page = open(&stage, &authorize(&stage), &asked()).await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    for part in ["value=\"ada\"", "value=\"s&amp;1\"", "name=\"person\""] {
        assert!(page.contains(part), "{part}");
    }
    let back = choose(&stage, &authorize(&stage), &asked(), "ada").await;
    let answer = token(&stage, &exchange(&back["code"])).await;
    assert_eq!(answer["scope"], "read:user,user:email");
    assert_eq!(answer["token_type"], "bearer");
    let token = answer["access_token"].as_str().unwrap();
    assert!(token.starts_with("gho_"), "{token}");
    let (status, user) = read(&stage, "/user", token).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&user["id"], &user["login"], &user["name"], &user["email"]),
        (
            &json!(1001),
            &json!("ada"),
            &json!("Ada Lovelace"),
            &json!("ada@example.com")
        )
    );
    let emails = json!([{
        "email": "ada@example.com", "primary": true, "verified": true, "visibility": "public",
    }]);
    assert_eq!(read(&stage, "/user/emails", token).await, (200, emails));
}

#[tokio::test]
async fn people_differ_in_their_addresses_and_age() {
    let stage = Stage::new().await;
    let day = today(&stage).await;
    for (person, addresses, is_new) in [
        ("ada", json!([["ada@example.com", true, true]]), false),
        (
            "grace",
            json!([
                ["grace@other.example", false, false],
                ["grace@example.com", true, true]
            ]),
            false,
        ),
        ("ulla", json!([["ulla@example.com", true, false]]), false),
        ("nina", json!([["nina@example.com", true, true]]), true),
        (
            "kay+new@b.example",
            json!([["kay+new@b.example", true, true]]),
            true,
        ),
        (
            "mallory",
            json!([["mallory@example.com", true, true]]),
            false,
        ),
    ] {
        let token = signed_in(&stage, &asked(), person).await;
        let (_, emails) = read(&stage, "/user/emails", &token).await;
        let told: Vec<Value> = emails
            .as_array()
            .unwrap()
            .iter()
            .map(|email| json!([email["email"], email["primary"], email["verified"]]))
            .collect();
        assert_eq!(Value::from(told), addresses, "{person}");
        let (_, user) = read(&stage, "/user", &token).await;
        assert_eq!(user["created_at"] == day, is_new, "{person}: {user}");
    }
}

/// The day that whoever is new has joined.
async fn today(stage: &Stage) -> Value {
    let token = signed_in(stage, &asked(), "somebody+new@example.com").await;
    let (_, user) = read(stage, "/user", &token).await;
    let day = user["created_at"].clone();
    assert!(day.as_str().unwrap().ends_with("T00:00:00Z"), "{day}");
    day
}

#[tokio::test]
async fn a_code_is_good_once() {
    let stage = Stage::new().await;
    let code = choose(&stage, &authorize(&stage), &asked(), "ada").await["code"].clone();
    assert!(token(&stage, &exchange(&code)).await["access_token"].is_string());
    let again = token(&stage, &exchange(&code)).await;
    assert_eq!(again["error"], "bad_verification_code");
}

#[tokio::test]
async fn a_code_expires() {
    let stage = Stage::with(Settings {
        code_lifetime: Some(Duration::ZERO),
        ..settings()
    })
    .await;
    let code = choose(&stage, &authorize(&stage), &asked(), "ada").await["code"].clone();
    let late = token(&stage, &exchange(&code)).await;
    assert_eq!(late["error"], "bad_verification_code");
}

#[tokio::test]
async fn a_wrong_exchange_is_refused_with_200() {
    let stage = Stage::new().await;
    let other_verifier = VERIFIER.replace('d', "e");
    for (name, value, error) in [
        ("client_id", "other", "incorrect_client_credentials"),
        ("client_secret", "other", "incorrect_client_credentials"),
        ("client_secret", "", "incorrect_client_credentials"),
        ("code", "other", "bad_verification_code"),
        (
            "code_verifier",
            other_verifier.as_str(),
            "bad_verification_code",
        ),
        ("code_verifier", "", "bad_verification_code"),
        (
            "redirect_uri",
            "https://other.example/",
            "redirect_uri_mismatch",
        ),
        ("grant_type", "password", "unsupported_grant_type"),
        ("audience", "x", "invalid_request"),
    ] {
        let code = choose(&stage, &authorize(&stage), &asked(), "ada").await["code"].clone();
        let answer = token(&stage, &with(&exchange(&code), name, value)).await;
        assert_eq!(answer["error"], error, "{name} {value}: {answer}");
        assert!(answer["error_description"].is_string(), "{answer}");
    }
}

#[tokio::test]
async fn the_answer_is_a_form_unless_json_is_accepted() {
    let stage = Stage::new().await;
    let code = choose(&stage, &authorize(&stage), &asked(), "ada").await["code"].clone();
    let address = authorize(&stage).replace("authorize", "access_token");
    let form = post(&stage, &address, &exchange(&code));
    let response = form.send().await.unwrap();
    let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap();
    assert!(
        kind.starts_with("application/x-www-form-urlencoded"),
        "{kind}"
    );
    let text = response.text().await.unwrap();
    assert!(text.starts_with("access_token=gho_"), "{text}");
    assert!(
        text.ends_with("&scope=read%3Auser%2Cuser%3Aemail&token_type=bearer"),
        "{text}"
    );
}

#[tokio::test]
async fn a_wrong_authorize_request_is_a_page() {
    let stage = Stage::new().await;
    for (name, value, status) in [
        ("client_id", "other", 404),
        ("redirect_uri", "", 400),
        ("redirect_uri", "http://example.com/", 400),
        ("redirect_uri", "https://example.com/#x", 400),
        ("code_challenge", "short", 400),
        ("code_challenge_method", "plain", 400),
        ("code_challenge_method", "", 400),
        ("prompt", "none", 400),
        ("response_type", "code", 400),
    ] {
        let page = open(&stage, &authorize(&stage), &with(&asked(), name, value)).await;
        assert_eq!(page.status(), status, "{name} {value}");
    }
    let nobody = with(&asked(), "person", "a b");
    let page = post(&stage, &authorize(&stage), &nobody)
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 400);
}

#[tokio::test]
async fn cancelling_sends_an_error_back() {
    let stage = Stage::new().await;
    let form = with(&asked(), "cancel", "1");
    let response = post(&stage, &authorize(&stage), &form)
        .send()
        .await
        .unwrap();
    let back = sent_back(&response);
    assert_eq!(
        (back["error"].as_str(), back["state"].as_str()),
        ("access_denied", "s&1")
    );
    assert!(!back.contains_key("code"));
}

#[tokio::test]
async fn the_api_refuses_strangers() {
    let stage = Stage::new().await;
    let token = signed_in(&stage, &asked(), "ada").await;
    let address = format!("{}/api/user", stage.emulator.provider_url("github"));
    let request = stage.http.get(&address).bearer_auth(&token);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 403, "without a User-Agent");
    assert!(response.text().await.unwrap().contains("User-Agent"));
    let request = stage
        .http
        .get(&address)
        .header(header::USER_AGENT, "atelier");
    assert_eq!(
        request.send().await.unwrap().status(),
        401,
        "without a token"
    );
    assert_eq!(read(&stage, "/user", "gho_other").await.0, 401);
    assert_eq!(read(&stage, "/user?verbose=1", &token).await.0, 422);
    let narrow = signed_in(&stage, &with(&asked(), "scope", "read:user"), "ada").await;
    assert_eq!(read(&stage, "/user", &narrow).await.0, 200);
    assert_eq!(read(&stage, "/user/emails", &narrow).await.0, 404);
}

#[tokio::test]
async fn secrets_are_redacted() {
    let stage = Stage::new().await;
    signed_in(&stage, &asked(), "ada").await;
    let calls = format!("{:?}", stage.emulator.calls());
    assert!(
        calls.contains("client_secret=***") && !calls.contains(KEY),
        "{calls}"
    );
}
