//! Canceling a job, whatever state it is in.
//!
//! Seen in [ddcat-ai/open-ai-canvas #477](https://github.com/ddcat-ai/open-ai-canvas/issues/477),
//! [edenartlab/eve #568](https://github.com/edenartlab/eve/pull/568) and the source of VOVV.

use std::time::Duration;

use serde_json::json;

use super::world::real::{asked, callback_path};
use super::world::sign::{SECRET, standard_webhooks};
use super::world::{Create, Task, When, Wire, World, advance, config_of};

/// A provider may have it already, so the request is recorded, and the credits stay reserved.
#[tokio::test]
async fn a_cancel_while_submitting_is_recorded_and_a_success_is_charged() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.open_job().await;
    for _twice_is_once in 0..2 {
        let asked = ada.cancel(&job).await;
        assert_eq!(
            (asked.status, &asked.body["status"]),
            (200, &json!("queued"))
        );
        assert_eq!(asked.body["cancel_requested"], json!(true));
        assert_eq!(ada.credits().await, (16, 4));
    }
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "running");
    world.outside.finish("task-1", 1);
    assert_eq!(world.callback("task-1").await, 200);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "completed");
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

#[tokio::test]
async fn a_canceled_job_that_is_rejected_is_released_without_failover() {
    for status in [400, 402, 404, 429] {
        let world = World::with(super::failover::two());
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let job = ada.open_job().await;
        world.outside.next_creates([Create::Answer(status, "{}")]);
        let (meanwhile, id) = (ada.clone(), job.clone());
        world.outside.during_create(async move {
            assert_eq!(meanwhile.cancel(&id).await.body["status"], "queued");
        });
        world.run_background().await;
        let over = ada.job(&job).await;
        assert_eq!(
            (&over["status"], &over["error"]["code"]),
            (&json!("canceled"), &json!("canceled"))
        );
        assert_eq!(ada.credits().await, (20, 0));
        let rejected = "select outcome from attempts where outcome = 'rejected'";
        assert_eq!(world.database.query(rejected).len(), 1);
        assert_eq!(
            world.went_out(),
            ["create task-1 at first.test: 2 pictures"]
        );
        world.check().await;
    }
}

/// An object whose state has no cancel is refused by the database, and loads again.
#[tokio::test]
async fn a_stale_object_that_missed_the_cancel_does_not_fail_over() {
    let world = World::with(super::failover::two());
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.open_job().await;
    let account = World::account("ada");
    let old = world.accounts.keeper(account);
    world
        .accounts
        .install(account, world.accounts.another(account));
    ada.cancel(&job).await;
    world.accounts.install(account, old);
    world.outside.next_creates([Create::Answer(429, "{}")]);
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "canceled");
    assert_eq!(
        world.went_out(),
        ["create task-1 at first.test: 2 pictures"]
    );
    world.check().await;
}

#[tokio::test]
async fn credits_of_a_running_job_return_once_the_provider_has_stopped() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    let asked = ada.cancel(&job).await;
    assert_eq!(
        (asked.status, &asked.body["status"]),
        (200, &json!("running"))
    );
    assert_eq!(
        (&asked.body["cancel_requested"], ada.credits().await),
        (&json!(true), (16, 4))
    );
    world.outside.set("task-1", Task::Canceled);
    assert_eq!(world.callback("task-1").await, 200);
    let over = ada.job(&job).await;
    assert_eq!(
        (&over["status"], &over["error"]["code"]),
        (&json!("canceled"), &json!("canceled"))
    );
    assert_eq!(ada.credits().await, (20, 0));
    world.check().await;
}

#[tokio::test]
async fn a_canceled_job_that_completes_is_charged() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    assert_eq!(ada.cancel(&job).await.status, 200);
    world.outside.finish("task-1", 1);
    world.pictures.downloads_are_slow();
    world.callback("task-1").await;
    assert_eq!(ada.cancel(&job).await.body["status"], "storing");
    world.run_background().await;
    let late = ada.cancel(&job).await;
    assert_eq!((late.status, late.code()), (409, "hold_already_settled"));
    let line = &late.body["receipt"][0];
    assert_eq!(
        (&line["movement"], &line["credits"]),
        (&json!("settle"), &json!(4))
    );
    assert_eq!(ada.credits().await, (16, 0));
    world.check().await;
}

