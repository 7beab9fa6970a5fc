//! Money that an operator gives back, and what operators read.

use std::pin::pin;

use http::Method;
use serde_json::{Value, json};

use super::world::{Answer, User, World, advance};

async fn refund(world: &World, order: &str, body: &Value) -> Answer {
    world
        .admin(
            Method::POST,
            &format!("/v1/admin/orders/{order}/refund"),
            body,
        )
        .await
}

/// Who has spent 4 of 20 credits, which cost 5.00 USD.
async fn spent(world: &World) -> (User, String) {
    let ada = world.user("ada").await;
    let (order, _) = ada.buys("small").await;
    ada.running_job().await;
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    world.run_background().await;
    (ada, order)
}

/// By default what the unspent credits cost goes back, and they with it.
#[tokio::test]
async fn the_unspent_share_goes_back() {
    let world = World::selling();
    let (ada, order) = spent(&world).await;
    let listed = world.admin_orders("").await;
    assert_eq!(listed["orders"][0]["refundable"]["minor"], 400);
    let answer = refund(&world, &order, &json!({"reason": "asked for"})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        answer.body["refund"],
        json!({
            "id": "re_1", "status": "succeeded", "currency": "usd", "minor": 400, "text": "4.00 USD",
        })
    );
    assert_eq!(answer.body["order"]["status"], "partly_refunded");
    assert_eq!(
        (
            ada.available().await,
            ada.order(&order).await["shortage"].clone()
        ),
        (0, json!(0))
    );
    // The event comes later, and moves nothing.
    world.refund_event("re_1", "pi_1", 400, "succeeded").await;
    assert_eq!(world.outside.stripe.refunds().len(), 1);
    let who = world
        .database
        .query("select operator, reason, outcome, reversal from refunds");
    assert_eq!(
        Value::from(who),
        json!([
            {"operator": "token", "reason": "asked for", "outcome": "made", "reversal": "re_1"},
        ])
    );
    world.check().await;
}

/// More than that is a loss, which has to be accepted; and never more than is left.
#[tokio::test]
async fn a_loss_has_to_be_accepted() {
    let world = World::selling();
    let (ada, order) = spent(&world).await;
    let too_much = refund(&world, &order, &json!({"reason": "x", "amount": 401})).await;
    assert_eq!(
        (too_much.status, &too_much.body["reason"]),
        (409, &json!("loss"))
    );
    assert_eq!(
        (&too_much.body["unspent"], &too_much.body["left"]),
        (&json!(400), &json!(500))
    );
    let above = json!({"reason": "x", "amount": 501, "accept_loss": true});
    let above = refund(&world, &order, &above).await;
    assert_eq!(above.body["reason"], "not_refundable");
    let nothing = refund(&world, &order, &json!({"reason": "x", "amount": 0})).await;
    assert_eq!(nothing.body["reason"], "not_refundable");
    assert_eq!(world.outside.stripe.refunds(), Vec::<Value>::new());
    let all = json!({"reason": "x", "amount": 500, "accept_loss": true});
    assert_eq!(refund(&world, &order, &all).await.status, 200);
    let order = ada.order(&order).await;
    assert_eq!(
        (&order["status"], &order["shortage"]),
        (&json!("refunded"), &json!(4))
    );
    world.check().await;
}

/// The answer is lost, and the same is asked for again: one refund.
#[tokio::test]
async fn a_lost_answer_makes_no_second_refund() {
    let world = World::selling();
    let (_, order) = spent(&world).await;
    let body = json!({"reason": "asked for"});
    world.outside.stripe.lose_the_next("/v1/refunds");
    let lost = refund(&world, &order, &body).await;
    assert_eq!((lost.status, lost.code()), (503, "payments_unavailable"));
    let other = refund(&world, &order, &json!({"reason": "x", "amount": 1})).await;
    assert_eq!((other.status, other.code()), (409, "conflict"));
    // Whoever asked may still be waiting for the answer.
    assert_eq!(refund(&world, &order, &body).await.status, 409);
    world.tick(std::time::Duration::from_mins(2));
    assert_eq!(refund(&world, &order, &body).await.status, 200);
    assert_eq!(world.outside.stripe.refunds().len(), 1);
    world.check().await;
}

