//! Processes that die, callbacks that never come, and everything at once.

use futures::FutureExt;
use futures::future::{BoxFuture, join};

use super::world::{Task, User, World, advance};

/// Lets a future take at most so many turns, then kills it. Whether it came to its end.
async fn live_for(turns: usize, mut future: BoxFuture<'_, ()>) -> bool {
    advance(turns, &mut future).await
}

#[tokio::test]
async fn a_failure_told_from_three_sides_at_once_is_one_release() {
    for seed in 0..30 {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let job = ada.running_job().await;
        world.outside.set("task-1", Task::Failed("internal_error"));
        world.tick(std::time::Duration::from_mins(1));
        world.pauses.shuffle(seed);
        let (callback, reconciler, cancel) =
            futures::join!(world.callback("task-1"), world.run_cron(), ada.cancel(&job));
        assert_eq!((callback, reconciler), (200, ()));
        assert!([200, 409].contains(&cancel.status), "{}", cancel.body);
        assert_eq!(ada.status(&job).await, "failed");
        assert_eq!(
            ada.journal().await,
            [
                "grant 20 of A: 20 left, 0 held",
                "freeze 4 of A: 16 left, 4 held",
                "release 4 of A: 20 left, 0 held",
            ]
        );
        world.check().await;
    }
}

/// A release at the deadline races a success: whichever comes first, the journal tells one story,
/// and the picture is there: paid, or waived.
#[tokio::test]
async fn a_success_at_the_deadline_is_paid_or_waived() {
    let mut ends = std::collections::BTreeSet::new();
    for seed in 0..64 {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let job = ada.running_job().await;
        world.outside.finish("task-1", 1);
        let before = std::time::Duration::from_millis(seed % 16);
        world.tick(std::time::Duration::from_hours(2) - before);
        world.clock.advance_per_reading(1);
        world.pauses.shuffle(seed);
        let delivered = async {
            world.callback("task-1").await;
            world.run_background().await;
        };
        join(delivered, world.run_cron()).await;
        world.run_background().await;
        world.clock.advance_per_reading(0);
        world.pass(3).await;
        let done = ada.job(&job).await;
        assert_eq!(done["status"], "completed", "{seed}");
        let last = ada.journal().await.pop().unwrap();
        ends.insert(last.split(' ').next().unwrap().to_owned());
        world.check().await;
    }
    assert_eq!(
        ends.into_iter().collect::<Vec<_>>(),
        ["late_success", "settle"]
    );
}

#[tokio::test]
async fn killed_before_the_provider_was_asked() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.open_job().await;
    world.background.kill();
    world.pass(2).await;
    assert_eq!(
        (ada.status(&job).await.as_str(), ada.credits().await),
        ("uncertain", (16, 4))
    );
    // EvoLink could still be heard of.
    world.pass(29).await;
    assert_eq!(ada.status(&job).await, "uncertain");
    world.pass(1).await;
    let over = ada.job(&job).await;
    assert_eq!(
        (&over["status"], &over["error"]["code"]),
        (&"expired".into(), &"timed_out".into())
    );
    assert_eq!(
        ada.journal().await,
        [
            "grant 20 of A: 20 left, 0 held",
            "freeze 4 of A: 16 left, 4 held",
            "release 4 of A: 20 left, 0 held",
        ]
    );
    assert!(world.went_out().is_empty());
    world.check().await;
}

/// The whole of the main job, in turns; `killed_after` turns of the dispatch and of the delivery it
/// is killed.
async fn killed_after(world: &World, ada: &User, turns: usize, where_: &str) -> (String, bool) {
    let job = ada.open_job().await;
    let dispatch = world.background.next().unwrap();
    let mut ended = live_for(if where_ == "dispatch" { turns } else { 999 }, dispatch).await;
    if !world.outside.submitted().is_empty() {
        world.outside.finish("task-1", 1);
        let callback = world.callback("task-1").map(|_| ()).boxed();
        let lived = live_for(if where_ == "callback" { turns } else { 999 }, callback).await;
        ended &= lived;
        if let Some(delivery) = world.background.next() {
            ended &= live_for(if where_ == "delivery" { turns } else { 999 }, delivery).await;
        }
    }
    world.accounts.evict_all();
    (job, ended)
}