#[tokio::test]
async fn a_canceled_uncertain_job_keeps_its_hold_until_its_fate_is_known() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.open_job().await;
    world.outside.next_creates([Create::AcceptAndLose]);
    world.run_background().await;
    let asked = ada.cancel(&job).await;
    assert_eq!(
        (asked.status, &asked.body["status"]),
        (200, &json!("uncertain"))
    );
    assert_eq!(ada.credits().await, (16, 4));
    world.pass(121).await;
    let late = ada.cancel(&job).await;
    assert_eq!((late.status, late.code()), (409, "hold_already_released"));
    let line = &late.body["receipt"][0];
    assert_eq!(
        (&line["movement"], &line["credits"]),
        (&json!("release"), &json!(4))
    );
    assert_eq!(ada.credits().await, (20, 0));
    world.check().await;
}

#[tokio::test]
async fn a_failed_job_cannot_be_canceled() {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    world.outside.set("task-1", Task::Failed("internal_error"));
    world.callback("task-1").await;
    let late = ada.cancel(&job).await;
    assert_eq!((late.status, late.code()), (409, "hold_already_released"));
    assert_eq!(late.body["receipt"][0]["remaining_after"], 20);
    assert_eq!(
        ada.cancel("job_01M7VZGC000000000000000007").await.status,
        404
    );
    assert_eq!(ada.cancel("nonsense").await.status, 404);
    assert_eq!(ada.journal().await.len(), 3);
    world.check().await;
}

/// A cancel while the submission waits for its answer, which is lost. This provider has no lookup, so the
/// callback or the deadline decides.
#[tokio::test]
async fn a_canceled_job_whose_answer_is_lost_stays_uncertain_until_its_callback_or_deadline() {
    for finishes in [true, false] {
        let world = World::new();
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let job = ada.open_job().await;
        world.outside.next_creates([Create::AcceptAndLose]);
        let (meanwhile, id) = (ada.clone(), job.clone());
        world.outside.during_create(async move {
            assert_eq!(meanwhile.cancel(&id).await.body["status"], "queued");
        });
        world.run_background().await;
        let uncertain = ada.job(&job).await;
        assert_eq!(
            (&uncertain["status"], &uncertain["cancel_requested"]),
            (&json!("uncertain"), &json!(true))
        );
        assert_eq!(ada.credits().await, (16, 4));
        if finishes {
            world.outside.finish("task-1", 1);
            assert_eq!(world.callback("task-1").await, 200);
            world.run_background().await;
        }
        world.pass(121).await;
        let end = if finishes { (16, 0) } else { (20, 0) };
        assert_eq!(ada.credits().await, end);
        world.check().await;
    }
}

/// Canceled before its submission is answered, at a provider with cancel and lookup: whether its task id
/// is known at once or found later, the provider is asked to stop, once.
#[tokio::test]
async fn a_provider_that_has_a_canceled_job_is_asked_to_stop_once() {
    let running = json!({"id": "7", "status": "running"});
    for (created, lost) in [
        (Wire::json(200, &running), false),
        (Wire(504, "<html>".into()), true),
    ] {
        let world = World::with(config_of("generic", SECRET));
        world.outside.answers("POST generic.test/jobs", [created]);
        let ada = world.user("ada").await;
        world.grant("ada", 20).await;
        let job = ada.open_job().await;
        assert_eq!(ada.cancel(&job).await.body["status"], "queued");
        let held = ada.credits().await;
        let at = format!("GET generic.test/jobs/{job}-1");
        world.outside.answers(&at, [Wire::json(200, &running)]);
        let stopped = json!({"id": "7", "status": "canceled"});
        world.outside.answers(
            "POST generic.test/jobs/7/cancel",
            [Wire::json(200, &stopped)],
        );
        world.run_background().await;
        if lost {
            assert_eq!(
                (ada.status(&job).await, ada.credits().await),
                ("uncertain".into(), held)
            );
            world.pass(1).await;
        }
        assert_eq!(ada.status(&job).await, "canceled");
        assert_eq!(ada.credits().await, (20, 0));
        assert_eq!(asked(&world, "POST generic.test/jobs/7/cancel"), 1);
        world.check().await;
    }
}