/// The answer that is lost is ours: the same request under its key is the same refund, and no other amount.
#[tokio::test]
async fn the_same_request_is_one_refund() {
    let world = World::selling();
    let (ada, order) = spent(&world).await;
    let path = format!("/v1/admin/orders/{order}/refund");
    let body = json!({"reason": "asked for", "amount": 100});
    let first = world.admin_as("k", &path, &body).await;
    let again = world.admin_as("k", &path, &body).await;
    assert_eq!((first.status, again.status), (200, 200), "{}", again.body);
    assert_eq!(first.body["refund"], again.body["refund"]);
    assert_eq!(world.outside.stripe.refunds().len(), 1);
    let other = json!({"reason": "asked for", "amount": 101});
    let other = world.admin_as("k", &path, &other).await;
    assert_eq!((other.status, other.code()), (422, "idempotency_mismatch"));
    assert_eq!(world.admin_as("l", &path, &body).await.status, 200);
    assert_eq!(ada.order(&order).await["refunded"]["minor"], 200);
    world.check().await;
}

/// A refund whose answer was lost is finished by whoever asks next, and is not theirs: their key has none yet, so that the
/// same request again is no second one of what they take for the first.
#[tokio::test]
async fn a_key_is_answered_with_its_own_refund() {
    let world = World::selling();
    let (ada, order) = spent(&world).await;
    let path = format!("/v1/admin/orders/{order}/refund");
    let body = json!({"reason": "asked for", "amount": 100});
    world.outside.stripe.lose_the_next("/v1/refunds");
    let lost = world.admin_as("k", &path, &body).await;
    assert_eq!((lost.status, lost.code()), (503, "payments_unavailable"));
    world.tick(std::time::Duration::from_mins(2));
    let another = world.admin_as("l", &path, &body).await;
    assert_eq!((another.status, another.code()), (409, "conflict"));
    assert_eq!(ada.order(&order).await["refunded"]["minor"], 100);
    assert_eq!(world.admin_as("k", &path, &body).await.status, 200);
    assert_eq!(world.outside.stripe.refunds().len(), 1);
    for _ in 0..2 {
        assert_eq!(world.admin_as("l", &path, &body).await.status, 200);
        assert_eq!(world.outside.stripe.refunds().len(), 2);
    }
    world.check().await;
}

/// Two operators at once give it back once.
#[tokio::test]
async fn two_operators_give_back_once() {
    for seed in 0..12 {
        let world = World::selling();
        let (ada, order) = spent(&world).await;
        world.pauses.shuffle(seed);
        let body = json!({"reason": "asked for"});
        futures::join!(refund(&world, &order, &body), refund(&world, &order, &body));
        assert_eq!(world.outside.stripe.refunds().len(), 1, "{seed}");
        assert_eq!(ada.available().await, 0, "{seed}");
        world.check().await;
    }
}

/// One asks when another has read what is left: what was left then is not left any more.
#[tokio::test]
async fn what_another_has_just_given_back_is_not_left() {
    for turns in 0.. {
        let world = World::selling();
        let (ada, order) = spent(&world).await;
        let body = json!({"reason": "asked for", "amount": 300});
        let mut slow = pin!(refund(&world, &order, &body));
        let is_over = advance(turns, &mut slow).await;
        let mut quick = pin!(refund(&world, &order, &body));
        // It waits for the slow one where that has the account.
        let is_quick = advance(500, &mut quick).await;
        match (is_over, is_quick) {
            (true, true) => {}
            (true, false) => drop(quick.await),
            (false, true) => drop(slow.await),
            (false, false) => drop(futures::join!(slow, quick)),
        }
        let refunds = world.outside.stripe.refunds();
        assert_eq!(refunds.len(), 1, "{turns}");
        assert_eq!(ada.order(&order).await["refunded"]["minor"], 300);
        world.check().await;
        if is_over {
            break;
        }
    }
}

