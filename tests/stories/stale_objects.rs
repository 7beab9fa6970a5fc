//! Two objects of one account, of which one has stale state.

use std::pin::pin;
use std::time::Duration;

use atelier::domain::account::{Command, Reply};
use atelier::domain::job::{Event, FailureCode, GenerationRequest, StateName};
use serde_json::json;

use super::world::{World, advance};

/// The old object answers beside the new one: each spends only what the other has not.
#[tokio::test]
async fn a_stale_object_never_spends_twice_and_recovers() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 12).await;
    let request = ada.request().await;
    let old = world.accounts.keeper(account);
    let new = world.accounts.another(account);
    for keeper in [&new, &old, &new] {
        world.accounts.install(account, keeper.clone());
        assert_eq!(ada.generate(&request).await.status, 202);
    }
    for keeper in [&old, &new] {
        world.accounts.install(account, keeper.clone());
        let refused = ada.generate(&request).await;
        assert_eq!(
            (refused.status, &refused.body["available"]),
            (402, &json!(0))
        );
    }
    assert_eq!(ada.credits().await, (0, 12));
    assert_eq!(
        ada.journal().await[1..],
        [
            "freeze 4 of A: 8 left, 4 held",
            "freeze 4 of A: 4 left, 8 held",
            "freeze 4 of A: 0 left, 12 held",
        ]
    );
    world.check().await;
}

/// A job that expired may still succeed. Whichever comes first decides: it is deleted as it was, or it is open
/// again and stays.
#[tokio::test]
async fn a_deletion_and_a_late_success_have_one_outcome() {
    let mut ends = std::collections::BTreeSet::new();
    for turns in 1.. {
        let world = World::new();
        let (ada, job) = world.with_expired_job("ada").await;
        world.outside.finish("task-1", 1);
        let path = format!("/v1/jobs/{job}");
        let mut deletion = pin!(ada.delete(&path));
        if advance(turns, &mut deletion).await {
            world.check().await;
            break;
        }
        world.accounts.evict_all();
        assert_eq!(world.callback("task-1").await, 200);
        let answer = deletion.await.status;
        world.run_background().await;
        let row = &world.database.query("select state from jobs")[0];
        ends.insert((answer, row["state"].as_str().unwrap().to_owned()));
        world.check().await;
    }
    let end = |status, state: &str| (status, state.to_owned());
    assert_eq!(ends, [end(204, "expired"), end(409, "completed")].into());
}

/// A whole job, of which every other step goes to the other object.
#[tokio::test]
async fn a_job_driven_by_two_objects_in_turn_is_settled_once() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let objects = [
        world.accounts.keeper(account),
        world.accounts.another(account),
    ];
    let turn = |number: usize| world.accounts.install(account, objects[number % 2].clone());
    // Both objects have seen the grant, and nothing after it.
    turn(1);
    assert_eq!(ada.credits().await, (20, 0));
    let job = ada.open_job().await;
    turn(0);
    world.run_background().await;
    turn(1);
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    turn(0);
    world.run_background().await;
    for number in [0, 1] {
        turn(number);
        assert_eq!(world.callback("task-1").await, 200);
        let late = ada.cancel(&job).await;
        assert_eq!(
            (late.status, late.code()),
            (409, "hold_already_settled"),
            "{number}"
        );
    }
    world.run_background().await;
    assert_eq!(
        ada.journal().await,
        [
            "grant 20 of A: 20 left, 0 held",
            "freeze 4 of A: 16 left, 4 held",
            "settle 4 of A: 16 left, 0 held",
        ]
    );
    world.check().await;
}

/// An event that moves no credits does not touch the journal: there the job's version reveals stale
/// state.
#[tokio::test]
async fn a_stale_object_does_not_set_a_job_back() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    let old = world.accounts.keeper(account);
    world.accounts.evict_all();
    world.outside.finish("task-1", 1);
    world.pictures.downloads_are_slow();
    assert_eq!(world.callback("task-1").await, 200);
    let late = Command::JobEvent {
        job: job.parse().unwrap(),
        attempt: Some(1),
        event: Event::Progressed {
            task_id: Some("task-1".into()),
            percent: Some(90),
            polled: false,
        },
    };
    let state = StateName::Storing;
    assert_eq!(old.handle(&late).await, Ok(Reply::Unmoved { state }));
    assert_eq!(ada.status(&job).await, "storing");
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    world.check().await;
}

/// The old object has not seen the grant: it must not refuse a job that there are credits for.
#[tokio::test]
async fn a_stale_object_does_not_refuse_a_job_that_credits_suffice_for() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 1).await;
    let request = ada.request().await;
    assert_eq!(ada.generate(&request).await.status, 402);
    let old = world.accounts.keeper(account);
    world.accounts.evict_all();
    world.grant("ada", 3).await;
    world.accounts.install(account, old);
    assert_eq!(ada.generate(&request).await.status, 202);
    world.check().await;
}

