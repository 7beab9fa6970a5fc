//! What buyers are told by mail: once, and only who has an address that we know.

use std::time::Duration;

use serde_json::json;

use super::world::till::selling;
use super::world::{Browser, World};

/// A deployment that sells, and where people sign in with a code.
fn deployment() -> World {
    let vars = selling();
    let changes = vars
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let changes: Vec<_> = changes.chain([("WELCOME_CREDITS", "0")]).collect();
    super::sign_in::deployment(&changes)
}

async fn begins(browser: &Browser, offer: &str) -> String {
    let body = json!({"offer": offer});
    let answer = browser.post("/v1/checkout", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let url = answer.body["url"].as_str().unwrap();
    url.rsplit('/').next().unwrap().to_owned()
}

/// The subjects of the mails to an address, but for those with codes.
fn subjects(world: &World, to: &str) -> Vec<String> {
    let mails = world.postbox.mails().into_iter();
    let mails = mails.filter(|mail| mail.to.as_str() == to);
    let subjects = mails.map(|mail| mail.message.subject);
    subjects
        .filter(|subject| !subject.starts_with("Your code"))
        .collect()
}

#[tokio::test]
async fn a_buyer_gets_one_mail_with_their_receipt() {
    let world = deployment();
    let ada = Browser::at(&world, "203.0.113.7");
    ada.sign_in("ada@example.com").await;
    let session = begins(&ada, "small").await;
    // The processor's page knows the address.
    let heard = world.outside.heard();
    assert!(
        heard
            .iter()
            .any(|line| line.contains("customer_email=ada%40example.com"))
    );
    world.outside.stripe.pay(&session);
    world.session_event("completed", &session).await;
    world.pass(3).await;
    world.session_event("completed", &session).await;
    world.pass(3).await;
    assert_eq!(
        subjects(&world, "ada@example.com"),
        ["Atelier: 20 credits for 5.00 USD"]
    );
    let mails = world.postbox.mails();
    let receipt = mails.last().unwrap();
    assert!(
        receipt
            .message
            .text
            .contains("https://pay.stripe.test/pi_1")
    );
    world.check().await;
}

#[tokio::test]
async fn a_payment_that_failed_is_told_and_one_that_expired_is_not() {
    let world = deployment();
    let ada = Browser::at(&world, "203.0.113.7");
    ada.sign_in("ada@example.com").await;
    let failing = begins(&ada, "small").await;
    world.session_event("async_payment_failed", &failing).await;
    let expiring = begins(&ada, "large").await;
    world
        .outside
        .stripe
        .change(&expiring, |session| session["status"] = json!("expired"));
    world.session_event("expired", &expiring).await;
    world.pass(3).await;
    assert_eq!(
        subjects(&world, "ada@example.com"),
        ["Atelier: your payment of 5.00 USD didn't go through"]
    );
    world.check().await;
}

/// Credits that expire within a week are told of once, whoever granted them.
#[tokio::test]
async fn credits_that_expire_soon_are_told_of_once() {
    let world = deployment();
    let ada = Browser::at(&world, "203.0.113.7");
    ada.sign_in("ada@example.com").await;
    let session = begins(&ada, "large").await;
    world.outside.stripe.pay(&session);
    world.session_event("completed", &session).await;
    world.tick(Duration::from_hours(22 * 24));
    world.pass(60).await;
    assert_eq!(subjects(&world, "ada@example.com").len(), 1);
    world.tick(Duration::from_hours(24));
    world.pass(120).await;
    assert_eq!(
        subjects(&world, "ada@example.com"),
        [
            "Atelier: 100 credits for 20.00 USD",
            "Atelier: 100 credits expire on 2026-12-20"
        ]
    );
    world.check().await;
}

/// Whoever was forgotten is told nothing more.
#[tokio::test]
async fn whoever_was_forgotten_gets_no_mail() {
    let world = deployment();
    let ada = Browser::at(&world, "203.0.113.7");
    ada.sign_in("ada@example.com").await;
    let session = begins(&ada, "small").await;
    assert_eq!(ada.delete("/v1/account").await.status, 200);
    world.outside.stripe.pay(&session);
    world.session_event("completed", &session).await;
    world.pass(3).await;
    assert_eq!(subjects(&world, "ada@example.com"), Vec::<String>::new());
    world.check().await;
}
