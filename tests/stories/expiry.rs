//! Expiring credits: while held, before cron has run, and the order of consumption.

use std::time::Duration;

use super::world::{Task, World};

const DAY: Duration = Duration::from_hours(24);

/// Seen in [2witstudios/PageSpace #1497](https://github.com/2witstudios/PageSpace/pull/1497),
/// [ever-works/ever-works #2209](https://github.com/ever-works/ever-works/pull/2209) and the source of `ShipAny`.
#[tokio::test]
async fn the_nearest_expiry_is_used_first_and_what_never_expires_last() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 5).await;
    world.grant_for("ada", 2, 30 * DAY).await;
    world.grant_for("ada", 1, 2 * DAY).await;
    world.grant_for("ada", 7, Duration::from_secs(1)).await;
    world.tick(Duration::from_secs(2));
    ada.open_job().await;
    assert_eq!(
        ada.journal().await[4..],
        [
            "expire 7 of D: 0 left, 0 held",
            "freeze 1 of C: 0 left, 1 held",
            "freeze 2 of B: 0 left, 2 held",
            "freeze 1 of A: 4 left, 1 held",
        ]
    );
    world.check().await;
}

/// Seen in [2witstudios/PageSpace #1497](https://github.com/2witstudios/PageSpace/pull/1497),
/// [ever-works/ever-works #2209](https://github.com/ever-works/ever-works/pull/2209) and the source of `ShipAny`.
#[tokio::test]
async fn at_equal_expiry_promo_goes_before_paid_and_older_before_newer() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant_with("ada", 1, "paid", Some(2 * DAY)).await;
    world.grant_with("ada", 1, "promo", Some(2 * DAY)).await;
    world.grant_with("ada", 1, "paid", None).await;
    world.tick(Duration::from_secs(1));
    world.grant_with("ada", 9, "paid", None).await;
    world.grant_with("ada", 1, "promo", None).await;
    ada.open_job().await;
    assert_eq!(
        ada.journal().await[5..],
        [
            "freeze 1 of B: 0 left, 1 held",
            "freeze 1 of A: 0 left, 1 held",
            "freeze 1 of E: 0 left, 1 held",
            "freeze 1 of C: 0 left, 1 held",
        ]
    );
    world.check().await;
}

/// Seen in [vm0-ai/vm0 #10299](https://github.com/vm0-ai/vm0/issues/10299) and [managoat/fountain
/// #1131](https://github.com/managoat/fountain/pull/1131).
#[tokio::test]
async fn expired_credits_are_gone_before_any_cron_has_run() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant_for("ada", 9, DAY).await;
    let request = ada.request().await;
    world.tick(DAY - Duration::from_secs(1));
    assert_eq!(ada.credits().await, (9, 0));
    world.tick(Duration::from_secs(1));
    let refused = ada.generate(&request).await;
    assert_eq!(
        (refused.status, &refused.body["available"]),
        (402, &0.into())
    );
    assert_eq!(ada.credits().await, (0, 0));
    world.pass(130).await;
    let ada = world.user("ada").await;
    let expected = [
        "grant 9 of A: 9 left, 0 held",
        "expire 9 of A: 0 left, 0 held",
    ];
    assert_eq!(ada.journal().await, expected);
    world.check().await;
}

/// Nobody uses the account any more: the hourly cron records the expiry, once.
///
/// Seen in [vm0-ai/vm0 #10299](https://github.com/vm0-ai/vm0/issues/10299), [managoat/fountain
/// #1131](https://github.com/managoat/fountain/pull/1131), [twentyhq/twenty
/// #25603](https://github.com/twentyhq/twenty/pull/25603) and [ai-shifu/ai-shifu
/// #2204](https://github.com/ai-shifu/ai-shifu/pull/2204).
#[tokio::test]
async fn the_cron_records_an_expiry_once_and_leaves_other_packages_alone() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant_for("ada", 9, Duration::from_mins(30)).await;
    world.grant("ada", 5).await;
    world.tick(Duration::from_mins(31));
    world.pass(130).await;
    assert_eq!(
        ada.journal().await,
        [
            "grant 9 of A: 9 left, 0 held",
            "grant 5 of B: 5 left, 0 held",
            "expire 9 of A: 0 left, 0 held",
        ]
    );
    world.check().await;
}

/// Seen in the source of `ShipAny`.
#[tokio::test]
async fn credits_that_expire_while_held_are_settled_as_usual() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant_for("ada", 6, Duration::from_mins(10)).await;
    let job = ada.running_job().await;
    world.pass(12).await;
    assert_eq!(ada.credits().await, (0, 4));
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    world.run_background().await;
    assert_eq!(ada.job(&job).await["credits"]["paid"], 4);
    assert_eq!(
        ada.journal().await,
        [
            "grant 6 of A: 6 left, 0 held",
            "freeze 4 of A: 2 left, 4 held",
            "expire 2 of A: 0 left, 4 held",
            "settle 4 of A: 0 left, 0 held",
        ]
    );
    world.check().await;
}

/// Seen in the source of `ShipAny`.
#[tokio::test]
async fn credits_that_return_after_their_expiry_can_be_used_for_three_more_days() {
    let world = World::new();
    let ada = world.user("ada").await;
    let package = world.grant_for("ada", 6, Duration::from_mins(10)).await;
    let job = ada.running_job().await;
    world.pass(12).await;
    world.outside.set("task-1", Task::Failed("internal_error"));
    world.callback("task-1").await;
    assert_eq!(ada.job(&job).await["credits"]["returned"], 4);
    assert_eq!(ada.credits().await, (4, 0));
    let shown = ada.get("/v1/credits").await.body["packages"][0].clone();
    let grace = world.clock_text(3 * DAY);
    assert_eq!(
        (&shown["id"], &shown["expires_at"]),
        (&package["id"], &grace.as_str().into())
    );
    // The receipt says so, too, with the new balance.
    assert_eq!(
        ada.job(&job).await["receipt"],
        serde_json::json!([{
            "package": package["id"], "credits": 0, "returned": 4, "expires_at": grace,
            "remaining_before": 6, "remaining_after": 4,
        }])
    );
    world.tick(3 * DAY - Duration::from_secs(1));
    let ada = world.user("ada").await;
    assert_eq!(ada.credits().await, (4, 0));
    world.tick(Duration::from_secs(1));
    assert_eq!(ada.credits().await, (0, 0));
    assert_eq!(
        ada.journal().await,
        [
            "grant 6 of A: 6 left, 0 held",
            "freeze 4 of A: 2 left, 4 held",
            "expire 2 of A: 0 left, 4 held",
            "release 4 of A: 4 left, 0 held",
            "expire 4 of A: 0 left, 0 held",
        ]
    );
    world.check().await;
}

impl World {
    /// The time after a duration, in the API's format.
    fn clock_text(&self, while_: Duration) -> String {
        use atelier::ports::Clock;
        self.clock.now().plus(while_).to_string()
    }
}
