//! Who an identity was, and what lets somebody back in: only what is theirs now.

use atelier::domain::client::{AddressPrefix, Client};
use atelier::domain::id::{SessionId, UserId};
use atelier::identity::SignInMethod;
use atelier::store::{NewIdentity, NewSession, People, Written};
use http::Method;
use serde_json::{Value, json};

use super::providers_of_identities::{
    github_knows, link_github, linked_github, open_to_all, with_github,
};
use super::sign_in::SESSION;
use super::world::{ADMIN_TOKEN, Browser, World};

const OLD: &str = "2020-01-01T00:00:00Z";

/// Who has left may come back: nobody else adds their way in to an account of their own meanwhile.
#[tokio::test]
async fn a_way_in_of_somebody_who_left_waits_for_them() {
    let world = open_to_all(&[]);
    github_knows(&world, 7, "ada@work.example", true, OLD);
    let ada = Browser::at(&world, "203.0.113.7");
    with_github(&ada).await;
    let account = ada.account().await;
    assert_eq!(ada.delete("/v1/account").await.status, 200);
    let eve = Browser::at(&world, "192.0.2.1");
    eve.sign_in("eve@example.com").await;
    let refused = linked_github(&eve).await;
    assert_eq!(refused, "/#/sign-in?error=taken&method=github");
    with_github(&ada).await;
    assert_eq!(ada.account().await, account);
    world.check().await;
}

/// Somebody returns by one of two ways in. The other is listed nowhere, so nobody could remove it: it lets nobody in,
/// though its mailbox may be somebody else's by now, or its account an intruder's.
#[tokio::test]
async fn a_way_in_of_before_forgetting_is_no_hidden_way_in_after() {
    let world = open_to_all(&[]);
    github_knows(&world, 7, "ada@work.example", true, OLD);
    let ada = Browser::at(&world, "203.0.113.7");
    ada.sign_in("ada@old.example").await;
    let account = ada.account().await;
    link_github(&ada).await;
    assert_eq!(ada.delete("/v1/account").await.status, 200);
    with_github(&ada).await;
    assert_eq!(ada.account().await, account);
    let stranger = Browser::at(&world, "198.51.100.1");
    let code = stranger.ask_for_code("ada@old.example").await;
    let refused = stranger.enter_code(&code).await;
    assert_eq!((refused.status, refused.code()), (409, "conflict"));
    assert_eq!(refused.body["reason"], "former");
    assert_eq!(stranger.cookie(SESSION), None);
    // She herself can add it again, and another one in its place, after which it is a stranger's.
    for email in ["ada@old.example", "ada@new.example"] {
        ada.post("/v1/auth/email/link", &json!({"email": email}))
            .await;
        world.run_background().await;
        assert_eq!(
            ada.enter_code(&world.code_of_last_mail_to(email))
                .await
                .status,
            200
        );
        world.run_background().await;
    }
    stranger.sign_in("ada@old.example").await;
    assert_ne!(stranger.account().await, account);
    world.check().await;
}

/// A thief who reads the old mailbox has a session by it: replacing the address is how its owner gets rid of them.
#[tokio::test]
async fn a_replaced_address_takes_its_sessions_with_it_and_is_told() {
    let world = open_to_all(&[]);
    let (ada, thief) = (
        Browser::at(&world, "203.0.113.7"),
        Browser::at(&world, "192.0.2.1"),
    );
    thief.sign_in("ada@example.com").await;
    ada.sign_in("ada@example.com").await;
    ada.post("/v1/auth/email/link", &json!({"email": "ada@new.example"}))
        .await;
    world.run_background().await;
    let old = ada.cookie(SESSION).unwrap();
    let code = world.code_of_last_mail();
    assert_eq!(ada.enter_code(&code).await.status, 200);
    assert_eq!(ada.get("/v1/me").await.status, 200);
    assert_eq!(thief.get("/v1/me").await.status, 401);
    thief.set_cookie(SESSION, &old);
    assert_eq!(
        thief.get("/v1/me").await.status,
        401,
        "the session that was renewed"
    );
    world.run_background().await;
    let told = world.postbox.mails().pop().unwrap();
    assert_eq!(told.to.as_str(), "ada@example.com");
    assert!(told.message.text.contains("Another e-mail address"));
    assert!(!told.message.text.contains("new.example"));
    world.check().await;
}

