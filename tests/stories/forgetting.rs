//! Forgetting a person.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::deletion::{completed_job, delete, delete_job, results, with_a_picture};
use super::failover::two;
use super::world::{Create, Task, World, advance, configured};

/// Seen in [get-engram/engram #392](https://github.com/get-engram/engram/issues/392),
/// [Karthikkk-24/ai-content-builder #148](https://github.com/Karthikkk-24/ai-content-builder/issues/148) and
/// [diced/zipline #957](https://github.com/diced/zipline/issues/957).
#[tokio::test]
async fn nothing_of_a_forgotten_person_remains_but_the_ledger() {
    let (world, ada, job) = with_a_picture().await;
    let uploads = world.database.query("select id from uploads order by id");
    let hers: Vec<_> = uploads
        .iter()
        .map(|row| row["id"].clone())
        .chain([json!(job)])
        .collect();
    let ben = world.user("ben").await;
    ben.upload("his").await;
    let journal = ada.journal().await;
    let forgotten = delete(&ada, "/v1/account").await;
    let all = json!({"removed": hers, "more": false});
    assert_eq!((forgotten.status, forgotten.body), (200, all));
    assert_eq!(hers.len(), 3);
    assert_eq!(world.pictures.kept("").len(), 1, "his is left alone");
    let row = world
        .database
        .query("select subject from accounts where subject = 'ada'");
    assert_eq!((row.len(), ada.journal().await), (0, journal));
    assert_eq!(ada.get("/v1/jobs").await.body["jobs"], json!([]));
    // Once no upload can be in flight any more, cleanup is done.
    world.tick(Duration::from_mins(5));
    world.run_cron().await;
    let again = delete(&ada, "/v1/account").await;
    assert_eq!(again.body, json!({"removed": [], "more": false}));
    world.check().await;
}

/// A page of rows is 5,000 uploads and 400 jobs.
#[tokio::test]
async fn more_than_a_page_of_jobs_is_removed_by_one_request() {
    let none = |name: &str| (name.to_owned(), "0".to_owned());
    let limits = ["MAX_GENERATIONS_PER_MINUTE", "MAX_FAILED_PER_HOUR"];
    let world = World::with(configured(&limits.map(none)));
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let request = ada.request().await;
    for _ in 0..401 {
        world.outside.next_creates([Create::Answer(400, "{}")]);
        let job = ada.generate(&request).await.id();
        world.run_background().await;
        world.pictures.store(&format!("results/{job}/11"), "late");
    }
    let forgotten = delete(&ada, "/v1/account").await;
    let removed = forgotten.body["removed"].as_array().unwrap().len();
    assert_eq!((removed, &forgotten.body["more"]), (403, &json!(false)));
    assert_eq!(world.pictures.kept("").len(), 0);
    world.check().await;
}

/// They do not stay for the rest of their day: cleanup continues with them.
#[tokio::test]
async fn uploads_that_could_not_be_removed_at_once_are_removed_by_the_next_run_of_cron() {
    let (world, ada, _) = with_a_picture().await;
    let ben = world.user("ben").await;
    ben.upload("his").await;
    world.pictures.fail_next(1);
    let failed = delete(&ada, "/v1/account").await;
    assert_eq!((failed.status, failed.code()), (503, "storage_unavailable"));
    assert_eq!(world.pictures.kept("uploads/").len(), 3);
    world.tick(Duration::from_mins(5));
    world.run_cron().await;
    assert_eq!(world.pictures.kept("uploads/").len(), 1);
    world.pass(10).await;
    assert_eq!((results(&world), world.pictures.kept("").len()), (0, 1));
    world.check().await;
}

/// An upload in flight when its owner is forgotten: recorded before that, it is removed; after it,
/// it is usable.
#[tokio::test]
async fn an_upload_in_flight_when_its_owner_is_forgotten_is_removed_or_usable() {
    let mut gone = 0;
    for turns in 1.. {
        let world = World::new();
        let ada = world.user("ada").await;
        let mut uploaded = pin!(ada.upload("me"));
        if advance(turns, &mut uploaded).await {
            world.check().await;
            break;
        }
        assert_eq!(delete(&ada, "/v1/account").await.status, 200);
        world.run_cron().await;
        uploaded.await;
        world.tick(Duration::from_mins(5));
        world.run_cron().await;
        let good = "select count(*) from uploads where forgotten_at is null";
        let (kept, good) = (world.pictures.kept("").len(), world.database.number(good));
        assert_eq!(i64::try_from(kept).unwrap(), good, "after {turns} turns");
        gone += usize::from(kept == 0);
        world.check().await;
    }
    assert!(gone > 0);
}

