//! Canceling a job: while it runs, and when it is too late.

use serde_json::{Value, json};

use super::case::Case;
use super::provider_faults::{assert_completed, assert_over};
use super::settings::{PRICE, WELCOME};
use super::user::{User, id_of};

/// A cancel, also a repeated one, is recorded, and returns no credits yet.
async fn is_a_wish(user: &User, id: &str, status: &str) {
    for _ in 0..2 {
        let asked = user.cancel(id).await.ok(200);
        assert_eq!(
            (&asked["status"], &asked["cancel_requested"]),
            (&json!(status), &json!(true)),
            "{asked}"
        );
        assert_eq!(asked["credits"]["held"], PRICE, "{asked}");
    }
}

pub(crate) async fn a_canceled_job_keeps_running_until_the_provider_is_done(case: Case) {
    let user = case.user().await;
    let id = user.requested("#slow").await;
    user.seen_to_be(&id, "running").await;
    is_a_wish(&user, &id, "running").await;
    case.complete(&user).await;
    assert_completed(&user.followed(&id).await, PRICE, 0);
    user.has(WELCOME - PRICE).await;
}

/// Its submission died with the Worker, so that no answer can come before the cancel.
pub(crate) async fn a_canceled_job_that_a_provider_may_have_keeps_its_hold_until_that_is_known(
    case: Case,
) {
    let user = case.user().await;
    let id = user.requested("#hang").await;
    case.accepted(&user).await;
    case.system.restart().await;
    is_a_wish(&user, &id, "queued").await;
    case.system.expire_hold(&id).await;
    let job = user.followed_by_the_reconciler(&id).await;
    assert_over(&job, "expired", "timed_out");
    user.has(WELCOME).await;
    case.task(&user);
}

pub(crate) async fn a_completed_job_cannot_be_canceled(case: Case) {
    let user = case.user().await;
    let job = user.generated("").await;
    let problem = user
        .cancel(&id_of(&job))
        .await
        .problem(409, "hold_already_settled");
    assert_eq!(credits_of(&problem), PRICE, "{problem}");
    assert_eq!(user.job(&id_of(&job)).await, job);
    user.has(WELCOME - PRICE).await;
}

pub(crate) async fn a_failed_job_cannot_be_canceled(case: Case) {
    let user = case.user().await;
    let job = user.generated("#fail").await;
    let problem = user
        .cancel(&id_of(&job))
        .await
        .problem(409, "hold_already_released");
    assert_eq!(credits_of(&problem), PRICE, "{problem}");
    user.has(WELCOME).await;
}

fn credits_of(problem: &Value) -> u64 {
    let receipt = problem["receipt"].as_array().expect("a receipt");
    receipt
        .iter()
        .map(|line| line["credits"].as_u64().unwrap())
        .sum()
}
