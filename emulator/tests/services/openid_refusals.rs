//! What both `OpenID` providers refuse.

use std::time::Duration;

use atelier_emulator::Settings;

use crate::{
    openid::{PROVIDERS, asked, at, code, exchange, token},
    stage::{KEY, Stage, settings},
    walk::{VERIFIER, open, post, sent_back, with},
};

#[tokio::test]
async fn an_unsafe_request_is_a_page() {
    let stage = Stage::new().await;
    for provider in PROVIDERS {
        for (name, value) in [
            ("client_id", "other"),
            ("client_id", ""),
            ("redirect_uri", "http://example.com/"),
            ("redirect_uri", ""),
        ] {
            let asked = with(&asked(provider), name, value);
            let page = open(&stage, &at(&stage, provider, "/authorize"), &asked).await;
            assert_eq!(page.status(), 400, "{provider} {name} {value}");
        }
    }
}

#[tokio::test]
async fn a_wrong_request_is_sent_back() {
    let stage = Stage::new().await;
    for provider in PROVIDERS {
        for (name, value, error) in [
            ("response_type", "token", "unsupported_response_type"),
            ("response_type", "", "invalid_request"),
            ("scope", "email", "invalid_request"),
            ("scope", "openid phone", "invalid_scope"),
            ("code_challenge", "", "invalid_request"),
            ("code_challenge", "short", "invalid_request"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("code_challenge_method", "", "invalid_request"),
            ("prompt", "ask", "invalid_request"),
            ("prompt", "none", "login_required"),
            ("audience", "x", "invalid_request"),
        ] {
            let asked = with(&asked(provider), name, value);
            let response = open(&stage, &at(&stage, provider, "/authorize"), &asked).await;
            let back = sent_back(&response);
            assert_eq!(back["error"], error, "{provider} {name} {value}");
            assert_eq!(back["state"], "s-1");
        }
    }
}

#[tokio::test]
async fn only_google_is_asked_for_a_domain() {
    let stage = Stage::new().await;
    for (provider, status) in [("google", 200), ("oidc", 303)] {
        let asked = with(&asked(provider), "hd", "example.org");
        let response = open(&stage, &at(&stage, provider, "/authorize"), &asked).await;
        assert_eq!(response.status(), status, "{provider}");
    }
}

#[tokio::test]
async fn cancelling_sends_an_error_back() {
    let stage = Stage::new().await;
    let form = with(&asked("oidc"), "cancel", "1");
    let request = post(&stage, &at(&stage, "oidc", "/authorize"), &form);
    let back = sent_back(&request.send().await.unwrap());
    assert_eq!(back["error"], "access_denied");
    assert_eq!(back["iss"], stage.emulator.provider_url("oidc"));
}

#[tokio::test]
async fn a_code_is_good_once_and_for_its_own_provider() {
    let stage = Stage::new().await;
    let code = code(&stage, "google", "ada").await;
    let (status, answer) = token(&stage, "oidc", &exchange("oidc", &code)).await;
    assert_eq!(
        (status, answer["error"].as_str()),
        (400, Some("invalid_grant"))
    );
    let form = exchange("google", &code);
    assert_eq!(token(&stage, "google", &form).await.0, 200);
    let (status, answer) = token(&stage, "google", &form).await;
    assert_eq!(
        (status, answer["error"].as_str()),
        (400, Some("invalid_grant"))
    );
}

#[tokio::test]
async fn a_code_expires() {
    let stage = Stage::with(Settings {
        code_lifetime: Some(Duration::ZERO),
        ..settings()
    })
    .await;
    let code = code(&stage, "google", "ada").await;
    let (status, answer) = token(&stage, "google", &exchange("google", &code)).await;
    assert_eq!(
        (status, answer["error"].as_str()),
        (400, Some("invalid_grant"))
    );
}

#[tokio::test]
async fn a_wrong_exchange_is_refused() {
    let stage = Stage::new().await;
    let other_verifier = VERIFIER.replace('d', "e");
    for provider in PROVIDERS {
        for (name, value, status, error) in [
            ("client_id", "other", 401, "invalid_client"),
            ("client_secret", "other", 401, "invalid_client"),
            ("client_secret", "", 401, "invalid_client"),
            ("code", "other", 400, "invalid_grant"),
            ("code", "", 400, "invalid_request"),
            (
                "code_verifier",
                other_verifier.as_str(),
                400,
                "invalid_grant",
            ),
            ("code_verifier", "", 400, "invalid_grant"),
            (
                "redirect_uri",
                "https://other.example/",
                400,
                "invalid_grant",
            ),
            ("redirect_uri", "", 400, "invalid_grant"),
            ("grant_type", "password", 400, "unsupported_grant_type"),
            ("grant_type", "", 400, "invalid_request"),
            ("audience", "x", 400, "invalid_request"),
        ] {
            let code = code(&stage, provider, "ada").await;
            let form = with(&exchange(provider, &code), name, value);
            let (answered, answer) = token(&stage, provider, &form).await;
            let told = (answered, answer["error"].as_str());
            assert_eq!(told, (status, Some(error)), "{provider} {name} {value}");
        }
    }
}

#[tokio::test]
async fn a_client_authenticates_in_one_right_way() {
    let stage = Stage::new().await;
    let code = code(&stage, "google", "ada").await;
    let client = "local-google-client";
    for (secret_posted, basic, status) in [(KEY, KEY, 400), ("", "other", 401)] {
        let form = with(&exchange("google", &code), "client_secret", secret_posted);
        let request = post(&stage, &at(&stage, "google", "/token"), &form);
        let request = request.basic_auth(client, Some(basic));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        let is_challenged = response.headers().contains_key("www-authenticate");
        assert_eq!(is_challenged, status == 401);
    }
    let address = at(&stage, "google", "/token");
    let json = stage.http.post(address).json(&serde_json::json!({}));
    assert_eq!(
        json.send().await.unwrap().status(),
        400,
        "it takes forms only"
    );
}

#[tokio::test]
async fn userinfo_requires_a_token_of_its_own() {
    let stage = Stage::new().await;
    let code = code(&stage, "google", "ada").await;
    let (_, answer) = token(&stage, "google", &exchange("google", &code)).await;
    let right = answer["access_token"].as_str().unwrap();
    for (provider, token, status) in [
        ("google", right, 200),
        ("oidc", right, 401),
        ("google", "other", 401),
    ] {
        let request = stage.http.get(at(&stage, provider, "/userinfo"));
        let response = request.bearer_auth(token).send().await.unwrap();
        assert_eq!(response.status(), status, "{provider} {token}");
    }
}
