//! Sign-in with `OpenID`, at both providers.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    stage::{KEY, Stage},
    walk::{BACK, CHALLENGE, Pairs, VERIFIER, choose, open, post, with},
};

pub(crate) const PROVIDERS: [&str; 2] = ["google", "oidc"];

pub(crate) fn at(stage: &Stage, provider: &str, path: &str) -> String {
    format!("{}{path}", stage.emulator.provider_url(provider))
}

pub(crate) fn asked(provider: &str) -> Pairs {
    vec![
        ("response_type", "code".to_owned()),
        ("client_id", format!("local-{provider}-client")),
        ("redirect_uri", BACK.to_owned()),
        ("scope", "openid email profile".to_owned()),
        ("state", "s-1".to_owned()),
        ("nonce", "n-1".to_owned()),
        ("code_challenge", CHALLENGE.to_owned()),
        ("code_challenge_method", "S256".to_owned()),
    ]
}

pub(crate) fn exchange(provider: &str, code: &str) -> Pairs {
    vec![
        ("grant_type", "authorization_code".to_owned()),
        ("client_id", format!("local-{provider}-client")),
        ("client_secret", KEY.to_owned()),
        ("code", code.to_owned()),
        ("redirect_uri", BACK.to_owned()),
        ("code_verifier", VERIFIER.to_owned()),
    ]
}

pub(crate) async fn code(stage: &Stage, provider: &str, person: &str) -> String {
    let page = at(stage, provider, "/authorize");
    choose(stage, &page, &asked(provider), person).await["code"].clone()
}

