//! Faults of providers: slow, silent, failing, or returning fewer pictures than requested.

use serde_json::{Value, json};

use super::case::Case;
use super::settings::{PRICE, WELCOME};

/// Checks that a job is completed, and what it cost.
pub(crate) fn assert_completed(job: &Value, paid: u64, returned: u64) {
    assert_eq!(job["status"], "completed", "{job}");
    assert_eq!(job["error"], Value::Null, "{job}");
    assert_eq!(job["progress"], 100, "{job}");
    assert_credits(job, paid, returned, false);
}

/// Checks that a job ended without a picture, and cost nothing.
pub(crate) fn assert_over(job: &Value, status: &str, code: &str) {
    assert_eq!(job["status"], status, "{job}");
    assert_eq!(job["error"]["code"], code, "{job}");
    assert!(job["error"]["message"].is_string(), "{job}");
    assert_eq!(job["images"], json!([]), "{job}");
    let quoted = job["credits"]["quoted"].as_u64().unwrap();
    assert_credits(job, 0, quoted, false);
}

/// Checks what a job cost, and that its receipt adds up to that.
pub(crate) fn assert_credits(job: &Value, paid: u64, returned: u64, waived: bool) {
    let expected = json!({
        "quoted": paid + returned, "held": 0, "paid": paid, "returned": returned, "waived": waived,
    });
    assert_eq!(job["credits"], expected, "{job}");
    let of_receipt = |field: &str| -> u64 {
        let lines = job["receipt"].as_array().unwrap().iter();
        lines.map(|line| line[field].as_u64().unwrap()).sum()
    };
    assert_eq!(
        (of_receipt("credits"), of_receipt("returned")),
        (paid, returned),
        "{job}"
    );
}

pub(crate) async fn a_slow_job_is_seen_running(case: Case) {
    let user = case.user().await;
    let id = user.requested("#slow").await;
    let running = user.seen_to_be(&id, "running").await;
    assert_eq!(running["credits"]["held"], PRICE, "{running}");
    let credits = user.credits().await;
    assert_eq!(
        (&credits["available"], &credits["held"]),
        (&json!(WELCOME - PRICE), &json!(PRICE))
    );
    case.complete(&user).await;
    assert_completed(&user.followed(&id).await, PRICE, 0);
    case.task(&user);
}

pub(crate) async fn the_reconciler_finishes_a_job_whose_callback_was_lost(case: Case) {
    let user = case.user().await;
    let id = user.requested("#lost").await;
    let job = user.followed_by_the_reconciler(&id).await;
    assert_completed(&job, PRICE, 0);
    assert_eq!(case.said(&user).await, vec![]);
    user.has(WELCOME - PRICE).await;
}

pub(crate) async fn a_callback_before_the_answer_completes(case: Case) {
    let user = case.user().await;
    assert_completed(&user.generated("#fast").await, PRICE, 0);
    case.task(&user);
}

pub(crate) async fn an_unanswered_submission_that_calls_back_completes(case: Case) {
    let user = case.user().await;
    assert_completed(&user.generated("#hangback").await, PRICE, 0);
    case.task(&user);
}

async fn costs_nothing(case: &Case, hashtags: &str, code: &str) {
    let user = case.user().await;
    assert_over(&user.generated(hashtags).await, "failed", code);
    assert_eq!(
        user.movements().await,
        movements(&[("grant", WELCOME), ("freeze", PRICE), ("release", PRICE)])
    );
    user.has(WELCOME).await;
}

pub(crate) async fn a_failure_costs_nothing(case: Case) {
    costs_nothing(&case, "#fail", "generation_failed").await;
}

pub(crate) async fn refused_content_says_so(case: Case) {
    costs_nothing(&case, "#refused", "content_refused").await;
}

pub(crate) async fn a_picture_that_the_provider_refuses_says_so(case: Case) {
    costs_nothing(&case, "#unreadable", "input_refused").await;
}

pub(crate) async fn a_rate_limited_provider_costs_nothing(case: Case) {
    costs_nothing(&case, "#429", "provider_unavailable").await;
}

pub(crate) async fn a_failing_provider_costs_nothing(case: Case) {
    costs_nothing(&case, "#500", "provider_unavailable").await;
}

pub(crate) async fn a_provider_without_credit_costs_nothing(case: Case) {
    costs_nothing(&case, "#402", "provider_unavailable").await;
}

pub(crate) async fn a_success_without_pictures_costs_nothing(case: Case) {
    costs_nothing(&case, "#partial", "generation_failed").await;
}

pub(crate) async fn a_missing_picture_is_not_charged(case: Case) {
    let user = case.user().await;
    let mut generation = user.generation("#partial").await;
    generation["model"] = json!("evolink/seedream-4");
    generation["count"] = json!(3);
    let placed = user.generate(&generation).await.ok(202);
    assert_eq!(placed["credits"]["held"], 9, "{placed}");
    let job = user.followed(placed["id"].as_str().unwrap()).await;
    assert_completed(&job, 6, 3);
    let images = job["images"].as_array().unwrap();
    let task = case.task(&user);
    let made = case.system.emulator.result_bytes(&task.id);
    assert_eq!((images.len(), made.len()), (2, 2), "{job}");
    for (image, made) in images.iter().zip(made) {
        let shown = user.get(image["url"].as_str().unwrap()).await;
        assert_eq!(shown.bytes, made, "{image}");
    }
    user.has(WELCOME - 6).await;
}

pub(crate) fn movements(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    expected
        .iter()
        .map(|(kind, amount)| ((*kind).to_owned(), *amount))
        .collect()
}
