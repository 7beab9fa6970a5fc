//! Results that wait for an operator to list their host: other jobs are not affected, the operator
//! is told, and what ends the wait.

use std::time::Duration;

use atelier::domain::time::Timestamp;
use atelier::ports::Clock;
use atelier::store::{CronWriter, DueJob, Removals};
use serde_json::{Value, json};

use super::waiting::{HOST, RESULT, arrive, finished, listing, operator};
use super::world::{Task, When, Wire, World, configured, logged};

/// A user whose job waits for an operator can request other pictures.
#[tokio::test]
async fn a_waiting_job_stops_counting_as_open_after_a_quarter_of_an_hour() {
    let world = World::with(configured(&[("MAX_OPEN_JOBS".into(), "1".into())]));
    let (ada, waiting) = finished(&world, 1, &[RESULT]).await;
    let request = ada.request().await;
    let refused = ada.generate(&request).await;
    assert_eq!(
        (refused.status, refused.code()),
        (429, "too_many_open_jobs")
    );
    world.tick(Duration::from_secs(15 * 60 - 1));
    assert_eq!(ada.generate(&request).await.status, 429);
    world.tick(Duration::from_secs(1));
    for evicted in [false, true] {
        if evicted {
            world.accounts.evict_all();
        }
        let taken = ada.generate(&request).await;
        assert_eq!(taken.status, 202, "{}", taken.body);
        assert_eq!(ada.generate(&request).await.status, 429);
        world.run_background().await;
        let task = if evicted { "task-3" } else { "task-2" };
        world.outside.finish(task, 1);
        world.callback(task).await;
        world.run_background().await;
    }
    assert_eq!(ada.status(&waiting).await, "storing");
    world.check().await;
}

#[tokio::test]
async fn an_operator_is_told_which_host_to_list() {
    let world = World::new();
    let health = [Wire::json(200, &json!({"ok": true}))];
    world.outside.answers("GET app.test/healthz", health);
    let clean = operator(&world, "overview").await;
    assert_eq!(clean["unlisted_hosts"], json!([]));
    let (_, job) = finished(&world, 1, &[RESULT]).await;
    world.tick(Duration::from_mins(3));
    let overview = operator(&world, "overview").await;
    let hosts = json!([{
        "hosts": HOST, "provider": "evolink", "jobs": 1, "since": "2026-11-20T08:10:00.000Z",
    }]);
    assert_eq!(overview["unlisted_hosts"], hosts);
    let jobs = operator(&world, "jobs").await;
    let detail = jobs["jobs"][0]["attempts"][0]["detail"].as_str().unwrap();
    assert_eq!(jobs["jobs"][0]["waiting_hosts"], HOST);
    assert!(detail.contains("media.example") && detail.contains("RESULT_HOSTS"));
    let check = |selftest: &Value| {
        let checks = selftest["checks"].as_array().unwrap().clone();
        let mut checks = checks.into_iter();
        let check = checks
            .find(|check| check["name"] == "result hosts")
            .unwrap();
        (
            check["ok"].clone(),
            check["detail"].as_str().unwrap().to_owned(),
        )
    };
    let (ok, detail) = check(&operator(&world, "selftest").await);
    assert_eq!(
        (ok, detail.as_str()),
        (
            json!(false),
            "1 result of evolink waits: add media.example to RESULT_HOSTS"
        )
    );
    let logged = logged(&job, "result_host_unlisted");
    assert_eq!(
        logged,
        [format!(
            "event=result_host_unlisted job={job} provider=evolink host=media.example"
        )]
    );
    world.deploy(listing(HOST));
    assert_eq!(check(&operator(&world, "selftest").await).0, json!(true));
    world.pass(1).await;
    let after = operator(&world, "overview").await;
    assert_eq!(after["unlisted_hosts"], json!([]));
    world.check().await;
}

/// Hundreds of waiting jobs that are due delay no other job, and are rescued many at a time.
#[tokio::test]
async fn however_many_wait_other_jobs_are_reconciled_in_time() {
    const MANY: u64 = 130;
    let world = World::with(configured(&[
        ("MAX_OPEN_JOBS".into(), "1000".into()),
        ("MAX_GENERATIONS_PER_MINUTE".into(), "0".into()),
    ]));
    let ada = world.user("ada").await;
    world.grant("ada", 4 * MANY + 4).await;
    let request = ada.request().await;
    for number in 1..=MANY {
        assert_eq!(ada.generate(&request).await.status, 202);
        world.run_background().await;
        arrive(&world, &format!("task-{number}"), &[RESULT]).await;
    }
    world.tick(Duration::from_mins(121));
    let ben = world.user("ben").await;
    world.grant("ben", 4).await;
    let running = ben.running_job().await;
    world.outside.finish(&format!("task-{}", MANY + 1), 1);
    world.pass(1).await;
    assert_eq!(ben.status(&running).await, "completed");
    world.pass(5).await;
    assert_eq!(ada.credits().await, (4 * MANY + 4, 0));
    let asked = world.went_out().len();
    world.pass(30).await;
    assert_eq!(world.went_out().len(), asked);
    world.deploy(listing(HOST));
    world.pass(1).await;
    let completed = "select count(*) from jobs where state = 'completed'";
    assert_eq!(
        world.database.number(completed),
        i64::try_from(MANY).unwrap() + 1
    );
    world.check().await;
}

