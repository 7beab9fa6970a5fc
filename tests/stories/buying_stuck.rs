//! Orders and accounts that must not get stuck, or bar others: sessions of another key, processors that are silent, blocks,
//! debts that are over, and money that does not fit.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::world::till::{Till, selling};
use super::world::{World, configured};

/// The operator has taken another key, so that the processor knows none of the open sessions. These orders are over, their
/// buyers begin anew, and nobody else waits.
#[tokio::test]
async fn sessions_of_another_key_bar_nobody() {
    let world = World::selling();
    for name in ["bob", "eve", "joe", "kim", "lee"] {
        world.user(name).await.begins("small").await;
    }
    world.outside.stripe.lose_sessions();
    let ada = world.user("ada").await;
    let (_, session) = ada.begins("large").await;
    world.outside.stripe.pay(&session);
    world.pass(2).await;
    assert_eq!(ada.available().await, 100);
    let due = world
        .database
        .number("select count(*) from orders where due_at is not null");
    assert_eq!(due, 0);
    world.user("bob").await.begins("small").await;
    world.check().await;
}

/// A processor that does not answer is waited for once a run, not once an order; and its orders have their turn.
#[tokio::test]
async fn a_silent_processor_takes_little_of_a_run() {
    let world = World::selling();
    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"] {
        world.outside.stripe.next([Till::Drop]);
        assert_eq!(world.user(name).await.checkout("small").await.status, 503);
    }
    let before = world.outside.stripe.requests().len();
    world.outside.stripe.next([Till::Drop; 4]);
    world.pass(1).await;
    assert_eq!(world.outside.stripe.requests().len() - before, 4);
    world.pass(6).await;
    let open = world
        .database
        .number("select count(*) from orders where state = 'open'");
    assert_eq!(open, 12);
    world.check().await;
}

/// Asking again for a session that was not made is no further checkout.
#[tokio::test]
async fn repeats_are_not_counted() {
    let world = World::selling();
    let ada = world.user("ada").await;
    world.outside.stripe.next([Till::Drop; 9]);
    let body = json!({"offer": "small"});
    for _ in 0..9 {
        assert_eq!(ada.post_as("k", "/v1/checkout", &body).await.status, 503);
    }
    assert_eq!(ada.post_as("k", "/v1/checkout", &body).await.status, 201);
    ada.begins("large").await;
    let limits = ada.get("/v1/me").await.body["limits"].clone();
    let used = limits.as_array().unwrap().iter();
    let used = used.filter(|limit| limit["name"].as_str().unwrap().starts_with("checkouts"));
    let used: Vec<_> = used
        .map(|limit| (limit["name"].clone(), limit["used"].clone()))
        .collect();
    assert_eq!(
        used,
        [
            (json!("checkouts_per_hour"), json!(2)),
            (json!("checkouts_per_day"), json!(2))
        ]
    );
    world.check().await;
}

/// Who is blocked is shown no page to pay on, and the one that they have is ended.
#[tokio::test]
async fn a_block_ends_open_checkouts() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (_, session) = ada.begins("small").await;
    world.grant("ada", 1).await;
    let block = format!("/v1/admin/accounts/{}/block", World::account("ada"));
    world
        .admin(Method::POST, &block, &json!({"reason": "fraud"}))
        .await;
    let requests = world.outside.stripe.requests();
    assert!(requests.contains(&format!("POST /v1/checkout/sessions/{session}/expire")));
    let again = ada.checkout("small").await;
    assert_eq!((again.status, again.code()), (403, "account_blocked"));
    world.check().await;
}

/// Another amount was paid. That order is over, its buyer can buy the same again, no mail says that nothing was charged, and
/// an operator who has put it right clears it.
#[tokio::test]
async fn money_that_does_not_fit_bars_nobody() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, session) = ada.begins("small").await;
    world.outside.stripe.pay(&session);
    world
        .outside
        .stripe
        .change(&session, |session| session["amount_total"] = json!(499));
    world.session_event("completed", &session).await;
    let asked = world.outside.stripe.requests().len();
    world.pass(30).await;
    assert_eq!(world.outside.stripe.requests().len(), asked);
    let failed = ada.order(&order).await;
    assert_eq!(
        (&failed["status"], &failed["needs_help"]),
        (&json!("failed"), &json!(true))
    );
    let mails = world
        .database
        .query("select mail from orders where mail is not null");
    assert!(mails.is_empty(), "{mails:?}");
    ada.begins("small").await;
    let clear = format!("/v1/admin/orders/{order}/anomaly");
    assert_eq!(
        world
            .admin(Method::DELETE, &clear, &Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(
        world
            .admin(Method::DELETE, &clear, &Value::Null)
            .await
            .status,
        404
    );
    let audit = world
        .admin(Method::GET, "/v1/admin/orders/audit", &Value::Null)
        .await;
    assert_eq!(
        audit.body["problems"].as_array().unwrap().len(),
        1,
        "{}",
        audit.body
    );
    world.check().await;
}

/// A dispute that was lost is over: all that it left is a shortage, or nothing.
#[tokio::test]
async fn a_lost_dispute_without_a_shortage_bars_nobody() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, payment) = ada.buys("small").await;
    world
        .dispute_event("funds_withdrawn", &payment, 500, "needs_response")
        .await;
    assert_eq!(ada.checkout("large").await.body["reason"], "disputed");
    world.dispute_event("closed", &payment, 500, "lost").await;
    assert_eq!(ada.order(&order).await["status"], "disputed");
    ada.begins("large").await;
    world.check().await;
}

