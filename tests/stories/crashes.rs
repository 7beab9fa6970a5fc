//! Processes that die, callbacks that never come, and concurrent reports.

use futures::FutureExt;
use futures::future::{BoxFuture, join};

use super::world::{Task, User, World, advance};

/// Polls a future at most so many times, then drops it. Returns whether it finished.
async fn live_for(turns: usize, mut future: BoxFuture<'_, ()>) -> bool {
    advance(turns, &mut future).await
}

/// Seen in [QuantumNous/new-api #2025](https://github.com/QuantumNous/new-api/pull/2025), [QuantumNous/new-api
/// #6074](https://github.com/QuantumNous/new-api/issues/6074) and [elizaOS/eliza
/// #11493](https://github.com/elizaOS/eliza/pull/11493).
#[tokio::test]
async fn a_failure_reported_by_three_at_once_is_one_release() {
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

/// A release at the deadline races a success. Whichever comes first, the journal has one outcome,
/// and the picture is stored: charged, or waived.
///
/// Seen in [QuantumNous/new-api #2025](https://github.com/QuantumNous/new-api/pull/2025), [QuantumNous/new-api
/// #6074](https://github.com/QuantumNous/new-api/issues/6074) and [elizaOS/eliza
/// #11493](https://github.com/elizaOS/eliza/pull/11493).
#[tokio::test]
async fn a_success_at_the_deadline_is_charged_or_waived() {
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
        let finished = async {
            world.callback("task-1").await;
            world.run_background().await;
        };
        join(finished, world.run_cron()).await;
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

/// Seen in [QuantumNous/new-api #4429](https://github.com/QuantumNous/new-api/issues/4429),
/// [QuantumNous/new-api #4443](https://github.com/QuantumNous/new-api/pull/4443), [BerriAI/litellm
/// #27639](https://github.com/BerriAI/litellm/issues/27639) and [BerriAI/litellm
/// #40050](https://github.com/BerriAI/litellm/issues/40050).
#[tokio::test]
async fn a_job_killed_before_its_submission_is_released() {
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
    // EvoLink's callback could still come.
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

/// The whole main job, step by step; dispatch and ingest are each killed after `killed_after`
/// polls.
async fn killed_after(world: &World, ada: &User, turns: usize, where_: &str) -> (String, bool) {
    let job = ada.open_job().await;
    let dispatch = world.background.next().unwrap();
    let mut ended = live_for(if where_ == "dispatch" { turns } else { 999 }, dispatch).await;
    if !world.outside.submitted().is_empty() {
        world.outside.finish("task-1", 1);
        if where_ == "ingest" {
            world.pictures.downloads_are_slow();
        }
        let callback = world.callback("task-1").map(|_| ()).boxed();
        let lived = live_for(if where_ == "callback" { turns } else { 999 }, callback).await;
        ended &= lived;
        if let Some(ingest) = world.background.next() {
            ended &= live_for(if where_ == "ingest" { turns } else { 999 }, ingest).await;
        }
    }
    world.accounts.evict_all();
    (job, ended)
}

/// Wherever the process dies, the job ends by itself, once, and the ledger is right.
///
/// Seen in [QuantumNous/new-api #4429](https://github.com/QuantumNous/new-api/issues/4429),
/// [QuantumNous/new-api #4443](https://github.com/QuantumNous/new-api/pull/4443), [BerriAI/litellm
/// #27639](https://github.com/BerriAI/litellm/issues/27639) and [BerriAI/litellm
/// #40050](https://github.com/BerriAI/litellm/issues/40050).
#[tokio::test]
async fn a_job_killed_at_any_moment_ends_once() {
    for where_ in ["dispatch", "callback", "ingest"] {
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

/// The generation request is killed: afterwards there is a whole job or none, never half of one.
///
/// Seen in [QuantumNous/new-api #4429](https://github.com/QuantumNous/new-api/issues/4429),
/// [QuantumNous/new-api #4443](https://github.com/QuantumNous/new-api/pull/4443), [BerriAI/litellm
/// #27639](https://github.com/BerriAI/litellm/issues/27639) and [BerriAI/litellm
/// #40050](https://github.com/BerriAI/litellm/issues/40050).
#[tokio::test]
async fn a_request_killed_at_any_moment_leaves_a_whole_job_or_none() {
    let mut turns = 0;
    loop {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let request = ada.request().await;
        let ended = live_for(turns, ada.generate_as("k", &request).map(|_| ()).boxed()).await;
        let again = ada.generate_as("k", &request).await;
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

/// Seen in the source of QuantumNous/new-api.
#[tokio::test]
async fn jobs_of_a_removed_provider_end() {
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

/// Seen in [pollinations/pollinations #13166](https://github.com/pollinations/pollinations/issues/13166).
#[tokio::test]
async fn a_long_job_is_charged_once_and_its_credits_stay_reserved_meanwhile() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 4).await;
    let job = ada.running_job().await;
    let request = ada.request().await;
    world.pass(29).await;
    assert_eq!(
        (
            ada.status(&job).await.as_str(),
            ada.generate(&request).await.status
        ),
        ("running", 402)
    );
    world.outside.finish("task-1", 1);
    world.callback("task-1").await;
    world.run_background().await;
    assert_eq!(ada.generate(&request).await.status, 402);
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

/// Seen in [leap-ai/headshots-starter #76](https://github.com/leap-ai/headshots-starter/issues/76),
/// [leap-ai/headshots-starter #107](https://github.com/leap-ai/headshots-starter/issues/107),
/// [replicate/replicate-javascript #195](https://github.com/replicate/replicate-javascript/issues/195),
/// [trueai-org/midjourney-proxy #65](https://github.com/trueai-org/midjourney-proxy/issues/65) and the source
/// of zwjat/shipany-two.
#[tokio::test]
async fn without_a_browser_or_a_callback_the_reconciler_finishes_the_job() {
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

/// Polls become less frequent, but stay frequent enough for results that are kept for an hour.
///
/// Seen in [leap-ai/headshots-starter #76](https://github.com/leap-ai/headshots-starter/issues/76),
/// [leap-ai/headshots-starter #107](https://github.com/leap-ai/headshots-starter/issues/107),
/// [replicate/replicate-javascript #195](https://github.com/replicate/replicate-javascript/issues/195) and
/// [trueai-org/midjourney-proxy #65](https://github.com/trueai-org/midjourney-proxy/issues/65).
#[tokio::test]
async fn a_running_job_is_polled_at_least_about_every_five_minutes() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    ada.running_job().await;
    world.pass(60).await;
    let asked = world.went_out().len() - 1;
    assert!((12..=20).contains(&asked), "asked {asked} times in an hour");
    world.check().await;
}
