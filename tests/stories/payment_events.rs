//! What processors call back about: forged, repeated, old, foreign, and of the other mode.

use serde_json::json;

use super::world::till::{SECRET, selling, signature};
use super::world::{World, configured};

fn event(kind: &str, live: bool, object: &serde_json::Value) -> String {
    json!({"id": "evt_1", "object": "event", "type": kind, "livemode": live, "data": {"object": object}}).to_string()
}

/// Nothing that is not signed by the processor, now, moves anything: 400, and the order is as it was.
#[tokio::test]
async fn only_what_is_signed_now_is_taken() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, session) = ada.begins("small").await;
    let body = event(
        "checkout.session.async_payment_failed",
        false,
        &json!({"id": session}),
    );
    let now = world.now().seconds();
    let good = signature(SECRET, now, &body);
    for (what, signature) in [
        ("another secret", signature("whsec_other", now, &body)),
        ("too old", signature(SECRET, now - 301, &body)),
        ("of the future", signature(SECRET, now + 301, &body)),
        ("of another body", signature(SECRET, now, "{}")),
        (
            "of another time",
            good.replace(&format!("t={now}"), &format!("t={}", now - 1)),
        ),
        ("no signature", format!("t={now}")),
        ("a scheme of no worth", good.replace("v1=", "v0=")),
        ("nothing", String::new()),
    ] {
        let answer = world.payment_event("stripe", &body, &signature).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "bad_signature"),
            "{what}"
        );
        assert_eq!(ada.order(&order).await["status"], "open", "{what}");
    }
    // Two signatures while a secret is rotated: any is good.
    let two = format!(
        "{},v1={}",
        good.replace("v1=", "v1=00"),
        good.split("v1=").nth(1).unwrap()
    );
    assert_eq!(world.payment_event("stripe", &body, &two).await.status, 200);
    assert_eq!(ada.order(&order).await["status"], "failed");
    world.check().await;
}

/// While a secret is rotated, events of both are good.
#[tokio::test]
async fn both_secrets_are_good_while_one_is_rotated() {
    let mut vars = selling();
    vars.retain(|(name, _)| name != "STRIPE_WEBHOOK_SECRET");
    vars.push((
        "STRIPE_WEBHOOK_SECRET".into(),
        format!("whsec_new, {SECRET}"),
    ));
    let world = World::with(configured(&vars));
    let body = event("customer.created", false, &json!({"id": "cus_1"}));
    let now = world.now().seconds();
    for secret in [SECRET, "whsec_new"] {
        let answer = world
            .payment_event("stripe", &body, &signature(secret, now, &body))
            .await;
        assert_eq!(answer.status, 200);
    }
    world.check().await;
}

/// What concerns nothing of ours is taken, so that it is not sent for days.
#[tokio::test]
async fn what_is_none_of_ours_is_taken_and_moves_nothing() {
    let world = World::selling();
    let ada = world.user("ada").await;
    ada.buys("small").await;
    for (kind, object) in [
        ("customer.created", json!({"id": "cus_1"})),
        (
            "payment_intent.succeeded",
            json!({"id": "pi_1", "amount": 500, "currency": "usd"}),
        ),
        (
            "charge.refunded",
            json!({"id": "ch_1", "payment_intent": "pi_1", "amount_refunded": 500}),
        ),
        ("invoice.paid", json!({"id": "in_1"})),
        (
            "checkout.session.completed",
            json!({"id": "cs_of_another_shop"}),
        ),
        (
            "refund.created",
            json!({"id": "re_9", "amount": 500, "currency": "usd", "payment_intent": "pi_foreign", "status": "succeeded"}),
        ),
        (
            "refund.created",
            json!({"id": "re_8", "amount": 500, "currency": "xyz", "payment_intent": "pi_1", "status": "succeeded"}),
        ),
    ] {
        assert_eq!(
            world.stripe_event(kind, &object).await.status,
            200,
            "{kind}"
        );
    }
    assert_eq!(ada.journal().await, ["grant 20 of A: 20 left, 0 held"]);
    world.check().await;
}

