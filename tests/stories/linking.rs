//! Adding and removing ways in.

use serde_json::{Value, json};

use super::providers_of_identities::{
    github_knows, linked_github, location, open_to_all, parameter, with_github,
};
use super::sign_in::SESSION;
use super::world::Browser;

/// Two accounts of one person would each have half of their credits.
#[tokio::test]
async fn an_address_with_an_account_is_not_given_a_second_one() {
    let world = open_to_all(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    browser.sign_in("ada@example.com").await;
    let other = Browser::at(&world, "203.0.113.7");
    github_knows(&world, 7, "Ada@example.com", true, "2020-01-01T00:00:00Z");
    assert_eq!(
        with_github(&other).await,
        "/#/sign-in?error=use_email&method=github"
    );
    assert_eq!(other.cookie(SESSION), None);
    // An address that is not verified is nobody's.
    github_knows(&world, 8, "ada@example.com", false, "2020-01-01T00:00:00Z");
    assert_eq!(with_github(&other).await, "/#/history");
    assert_eq!(other.get("/v1/me").await.body["email"], Value::Null);
    assert_ne!(other.account().await, browser.account().await);
    world.check().await;
}

#[tokio::test]
async fn ways_in_are_added_by_a_new_session_and_removed_down_to_one() {
    let world = open_to_all(&[]);
    github_knows(&world, 7, "ada@work.example", true, "2020-01-01T00:00:00Z");
    let browser = Browser::at(&world, "203.0.113.7");
    browser.sign_in("ada@example.com").await;
    let account = browser.account().await;
    let link = || async {
        let linking = browser
            .post("/v1/auth/github/link", &json!({"return_to": "/#/settings"}))
            .await;
        (
            linking.status,
            linking.body["url"].as_str().unwrap_or_default().to_owned(),
            linking.code().to_owned(),
        )
    };
    world.tick(std::time::Duration::from_mins(11));
    assert_eq!(link().await.2, "forbidden");
    browser.sign_in("ada@example.com").await;
    let before = browser.cookie(SESSION).unwrap();
    let (status, url, _) = link().await;
    assert_eq!(status, 200);
    let path = format!(
        "/v1/auth/github/callback?code=c&state={}",
        parameter(&url, "state")
    );
    assert_eq!(location(&browser.get(&path).await), "/#/settings");
    assert_ne!(browser.cookie(SESSION).unwrap(), before, "a new session");
    let me = browser.get("/v1/me").await.body;
    assert_eq!(me["account"], json!(account));
    assert_eq!(me["ways_in"][1]["method"], "github");
    // It is a way in, and no second welcome.
    let phone = Browser::at(&world, "198.51.100.1");
    with_github(&phone).await;
    assert_eq!(phone.account().await, account);
    assert_eq!(phone.available().await, 20);
    // Nobody else gets it.
    let eve = Browser::at(&world, "192.0.2.1");
    eve.sign_in("eve@example.com").await;
    assert_eq!(
        linked_github(&eve).await,
        "/#/sign-in?error=taken&method=github"
    );
    // Removing it takes a new session, too; it ends the sessions that it began, and leaves no way back by it.
    world.tick(std::time::Duration::from_mins(11));
    assert_eq!(browser.delete("/v1/auth/github").await.code(), "forbidden");
    browser.sign_in("ada@example.com").await;
    assert_eq!(browser.delete("/v1/auth/google").await.status, 404);
    assert_eq!(browser.delete("/v1/auth/github").await.status, 204);
    assert_eq!(phone.get("/v1/me").await.status, 401);
    let last = browser.delete("/v1/auth/email").await;
    assert_eq!((last.status, last.code()), (409, "conflict"));
    with_github(&phone).await;
    assert_ne!(phone.account().await, account);
    // What was welcomed once stays so.
    assert_eq!(phone.available().await, 0);
    world.check().await;
}

/// The session that would get a way in has ended while its person was at the provider.
#[tokio::test]
async fn a_way_in_is_added_to_nobody_who_has_left() {
    let world = open_to_all(&[]);
    github_knows(&world, 7, "ada@work.example", true, "2020-01-01T00:00:00Z");
    let browser = Browser::at(&world, "203.0.113.7");
    browser.sign_in("ada@example.com").await;
    let url = browser
        .post("/v1/auth/github/link", &Value::Null)
        .await
        .body["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!(
        "/v1/auth/github/callback?code=c&state={}",
        parameter(&url, "state")
    );
    browser.post("/v1/auth/sign-out", &Value::Null).await;
    assert_eq!(
        location(&browser.get(&path).await),
        "/#/sign-in?error=signed_out&method=github"
    );
    // Or is somebody else's by now.
    browser.sign_in("ada@example.com").await;
    let url = browser
        .post("/v1/auth/github/link", &Value::Null)
        .await
        .body["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let sign_in = browser.cookie("__Host-atelier-sign-in").unwrap();
    browser.sign_in("eve@example.com").await;
    browser.set_cookie("__Host-atelier-sign-in", &sign_in);
    let path = format!(
        "/v1/auth/github/callback?code=c&state={}",
        parameter(&url, "state")
    );
    assert_eq!(
        location(&browser.get(&path).await),
        "/#/sign-in?error=signed_out&method=github"
    );
    assert_eq!(
        world
            .database
            .query("select * from identities where method = 'github'"),
        [] as [Value; 0]
    );
    world.check().await;
}

#[tokio::test]
async fn another_address_takes_the_place_of_the_first() {
    let world = open_to_all(&[]);
    let browser = Browser::at(&world, "203.0.113.7");
    browser.sign_in("ada@example.com").await;
    let account = browser.account().await;
    let linking = browser
        .post("/v1/auth/email/link", &json!({"email": "ada@new.example"}))
        .await;
    assert_eq!((linking.status, &linking.body["url"]), (200, &Value::Null));
    world.run_background().await;
    let code = world.code_of_last_mail();
    assert_eq!(browser.enter_code(&code).await.status, 200);
    let me = browser.get("/v1/me").await.body;
    assert_eq!(
        (&me["email"], me["ways_in"].as_array().unwrap().len()),
        (&json!("ada@new.example"), 1)
    );
    // The old one is somebody else's from now on, who gets nothing for it.
    let other = Browser::at(&world, "198.51.100.1");
    other.sign_in("ada@example.com").await;
    assert_ne!(other.account().await, account);
    assert_eq!(other.available().await, 0);
    world.check().await;
}