/// Each repeated cancel, or deletion of the account, once asked the provider again.
#[tokio::test]
async fn repeated_cancels_ask_the_provider_to_stop_once_and_then_the_reconciler_does() {
    let running = json!({"id": "7", "status": "running"});
    let world = World::with(config_of("generic", SECRET));
    let created = Wire::json(200, &running);
    world.outside.answers("POST generic.test/jobs", [created]);
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.running_job().await;
    let stop = "POST generic.test/jobs/7/cancel";
    world.outside.answers(stop, [Wire::json(200, &running)]);
    for _ in 0..10 {
        let asked = ada.cancel(&job).await;
        assert_eq!(
            (asked.status, &asked.body["status"]),
            (200, &json!("running"))
        );
        assert_eq!(asked.body["cancel_requested"], json!(true));
        world.run_background().await;
    }
    assert_eq!(asked(&world, stop), 1);
    let path = callback_path(&world);
    for percent in 0..10 {
        let body = json!({"id": "7", "status": "running", "progress": percent}).to_string();
        let signed = standard_webhooks(SECRET, world.now(), &body);
        assert_eq!(world.call_back(&path, &signed, &body).await, 200);
        world.run_background().await;
    }
    assert_eq!(asked(&world, stop), 1);
    for _ in 0..10 {
        assert_eq!(ada.delete("/v1/account").await.status, 200);
        world.run_background().await;
    }
    assert_eq!(asked(&world, stop), 1);
    world
        .outside
        .answers("GET generic.test/jobs/7", [Wire::json(200, &running)]);
    world.pass(1).await;
    assert_eq!(asked(&world, stop), 2);
    world.check().await;
}

/// The account opens an attempt at the second provider, and its answer is lost. Before it is asked
/// again, the user cancels the job.
#[tokio::test]
async fn a_cancel_between_two_attempts_ends_the_job_without_failover() {
    let world = World::with(super::failover::two());
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let job = ada.open_job().await;
    world.outside.next_creates([Create::Answer(429, "{}")]);
    world.accounts.lose(1, 1, When::After);
    let mut dispatch = world.background.next().unwrap();
    let attempts = "select count(*) from attempts";
    while world.database.number(attempts) < 2 {
        assert!(!advance(1, &mut dispatch).await);
    }
    // The batch succeeds as well, and the account's mutex is free.
    assert!(!advance(1, &mut dispatch).await);
    assert_eq!(ada.cancel(&job).await.body["status"], "queued");
    dispatch.await;
    world.run_background().await;
    assert_eq!(ada.status(&job).await, "canceled");
    assert_eq!(ada.credits().await, (20, 0));
    assert_eq!(
        world.went_out(),
        ["create task-1 at first.test: 2 pictures"]
    );
    world.check().await;
}

/// For a user who cancels every job at once, at a provider that takes 0.6 s to answer: the credits of
/// what the provider made, and what the user paid.
async fn made_and_paid(by_leaving: bool) -> (u64, u64) {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 40).await;
    let mut request = ada.request_of("evolink/seedream-4", 4).await;
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..40 {
        if by_leaving {
            request = ada.request_of("evolink/seedream-4", 4).await;
        }
        let answer = ada.generate(&request).await;
        if answer.status != 202 {
            assert!([402, 429].contains(&answer.status), "{}", answer.body);
            refused += 1;
            world.tick(Duration::from_millis(200));
            continue;
        }
        taken += 1;
        let (meanwhile, on) = (ada.clone(), world.clone());
        let id = answer.id();
        world.outside.during_create(async move {
            on.tick(Duration::from_millis(100));
            if by_leaving {
                assert_eq!(meanwhile.delete("/v1/account").await.status, 200);
            } else {
                assert_eq!(meanwhile.cancel(&id).await.status, 200);
            }
            on.tick(Duration::from_millis(500));
        });
        world.run_background().await;
    }
    assert_eq!(
        (taken, refused),
        (3, 37),
        "as many as there are credits for"
    );
    let submitted = world.outside.submitted();
    for submitted in &submitted {
        world.outside.finish(&submitted.task, 4);
        assert_eq!(world.callback(&submitted.task).await, 200);
        world.run_background().await;
    }
    let (available, held) = ada.credits().await;
    assert_eq!(held, 0);
    let made = u64::try_from(submitted.len()).unwrap() * 4 * 3;
    let stored = world.pictures.kept("results/").len();
    assert_eq!(stored, if by_leaving { 0 } else { submitted.len() * 4 });
    world.pass(10).await;
    world.check().await;
    (made, 40 - available)
}

#[tokio::test]
async fn forty_jobs_canceled_at_once_cost_what_the_provider_made() {
    assert_eq!(made_and_paid(false).await, (36, 36));
}

#[tokio::test]
async fn forty_jobs_of_somebody_forgotten_at_once_cost_what_the_provider_made() {
    assert_eq!(made_and_paid(true).await, (36, 36));
}
