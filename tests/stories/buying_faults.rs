//! Buying credits while answers are lost, the Worker dies and everybody asks at once.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::till::Till;
use super::world::{When, Wire, World};

/// The answer to the creation is lost, or Stripe fails, which it repeats under the same key: in the end there is one
/// session that its buyer knows, and one order.
#[tokio::test]
async fn a_lost_answer_makes_no_second_session() {
    for (till, sessions) in [(Till::Lose, 1), (Till::Drop, 1), (Till::Fail, 1)] {
        let world = World::selling();
        let ada = world.user("ada").await;
        world.outside.stripe.next([till]);
        let first = ada.checkout("small").await;
        assert_eq!(
            (first.status, first.code()),
            (503, "payments_unavailable"),
            "{till:?}"
        );
        let (order, session) = ada.begins("small").await;
        assert_eq!(world.outside.stripe.sessions().len(), sessions, "{till:?}");
        world.outside.stripe.pay(&session);
        assert_eq!(ada.order(&order).await["status"], "paid");
        assert_eq!(
            ada.get("/v1/orders").await.body["orders"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        world.check().await;
    }
}

/// Who does not ask again gets their session from the cron, and it expires unpaid.
#[tokio::test]
async fn an_order_without_a_session_gets_one_from_the_cron() {
    let world = World::selling();
    let ada = world.user("ada").await;
    world.outside.stripe.next([Till::Lose]);
    assert_eq!(ada.checkout("small").await.status, 503);
    world.pass(1).await;
    let orders = ada.get("/v1/orders").await.body;
    assert_eq!(orders["orders"][0]["status"], "open");
    assert_eq!(world.outside.stripe.sessions(), ["cs_1"]);
    world.check().await;
}

/// A key that does not work: nothing was charged, and the order is over.
#[tokio::test]
async fn what_the_processor_refuses_was_not_charged() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let refusal = Wire(
        401,
        r#"{"error":{"type":"authentication_error","message":"no such key"}}"#.into(),
    );
    world
        .outside
        .answers("POST stripe.test/v1/checkout/sessions", [refusal]);
    let body = serde_json::json!({"offer": "small"});
    let refused = ada.post_as("k", "/v1/checkout", &body).await;
    assert_eq!(
        (refused.status, refused.code()),
        (503, "payments_unavailable")
    );
    let orders = ada.get("/v1/orders").await.body;
    assert_eq!(orders["orders"][0]["status"], "failed");
    // The key is free again: nothing came of it.
    let other = Wire(
        200,
        r#"{"id":"cs_9","url":"https://checkout.stripe.test/cs_9","expires_at":1795170000}"#.into(),
    );
    world
        .outside
        .answers("POST stripe.test/v1/checkout/sessions", [other]);
    let again = ada.post_as("k", "/v1/checkout", &body).await;
    assert_eq!(again.status, 201, "{}", again.body);
    world.check().await;
}

/// A session of which we have never heard, since that answer was lost and nobody asked again, names its order.
#[tokio::test]
async fn a_payment_of_an_unknown_session_finds_its_order() {
    let world = World::selling();
    let ada = world.user("ada").await;
    world.outside.stripe.next([Till::Lose]);
    ada.checkout("small").await;
    world.outside.stripe.pay("cs_1");
    world.session_event("completed", "cs_1").await;
    assert_eq!(ada.available().await, 20);
    world.check().await;
}

/// Whoever is forgotten has no open checkout; money that comes all the same is granted to the account, which stays.
#[tokio::test]
async fn forgetting_ends_open_checkouts() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, session) = ada.begins("small").await;
    assert_eq!(ada.delete("/v1/account").await.status, 200);
    let requests = world.outside.stripe.requests();
    assert!(
        requests.contains(&format!("POST /v1/checkout/sessions/{session}/expire")),
        "{requests:?}"
    );
    world.outside.stripe.pay(&session);
    world.session_event("completed", &session).await;
    let ada = world.user("ada").await;
    assert_eq!(ada.order(&order).await["status"], "paid");
    assert_eq!(ada.available().await, 20);
    world.check().await;
}

