//! What operators look at, as the database puts it together. Stories compare it with what comes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{FailureCode, State};
use crate::http::view::Time;

/// A page of jobs of all accounts.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct AdminJobs {
    /// Newest first.
    jobs: Vec<AdminJob>,
    /// How many holds there are in all that are open past their deadline.
    holds_past_deadline: u64,
    /// The `cursor` of the next page, if there is one.
    next_cursor: Option<JobId>,
}

/// A job, as its operator sees it.
#[derive(Serialize, JsonSchema)]
struct AdminJob {
    id: JobId,
    account: AccountId,
    state: State,
    model: String,
    /// Of its current attempt.
    provider: String,
    age_seconds: u64,
    created_at: Time,
    updated_at: Time,
    /// When the sweep looks at it; null once it is over.
    due_at: Option<Time>,
    deleted_at: Option<Time>,
    images_removed_at: Option<Time>,
    /// The hosts to add to `RESULT_HOSTS` before its result can be fetched, with commas between them.
    waiting_hosts: Option<String>,
    cancel_requested: bool,
    on_the_house: bool,
    error: Option<FailureCode>,
    hold: AdminHold,
    /// Each submission to a provider, in order.
    attempts: Vec<AdminAttempt>,
}

/// A job's hold.
#[derive(Serialize, JsonSchema)]
struct AdminHold {
    state: HoldState,
    amount: Credits,
    settled: Credits,
    released: Credits,
    deadline: Time,
    /// Whether it is open still, and should have been released.
    past_deadline: bool,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "it is for the document alone")]
enum HoldState {
    Open,
    Settled,
    Released,
}

/// A submission to a provider.
#[derive(Serialize, JsonSchema)]
struct AdminAttempt {
    /// 1 for the first.
    ordinal: u8,
    provider: String,
    model: Option<String>,
    /// The provider's name for it, once known.
    task_id: Option<String>,
    outcome: Option<Outcome>,
    /// What the provider said when it turned us away or failed.
    detail: Option<String>,
    /// A word that contradicted what was already final; it moved nothing.
    anomaly: Option<String>,
    /// What it cost the operator, in credits, where that is known.
    cost: Option<Credits>,
    created_at: Time,
    updated_at: Time,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "it is for the document alone")]
enum Outcome {
    TurnedAway,
    Unknown,
    Accepted,
    Succeeded,
    Failed,
}

/// How everything is.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Overview {
    at: Time,
    /// When the sweep last ran.
    swept_at: Option<Time>,
    /// How many jobs there are in each state; one without jobs is absent.
    jobs: BTreeMap<String, u64>,
    oldest_open: Option<OpenJob>,
    /// How many holds are open past their deadline.
    holds_past_deadline: u64,
    /// Hosts that results wait for, the longest first. Listed in `RESULT_HOSTS`, they are fetched.
    unlisted_hosts: Vec<UnlistedHosts>,
    /// Those in use, the default one first, then those that only finish what they have.
    providers: Vec<ProviderHealth>,
    /// What was asked for within the last day, and paid.
    models: Vec<ModelTimes>,
    credits: AllCredits,
    /// What can still be used, by the month it expires in; never is last, as null.
    liability: Vec<Liability>,
    /// What was asked for within the last 30 days, is over, and whose cost is known.
    margins: Vec<Earned>,
}

/// A job that is open.
#[derive(Serialize, JsonSchema)]
struct OpenJob {
    id: JobId,
    account: AccountId,
    state: State,
    created_at: Time,
}

/// Hosts that are not in `RESULT_HOSTS`, and what waits for them.
#[derive(Serialize, JsonSchema)]
struct UnlistedHosts {
    /// As `RESULT_HOSTS` takes them, with commas between them.
    hosts: String,
    provider: String,
    jobs: u64,
    /// When the first of them was made.
    since: Time,
}

/// How a provider takes submissions.
#[derive(Serialize, JsonSchema)]
struct ProviderHealth {
    name: String,
    /// In a row, by now.
    failures: u64,
    failed_at: Option<Time>,
    /// Until then nobody submits to it.
    rests_until: Option<Time>,
    /// Whether it has to be paid, or its key mended.
    needs_operator: bool,
}

/// How long a model takes, from the request to the stored picture.
#[derive(Serialize, JsonSchema)]
struct ModelTimes {
    model: String,
    completed: u64,
    p50_seconds: f64,
    p90_seconds: f64,
}

/// All credits there ever were: `granted` is the sum of the others.
#[derive(Serialize, JsonSchema)]
struct AllCredits {
    granted: Credits,
    remaining: Credits,
    held: Credits,
    spent: Credits,
    expired: Credits,
    clawed_back: Credits,
}

/// What people can still use of what expires in a month.
#[derive(Serialize, JsonSchema)]
struct Liability {
    /// Such as `2026-12`.
    month: Option<String>,
    credits: Credits,
}

/// What a model earned.
#[derive(Serialize, JsonSchema)]
struct Earned {
    model: String,
    jobs: u64,
    paid: Credits,
    cost: Credits,
    /// `paid - cost`.
    margin: i64,
}