/// What is uploaded after forgetting is kept, even while the removal still runs.
#[tokio::test]
async fn an_upload_that_arrives_during_the_removal_stays() {
    let mut stayed = 0;
    for turns in 1.. {
        let (world, ada, _) = with_a_picture().await;
        let mut forgotten = pin!(delete(&ada, "/v1/account"));
        if advance(turns, &mut forgotten).await {
            world.check().await;
            break;
        }
        world.accounts.evict_all();
        completed_job(&ada, "task-2").await;
        assert_eq!(forgotten.await.status, 200);
        let wanted = world
            .database
            .query("select id from jobs where deleted_at is null");
        assert_eq!(results(&world), wanted.len(), "after {turns} turns");
        stayed += wanted.len();
        world.check().await;
    }
    assert!(stayed > 4, "{stayed}");
}

/// A job that is being submitted when its user is forgotten: if rejected, it does not fail over and
/// costs nothing; if accepted, it costs what its provider makes, unless that fails.
#[tokio::test]
async fn a_job_being_submitted_when_its_user_is_forgotten_ends_as_its_provider_answers() {
    for (create, task, end, credits) in [
        (Create::Answer(429, "{}"), None, "canceled", (20, 0)),
        (
            Create::Accept,
            Some(Task::Failed("busy")),
            "failed",
            (20, 0),
        ),
        (Create::Accept, Some(Task::Canceled), "canceled", (20, 0)),
        (
            Create::Accept,
            Some(Task::Succeeded(vec![
                "https://files.evolink.ai/1.png".into(),
            ])),
            "completed",
            (16, 0),
        ),
        // A success without pictures is a failure.
        (
            Create::Accept,
            Some(Task::Succeeded(Vec::new())),
            "failed",
            (20, 0),
        ),
    ] {
        let world = World::with(two());
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        ada.open_job().await;
        delete(&ada, "/v1/account").await;
        world.outside.next_creates([create]);
        world.run_background().await;
        if let Some(task) = task {
            assert_eq!(
                (ada.credits().await, state(&world)),
                ((16, 4), "running".into())
            );
            world.outside.set("task-1", task);
            assert_eq!(world.callback("task-1").await, 200);
        }
        world.run_background().await;
        assert_eq!((ada.credits().await, state(&world)), (credits, end.into()));
        assert_eq!(world.pictures.kept("").len(), 0);
        assert_eq!(world.outside.submitted().len(), 1);
        world.pass(10).await;
        world.check().await;
    }
}

/// Of four requested pictures, the provider reports two: two are charged, and none is stored.
#[tokio::test]
async fn a_job_finished_for_a_forgotten_user_is_charged_by_the_reported_count() {
    for (reported, paid) in [(2, 6), (4, 12), (6, 12)] {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let request = ada.request_of("evolink/seedream-4", 4).await;
        ada.generate(&request).await;
        world.run_background().await;
        delete(&ada, "/v1/account").await;
        world.outside.finish("task-1", reported);
        assert_eq!(world.callback("task-1").await, 200);
        world.run_background().await;
        assert_eq!(
            (ada.credits().await, state(&world), results(&world)),
            ((20 - paid, 0), "completed".into(), 0)
        );
        let fetched = world.went_out();
        assert!(!fetched.iter().any(|line| line.starts_with("fetch")));
        world.pass(10).await;
        world.check().await;
    }
}

/// Whatever state a job is in when its user is forgotten, nothing of it is stored.
///
/// Seen in [get-engram/engram #392](https://github.com/get-engram/engram/issues/392),
/// [Karthikkk-24/ai-content-builder #148](https://github.com/Karthikkk-24/ai-content-builder/issues/148) and
/// [diced/zipline #957](https://github.com/diced/zipline/issues/957).
#[tokio::test]
async fn an_open_job_of_a_forgotten_user_stores_nothing_and_is_charged_if_it_finishes() {
    // The provider has it, and continues.
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    delete(&ada, "/v1/account").await;
    assert_eq!(
        (ada.credits().await, state(&world)),
        ((16, 4), "running".into())
    );
    // It was deleted before.
    assert_eq!(delete_job(&ada, &job).await.status, 204);
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    assert_eq!(
        (ada.credits().await, state(&world)),
        ((16, 0), "completed".into())
    );
    assert_eq!(world.pictures.kept("").len(), 0);
    world.pass(10).await;
    world.check().await;
}

