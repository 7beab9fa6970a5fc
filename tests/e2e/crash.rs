//! The Worker is killed in the middle of its work, and restarts on the stored state.

use super::books;
use super::case::Case;
use super::provider_faults::{assert_completed, assert_over, movements};
use super::settings::{PRICE, WELCOME};

pub(crate) async fn a_job_frozen_at_a_crash_is_released_at_its_deadline(case: Case) {
    let user = case.user().await;
    let id = user.requested("#hang").await;
    case.accepted(&user).await;
    case.system.restart().await;

    let job = user.job(&id).await;
    assert_eq!(
        (job["status"].as_str(), job["credits"]["held"].as_u64()),
        (Some("queued"), Some(PRICE)),
        "{job}"
    );
    case.system.expire_hold(&id).await;
    let job = user.followed_by_the_reconciler(&id).await;
    assert_over(&job, "expired", "timed_out");
    assert_eq!(
        user.movements().await,
        movements(&[("grant", WELCOME), ("freeze", PRICE), ("release", PRICE)])
    );
    user.has(WELCOME).await;
    case.task(&user);
}

pub(crate) async fn the_reconciler_completes_a_job_whose_callback_met_a_dead_worker(case: Case) {
    let user = case.user().await;
    let id = user.requested("#slow").await;
    user.seen_to_be(&id, "running").await;
    // The provider has read what it needs from the Worker.
    let task = case.task(&user).id;
    case.system.emulator.make(&task).await.unwrap();
    case.system.kill().await;
    case.complete(&user).await;
    let said = case.said(&user).await;
    assert!(
        !said.is_empty() && said.iter().all(|callback| callback.outcome.is_err()),
        "{said:?}"
    );
    books::make_due(&case.system.workshop.state(), &id);
    case.system.boot().await.unwrap();

    assert_eq!(user.job(&id).await["status"], "running");
    let job = user.followed_by_the_reconciler(&id).await;
    assert_completed(&job, PRICE, 0);
    assert_eq!(case.said(&user).await, said);
    user.has(WELCOME - PRICE).await;
}