/// Selling stops, and what becomes of former orders is heard.
#[tokio::test]
async fn without_offers_former_orders_are_heard() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, payment) = ada.buys("small").await;
    let mut vars = selling();
    vars.retain(|(name, _)| name != "OFFERS");
    world.deploy(configured(&vars));
    let site = ada.get("/v1/site").await.body;
    assert_eq!(
        (&site["offers"], &site["processor"]),
        (&json!([]), &Value::Null)
    );
    assert_eq!(ada.checkout("small").await.status, 422);
    world.refund_event("re_1", &payment, 500, "succeeded").await;
    assert_eq!(ada.order(&order).await["status"], "refunded");
    world.check().await;
}

/// An old object and its successor are told of one payment's reversals in turn. What an object decides on a state that is
/// stale is decided again, also where no credits move.
#[tokio::test]
async fn reversals_are_decided_on_the_rows() {
    for (first, second, status, target) in [
        ("failed", "succeeded", "refunded", 20),
        ("succeeded", "failed", "paid", 0),
    ] {
        let world = World::selling();
        let account = World::account("ada");
        let ada = world.user("ada").await;
        let (order, payment) = ada.buys("small").await;
        for _ in 0..4 {
            ada.running_job().await;
        }
        let old = world.accounts.keeper(account);
        let new = world.accounts.another(account);
        world.refund_event("re_1", &payment, 500, "succeeded").await;
        if first == "succeeded" {
            world.refund_event("re_1", &payment, 500, "failed").await;
        }
        world.accounts.install(account, new);
        let (changed, stage) = if first == "failed" {
            ("re_1", "failed")
        } else {
            ("re_2", "succeeded")
        };
        world.refund_event(changed, &payment, 500, stage).await;
        world.accounts.install(account, old);
        let again = if second == "succeeded" {
            "re_3"
        } else {
            "re_2"
        };
        world.refund_event(again, &payment, 500, second).await;
        assert_eq!(ada.order(&order).await["status"], status);
        let rows = world
            .database
            .query("select reversal_target as target from packages");
        assert_eq!(rows[0]["target"], target);
        world.check().await;
    }
}

/// After a day the processor has forgotten the key, and the refund that was made is found by it all the same.
#[tokio::test]
async fn a_refund_is_found_after_its_key_was_forgotten() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, _) = ada.buys("small").await;
    let path = format!("/v1/admin/orders/{order}/refund");
    let body = json!({"reason": "x", "amount": 100});
    // The list is read, and the answer to the refund itself is lost.
    world.outside.stripe.lose_the_next("/v1/refunds");
    assert_eq!(world.admin_as("k", &path, &body).await.status, 503);
    world.tick(Duration::from_hours(25));
    world.outside.stripe.forget_keys();
    // Whoever finishes it under a key of their own is told that it was another's.
    assert_eq!(world.admin_as("l", &path, &body).await.status, 409);
    let again = world.admin_as("k", &path, &body).await;
    assert_eq!(
        (again.status, &again.body["refund"]["id"]),
        (200, &json!("re_1"))
    );
    assert_eq!(world.outside.stripe.refunds().len(), 1);
    world.refund_event("re_1", "pi_1", 100, "failed").await;
    let failed = world.admin_as("k", &path, &body).await;
    assert_eq!(failed.body["refund"]["status"], "failed");
    world.check().await;
}

/// Nothing personal is written to the order of somebody who was forgotten.
#[tokio::test]
async fn a_payment_after_forgetting_leaves_nothing_personal() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (_, session) = ada.begins("small").await;
    ada.delete("/v1/account").await;
    world.outside.stripe.pay(&session);
    world.session_event("completed", &session).await;
    let rows = world
        .database
        .query("select state, receipt_url, session_url, mail from orders");
    assert_eq!(
        Value::from(rows),
        json!([{"state": "paid", "receipt_url": null, "session_url": null, "mail": null}])
    );
    world.check().await;
}
