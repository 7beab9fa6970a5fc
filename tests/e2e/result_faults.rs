//! Faults of results: their URL, their length, their bytes. Those that need time are tested in `deadline`.

use serde_json::json;

use super::case::{Case, until};
use super::provider_faults::{assert_completed, assert_over};
use super::settings::{PRICE, WELCOME};

async fn is_stored(case: &Case, hashtags: &str) {
    let user = case.user().await;
    let job = user.generated(hashtags).await;
    assert_completed(&job, PRICE, 0);
    let task = case.task(&user);
    let made = case.system.emulator.result_bytes(&task.id);
    let shown = user.get(job["images"][0]["url"].as_str().unwrap()).await;
    assert_eq!(shown.bytes, made[0], "{job}");
    user.has(WELCOME - PRICE).await;
}

async fn is_refused(case: &Case, hashtags: &str) {
    let user = case.user().await;
    assert_over(&user.generated(hashtags).await, "failed", "result_lost");
    case.task(&user);
    user.has(WELCOME).await;
}

pub(crate) async fn a_picture_without_a_length_is_stored(case: Case) {
    is_stored(&case, "#chunked").await;
}

pub(crate) async fn a_redirect_within_the_host_is_followed(case: Case) {
    is_stored(&case, "#redirect").await;
}

pub(crate) async fn a_huge_result_is_refused(case: Case) {
    is_refused(&case, "#huge").await;
}

pub(crate) async fn a_web_page_is_no_picture(case: Case) {
    is_refused(&case, "#html").await;
}

pub(crate) async fn an_internal_address_is_never_requested(case: Case) {
    is_refused(&case, "#ssrf").await;
}

/// The provider has made it, so it is neither lost nor charged: an operator may list the host.
pub(crate) async fn a_result_on_an_unlisted_host_waits_and_the_operator_is_told(case: Case) {
    let user = case.user().await;
    let id = user.requested("#unlisted").await;
    let storing = user.seen_to_be(&id, "storing").await;
    assert_eq!(storing["credits"]["held"], PRICE, "{storing}");
    let waiting = until("the operator is told", async || {
        let overview = case
            .system
            .operator("GET", "/v1/admin/overview", |request| request);
        let overview = overview.await.ok(200);
        let hosts = overview["unlisted_hosts"].as_array().unwrap().clone();
        hosts.into_iter().next()
    })
    .await;
    assert_eq!(
        (&waiting["hosts"], &waiting["provider"], &waiting["jobs"]),
        (&json!("unlisted.example"), &json!("evolink"), &json!(1))
    );
}