pub(crate) async fn token(stage: &Stage, provider: &str, form: &Pairs) -> (u16, Value) {
    let request = post(stage, &at(stage, provider, "/token"), form);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn json_of(stage: &Stage, address: &str) -> Value {
    let response = stage.http.get(address).send().await.unwrap();
    assert_eq!(response.status(), 200, "{address}");
    response.json().await.unwrap()
}

/// The claims of an ID token, once another library has verified it with the published keys.
async fn claims(stage: &Stage, provider: &str, id_token: &str) -> Value {
    let keys = json_of(stage, &at(stage, provider, "/jwks")).await;
    let keys: JwkSet = serde_json::from_value(keys).unwrap();
    let header = decode_header(id_token).unwrap();
    let key = keys.find(header.kid.as_deref().unwrap()).unwrap();
    let mut rules = Validation::new(match provider {
        "google" => Algorithm::RS256,
        _ => Algorithm::ES256,
    });
    rules.set_audience(&[format!("local-{provider}-client")]);
    rules.set_issuer(&[stage.emulator.provider_url(provider)]);
    let key = DecodingKey::from_jwk(key).unwrap();
    decode(id_token, &key, &rules).unwrap().claims
}

/// Signs somebody in; the claims of the ID token, and the answer of `/userinfo`.
async fn signed_in(stage: &Stage, provider: &str, person: &str) -> (Value, Value) {
    let code = code(stage, provider, person).await;
    let (status, answer) = token(stage, provider, &exchange(provider, &code)).await;
    assert_eq!(status, 200, "{answer}");
    let claims = claims(stage, provider, answer["id_token"].as_str().unwrap()).await;
    let token = answer["access_token"].as_str().unwrap();
    let half = &Sha256::digest(token)[..16];
    assert_eq!(claims["at_hash"], BASE64_URL_SAFE_NO_PAD.encode(half));
    let userinfo = stage.http.get(at(stage, provider, "/userinfo"));
    let userinfo = userinfo.bearer_auth(token).send().await.unwrap();
    (claims, userinfo.json().await.unwrap())
}

#[tokio::test]
async fn discovery_names_the_routes() {
    let stage = Stage::new().await;
    for (provider, algorithm) in [("google", "RS256"), ("oidc", "ES256")] {
        let address = at(&stage, provider, "/.well-known/openid-configuration");
        let found = json_of(&stage, &address).await;
        let issuer = stage.emulator.provider_url(provider);
        assert_eq!(found["issuer"], issuer);
        for (endpoint, path) in [
            ("authorization_endpoint", "/authorize"),
            ("token_endpoint", "/token"),
            ("userinfo_endpoint", "/userinfo"),
            ("jwks_uri", "/jwks"),
        ] {
            assert_eq!(found[endpoint], format!("{issuer}{path}"));
        }
        assert_eq!(
            found["id_token_signing_alg_values_supported"],
            json!([algorithm])
        );
        assert_eq!(found["code_challenge_methods_supported"], json!(["S256"]));
    }
}

#[tokio::test]
async fn google_tells_all_in_the_id_token() {
    let stage = Stage::new().await;
    let (mut claims, userinfo) = signed_in(&stage, "google", "ada").await;
    let object = claims.as_object_mut().unwrap();
    let [issued, expires] = ["iat", "exp"].map(|name| object.remove(name).unwrap().as_u64());
    assert_eq!(expires.unwrap() - issued.unwrap(), 3_600);
    object.remove("at_hash").unwrap();
    let told = json!({
        "iss": stage.emulator.provider_url("google"),
        "aud": "local-google-client",
        "azp": "local-google-client",
        "sub": "100000000000000000001",
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "email_verified": true,
        "nonce": "n-1",
    });
    assert_eq!(claims, told);
    assert_eq!(userinfo["email"], "ada@example.com");
}

#[tokio::test]
async fn oidc_tells_the_address_at_userinfo_only() {
    let stage = Stage::new().await;
    let (claims, userinfo) = signed_in(&stage, "oidc", "ada").await;
    assert_eq!(claims["sub"], "100000000000000000001");
    assert_eq!(claims["nonce"], "n-1");
    assert!(
        claims.get("email").is_none() && claims.get("name").is_none(),
        "{claims}"
    );
    let told = json!({
        "sub": "100000000000000000001",
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "email_verified": true,
    });
    assert_eq!(userinfo, told);
}

#[tokio::test]
async fn people_differ() {
    let stage = Stage::new().await;
    let (wanda, _) = signed_in(&stage, "google", "wanda").await;
    assert_eq!(wanda["hd"], "example.org");
    let (_, wanda) = signed_in(&stage, "oidc", "wanda").await;
    assert!(wanda.get("hd").is_none(), "{wanda}");
    let (ulla, _) = signed_in(&stage, "google", "ulla").await;
    assert_eq!(ulla["email_verified"], false);
    let (kay, _) = signed_in(&stage, "google", "kay@example.net").await;
    let (again, _) = signed_in(&stage, "google", "KAY@example.net").await;
    assert_eq!(
        (&kay["sub"], &kay["email"]),
        (&again["sub"], &json!("kay@example.net"))
    );
}

#[tokio::test]
async fn a_client_may_authenticate_with_basic() {
    let stage = Stage::new().await;
    for provider in PROVIDERS {
        let code = code(&stage, provider, "ada").await;
        let form = with(&exchange(provider, &code), "client_secret", "");
        let form = with(&form, "client_id", "");
        let request = post(&stage, &at(&stage, provider, "/token"), &form);
        let client = format!("local-{provider}-client");
        let request = request.basic_auth(client, Some(KEY.replace('-', "%2D")));
        assert_eq!(request.send().await.unwrap().status(), 200, "{provider}");
    }
}

/// RFC 9207.
#[tokio::test]
async fn oidc_says_who_sends_the_browser_back() {
    let stage = Stage::new().await;
    for (provider, issuer) in [
        ("google", None),
        ("oidc", Some(stage.emulator.provider_url("oidc"))),
    ] {
        let page = at(&stage, provider, "/authorize");
        let back = choose(&stage, &page, &asked(provider), "ada").await;
        assert_eq!(back.get("iss"), issuer.as_ref());
        assert_eq!(back["state"], "s-1");
    }
}

#[tokio::test]
async fn the_page_suggests_whom_the_client_expects() {
    let stage = Stage::new().await;
    let asked = with(&asked("google"), "login_hint", "\"<b>@example.com");
    let page = open(&stage, &at(&stage, "google", "/authorize"), &asked).await;
    let page = page.text().await.unwrap();
    assert!(
        page.contains("value=\"&quot;&lt;b&gt;@example.com\" placeholder"),
        "{page}"
    );
    assert!(!page.contains("<b>"), "{page}");
}
