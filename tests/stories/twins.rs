//! Two objects of one account, of which one has an old picture.

use std::pin::pin;
use std::time::Duration;

use atelier::domain::account::{Command, Reply};
use atelier::domain::job::{Event, FailureCode, GenerationRequest, StateName};
use serde_json::json;

use super::world::{World, advance};

/// The old object answers beside the new one: each spends what the other did not.
#[tokio::test]
async fn a_stale_twin_never_spends_twice_and_is_right_in_the_end() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 12).await;
    let order = ada.order().await;
    let old = world.accounts.keeper(account);
    let new = world.accounts.another(account);
    for keeper in [&new, &old, &new] {
        world.accounts.install(account, keeper.clone());
        assert_eq!(ada.generate(&order).await.status, 202);
    }
    for keeper in [&old, &new] {
        world.accounts.install(account, keeper.clone());
        let refused = ada.generate(&order).await;
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

/// A job that expired may still succeed. Whichever comes first is what happens: it is deleted as it was, or it is open
/// again and stays.
#[tokio::test]
async fn a_deletion_and_a_late_success_end_one_way() {
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

/// The whole of a job, with every other step told to the other object.
#[tokio::test]
async fn a_job_that_is_told_to_two_objects_in_turn_is_settled_once() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let twins = [
        world.accounts.keeper(account),
        world.accounts.another(account),
    ];
    let turn = |number: usize| world.accounts.install(account, twins[number % 2].clone());
    // Both have seen the grant, and no more.
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

/// What moves no credits touches no journal: there the job's own state shows that a picture is
/// stale.
#[tokio::test]
async fn a_stale_twin_does_not_take_a_job_back_to_where_it_was() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    let old = world.accounts.keeper(account);
    world.accounts.evict_all();
    world.outside.finish("task-1", 1);
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

/// The old object has not seen the grant: it must not refuse what there are credits for.
#[tokio::test]
async fn a_stale_twin_does_not_refuse_what_there_are_credits_for() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 1).await;
    let order = ada.order().await;
    assert_eq!(ada.generate(&order).await.status, 402);
    let old = world.accounts.keeper(account);
    world.accounts.evict_all();
    world.grant("ada", 3).await;
    world.accounts.install(account, old);
    assert_eq!(ada.generate(&order).await.status, 202);
    world.check().await;
}

/// An object that was loaded before a freeze landed does not know of the hold. It must not end the
/// job without it.
#[tokio::test]
async fn a_twin_that_missed_the_freeze_ends_the_job_with_its_hold() {
    let endings = [
        Event::SubmissionRejected {
            reason: FailureCode::InputRefused,
            detail: "no".into(),
            health: None,
            next: None,
        },
        Event::CancelRequested,
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

/// Nor does it pass a expired hold by, of which it does not know.
#[tokio::test]
async fn a_twin_that_missed_the_freeze_releases_the_hold_at_its_deadline() {
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

/// An object that missed that a job is being stored must not send its delivery away: the picture
/// came in time, and is paid.
#[tokio::test]
async fn a_twin_that_missed_the_success_takes_the_delivery() {
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

/// Every command may be sent again, with or without an idempotency key of the user's: it gives the
/// first answer.
#[tokio::test]
async fn a_command_that_is_sent_again_gives_the_first_answer() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 4).await;
    let order = ada.order().await;
    let photo: atelier::domain::id::UploadId = order["photo"].as_str().unwrap().parse().unwrap();
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

/// What is due is written whatever is asked, also by an object with an old picture: that this was taken does not show
/// that the rest of the picture is right. The simulation found it.
#[tokio::test]
async fn a_stale_twin_is_not_believed_since_something_was_due() {
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