/// The user is forgotten while pictures are being stored.
///
/// Seen in [get-engram/engram #392](https://github.com/get-engram/engram/issues/392),
/// [Karthikkk-24/ai-content-builder #148](https://github.com/Karthikkk-24/ai-content-builder/issues/148) and
/// [diced/zipline #957](https://github.com/diced/zipline/issues/957).
#[tokio::test]
async fn an_ingest_under_way_when_its_user_is_forgotten_leaves_nothing() {
    let mut ends = BTreeMap::new();
    for turns in 0.. {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        ada.running_job().await;
        world.outside.finish("task-1", 1);
        // Longer than the callback waits, and not much longer.
        world.pictures.downloads_take(20);
        assert_eq!(world.callback("task-1").await, 200);
        let mut ingest = world.background.next().unwrap();
        let is_over = advance(turns, &mut ingest).await;
        world.accounts.evict_all();
        assert_eq!(delete(&ada, "/v1/account").await.status, 200);
        if !is_over {
            ingest.await;
        }
        world.run_background().await;
        assert_eq!(results(&world), 0, "after {turns} turns: {}", state(&world));
        world.pass(10).await;
        assert_eq!(results(&world), 0);
        world.accounts.evict_all();
        ends.insert(state(&world), ada.credits().await);
        world.check().await;
        if is_over {
            break;
        }
    }
    // Whether the ingest was first, or the deletion.
    assert_eq!(ends, [("completed".to_owned(), (16, 0))].into());
    // And one whose ingest was killed half-way: the reconciler ends it, without a second download.
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    ada.running_job().await;
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.background.kill();
    delete(&ada, "/v1/account").await;
    world.pass(10).await;
    assert_eq!(
        (ada.credits().await, results(&world), state(&world)),
        ((16, 0), 0, "completed".into())
    );
    world.check().await;
}

/// What finishes after its deadline for a forgotten user is not charged.
#[tokio::test]
async fn a_job_whose_hold_ended_before_forgetting_costs_nothing() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    ada.running_job().await;
    world.outside.set(
        "task-1",
        Task::Succeeded(vec!["https://media.unlisted.example/1.png".into()]),
    );
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    world.pass(121).await;
    let ada = world.user("ada").await;
    assert_eq!(
        (ada.credits().await, state(&world)),
        ((20, 0), "storing".into())
    );
    delete(&ada, "/v1/account").await;
    world.pass(2).await;
    assert_eq!(
        (ada.credits().await, state(&world), results(&world)),
        ((20, 0), "canceled".into(), 0)
    );
    world.check().await;
}

/// An object whose state has no deletion is refused by the database, and loads again.
#[tokio::test]
async fn a_stale_object_that_missed_the_deletion_stores_nothing() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    ada.running_job().await;
    let account = World::account("ada");
    let old = world.accounts.keeper(account);
    world
        .accounts
        .install(account, world.accounts.another(account));
    delete(&ada, "/v1/account").await;
    world.accounts.install(account, old);
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    assert_eq!((results(&world), state(&world)), (0, "completed".into()));
    assert_eq!(ada.credits().await, (16, 0));
    world.check().await;
}

#[tokio::test]
async fn a_user_who_returns_finds_their_credits_and_nothing_else() {
    let (world, ada, _) = with_a_picture().await;
    let request = ada.request().await;
    world.tick(Duration::from_secs(1));
    delete(&ada, "/v1/account").await;
    let back = world.user("ada").await;
    assert_eq!(back.credits().await, (36, 0));
    let with_old_uploads = back.generate(&request).await;
    assert_eq!(
        (with_old_uploads.status, with_old_uploads.code()),
        (422, "invalid_request")
    );
    let job = completed_job(&back, "task-2").await;
    assert_eq!(back.get("/v1/jobs").await.body["jobs"][0]["id"], json!(job));
    world.grant("ada", 1).await;
    let named = world.database.query("select subject from accounts");
    assert_eq!(named, vec![json!({"subject": "ada"})]);
    let nobody = world
        .call(Method::DELETE, "/v1/account", "", &Value::Null)
        .await;
    assert_eq!(nobody.status, 401);
    world.check().await;
}

fn state(world: &World) -> String {
    let row = &world.database.query("select state from jobs")[0];
    row["state"].as_str().unwrap().to_owned()
}
