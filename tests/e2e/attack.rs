//! Attacks and failures, in larger numbers than any user would cause. Each run of the tests has a few of each;
//! `make attack` runs enough of them to be sure, and prints the results.
//!
//! They go to a system of their own on this machine, and are bounded in number and time.

mod fairness;
mod farm;
mod forgeries;
mod kills;
mod storage;

pub(crate) use fairness::an_attacker_does_not_slow_others_down;
pub(crate) use farm::{
    concurrent_uploads_stop_at_the_daily_limit, jobs_canceled_at_once_are_charged_or_never_made,
};
pub(crate) use forgeries::{concurrent_requests_take_effect_once, forged_tokens_are_refused};
pub(crate) use kills::kills_under_load_lose_nothing;
pub(crate) use storage::{
    a_locked_database_is_reported_as_ledger_unavailable,
    a_missing_bucket_is_reported_as_storage_unavailable,
};

use reqwest::RequestBuilder;
use serde_json::Value;

use super::settings::is_whole_attack;
use super::user::User;

/// `many` under `make attack`, and `few` otherwise.
fn few_or(many: usize, few: usize) -> usize {
    if is_whole_attack() { many } else { few }
}

fn tell(figures: &str) {
    if is_whole_attack() {
        println!("  {figures}");
    }
}

/// The answer of a Worker that may have failed.
#[derive(Debug)]
struct Told {
    status: u16,
    /// The value of `Retry-After`, in seconds.
    retry_after: Option<u64>,
    has_request_id: bool,
    body: Value,
}

/// Sends a request to a Worker that may have been killed: its answer, if there was one.
async fn asked(
    user: &User,
    method: &str,
    path: &str,
    with: impl FnOnce(RequestBuilder) -> RequestBuilder,
) -> Option<Told> {
    let system = user.system();
    let address = format!("{}{path}", system.address);
    let request = system.client.request(method.parse().unwrap(), address);
    let answer = with(request.bearer_auth(&user.token)).send().await.ok()?;
    let header = |name| answer.headers().get(name)?.to_str().ok();
    Some(Told {
        status: answer.status().as_u16(),
        retry_after: header("retry-after").and_then(|seconds| seconds.parse().ok()),
        has_request_id: header("x-request-id").is_some(),
        body: answer.json().await.unwrap_or(Value::Null),
    })
}
