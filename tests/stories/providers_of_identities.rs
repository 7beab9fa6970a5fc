//! Signing in with GitHub, Google, and an `OpenID` provider.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use serde_json::{Value, json};

use super::sign_in::{SESSION, deployment};
use super::world::{Answer, Browser, Key, Wire, World};

/// The number of issuers so far. Each publishes its keys at a URL of its own, since they are cached by it.
static ISSUERS: AtomicUsize = AtomicUsize::new(0);

const ISSUER: &str = "https://id.test";

/// A deployment with every way in.
pub(crate) fn open_to_all(changes: &[(&str, &str)]) -> World {
    let own = [
        ("SIGN_IN", "email,google,github,oidc"),
        ("GOOGLE_CLIENT_ID", "google-client"),
        ("GOOGLE_CLIENT_SECRET", "google-secret"),
        ("GOOGLE_BASE_URL", "https://google.test"),
        ("GITHUB_CLIENT_ID", "github-client"),
        ("GITHUB_CLIENT_SECRET", "github-secret"),
        ("GITHUB_BASE_URL", "https://github.test"),
        ("GITHUB_API_URL", "https://api.github.test"),
        ("OIDC_ISSUER", ISSUER),
        ("OIDC_CLIENT_ID", "oidc-client"),
        ("OIDC_CLIENT_SECRET", "oidc-secret"),
        ("OIDC_NAME", "Campus"),
    ];
    let all: Vec<_> = own.iter().chain(changes).copied().collect();
    deployment(&all)
}

/// The parameter of an address.
pub(crate) fn parameter(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let mut pairs = url.query_pairs();
    pairs
        .find(|(key, _)| key == name)
        .unwrap_or_else(|| panic!("{url} has no {name}"))
        .1
        .into_owned()
}

pub(crate) fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.headers["location"].to_str().unwrap().to_owned()
}

/// GitHub knows this person by whatever code.
pub(crate) fn github_knows(
    world: &World,
    id: u64,
    email: &str,
    is_verified: bool,
    created_at: &str,
) {
    let tokens =
        json!({"access_token": "gho_1", "scope": "read:user,user:email", "token_type": "bearer"});
    world.outside.answers(
        "POST github.test/login/oauth/access_token",
        [Wire::json(200, &tokens)],
    );
    let user =
        json!({"id": id, "login": "ada", "name": "Ada", "email": null, "created_at": created_at});
    world
        .outside
        .answers("GET api.github.test/user", [Wire::json(200, &user)]);
    let emails = json!([{"email": email, "primary": true, "verified": is_verified, "visibility": "private"}]);
    world.outside.answers(
        "GET api.github.test/user/emails",
        [Wire::json(200, &emails)],
    );
}

/// Goes to GitHub, and returns the state that it comes back with.
pub(crate) async fn begin_github(browser: &Browser) -> String {
    let place = location(&browser.get("/v1/auth/github/start").await);
    parameter(&place, "state")
}

/// Adds GitHub as a way in.
pub(crate) async fn link_github(browser: &Browser) {
    assert_eq!(linked_github(browser).await, "/");
}

/// Adds GitHub, or tries to, and returns where the browser is sent.
pub(crate) async fn linked_github(browser: &Browser) -> String {
    let linking = browser.post("/v1/auth/github/link", &Value::Null).await;
    let state = parameter(linking.body["url"].as_str().unwrap(), "state");
    let path = format!("/v1/auth/github/callback?code=c&state={state}");
    location(&browser.get(&path).await)
}

/// Signs in with GitHub, and returns where the browser is sent.
pub(crate) async fn with_github(browser: &Browser) -> String {
    let place = location(
        &browser
            .get("/v1/auth/github/start?return_to=/%23/history")
            .await,
    );
    let state = parameter(&place, "state");
    location(
        &browser
            .get(&format!("/v1/auth/github/callback?code=c&state={state}"))
            .await,
    )
}

/// An `OpenID` provider, its key, and what its tokens say besides.
struct Issuer<'a> {
    world: &'a World,
    host: &'static str,
    key: Key,
}

impl<'a> Issuer<'a> {
    fn at(world: &'a World, host: &'static str) -> Self {
        let key = Key::Es256;
        let number = ISSUERS.fetch_add(1, Ordering::Relaxed);
        let base = format!("https://{host}");
        let document = json!({
            "issuer": base, "authorization_endpoint": format!("{base}/authorize"), "token_endpoint": format!("{base}/token"),
            "jwks_uri": format!("{base}/{number}/keys"), "userinfo_endpoint": format!("{base}/userinfo"),
        });
        let at = |what: &str| format!("GET {host}/{what}");
        world.outside.answers(
            &at(".well-known/openid-configuration"),
            [Wire::json(200, &document)],
        );
        let keys = json!({"keys": [key.published(&json!({}))]});
        world
            .outside
            .answers(&at(&format!("{number}/keys")), [Wire::json(200, &keys)]);
        Self { world, host, key }
    }

