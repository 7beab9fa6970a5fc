//! Jobs of all accounts, as operators see them.

use serde::Serialize;

use super::Time;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{FailureCode, StateName};
use crate::service::{AdminAttempt, AdminJob, AdminPage, HoldState, Outcome};

/// A page of the jobs of all accounts.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AdminJobs"))]
pub(in crate::http) struct AdminJobsView<'a> {
    /// Newest first.
    jobs: Vec<AdminJobView<'a>>,
    /// How many holds are open past their deadline, over all accounts; normally 0.
    holds_past_deadline: u64,
    /// The `cursor` of the next page; null on the last page.
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

/// A job, as an operator sees it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AdminJob"))]
struct AdminJobView<'a> {
    /// The job's id.
    id: JobId,
    /// The id of its account.
    account: AccountId,
    /// Its state.
    state: StateName,
    /// The id of the model that was requested.
    model: &'a str,
    /// The provider of its latest attempt.
    provider: &'a str,
    /// How long ago it was requested, in seconds.
    age_seconds: u64,
    /// When it was requested.
    created_at: Time,
    /// When it last changed.
    updated_at: Time,
    /// When the reconciler takes it up next; null once it is over.
    due_at: Option<Time>,
    /// When its user deleted it; null if they did not.
    deleted_at: Option<Time>,
    /// When its pictures were removed; null while they are kept.
    images_removed_at: Option<Time>,
    /// The hosts to add to `RESULT_HOSTS` before its result can be fetched, separated by commas; null
    /// if it waits for none.
    waiting_hosts: Option<&'a str>,
    /// Whether its user has asked to cancel it.
    cancel_requested: bool,
    /// Whether its pictures came after the hold had ended, and were not charged for.
    waived: bool,
    /// Why it has no pictures; null unless `failed`, `canceled` or `expired`.
    error: Option<FailureCode>,
    /// The credits that were reserved for it.
    hold: AdminHoldView,
    /// Its submissions to providers, oldest first.
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
            waived: job.waived,
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

/// The credits that are reserved for a job.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AdminHold"))]
struct AdminHoldView {
    /// The state of the hold.
    state: HoldState,
    /// How many credits were reserved.
    amount: Credits,
    /// How many were charged.
    settled: Credits,
    /// How many were returned.
    released: Credits,
    /// When the hold ends.
    deadline: Time,
    /// Whether it is open past its deadline, and the reconciler should have released it.
    past_deadline: bool,
}

/// A submission of a job to a provider.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AdminAttempt"))]
struct AdminAttemptView<'a> {
    /// 1 for the first.
    ordinal: u8,
    /// The provider.
    provider: &'a str,
    /// The id of the model it was submitted to.
    model: Option<&'a str>,
    /// The provider's id for it; null until it is known.
    task_id: Option<&'a str>,
    /// What came of it; null until that is known.
    outcome: Option<Outcome>,
    /// What the provider said when it refused or failed; null if it said nothing.
    detail: Option<&'a str>,
    /// A callback that contradicted a final outcome, and moved nothing; null if there was none.
    anomaly: Option<&'a str>,
    /// What the provider charged for it, in credits; null if that is not known.
    cost: Option<Credits>,
    /// When the attempt was opened.
    created_at: Time,
    /// When it last changed.
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