/// Wherever the process dies, the job ends by itself, once, and the books are right.
#[tokio::test]
async fn killed_at_any_moment() {
    for where_ in ["dispatch", "callback", "delivery"] {
        let mut turns = 0;
        loop {
            let world = World::new();
            let ada = world.user("ada").await;
            world.grant("ada", 20).await;
            let (job, ended) = killed_after(&world, &ada, turns, where_).await;
            world.pass(125).await;
            let (status, credits) = (ada.status(&job).await, ada.credits().await);
            let asked = world.outside.submitted().len();
            let expected = if asked == 0 {
                ("expired", (20, 0))
            } else {
                ("completed", (16, 0))
            };
            assert_eq!(
                (status.as_str(), credits),
                expected,
                "{where_}, killed after {turns} turns"
            );
            assert!(asked <= 1);
            world.check().await;
            if ended {
                break;
            }
            turns += 1;
        }
        assert!(turns > 3, "{where_} was never killed");
    }
}

/// The request that asks for the picture is killed: then there is a job or there is none, never
/// half of one.
#[tokio::test]
async fn the_request_is_killed_at_any_moment() {
    let mut turns = 0;
    loop {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let order = ada.order().await;
        let ended = live_for(turns, ada.generate_as("k", &order).map(|_| ()).boxed()).await;
        let again = ada.generate_as("k", &order).await;
        assert_eq!(again.status, 202, "{turns}");
        world.run_background().await;
        assert_eq!(ada.credits().await, (16, 4), "{turns}");
        world.pass(125).await;
        assert_eq!(ada.credits().await, (20, 0), "{turns}");
        assert!(world.outside.submitted().len() <= 1);
        world.check().await;
        if ended {
            break;
        }
        turns += 1;
    }
    assert!(turns > 3);
}

#[tokio::test]
async fn a_provider_that_is_no_longer_configured_does_not_keep_its_jobs() {
    use super::world::{Vendor, config, model};
    let vendor = Vendor {
        name: "gone",
        models: model("gone", "gone/one", 4, 1),
        signs: false,
    };
    let mut before = config();
    before.providers = vec![vendor.config()];
    let world = World::with(before);
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.deploy(config());
    world.pass(1).await;
    let over = ada.job(&job).await;
    assert_eq!(
        (&over["status"], &over["error"]["code"]),
        (&"failed".into(), &"provider_unavailable".into())
    );
    assert_eq!(ada.credits().await, (20, 0));
    assert_eq!(world.went_out(), ["create task-1 at gone.test: 2 pictures"]);
    world.check().await;
}

#[tokio::test]
async fn a_long_job_is_paid_once_and_its_credits_are_nobody_elses_meanwhile() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 4).await;
    let job = ada.running_job().await;
    let order = ada.order().await;
    world.pass(29).await;
    assert_eq!(
        (
            ada.status(&job).await.as_str(),
            ada.generate(&order).await.status
        ),
        ("running", 402)
    );
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    world.run_background().await;
    assert_eq!(ada.generate(&order).await.status, 402);
    assert_eq!(
        ada.journal().await,
        [
            "grant 4 of A: 4 left, 0 held",
            "freeze 4 of A: 0 left, 4 held",
            "settle 4 of A: 0 left, 0 held",
        ]
    );
    world.check().await;
}

#[tokio::test]
async fn with_no_browser_and_no_callback_the_clock_finishes_the_job() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    ada.running_job().await;
    world.outside.set("task-1", Task::Running(40));
    world.pass(1).await;
    world.outside.finish("task-1", 1);
    world.pass(1).await;
    assert_eq!(
        world.went_out(),
        [
            "create task-1 at evolink.test: 2 pictures",
            "ask task-1: processing",
            "ask task-1: completed",
            "fetch https://files.evolink.ai/task-1/0.png",
        ]
    );
    assert_eq!(ada.credits().await, (16, 0));
    assert_eq!(ada.journal().await[2], "settle 4 of A: 16 left, 0 held");
    world.check().await;
}

/// A provider is asked ever more seldom, but often enough for results that live for an hour.
#[tokio::test]
async fn a_running_job_is_asked_about_at_least_every_five_minutes_or_so() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    ada.running_job().await;
    world.pass(60).await;
    let asked = world.went_out().len() - 1;
    assert!((12..=20).contains(&asked), "asked {asked} times in an hour");
    world.check().await;
}