/// Test money grants nothing where real money moves, and the other way round.
#[tokio::test]
async fn events_of_the_other_mode_grant_nothing() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, session) = ada.begins("small").await;
    world.outside.stripe.pay(&session);
    let body = event("checkout.session.completed", true, &json!({"id": session}));
    let signed = signature(SECRET, world.now().seconds(), &body);
    assert_eq!(
        world.payment_event("stripe", &body, &signed).await.status,
        200
    );
    assert_eq!(ada.available().await, 0);
    // A session that says so itself moves nothing, either.
    world
        .outside
        .stripe
        .change(&session, |session| session["livemode"] = json!(true));
    let paid = ada.order(&order).await;
    assert_eq!(
        (&paid["status"], ada.available().await),
        (&json!("failed"), 0)
    );
    let admin = world.admin_orders("").await;
    assert!(
        admin["orders"][0]["anomaly"]
            .as_str()
            .unwrap()
            .contains("another mode")
    );
    world.check().await;
}

/// Another amount, another currency, a session of another order: nothing is granted, and an operator sees it.
#[tokio::test]
async fn what_does_not_fit_the_order_grants_nothing() {
    for (field, value, says) in [
        (
            "amount_total",
            json!(499),
            "4.99 USD were paid instead of 5.00 USD",
        ),
        (
            "currency",
            json!("eur"),
            "5.00 EUR were paid instead of 5.00 USD",
        ),
        ("currency", json!("xyz"), "it was paid in xyz"),
        (
            "metadata",
            json!({"order": "ord_01M7W02NY09MCR9ESZJYBHV05B"}),
            "is for ord_01M7W02NY09MCR9ESZJYBHV05B",
        ),
    ] {
        let world = World::selling();
        let ada = world.user("ada").await;
        let (order, session) = ada.begins("small").await;
        world.outside.stripe.pay(&session);
        world
            .outside
            .stripe
            .change(&session, |session| session[field] = value.clone());
        assert_eq!(world.session_event("completed", &session).await.status, 200);
        assert_eq!(ada.order(&order).await["status"], "failed", "{field}");
        assert_eq!(ada.available().await, 0, "{field}");
        let admin = world.admin_orders("?anomaly=true").await;
        let anomaly = admin["orders"][0]["anomaly"].as_str().unwrap();
        assert!(anomaly.contains(says), "{anomaly}");
        world.check().await;
    }
}

/// The processor of a name that is not configured, and a body that is too long.
#[tokio::test]
async fn nobody_else_is_heard() {
    let world = World::selling();
    for processor in ["polar", "paypal"] {
        assert_eq!(
            world
                .payment_event(processor, "{}", "t=1,v1=00")
                .await
                .status,
            404
        );
    }
    let long = "x".repeat(300 * 1024);
    assert_eq!(
        world
            .payment_event("stripe", &long, "t=1,v1=00")
            .await
            .status,
        413
    );
    world.check().await;
}

/// A signed event that cannot be read is called for again: the fault may be ours.
#[tokio::test]
async fn a_signed_event_that_is_not_understood_is_called_for_again() {
    let world = World::selling();
    let body = event("refund.created", false, &json!({"id": "re_1"}));
    let signed = signature(SECRET, world.now().seconds(), &body);
    assert_eq!(
        world.payment_event("stripe", &body, &signed).await.status,
        500
    );
    world.check().await;
}

/// The database does not answer: the event is not lost.
#[tokio::test]
async fn an_event_that_could_not_be_applied_is_called_for_again() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (_, session) = ada.begins("small").await;
    world.outside.stripe.pay(&session);
    world.database.lose(1, 30, super::world::When::Before);
    assert_eq!(world.session_event("completed", &session).await.status, 503);
    world.database.heal();
    assert_eq!(world.session_event("completed", &session).await.status, 200);
    assert_eq!(ada.available().await, 20);
    world.check().await;
}