/// However few jobs a run takes, waiting ones have a quota of their own.
#[tokio::test]
async fn a_waiting_job_takes_no_other_jobs_turn() {
    let world = World::new();
    let (_, waiting) = finished(&world, 1, &[RESULT]).await;
    let ben = world.user("ben").await;
    world.grant("ben", 4).await;
    world.tick(Duration::from_mins(121));
    let running = ben.running_job().await;
    world.tick(Duration::from_mins(1));
    let never = Timestamp::from_millis(0);
    let removals = Removals {
        uploads_until: never,
        forgotten_until: never,
        images_until: None,
        deleted_until: never,
        uploads: 1,
        jobs: 1,
    };
    let store = CronWriter::new(world.database.clone());
    let due = store.due(world.clock.now(), 1, &removals).await.unwrap();
    let ids = |jobs: &[DueJob]| {
        jobs.iter()
            .map(|job| job.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (ids(&due.jobs), ids(&due.waiting)),
        (vec![running], vec![waiting])
    );
    world.check().await;
}

/// Nothing of it is stored for a forgotten user. It was made, and is charged.
#[tokio::test]
async fn a_waiting_job_ends_when_its_user_is_forgotten() {
    let world = World::new();
    let (ada, job) = finished(&world, 1, &[RESULT]).await;
    world.pass(5).await;
    ada.delete("/v1/account").await;
    world.pass(1).await;
    let state = format!("select state from jobs where id = '{job}'");
    assert_eq!(
        world.database.query(&state),
        [json!({"state": "completed"})]
    );
    assert_eq!(ada.credits().await, (16, 0));
    world.deploy(listing(HOST));
    world.pass(10).await;
    assert!(world.pictures.kept("results/").is_empty());
    world.check().await;
}

/// A cancel comes too late for a finished picture, and does not end the wait.
#[tokio::test]
async fn a_cancel_does_not_end_the_wait() {
    let world = World::new();
    let (ada, job) = finished(&world, 1, &[RESULT]).await;
    world.pass(5).await;
    assert_eq!(ada.cancel(&job).await.status, 200);
    world.pass(5).await;
    world.deploy(listing(HOST));
    world.pass(1).await;
    assert_eq!(ada.job(&job).await["credits"]["paid"], 4);
    world.check().await;
}

/// Whichever write about it is lost, the picture is not.
#[tokio::test]
async fn a_lost_answer_does_not_lose_a_waiting_result() {
    for when in [When::Before, When::After] {
        for nth in 1..=3 {
            let world = World::new();
            let ada = world.user("ada").await;
            world.grant("ada", 20).await;
            let job = ada.running_job().await;
            let results = vec![RESULT.to_owned()];
            world.outside.set("task-1", Task::Succeeded(results));
            world.accounts.lose(nth, 1, when);
            world.callback("task-1").await;
            world.run_background().await;
            world.accounts.heal();
            world.pass(10).await;
            assert_eq!(ada.status(&job).await, "storing");
            world.deploy(listing(HOST));
            world.pass(10).await;
            assert_eq!(ada.job(&job).await["credits"]["paid"], 4);
            world.check().await;
        }
    }
}

/// A result at an address in a private network is never waited for.
#[tokio::test]
async fn a_result_at_a_private_address_does_not_wait() {
    for address in [
        "http://169.254.169.254/latest",
        "https://localhost/a.png",
        "https://metadata.google.internal/a.png",
        "http://media.example/a.png",
        "https://10.0.0.1/a.png",
    ] {
        let world = World::new();
        let (ada, job) = finished(&world, 1, &[address]).await;
        let over = ada.job(&job).await;
        assert_eq!(over["error"]["code"], "result_lost", "{address}");
        assert_eq!(ada.credits().await, (20, 0));
        assert!(world.fetches().is_empty());
        world.check().await;
    }
}

/// An object that does not know that a job waits must not clear the wait: the job would neither be retried nor
/// found once the host is listed. The simulation found it, with a cancel by a stale object.
#[tokio::test]
async fn an_object_that_missed_the_wait_leaves_the_job_waiting() {
    let world = World::new();
    let account = World::account("ada");
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    let results = Task::Succeeded(vec![RESULT.to_owned()]);
    world.outside.set("task-1", results);
    assert_eq!(world.callback("task-1").await, 200);
    let old = world.accounts.keeper(account);
    world.accounts.evict_all();
    world.run_background().await;
    let waits = || {
        world
            .database
            .query("select waiting_hosts, due_at from jobs")
    };
    let before = waits();
    assert_eq!(before[0]["waiting_hosts"], HOST);
    world.accounts.install(account, old);
    assert_eq!(ada.cancel(&job).await.status, 200);
    assert_eq!(waits(), before);
    world.check().await;
}
