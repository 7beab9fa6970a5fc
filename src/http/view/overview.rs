//! How everything is, as operators see it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Time;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::StateName;
use crate::service::{
    AllCredits, Earned, Liability, ModelTimes, OpenJob, Overview, ProviderHealth, UnlistedHosts,
};

/// The state of the whole deployment.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Overview"))]
pub(in crate::http) struct OverviewView<'a> {
    /// When it was read.
    at: Time,
    /// When the cron last ran the reconciler; null if it never did.
    reconciled_at: Option<Time>,
    /// How many jobs there are in each state. A state without jobs is absent.
    jobs: BTreeMap<&'static str, u64>,
    /// The job that has been open the longest; null if none is open.
    oldest_open: Option<OpenJobView>,
    /// How many holds are open past their deadline; normally 0.
    holds_past_deadline: u64,
    /// Hosts that results wait for, the longest first: once they are in `RESULT_HOSTS`, the results are
    /// fetched.
    unlisted_hosts: Vec<UnlistedHostsView<'a>>,
    /// First those in use, the default one first; then those that only finish their open jobs.
    providers: Vec<ProviderHealthView<'a>>,
    /// How long the charged jobs of the last 24 hours took, by model.
    models: Vec<ModelTimesView<'a>>,
    /// All credits there ever were.
    credits: AllCreditsView,
    /// Credits that can still be used, by the month in which they expire; those that never do are last.
    liability: Vec<LiabilityView<'a>>,
    /// What the jobs of the last 30 days earned, by model, as far as their cost is known.
    margins: Vec<EarnedView<'a>>,
}

impl<'a> From<&'a Overview> for OverviewView<'a> {
    fn from(all: &'a Overview) -> Self {
        let jobs = all.jobs.iter();
        Self {
            at: Time(all.at),
            reconciled_at: all.reconciled_at.map(Time),
            jobs: jobs.map(|of| (of.state.name(), of.jobs)).collect(),
            oldest_open: all.oldest_open.as_ref().map(OpenJobView::from),
            holds_past_deadline: all.holds_past_deadline,
            unlisted_hosts: all.unlisted_hosts.iter().map(Into::into).collect(),
            providers: all.providers.iter().map(Into::into).collect(),
            models: all.models.iter().map(Into::into).collect(),
            credits: AllCreditsView::from(&all.credits),
            liability: all.liability.iter().map(Into::into).collect(),
            margins: all.margins.iter().map(Into::into).collect(),
        }
    }
}

/// An open job.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "OpenJob"))]
struct OpenJobView {
    /// The job's id.
    id: JobId,
    /// The id of its account.
    account: AccountId,
    /// Its state.
    state: StateName,
    /// When it was requested.
    created_at: Time,
}

impl From<&OpenJob> for OpenJobView {
    fn from(job: &OpenJob) -> Self {
        Self {
            id: job.id,
            account: job.account,
            state: job.state,
            created_at: Time(job.created_at),
        }
    }
}

/// Hosts that are not in `RESULT_HOSTS`, and the results that wait for them.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "UnlistedHosts"))]
struct UnlistedHostsView<'a> {
    /// The hosts, separated by commas, as `RESULT_HOSTS` takes them.
    hosts: &'a str,
    /// The provider that made the results.
    provider: &'a str,
    /// How many jobs wait.
    jobs: u64,
    /// When the first of the results was finished.
    since: Time,
}

impl<'a> From<&'a UnlistedHosts> for UnlistedHostsView<'a> {
    fn from(unlisted: &'a UnlistedHosts) -> Self {
        Self {
            hosts: &unlisted.hosts,
            provider: &unlisted.provider,
            jobs: unlisted.jobs,
            since: Time(unlisted.since),
        }
    }
}

/// Whether a provider takes jobs.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "ProviderHealth")
)]
struct ProviderHealthView<'a> {
    /// The provider.
    name: &'a str,
    /// How many submissions in a row have failed.
    failures: u64,
    /// When the last of them did; null if none did.
    failed_at: Option<Time>,
    /// Until when its circuit breaker is open, so that nothing is submitted to it; null if it is
    /// closed.
    open_until: Option<Time>,
    /// Whether its account has no credit left, or its key is wrong.
    needs_operator: bool,
}

impl<'a> From<&'a ProviderHealth> for ProviderHealthView<'a> {
    fn from(health: &'a ProviderHealth) -> Self {
        Self {
            name: &health.name,
            failures: health.failures,
            failed_at: health.failed_at.map(Time),
            open_until: health.open_until.map(Time),
            needs_operator: health.needs_operator,
        }
    }
}

/// How long a model takes, from the request to the stored picture.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ModelTimes"))]
struct ModelTimesView<'a> {
    /// The id of the model.
    model: &'a str,
    /// How many jobs were measured.
    completed: u64,
    /// The median, in seconds.
    p50_seconds: f64,
    /// The 90th percentile, in seconds.
    p90_seconds: f64,
}

impl<'a> From<&'a ModelTimes> for ModelTimesView<'a> {
    fn from(times: &'a ModelTimes) -> Self {
        Self {
            model: &times.model,
            completed: times.completed,
            p50_seconds: times.p50.as_secs_f64(),
            p90_seconds: times.p90.as_secs_f64(),
        }
    }
}

/// All credits of all accounts: `granted` is the sum of the others.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AllCredits"))]
struct AllCreditsView {
    /// How many came in.
    granted: Credits,
    /// How many can be used.
    remaining: Credits,
    /// How many are reserved for open jobs.
    held: Credits,
    /// How many were charged.
    spent: Credits,
    /// How many were not used in time.
    expired: Credits,
    /// How many operators clawed back.
    clawed_back: Credits,
}

impl From<&AllCredits> for AllCreditsView {
    fn from(all: &AllCredits) -> Self {
        Self {
            granted: all.granted,
            remaining: all.remaining,
            held: all.held,
            spent: all.spent,
            expired: all.expired,
            clawed_back: all.clawed_back,
        }
    }
}

/// Credits that can still be used, and expire in one month.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Liability"))]
struct LiabilityView<'a> {
    /// The month (UTC), such as `2026-12`; null for those that never expire.
    month: Option<&'a str>,
    /// Credits, at least one.
    credits: Credits,
}

impl<'a> From<&'a Liability> for LiabilityView<'a> {
    fn from(liability: &'a Liability) -> Self {
        Self {
            month: liability.month.as_deref(),
            credits: liability.credits,
        }
    }
}

/// What a model earned.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Earned"))]
struct EarnedView<'a> {
    /// The id of the model.
    model: &'a str,
    /// How many jobs are counted.
    jobs: u64,
    /// What users were charged, in credits.
    paid: Credits,
    /// What providers charged, in credits.
    cost: Credits,
    /// `paid - cost`, in credits; below 0 if it was sold at a loss.
    margin: i64,
}

impl<'a> From<&'a Earned> for EarnedView<'a> {
    fn from(earned: &'a Earned) -> Self {
        Self {
            model: &earned.model,
            jobs: earned.jobs,
            paid: earned.paid,
            cost: earned.cost,
            margin: earned.margin(),
        }
    }
}
