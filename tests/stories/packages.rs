//! Many packages, and repeated grants.

use std::collections::BTreeSet;

use futures::future::join_all;
use http::Method;
use serde_json::json;

use super::world::{ADMIN_TOKEN, User, Vendor, When, World, config, model};

/// A model of 125 credits a picture, up to four at once.
fn dear() -> World {
    let vendor = Vendor {
        name: "evolink",
        models: model("evolink", "evolink/dear", 125, 4),
        signs: false,
    };
    let mut config = config();
    config.providers = vec![vendor.config()];
    World::with(config)
}

/// A job of 500 credits of which half are charged; returns the number of statements of each batch.
async fn job_of_500(world: &World, ada: &User) -> Vec<usize> {
    let request = ada.request_of("evolink/dear", 4).await;
    let before = world.database.batches();
    let job = ada.generate(&request).await.id();
    world.run_background().await;
    world.outside.finish("task-1", 2);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    let batches = world.database.batches_since(before);
    let done = ada.job(&job).await;
    assert_eq!(
        (&done["credits"]["paid"], &done["credits"]["returned"]),
        (&json!(250), &json!(250))
    );
    batches.iter().map(Vec::len).collect()
}

/// Seen in the source of `ShipAny`.
#[tokio::test]
async fn a_thousand_packages_take_no_more_statements_than_one() {
    let world = dear();
    let ada = world.user("ada").await;
    world.grant("ada", 500).await;
    let of_one = job_of_500(&world, &ada).await;
    world.check().await;

    let world = dear();
    let ada = world.user("ada").await;
    for _ in 0..1000 {
        world.grant("ada", 1).await;
    }
    let of_many = job_of_500(&world, &ada).await;
    println!("statements per batch of a job: {of_many:?}, of 1 package or of 500");
    assert_eq!(of_many, of_one);
    assert_eq!(ada.credits().await, (750, 0));
    let journal = ada.journal().await;
    assert_eq!(journal.len(), 1000 + 500 + 250 + 250);
    // Each share has returned to the package that it came from.
    let returned = world
        .database
        .query("select package_id from journal where kind = 'release'");
    let packages: BTreeSet<_> = returned
        .iter()
        .map(|row| row["package_id"].to_string())
        .collect();
    assert_eq!(packages.len(), 250);
    assert_eq!(
        world
            .database
            .number("select count(*) from packages where spent = 1"),
        250
    );
    world.check().await;
}

async fn grant(
    world: &World,
    account: &str,
    credits: u64,
    reference: &str,
) -> super::world::Answer {
    let body =
        json!({"account": account, "credits": credits, "kind": "paid", "reference": reference});
    world
        .call(Method::POST, "/v1/admin/grants", ADMIN_TOKEN, &body)
        .await
}

/// Seen in [wasp-lang/open-saas #688](https://github.com/wasp-lang/open-saas/issues/688), [wasp-lang/open-saas
/// #703](https://github.com/wasp-lang/open-saas/pull/703), [theopenco/llmgateway
/// #1713](https://github.com/theopenco/llmgateway/issues/1713), [anomalyco/opencode
/// #28402](https://github.com/anomalyco/opencode/issues/28402) and [pollinations/pollinations
/// #10621](https://github.com/pollinations/pollinations/issues/10621).
#[tokio::test]
async fn one_payment_is_one_package_however_often_it_is_reported() {
    for seed in 0..10 {
        let world = World::new();
        let ada = world.user("ada").await;
        world.pauses.shuffle(seed);
        let answers = join_all((0..6).map(|_| grant(&world, "ada", 9, "pay-1"))).await;
        for answer in &answers {
            assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
        }
        let other = [
            grant(&world, "ada", 8, "pay-1").await,
            grant(&world, "bob", 9, "pay-1").await,
        ];
        assert_eq!(other.map(|answer| answer.status), [422, 422]);
        assert_eq!(ada.journal().await, ["grant 9 of A: 9 left, 0 held"]);
        world.check().await;
    }
}

/// The objects of two accounts, which share no lock, are told of one payment at the same time.
///
/// Seen in [wasp-lang/open-saas #688](https://github.com/wasp-lang/open-saas/issues/688), [wasp-lang/open-saas
/// #703](https://github.com/wasp-lang/open-saas/pull/703), [theopenco/llmgateway
/// #1713](https://github.com/theopenco/llmgateway/issues/1713), [anomalyco/opencode
/// #28402](https://github.com/anomalyco/opencode/issues/28402) and [pollinations/pollinations
/// #10621](https://github.com/pollinations/pollinations/issues/10621).
#[tokio::test]
async fn one_payment_never_credits_two_accounts() {
    for seed in 0..10 {
        let world = World::new();
        world.pauses.shuffle(seed);
        let (ada, bob) = futures::join!(
            grant(&world, "ada", 9, "pay-1"),
            grant(&world, "bob", 9, "pay-1")
        );
        let mut statuses = [ada.status, bob.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422]);
        assert_eq!(world.database.number("select count(*) from packages"), 1);
        world.check().await;
    }
}

/// Seen in [octopusreview/octopus #577](https://github.com/octopusreview/octopus/pull/577),
/// [leap-ai/headshots-starter #115](https://github.com/leap-ai/headshots-starter/issues/115) and the source of
/// VOVV.
#[tokio::test]
async fn a_grant_that_failed_succeeds_when_repeated() {
    for when in [When::Before, When::After] {
        let world = World::new();
        let ada = world.user("ada").await;
        world.database.lose(1, 9, when);
        assert_eq!(grant(&world, "ada", 9, "pay-1").await.status, 503);
        world.database.heal();
        world.accounts.lose(1, 1, when);
        assert_eq!(grant(&world, "ada", 9, "pay-1").await.status, 503);
        assert_eq!(grant(&world, "ada", 9, "pay-1").await.status, 201);
        assert_eq!(ada.journal().await, ["grant 9 of A: 9 left, 0 held"]);
        world.check().await;
    }
}

#[tokio::test]
async fn a_new_demo_account_is_welcomed_once() {
    let mut config = config();
    config.welcome_credits = atelier::domain::credits::Credits::of(12);
    let world = World::with(config);
    let ada = world.user("ada").await;
    world.user("ada").await;
    assert_eq!(ada.credits().await, (12, 0));
    assert_eq!(ada.journal().await, ["grant 12 of A: 12 left, 0 held"]);
    world.check().await;
}
