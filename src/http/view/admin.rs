//! Jobs of all accounts, as operators see them.

use serde::Serialize;

use super::Time;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{FailureCode, State};
use crate::service::{AdminAttempt, AdminJob, AdminPage, HoldState, Outcome};

/// A page of jobs of all accounts.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AdminJobs"))]
pub(in crate::http) struct AdminJobsView<'a> {
    /// Newest first.
    jobs: Vec<AdminJobView<'a>>,
    /// How many holds there are in all that are open past their deadline.
    holds_past_deadline: u64,
    /// The `cursor` of the next page, if there is one.
    next_cursor: Option<JobId>,
}

impl<'a> From<&'a AdminPage> for AdminJobsView<'a> {
    fn from(page: &'a AdminPage) -> Self {
        let jobs = page.jobs.iter();
        Self {
            jobs: jobs.map(|job| AdminJobView::new(page, job)).collect(),
            holds_past_deadline: page.holds_past_deadline,
            next_cursor: page.next_cursor,
        }
    }
}

/// A job, as its operator sees it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AdminJob"))]
struct AdminJobView<'a> {
    id: JobId,
    account: AccountId,
    state: State,
    model: &'a str,
    /// Of its current attempt.
    provider: &'a str,
    age_seconds: u64,
    created_at: Time,
    updated_at: Time,
    /// When the sweep looks at it; null once it is over.
    due_at: Option<Time>,
    deleted_at: Option<Time>,
    images_removed_at: Option<Time>,
    /// The hosts to add to `RESULT_HOSTS` before its result can be fetched, with commas between them.
    waiting_hosts: Option<&'a str>,
    cancel_requested: bool,
    on_the_house: bool,
    error: Option<FailureCode>,
    hold: AdminHoldView,
    /// Each submission to a provider, in order.
    attempts: Vec<AdminAttemptView<'a>>,
}

impl<'a> AdminJobView<'a> {
    fn new(page: &AdminPage, job: &'a AdminJob) -> Self {
        Self {
            id: job.id,
            account: job.account,
            state: job.state,
            model: &job.model,
            provider: &job.provider,
            age_seconds: page.at.since(job.created_at).as_secs(),
            created_at: Time(job.created_at),
            updated_at: Time(job.updated_at),
            due_at: job.due_at.map(Time),
            deleted_at: job.deleted_at.map(Time),
            images_removed_at: job.images_removed_at.map(Time),
            waiting_hosts: job.waiting_hosts.as_deref(),
            cancel_requested: job.cancel_requested,
            on_the_house: job.on_the_house,
            error: job.error,
            hold: AdminHoldView {
                state: job.hold_state,
                amount: job.amount,
                settled: job.settled,
                released: job.released,
                deadline: Time(job.deadline),
                past_deadline: job.past_deadline,
            },
            attempts: job.attempts.iter().map(AdminAttemptView::from).collect(),
        }
    }
}

/// A job's hold.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AdminHold"))]
struct AdminHoldView {
    state: HoldState,
    amount: Credits,
    settled: Credits,
    released: Credits,
    deadline: Time,
    /// Whether it is open still, and should have been released.
    past_deadline: bool,
}

/// A submission to a provider.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AdminAttempt"))]
struct AdminAttemptView<'a> {
    /// 1 for the first.
    ordinal: u8,
    provider: &'a str,
    model: Option<&'a str>,
    /// The provider's name for it, once known.
    task_id: Option<&'a str>,
    outcome: Option<Outcome>,
    /// What the provider said when it turned us away or failed.
    detail: Option<&'a str>,
    /// A word that contradicted what was already final; it moved nothing.
    anomaly: Option<&'a str>,
    /// What it cost the operator, in credits, where that is known.
    cost: Option<Credits>,
    created_at: Time,
    updated_at: Time,
}

impl<'a> From<&'a AdminAttempt> for AdminAttemptView<'a> {
    fn from(attempt: &'a AdminAttempt) -> Self {
        Self {
            ordinal: attempt.ordinal,
            provider: &attempt.provider,
            model: attempt.model.as_deref(),
            task_id: attempt.task_id.as_deref(),
            outcome: attempt.outcome,
            detail: attempt.detail.as_deref(),
            anomaly: attempt.anomaly.as_deref(),
            cost: attempt.cost,
            created_at: Time(attempt.created_at),
            updated_at: Time(attempt.updated_at),
        }
    }
}
