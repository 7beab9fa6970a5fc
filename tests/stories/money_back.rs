//! Money that goes back, told in any order, before its payment and more than once.

use serde_json::json;

use super::world::{User, World};

async fn figures(ada: &User, order: &str) -> (String, u64, u64, u64) {
    let order = ada.order(order).await;
    let number = |name: &str| order[name].as_u64().unwrap();
    (
        order["status"].as_str().unwrap().to_owned(),
        number("credits_taken_back"),
        number("shortage"),
        ada.available().await,
    )
}

fn is(status: &str, taken: u64, shortage: u64, available: u64) -> (String, u64, u64, u64) {
    (status.into(), taken, shortage, available)
}

/// A refund takes its share of that package and nothing else, once.
///
/// Seen in [elizaOS/eliza #10920](https://github.com/elizaOS/eliza/issues/10920).
#[tokio::test]
async fn a_refund_takes_its_share_once() {
    let world = World::selling();
    let ada = world.user("ada").await;
    world.grant("ada", 7).await;
    let (order, payment) = ada.buys("small").await;
    for _ in 0..3 {
        let answer = world.refund_event("re_1", &payment, 125, "succeeded").await;
        assert_eq!(answer.status, 200);
        assert_eq!(figures(&ada, &order).await, is("partly_refunded", 5, 0, 22));
    }
    world.refund_event("re_2", &payment, 375, "succeeded").await;
    assert_eq!(figures(&ada, &order).await, is("refunded", 20, 0, 7));
    // The second one fails: its money stayed.
    world.refund_event("re_2", &payment, 375, "failed").await;
    assert_eq!(figures(&ada, &order).await, is("partly_refunded", 5, 0, 22));
    // And is told once more as it was before.
    world.refund_event("re_2", &payment, 375, "succeeded").await;
    assert_eq!(figures(&ada, &order).await, is("partly_refunded", 5, 0, 22));
    assert_eq!(
        ada.journal().await,
        [
            "grant 7 of A: 7 left, 0 held",
            "grant 20 of B: 20 left, 0 held",
            "clawback 5 of B: 15 left, 0 held",
            "clawback 15 of B: 0 left, 0 held",
            "reinstatement 15 of B: 15 left, 0 held",
        ]
    );
    world.check().await;
}

/// A dispute that is won leaves its account as it was.
///
/// Seen in [elizaOS/eliza #10997](https://github.com/elizaOS/eliza/issues/10997) and
/// [#11155](https://github.com/elizaOS/eliza/issues/11155).
#[tokio::test]
async fn a_dispute_that_is_won_punishes_nobody() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, payment) = ada.buys("small").await;
    world
        .dispute_event("created", &payment, 500, "needs_response")
        .await;
    assert_eq!(figures(&ada, &order).await, is("disputed", 0, 0, 20));
    world
        .dispute_event("funds_withdrawn", &payment, 500, "needs_response")
        .await;
    assert_eq!(figures(&ada, &order).await, is("disputed", 20, 0, 0));
    world
        .dispute_event("funds_reinstated", &payment, 500, "under_review")
        .await;
    world.dispute_event("closed", &payment, 500, "won").await;
    assert_eq!(figures(&ada, &order).await, is("paid", 0, 0, 20));
    // A later refund takes all of its share, and what was given back before does not count.
    world.refund_event("re_1", &payment, 500, "succeeded").await;
    assert_eq!(figures(&ada, &order).await, is("refunded", 20, 0, 0));
    world.check().await;
}

/// A refund and a dispute of the same money take it once.
///
/// Seen in [antiwork/gumroad #4372](https://github.com/antiwork/gumroad/pull/4372) and
/// [juspay/hyperswitch #10533](https://github.com/juspay/hyperswitch/pull/10533).
#[tokio::test]
async fn a_refund_and_a_dispute_of_one_payment_take_it_once() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, payment) = ada.buys("small").await;
    world.refund_event("re_1", &payment, 300, "succeeded").await;
    world
        .dispute_event("funds_withdrawn", &payment, 500, "needs_response")
        .await;
    assert_eq!(figures(&ada, &order).await, is("disputed", 20, 0, 0));
    world.dispute_event("closed", &payment, 500, "lost").await;
    assert_eq!(figures(&ada, &order).await, is("disputed", 20, 0, 0));
    world.check().await;
}

/// Whoever holds everything, has their money refunded and cancels has nothing to spend, and buys nothing more meanwhile.
#[tokio::test]
async fn hold_everything_refund_cancel() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, payment) = ada.buys("small").await;
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(ada.running_job().await);
    }
    world.refund_event("re_1", &payment, 500, "succeeded").await;
    assert_eq!(figures(&ada, &order).await, is("refunded", 4, 16, 0));
    let refused = ada.checkout("small").await;
    assert_eq!((refused.status, refused.code()), (409, "conflict"));
    assert_eq!(refused.body["reason"], "shortage");
    for (number, _) in jobs.iter().enumerate() {
        let task = format!("task-{}", number + 1);
        world
            .outside
            .set(&task, super::world::Task::Failed("internal_error"));
        world.callback(&task).await;
    }
    world.run_background().await;
    assert_eq!(figures(&ada, &order).await, is("refunded", 20, 0, 0));
    assert_eq!(ada.generate(&ada.request().await).await.status, 402);
    // Nothing is owed any more.
    ada.begins("small").await;
    world.check().await;
}

