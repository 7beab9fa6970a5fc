//! What somebody who means harm would try, and what bad luck does: more of it than a user ever would. Each run of the
//! tests has a few of each; `make attack` as many as it takes to be sure, and prints what came of them.
//!
//! All of it goes to a system of its own on this machine, and is bounded in number and time.

mod fairness;
mod farm;
mod forgeries;
mod kills;
mod storage;

pub(crate) use fairness::beside_an_attacker_others_are_served_as_soon;
pub(crate) use farm::{
    jobs_taken_back_at_once_are_paid_or_never_made, uploads_stop_where_the_day_has_no_more,
};
pub(crate) use forgeries::{forged_tokens_let_nobody_in, races_are_won_once};
pub(crate) use kills::kills_under_load_lose_nothing;
pub(crate) use storage::{a_locked_database_is_told_as_such, a_missing_bucket_is_told_as_such};

use reqwest::RequestBuilder;
use serde_json::Value;

use super::settings::is_whole_attack;
use super::user::User;

/// How many of something.
fn few_or(many: usize, few: usize) -> usize {
    if is_whole_attack() { many } else { few }
}

fn tell(figures: &str) {
    if is_whole_attack() {
        println!("  {figures}");
    }
}

/// What a Worker answered that may have been unable to.
#[derive(Debug)]
struct Told {
    status: u16,
    /// When to ask again, in seconds.
    retry_after: Option<u64>,
    has_request_id: bool,
    body: Value,
}

/// Asks for something of a Worker that may be dead by then: what it answered, if it did.
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