/// Else a person who forgets which way they used has half of their credits here, and half there.
#[tokio::test]
async fn a_code_for_the_address_of_a_google_or_github_account_says_so() {
    let world = open_to_all(&[]);
    github_knows(&world, 7, "ada@example.com", true, OLD);
    let browser = Browser::at(&world, "203.0.113.7");
    with_github(&browser).await;
    let other = Browser::at(&world, "198.51.100.1");
    let code = other.ask_for_code("ada@example.com").await;
    let refused = other.enter_code(&code).await;
    assert_eq!(
        (refused.code(), &refused.body["reason"]),
        ("conflict", &json!("use_github"))
    );
    // In her account it is hers to add.
    browser
        .post("/v1/auth/email/link", &json!({"email": "ada@example.com"}))
        .await;
    world.run_background().await;
    let code = world.code_of_last_mail();
    assert_eq!(browser.enter_code(&code).await.status, 200);
    other.sign_in("ada@example.com").await;
    assert_eq!(other.account().await, browser.account().await);
    world.check().await;
}

/// Also to one who got no welcome, and so has no account yet.
#[tokio::test]
async fn an_operator_grants_to_every_user() {
    let world = open_to_all(&[("WELCOME_CREDITS", "0")]);
    let browser = Browser::at(&world, "203.0.113.7");
    browser.sign_in("ada@example.com").await;
    let account = browser.account().await;
    let grant = json!({"account": account, "credits": 5, "kind": "promo", "reference": "sorry-1"});
    let path = "/v1/admin/grants";
    let granted = world.call(Method::POST, path, ADMIN_TOKEN, &grant).await;
    assert_eq!(
        (granted.status, &granted.body["account_created"]),
        (201, &json!(true))
    );
    assert_eq!(browser.available().await, 5);
    let nobody = json!({"account": "acc_7JX8M2Q4R6T0V3W5Y9ZBCDEFGH", "credits": 5, "kind": "promo", "reference": "x"});
    let refused = world.call(Method::POST, path, ADMIN_TOKEN, &nobody).await;
    assert_eq!(refused.code(), "invalid_request");
    world.check().await;
}

fn session(world: &World, number: u128) -> NewSession {
    NewSession {
        hash: format!("hash-{number}"),
        id: SessionId::new(world.now(), number),
        method: SignInMethod::Email,
        proven_email: None,
        client: Client {
            prefix: AddressPrefix::of("203.0.113.7"),
            browser: None,
            country: None,
        },
        now: world.now(),
        ends_at: world.now(),
        expires_at: world.now(),
    }
}

fn identity(subject: &str) -> NewIdentity {
    NewIdentity {
        method: SignInMethod::Email,
        subject: subject.into(),
        email: Some(subject.into()),
        name: None,
        claim: format!("claim of {subject}"),
    }
}

/// Between reading whose an identity is, and beginning a session, its owner may have removed it; between reading a
/// session, and adding a way in, its owner may have ended it. The statements themselves look again.
#[tokio::test]
async fn what_a_sign_in_goes_on_from_must_still_be_there() {
    let world = open_to_all(&[]);
    let people = People::new(world.database.clone());
    let user = UserId::new(world.now(), 1);
    let (first, other) = (identity("ada@example.com"), identity("ada@new.example"));
    let known = people
        .sign_in(user, &first, true, &session(&world, 1))
        .await;
    assert_eq!(known, Ok(Written::Gone), "nobody has it");
    let new = people
        .sign_in(user, &first, false, &session(&world, 2))
        .await;
    assert_eq!(new, Ok(Written::Yes));
    let twice = people
        .sign_in(user, &first, false, &session(&world, 3))
        .await;
    assert_eq!(twice, Ok(Written::Taken));
    let of = |number| SessionId::new(world.now(), number);
    let ended = people
        .link(user, &other, &[], of(1), &session(&world, 4))
        .await;
    assert_eq!(ended, Ok(Written::Gone), "there is no such session");
    let linked = people
        .link(user, &other, &[], of(2), &session(&world, 5))
        .await;
    assert_eq!(linked, Ok(Written::Yes));
    let replaced = people
        .sign_in(user, &first, true, &session(&world, 6))
        .await;
    assert_eq!(replaced, Ok(Written::Gone), "it is theirs no more");
    let rows = |table| world.database.query(&format!("select claim from {table}"));
    let claim = json!({"claim": "claim of ada@new.example"});
    assert_eq!(rows("identities"), rows("identity_claims"));
    assert_eq!(rows("identity_claims"), [claim]);
    let sessions = world.database.query("select hash from sessions");
    assert_eq!(sessions, [json!({"hash": "hash-5"})]);
    world.check().await;
}

/// A link that is under way when its person is forgotten adds nothing to nobody.
#[tokio::test]
async fn forgetting_ends_what_is_under_way() {
    let world = open_to_all(&[]);
    let ada = Browser::at(&world, "203.0.113.7");
    ada.sign_in("ada@example.com").await;
    ada.post("/v1/auth/email/link", &json!({"email": "ada@new.example"}))
        .await;
    ada.ask_for_code("ada@example.com").await;
    ada.delete("/v1/account").await;
    let left = "select * from sign_ins where linking is not null or email = 'ada@example.com'";
    assert_eq!(world.database.query(left), [] as [Value; 0]);
    world.check().await;
}