/// What was spent is a shortage, which is shown and blocks buying; it is not taken of what else there is.
#[tokio::test]
async fn spent_credits_are_a_shortage() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, payment) = ada.buys("small").await;
    ada.running_job().await;
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    world.run_background().await;
    world.grant("ada", 7).await;
    world
        .dispute_event("funds_withdrawn", &payment, 500, "needs_response")
        .await;
    assert_eq!(figures(&ada, &order).await, is("disputed", 16, 4, 7));
    let refused = ada.checkout("small").await;
    assert_eq!(refused.body["reason"], "shortage");
    world.dispute_event("closed", &payment, 500, "won").await;
    assert_eq!(figures(&ada, &order).await, is("paid", 0, 0, 23));
    ada.begins("small").await;
    world.check().await;
}

/// While a bank only asks, credits stay, and nothing more is bought.
#[tokio::test]
async fn an_inquiry_takes_nothing_and_blocks_buying() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, payment) = ada.buys("small").await;
    world
        .dispute_event("created", &payment, 500, "warning_needs_response")
        .await;
    assert_eq!(figures(&ada, &order).await, is("disputed", 0, 0, 20));
    assert_eq!(ada.checkout("large").await.body["reason"], "disputed");
    world
        .dispute_event("closed", &payment, 500, "warning_closed")
        .await;
    assert_eq!(figures(&ada, &order).await, is("paid", 0, 0, 20));
    ada.begins("large").await;
    world.check().await;
}

/// A refund is told before its payment was seen: it waits for it, whichever way that comes.
#[tokio::test]
async fn a_refund_may_come_before_its_payment() {
    for by_cron in [true, false] {
        let world = World::selling();
        let ada = world.user("ada").await;
        let (order, session) = ada.begins("small").await;
        world.outside.stripe.pay(&session);
        assert_eq!(
            world
                .refund_event("re_1", "pi_1", 250, "succeeded")
                .await
                .status,
            200
        );
        assert_eq!(ada.available().await, 0);
        if by_cron {
            world.pass(1).await;
        } else {
            world.session_event("completed", &session).await;
        }
        assert_eq!(
            figures(&ada, &order).await,
            is("partly_refunded", 10, 0, 10)
        );
        let kept = world.database.query("select * from early_reversals");
        assert!(kept.is_empty(), "{kept:?}");
        world.check().await;
    }
}

/// The payment was applied, and the Worker died before what was told earlier: the cron applies it.
#[tokio::test]
async fn a_refund_that_waits_is_not_forgotten() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, session) = ada.begins("small").await;
    world.outside.stripe.pay(&session);
    world.refund_event("re_1", "pi_1", 500, "succeeded").await;
    for nth in 1..12 {
        world.database.lose(nth, 1, super::world::When::After);
        world.session_event("completed", &session).await;
    }
    world.database.heal();
    world.pass(2).await;
    assert_eq!(figures(&ada, &order).await, is("refunded", 20, 0, 0));
    world.check().await;
}

/// Stripe tells nobody of a dispute, or the event is lost: the hourly comparison finds it.
#[tokio::test]
async fn a_dispute_that_nobody_told_of_is_found_by_listing() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, payment) = ada.buys("small").await;
    world.outside.stripe.dispute(json!({
        "id": "dp_1", "object": "dispute", "amount": 500, "currency": "usd", "payment_intent": payment, "status": "lost",
    }));
    world.pass(60).await;
    assert_eq!(figures(&ada, &order).await, is("disputed", 20, 0, 0));
    world.check().await;
}

/// In another currency it is no part of the price: nothing moves, and an operator sees it.
#[tokio::test]
async fn a_reversal_in_another_currency_moves_nothing() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, payment) = ada.buys("small").await;
    let refund = json!({
        "id": "re_1", "object": "refund", "amount": 500, "currency": "eur", "payment_intent": payment, "status": "succeeded",
    });
    assert_eq!(
        world.stripe_event("refund.created", &refund).await.status,
        200
    );
    assert_eq!(figures(&ada, &order).await, is("paid", 0, 0, 20));
    let admin = world.admin_orders("?anomaly=true").await;
    assert!(
        admin["orders"][0]["anomaly"]
            .as_str()
            .unwrap()
            .contains("re_1")
    );
    world.check().await;
}

/// Credits that expired were given to nobody: their refund leaves no debt. What is given back later lives on.
#[tokio::test]
async fn money_back_after_the_credits_expired() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, payment) = ada.buys("large").await;
    world
        .dispute_event("funds_withdrawn", &payment, 1000, "needs_response")
        .await;
    assert_eq!(figures(&ada, &order).await, is("disputed", 50, 0, 50));
    world.tick(std::time::Duration::from_hours(31 * 24));
    let ada = world.user("ada").await;
    assert_eq!(ada.available().await, 0);
    world
        .refund_event("re_1", &payment, 1000, "succeeded")
        .await;
    assert_eq!(figures(&ada, &order).await, is("disputed", 50, 0, 0));
    world.dispute_event("closed", &payment, 1000, "won").await;
    // The refund of the other half takes what would come back: nobody had the credits that expired.
    assert_eq!(figures(&ada, &order).await, is("partly_refunded", 50, 0, 0));
    world.check().await;
}

/// Every batch of a reversal fails once, before or after its effect.
#[tokio::test]
async fn every_batch_of_a_reversal_fails_once() {
    for when in [super::world::When::Before, super::world::When::After] {
        for nth in 1..=8 {
            let world = World::selling();
            let ada = world.user("ada").await;
            let (order, payment) = ada.buys("small").await;
            world.database.lose(nth, 1, when);
            for _ in 0..4 {
                if world
                    .refund_event("re_1", &payment, 250, "succeeded")
                    .await
                    .status
                    == 200
                {
                    break;
                }
            }
            world.database.heal();
            assert_eq!(
                figures(&ada, &order).await,
                is("partly_refunded", 10, 0, 10),
                "{nth} {when:?}"
            );
            world.check().await;
        }
    }
}