    /// Its next ID token has these claims, over good ones.
    fn says(&self, client: &str, nonce: &str, claims: &Value) {
        let now = self.world.now().seconds();
        let mut all = json!({
            "iss": format!("https://{}", self.host), "aud": client, "sub": "u1", "nonce": nonce, "iat": now, "exp": now + 300,
        });
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let id_token = self.key.token_of("u1", &json!({}), &all);
        let tokens = json!({"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": id_token});
        self.world.outside.answers(
            &format!("POST {}/token", self.host),
            [Wire::json(200, &tokens)],
        );
    }
}

#[tokio::test]
async fn github_signs_somebody_in_and_is_asked_as_it_documents() {
    let world = open_to_all(&[]);
    github_knows(&world, 7, "ada@example.com", true, "2020-01-01T00:00:00Z");
    let browser = Browser::at(&world, "203.0.113.7");
    let place = location(&browser.get("/v1/auth/github/start").await);
    assert!(
        place.starts_with("https://github.test/login/oauth/authorize?"),
        "{place}"
    );
    assert_eq!(parameter(&place, "client_id"), "github-client");
    assert_eq!(
        parameter(&place, "redirect_uri"),
        "https://app.test/v1/auth/github/callback"
    );
    assert_eq!(parameter(&place, "scope"), "read:user user:email");
    assert_eq!(parameter(&place, "code_challenge_method"), "S256");
    assert_eq!(with_github(&browser).await, "/#/history");
    let me = browser.get("/v1/me").await.body;
    assert_eq!(
        (&me["email"], &me["name"]),
        (&json!("ada@example.com"), &json!("Ada"))
    );
    assert_eq!(browser.available().await, 20);
    let requests = world.outside.requests();
    let user = requests
        .iter()
        .find(|request| request.uri().path() == "/user")
        .unwrap();
    assert_eq!(user.headers()["user-agent"], "atelier");
    assert_eq!(user.headers()["authorization"], "Bearer gho_1");
    let token = requests
        .iter()
        .find(|request| request.method() == Method::POST)
        .unwrap();
    assert_eq!(token.headers()["accept"], "application/json");
    // The same person, later, under another login and address.
    github_knows(&world, 7, "new@example.com", true, "2020-01-01T00:00:00Z");
    let phone = Browser::at(&world, "198.51.100.1");
    with_github(&phone).await;
    assert_eq!(phone.account().await, browser.account().await);
    assert_eq!(phone.get("/v1/me").await.body["email"], "new@example.com");
    world.check().await;
}

#[tokio::test]
async fn a_provider_that_refuses_signs_nobody_in_and_its_answer_works_once() {
    let world = open_to_all(&[]);
    github_knows(&world, 7, "ada@example.com", true, "2020-01-01T00:00:00Z");
    let browser = Browser::at(&world, "203.0.113.7");
    let begin = || async {
        parameter(
            &location(&browser.get("/v1/auth/github/start").await),
            "state",
        )
    };
    let back = |query: String| {
        let browser = browser.clone();
        async move {
            location(
                &browser
                    .get(&format!("/v1/auth/github/callback?{query}"))
                    .await,
            )
        }
    };
    let failed = |why: &str| format!("/#/sign-in?error={why}&method=github");
    // They said no.
    let state = begin().await;
    assert_eq!(
        back(format!("error=access_denied&state={state}")).await,
        failed("refused")
    );
    // The same answer again, and another state.
    assert_eq!(back(format!("code=c&state={state}")).await, failed("lost"));
    let state = begin().await;
    assert_eq!(back("code=c&state=other".into()).await, failed("lost"));
    assert_eq!(back(format!("code=c&state={state}")).await, failed("lost"));
    // Another browser with a good answer: it was begun by somebody else, who would own what the victim makes.
    let state = begin().await;
    let victim = Browser::at(&world, "198.51.100.1");
    let path = format!("/v1/auth/github/callback?code=c&state={state}");
    assert_eq!(
        location(&victim.on_another_site().get(&path).await),
        failed("lost")
    );
    // GitHub refuses with 200.
    let refused = json!({"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."});
    world.outside.answers(
        "POST github.test/login/oauth/access_token",
        [Wire::json(200, &refused)],
    );
    assert_eq!(
        back(format!("code=c&state={state}")).await,
        failed("failed")
    );
    for browser in [&browser, &victim] {
        assert_eq!(browser.cookie(SESSION), None);
    }
    assert_eq!(
        world.database.query("select * from users"),
        [] as [Value; 0]
    );
    world.check().await;
}