#[tokio::test]
async fn what_is_not_paid_is_not_refunded() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, _) = ada.begins("small").await;
    let body = json!({"reason": "asked for"});
    assert_eq!(refund(&world, &order, &body).await.status, 409);
    let unknown = "ord_01M7W02NY09MCR9ESZJYBHV05B";
    assert_eq!(refund(&world, unknown, &body).await.status, 404);
    assert_eq!(
        refund(&world, &order, &json!({"reason": " "})).await.status,
        422
    );
    let path = format!("/v1/admin/orders/{order}/refund");
    assert_eq!(ada.post(&path, &body).await.status, 401);
    world.check().await;
}

/// Sold, refunded, earned, owed: of each month, at what the credits cost.
#[tokio::test]
async fn revenue_is_told_by_month() {
    let world = World::selling();
    let (ada, _) = spent(&world).await;
    world.tick(std::time::Duration::from_secs(1));
    ada.buys("large").await;
    world.refund_event("re_9", "pi_2", 500, "succeeded").await;
    let revenue = world
        .admin(Method::GET, "/v1/admin/revenue", &Value::Null)
        .await
        .body;
    let line = &revenue["months"][0];
    let minor = |name: &str| line[name]["minor"].as_u64().unwrap();
    assert_eq!(
        (line["month"].as_str(), line["currency"].as_str()),
        (Some("2026-11"), Some("usd"))
    );
    // 4 of 20 credits at 25 cents were spent; 16 of these and 75 at 20 cents are left.
    assert_eq!(
        (
            minor("sold"),
            minor("refunded"),
            minor("earned"),
            minor("owed")
        ),
        (2500, 500, 100, 1900)
    );
    assert_eq!(line["credits_sold"], 120);
    let csv = world
        .admin(Method::GET, "/v1/admin/orders.csv", &Value::Null)
        .await;
    let text = String::from_utf8(csv.bytes.to_vec()).unwrap();
    let rows: Vec<&str> = text.trim_end().split("\r\n").collect();
    assert_eq!(rows.len(), 3);
    assert!(
        rows[1].contains(",large,100,USD,20.00,5.00,partly_refunded,false"),
        "{}",
        rows[1]
    );
    world.check().await;
}

/// The audit compares grants with orders, and orders with the processor.
#[tokio::test]
async fn the_audit_finds_what_does_not_fit() {
    let world = World::selling();
    let audit = async || {
        world
            .admin(Method::GET, "/v1/admin/orders/audit", &Value::Null)
            .await
            .body
    };
    let ada = world.user("ada").await;
    ada.buys("small").await;
    assert_eq!(
        audit().await,
        json!({"ok": true, "payments": 1, "problems": []})
    );
    // Paid, and nobody has told us yet.
    let (order, session) = ada.begins("large").await;
    world.outside.stripe.pay(&session);
    assert_eq!(
        audit().await["problems"],
        json!([format!(
            "{order}: is paid, and its credits were not granted"
        )])
    );
    world.session_event("completed", &session).await;
    // Granted, and the processor does not know of it.
    world
        .outside
        .stripe
        .change("cs_1", |session| session["status"] = json!("expired"));
    let problems = audit().await["problems"].clone();
    assert!(
        problems[0]
            .as_str()
            .unwrap()
            .ends_with("stripe does not list its payment"),
        "{problems}"
    );
    // A grant that names a payment, and belongs to no order: only somebody who writes into the database makes that.
    world.database.tamper("insert into packages (account_id, id, kind, reference, granted, remaining, held, spent, expired,
        clawed_back, granted_at) select account_id, 'pkg_x', 'paid', 'stripe:pi_x', 1, 1, 0, 0, 0, 0, 1 from packages limit 1");
    let problems = audit().await["problems"].clone();
    assert_eq!(problems[0], "the grant stripe:pi_x has no order");
    world
        .database
        .tamper("drop trigger packages_stay; delete from packages where id = 'pkg_x'");
    world.check().await;
}
