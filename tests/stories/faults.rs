//! The main job, with every batch and every call to the account failing, before and after its
//! effect.

use super::world::{Answer, User, When, World};

/// A client that retries a few times when it is told to.
async fn retried<F: Future<Output = Answer>>(mut ask: impl FnMut() -> F) -> Answer {
    for _ in 0..5 {
        let answer = ask().await;
        if answer.status < 500 {
            return answer;
        }
    }
    panic!("it never came back");
}

/// The main job by a client that retries; returns how it ended.
async fn main_job(world: &World, ada: &User, request: &serde_json::Value) -> String {
    let job = retried(|| ada.generate_as("k", request)).await.id();
    world.run_background().await;
    if !world.outside.submitted().is_empty() {
        world.outside.finish("task-1", 1);
        for _ in 0..4 {
            if world.callback("task-1").await == 200 {
                break;
            }
        }
    }
    world.run_background().await;
    world.pass(125).await;
    world.database.heal();
    world.accounts.heal();
    ada.status(&job).await
}

async fn prepared() -> (World, User, serde_json::Value) {
    let world = World::new();
    let ada = world.user("ada").await;
    world.grant("ada", 20).await;
    let request = ada.request().await;
    (world, ada, request)
}

async fn ends_well(world: &World, ada: &User, status: &str, what: &str) {
    let submitted = world.outside.submitted().len();
    assert!(submitted <= 1, "{what}: {:?}", world.went_out());
    let journal = ada.journal().await;
    let paid = match status {
        "completed" if journal[2].starts_with("settle") => 4,
        "completed" => panic!("{what}: waived: {journal:?}"),
        "expired" => {
            assert_eq!(submitted, 0, "{what}: it was submitted, and told of");
            0
        }
        _ => panic!("{what}: {status}"),
    };
    assert_eq!(ada.credits().await, (20 - paid, 0), "{what}");
    assert_eq!(journal.len(), 3, "{what}: {journal:?}");
    world.check().await;
}

/// Seen in [openstory-so/openstory #846](https://github.com/openstory-so/openstory/issues/846),
/// [openstory-so/openstory #850](https://github.com/openstory-so/openstory/pull/850) and [dxos/dxos
/// #8470](https://github.com/dxos/dxos/issues/8470).
#[tokio::test]
async fn every_batch_fails_once_or_several_times_in_a_row() {
    let (world, ada, request) = prepared().await;
    let before = world.database.batches();
    assert_eq!(main_job(&world, &ada, &request).await, "completed");
    let last = world.database.batches() - before;
    world.check().await;
    let mut expired = 0;
    for when in [When::Before, When::After] {
        for times in [1, 2, 3, 7] {
            for nth in 1..=last.min(12) {
                let (world, ada, request) = prepared().await;
                world.database.lose(nth, times, when);
                let status = main_job(&world, &ada, &request).await;
                let what = format!("batch {nth} and {} after it, {when:?}", times - 1);
                ends_well(&world, &ada, &status, &what).await;
                if times == 1 {
                    assert_eq!(status, "completed", "{what}");
                }
                expired += usize::from(status == "expired");
            }
        }
    }
    println!("{expired} of {} jobs expired", 2 * 4 * last.min(12));
}

/// Seen in [dxos/dxos #8470](https://github.com/dxos/dxos/issues/8470).
#[tokio::test]
async fn every_call_to_the_account_fails() {
    for when in [When::Before, When::After] {
        for times in [1, 3] {
            for nth in 1..=5 {
                let (world, ada, request) = prepared().await;
                world.accounts.lose(nth, times, when);
                let status = main_job(&world, &ada, &request).await;
                let what = format!("call {nth} and {} after it, {when:?}", times - 1);
                ends_well(&world, &ada, &status, &what).await;
            }
        }
    }
}

/// Every step happens twice, and every object is replaced before each.
#[tokio::test]
async fn every_step_happens_twice_and_each_time_with_a_new_object() {
    let (world, ada, request) = prepared().await;
    let job = ada.generate_as("k", &request).await.id();
    world.accounts.evict_all();
    ada.generate_as("k", &request).await;
    world.accounts.evict_all();
    world.run_background().await;
    world.outside.finish("task-1", 1);
    for _ in 0..2 {
        world.accounts.evict_all();
        assert_eq!(world.callback("task-1").await, 200);
    }
    world.accounts.evict_all();
    world.run_background().await;
    let status = ada.status(&job).await;
    assert_eq!(status, "completed");
    ends_well(&world, &ada, &status, "twice").await;
}

/// Without the ledger nothing is allowed, and the answer says when to retry.
#[tokio::test]
async fn an_unreachable_ledger_refuses_with_retry_after() {
    let (world, ada, request) = prepared().await;
    world.database.lose(1, 999, When::Before);
    for answer in [
        ada.generate(&request).await,
        ada.get("/v1/credits").await,
        ada.try_upload(super::world::png("x")).await,
    ] {
        assert_eq!((answer.status, answer.code()), (503, "ledger_unavailable"));
        assert!(answer.headers.contains_key("retry-after"));
        assert!(
            !answer.body.to_string().contains("effect"),
            "{}",
            answer.body
        );
    }
    world.run_background().await;
    assert!(world.went_out().is_empty());
    world.check().await;
}