/// An object that was loaded before a freeze was committed does not know the hold. It must not end
/// the job without it.
#[tokio::test]
async fn an_object_that_missed_the_freeze_ends_the_job_with_its_hold() {
    let endings = [
        Event::SubmissionRejected {
            reason: FailureCode::InputRefused,
            detail: "no".into(),
            health: None,
            next: None,
        },
        Event::Failed {
            task_id: None,
            reason: FailureCode::GenerationFailed,
            detail: "no".into(),
        },
    ];
    for event in endings {
        let world = World::new();
        let account = World::account("ada");
        let ada = world.user("ada").await;
        world.grant("ada", 4).await;
        let late = world.accounts.another(account);
        late.handle(&Command::Balance).await.unwrap();
        let job = ada.open_job().await;
        let attempt = Some(1);
        let job = job.parse().unwrap();
        let ended = late
            .handle(&Command::JobEvent {
                job,
                attempt,
                event,
            })
            .await;
        assert!(matches!(ended, Ok(Reply::Moved { .. })), "{ended:?}");
        world.accounts.install(account, late);
        assert_eq!(ada.credits().await, (4, 0));
        world.check().await;
    }
}

/// Nor does it miss an expired hold that it does not know.
#[tokio::test]
async fn an_object_that_missed_the_freeze_releases_the_hold_at_its_deadline() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 4).await;
    let late = world.accounts.another(account);
    late.handle(&Command::Balance).await.unwrap();
    let job = ada.running_job().await;
    world.accounts.install(account, late);
    world.tick(Duration::from_mins(121));
    world.run_cron().await;
    assert_eq!(ada.status(&job).await, "expired");
    assert_eq!(ada.credits().await, (4, 0));
    world.check().await;
}

/// An object that missed that a job is being stored must not refuse its ingest: the picture came in
/// time, and is charged.
#[tokio::test]
async fn an_object_that_missed_the_success_accepts_the_ingest() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 4).await;
    let job = ada.running_job().await;
    let late = world.accounts.another(account);
    late.handle(&Command::Balance).await.unwrap();
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.accounts.install(account, late);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
    assert_eq!(ada.journal().await[2..], ["settle 4 of A: 0 left, 0 held"]);
    world.check().await;
}

/// Every command may be repeated, with or without an idempotency key of the user's, and returns the
/// first answer.
///
/// Seen in [elizaOS/eliza #11181](https://github.com/elizaOS/eliza/pull/11181) and [elizaOS/eliza
/// #10930](https://github.com/elizaOS/eliza/pull/10930).
#[tokio::test]
async fn a_repeated_command_returns_the_first_answer() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 4).await;
    let request = ada.request().await;
    let photo: atelier::domain::id::UploadId = request["photo"].as_str().unwrap().parse().unwrap();
    let open = Command::Open(Box::new(atelier::domain::account::Open {
        job: "job_01M7VZGC000000000000000007".parse().unwrap(),
        request: GenerationRequest {
            model: "evolink/nano-banana-2".into(),
            options: atelier::domain::options::Options::default(),
            prompt: Some("a red coat".into()),
            aspect_ratio: None,
            count: 1,
            credits_per_image: atelier::domain::credits::Credits::of(4),
            photo,
            garment: None,
            fingerprint: "f".into(),
        },
        first: "evolink/nano-banana-2".into(),
        idempotency_key: None,
    }));
    let keeper = world.accounts.keeper(account);
    let first = keeper.handle(&open).await.unwrap();
    assert!(matches!(first, Reply::Opened(_)), "{first:?}");
    assert_eq!(keeper.handle(&open).await, Ok(first.clone()));
    assert_eq!(
        world.accounts.another(account).handle(&open).await,
        Ok(first)
    );
    assert_eq!(ada.journal().await.len(), 2);
    world.check().await;
}

/// Due changes are written whatever the command, even by an object with stale state: that they were accepted
/// does not prove that the rest of its state is fresh. The simulation found it.
#[tokio::test]
async fn a_stale_object_decides_again_even_after_writing_what_was_due() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 4).await;
    let job = ada.running_job().await;
    world.grant_for("ada", 5, Duration::from_hours(1)).await;
    let old = world.accounts.keeper(account);
    world.accounts.evict_all();
    assert_eq!(ada.delete("/v1/account").await.status, 200);
    world.tick(Duration::from_mins(61));
    let job = job.parse().unwrap();
    let deleted = old.handle(&Command::Delete { job }).await;
    assert_eq!(deleted, Ok(Reply::Deleted));
    world.check().await;
}