/// Every batch and every call to the account fails once, before or after its effect, on the whole way from the checkout to
/// the credits: one order, one grant, whatever the processor made of it.
///
/// Seen in [NorthlandPositronics/Cogtrix #125](https://github.com/NorthlandPositronics/Cogtrix/issues/125) and
/// [masumi-network/sokosumi #3120](https://github.com/masumi-network/sokosumi/pull/3120).
#[tokio::test]
async fn every_batch_of_a_purchase_fails_once() {
    for when in [When::Before, When::After] {
        for nth in 1..=14 {
            let world = World::selling();
            let ada = world.user("ada").await;
            world.database.lose(nth, 1, when);
            let what = format!("batch {nth}, {when:?}");
            let mut begun = ada.checkout("small").await;
            for _ in 0..3 {
                if begun.status < 500 {
                    break;
                }
                begun = ada.checkout("small").await;
            }
            assert_eq!(begun.status, 201, "{what}: {}", begun.body);
            let session = begun.body["url"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned();
            world.outside.stripe.pay(&session);
            for _ in 0..4 {
                if world.session_event("completed", &session).await.status == 200 {
                    break;
                }
            }
            world.pass(3).await;
            world.database.heal();
            assert_eq!(ada.available().await, 20, "{what}");
            assert_eq!(ada.journal().await.len(), 1, "{what}");
            assert_eq!(world.outside.stripe.sessions().len(), 1, "{what}");
            let orders = ada.get("/v1/orders").await.body;
            assert_eq!(orders["orders"].as_array().unwrap().len(), 1, "{what}");
            world.check().await;
        }
    }
}

/// The Worker dies at every turn of the checkout and of the fulfilment; then the cron finishes it.
#[tokio::test]
async fn a_worker_that_dies_at_any_turn_grants_once() {
    let mut died = 0;
    for turns in 0..40 {
        let world = World::selling();
        let ada = world.user("ada").await;
        let mut begin: futures::future::BoxFuture<'_, _> = Box::pin(ada.checkout("small"));
        let finished = super::world::advance(turns, &mut begin).await;
        drop(begin);
        died += usize::from(!finished);
        world.accounts.evict_all();
        world.pass(2).await;
        for session in world.outside.stripe.sessions() {
            world.outside.stripe.pay(&session);
            let mut event: futures::future::BoxFuture<'_, _> =
                Box::pin(world.session_event("completed", &session));
            super::world::advance(turns, &mut event).await;
        }
        world.accounts.evict_all();
        world.pass(6).await;
        let sessions = world.outside.stripe.sessions().len();
        assert!(sessions <= 1, "{turns}: {sessions}");
        assert_eq!(ada.available().await, 20 * sessions as u64, "{turns}");
        world.check().await;
    }
    assert!(died > 5, "{died}");
}

/// Event, return page and cron at once, in many interleavings.
///
/// Seen in [theopenco/llmgateway #1713](https://github.com/theopenco/llmgateway/issues/1713),
/// [pollinations/pollinations #10621](https://github.com/pollinations/pollinations/issues/10621) and
/// [wasp-lang/open-saas #688](https://github.com/wasp-lang/open-saas/issues/688).
#[tokio::test]
async fn three_at_once_grant_once() {
    for seed in 0..24 {
        let world = World::selling();
        let ada = world.user("ada").await;
        let (order, session) = ada.begins("small").await;
        world.outside.stripe.pay(&session);
        world.tick(Duration::from_mins(1));
        world.pauses.shuffle(seed);
        futures::join!(
            world.session_event("completed", &session),
            ada.order(&order),
            world.run_cron(),
            world.session_event("completed", &session),
        );
        assert_eq!(ada.available().await, 20, "{seed}");
        assert_eq!(ada.journal().await.len(), 1, "{seed}");
        world.check().await;
    }
}

/// An object that lives on beside its successor reads that the order is open, and then that its credits were granted: what
/// it takes for wrong has been put right meanwhile, and is told to no operator.
#[tokio::test]
async fn two_objects_at_once_find_nothing_wrong() {
    for seed in 0..24 {
        let world = World::selling();
        let ada = world.user("ada").await;
        let account = World::account("ada");
        let (order, session) = ada.begins("small").await;
        world.outside.stripe.pay(&session);
        let old = world.accounts.keeper(account);
        let new = world.accounts.another(account);
        let paid = |package: &str| {
            let paid = json!({"paid": {
                "payment": {"id": session.replace("cs_", "pi_"), "amount": {"minor": 500, "currency": "usd"}},
                "receipt_url": null,
            }});
            let told = json!({"order_event": {"order": order, "event": paid, "package": package}});
            serde_json::from_value(told).unwrap()
        };
        let [first, second] = [
            paid("pkg_01M7V98KR00000000000000001"),
            paid("pkg_01M7V98KR00000000000000002"),
        ];
        world.pauses.shuffle(seed);
        let (first, second) = futures::join!(old.handle(&first), new.handle(&second));
        assert!(first.is_ok() && second.is_ok(), "{seed}");
        let orders = world.admin_orders("").await;
        assert_eq!(orders["orders"][0]["status"], "paid", "{seed}");
        assert_eq!(orders["orders"][0]["anomaly"], Value::Null, "{seed}");
        assert_eq!(ada.available().await, 20, "{seed}");
        world.check().await;
    }
}

/// No event ever arrives, and the order was given up: the hourly comparison finds the payment.
#[tokio::test]
async fn a_payment_that_nobody_told_of_is_found_by_listing() {
    let world = World::selling();
    let ada = world.user("ada").await;
    let (order, session) = ada.begins("small").await;
    world.session_event("async_payment_failed", &session).await;
    assert_eq!(ada.order(&order).await["status"], "failed");
    world.outside.stripe.pay(&session);
    world.pass(60).await;
    assert_eq!(ada.order(&order).await["status"], "paid");
    assert_eq!(ada.available().await, 20);
    world.check().await;
}