#[tokio::test]
async fn google_signs_somebody_in_by_its_id_token() {
    let world = open_to_all(&[]);
    let google = Issuer::at(&world, "google.test");
    let browser = Browser::at(&world, "203.0.113.7");
    let sign_in = |claims: Value| {
        let (browser, google) = (browser.clone(), &google);
        async move {
            let place = location(&browser.get("/v1/auth/google/start").await);
            assert_eq!(parameter(&place, "prompt"), "select_account");
            google.says("google-client", &parameter(&place, "nonce"), &claims);
            let state = parameter(&place, "state");
            location(
                &browser
                    .get(&format!(
                        "/v1/auth/google/callback?code=c&state={state}&scope=email"
                    ))
                    .await,
            )
        }
    };
    let ada = json!({"sub": "10769150350006150715113082367", "email": "ada@example.org", "email_verified": true, "name": "Ada"});
    assert_eq!(sign_in(ada.clone()).await, "/");
    assert_eq!(
        browser.get("/v1/me").await.body["ways_in"][0]["method"],
        "google"
    );
    // Its old tokens name it without https.
    let mut old = ada.clone();
    old["iss"] = json!("accounts.google.com");
    assert_eq!(sign_in(old).await, "/");
    for (claim, value) in [
        ("nonce", json!("other")),
        ("aud", json!("another-client")),
        ("iss", json!("https://evil.test")),
        ("exp", json!(world.now().seconds() - 31)),
    ] {
        let mut claims = ada.clone();
        claims[claim] = value;
        assert_eq!(
            sign_in(claims).await,
            "/#/sign-in?error=failed&method=google",
            "{claim}"
        );
    }
    world.check().await;
}

/// npm `oidc-provider` tells the address at its userinfo endpoint alone.
#[tokio::test]
async fn an_openid_provider_may_tell_the_address_later_and_only_of_the_same_person() {
    let world = open_to_all(&[]);
    let issuer = Issuer::at(&world, "id.test");
    let browser = Browser::at(&world, "203.0.113.7");
    let sign_in = |userinfo: Value, iss: &'static str| {
        let (browser, world, issuer) = (browser.clone(), &world, &issuer);
        async move {
            world
                .outside
                .answers("GET id.test/userinfo", [Wire::json(200, &userinfo)]);
            let place = location(&browser.get("/v1/auth/oidc/start").await);
            issuer.says("oidc-client", &parameter(&place, "nonce"), &json!({}));
            let state = parameter(&place, "state");
            let path = format!("/v1/auth/oidc/callback?code=c&state={state}&iss={iss}");
            location(&browser.get(&path).await)
        }
    };
    let userinfo =
        json!({"sub": "u1", "email": "ada@campus.example", "email_verified": true, "name": "Ada"});
    // RFC 9207: the answer says who sent it.
    assert_eq!(
        sign_in(userinfo.clone(), "https://evil.test").await,
        "/#/sign-in?error=failed&method=oidc"
    );
    let other = json!({"sub": "u2", "email": "eve@campus.example", "email_verified": true});
    assert_eq!(
        sign_in(other, ISSUER).await,
        "/#/sign-in?error=failed&method=oidc"
    );
    assert_eq!(sign_in(userinfo, ISSUER).await, "/");
    let me = browser.get("/v1/me").await.body;
    assert_eq!(me["email"], "ada@campus.example");
    let site = browser.get("/v1/site").await.body;
    assert_eq!(
        site["ways_in"][3],
        json!({"method": "oidc", "name": "Campus"})
    );
    world.check().await;
}

/// Google's word on an address is proof where the Workspace of its domain manages the account, and GitHub's never is.
#[tokio::test]
async fn an_operator_signs_in_by_google_if_their_workspace_vouches_for_them() {
    let world = open_to_all(&[("OPERATORS", "grace@example.org")]);
    let google = Issuer::at(&world, "google.test");
    let sign_in = |subject: &'static str, hd: Value| {
        let (browser, google) = (Browser::at(&world, "203.0.113.7"), &google);
        async move {
            let place = location(&browser.get("/v1/auth/google/start").await);
            let claims = json!({"sub": subject, "email": "grace@example.org", "email_verified": true, "hd": hd});
            google.says("google-client", &parameter(&place, "nonce"), &claims);
            let state = parameter(&place, "state");
            browser
                .get(&format!("/v1/auth/google/callback?code=c&state={state}"))
                .await;
            browser.get("/v1/me").await.body["is_operator"].clone()
        }
    };
    assert_eq!(sign_in("1", json!("example.org")).await, true);
    assert_eq!(sign_in("2", json!("evil.test")).await, false);
    assert_eq!(sign_in("3", Value::Null).await, false);
    github_knows(&world, 7, "grace@example.org", true, "2020-01-01T00:00:00Z");
    let browser = Browser::at(&world, "203.0.113.7");
    with_github(&browser).await;
    let me = browser.get("/v1/me").await.body;
    assert_eq!(
        (&me["email"], &me["is_operator"]),
        (&json!("grace@example.org"), &json!(false))
    );
    world.check().await;
}
