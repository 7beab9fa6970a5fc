//! Holds that reach their deadline: the credits return, whatever the provider does after that.

use serde_json::json;

use super::case::{Case, until};
use super::provider_faults::{assert_credits, assert_over, movements};
use super::settings::{PRICE, WELCOME};

const RELEASED: &[(&str, u64)] = &[("grant", WELCOME), ("freeze", PRICE), ("release", PRICE)];

pub(crate) async fn a_late_success_is_waived(case: Case) {
    let user = case.user().await;
    let id = user.requested("#late").await;
    user.seen_to_be(&id, "running").await;
    case.system.expire_hold(&id).await;
    let expired = user.seen_to_be(&id, "expired").await;
    assert_over(&expired, "expired", "timed_out");
    user.has(WELCOME).await;
    assert_eq!(user.movements().await, movements(RELEASED));

    case.complete(&user).await;
    // The other tests of this system restart its Worker meanwhile; cron goes on with what was under way.
    let completed = until("the late picture is there", async || {
        case.system.run_cron().await;
        Some(user.job(&id).await).filter(|job| job["status"] == "completed")
    })
    .await;
    assert_credits(&completed, 0, PRICE, true);
    let late = [RELEASED, &[("late_success", PRICE)]].concat();
    assert_eq!(user.movements().await, movements(&late));
    user.has(WELCOME).await;
    let made = case.system.emulator.result_bytes(&case.task(&user).id);
    let shown = user
        .get(completed["images"][0]["url"].as_str().unwrap())
        .await;
    assert_eq!(shown.bytes, made[0], "{completed}");
    user.cancel(&id).await.problem(409, "hold_already_released");
}

pub(crate) async fn an_unanswered_submission_is_uncertain_and_then_released(case: Case) {
    let user = case.user().await;
    let id = user.requested("#hang").await;
    let uncertain = user.seen_to_be(&id, "uncertain").await;
    assert_eq!(uncertain["credits"]["held"], PRICE, "{uncertain}");
    case.system.expire_hold(&id).await;
    let job = user.followed_by_the_reconciler(&id).await;
    assert_over(&job, "expired", "timed_out");
    assert_eq!(user.movements().await, movements(RELEASED));
    user.has(WELCOME).await;
    // It may have been accepted, so it was not submitted again; and it had been.
    case.task(&user);
}

/// The pictures may still come, and then are waived; the credits do not wait for them.
async fn is_released(case: &Case, hashtags: &str) {
    let user = case.user().await;
    let id = user.requested(hashtags).await;
    let storing = user.seen_to_be(&id, "storing").await;
    assert_eq!(storing["credits"]["held"], PRICE, "{storing}");
    case.system.expire_hold(&id).await;
    let job = until("the credits are back", async || {
        case.system.run_cron().await;
        Some(user.job(&id).await).filter(|job| job["credits"]["held"] == 0)
    })
    .await;
    assert_credits(&job, 0, PRICE, false);
    assert_ne!(job["status"], "completed", "{job}");
    assert_eq!(job["images"], json!([]), "{job}");
    assert_eq!(user.movements().await, movements(RELEASED));
    user.has(WELCOME).await;
    case.task(&user);
}

pub(crate) async fn results_that_vanished_release_the_hold(case: Case) {
    is_released(&case, "#expired").await;
}

pub(crate) async fn results_that_break_off_release_the_hold(case: Case) {
    is_released(&case, "#truncated").await;
}

/// Half a picture with the length of that half is no picture, whatever its head says.
pub(crate) async fn results_that_are_cut_off_release_the_hold(case: Case) {
    is_released(&case, "#half").await;
}
