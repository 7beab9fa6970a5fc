//! How everything is, as operators see it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Time;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::State;
use crate::service::{
    AllCredits, Earned, Liability, ModelTimes, OpenJob, Overview, ProviderHealth, UnlistedHosts,
};

/// How everything is.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Overview"))]
pub(in crate::http) struct OverviewView<'a> {
    at: Time,
    /// When the sweep last ran.
    swept_at: Option<Time>,
    /// How many jobs there are in each state; one without jobs is absent.
    jobs: BTreeMap<&'static str, u64>,
    oldest_open: Option<OpenJobView>,
    /// How many holds are open past their deadline.
    holds_past_deadline: u64,
    /// Hosts that results wait for, the longest first. Listed in `RESULT_HOSTS`, they are fetched.
    unlisted_hosts: Vec<UnlistedHostsView<'a>>,
    /// Those in use, the default one first, then those that only finish what they have.
    providers: Vec<ProviderHealthView<'a>>,
    /// What was asked for within the last day, and paid.
    models: Vec<ModelTimesView<'a>>,
    credits: AllCreditsView,
    /// What can still be used, by the month it expires in; never is last, as null.
    liability: Vec<LiabilityView<'a>>,
    /// What was asked for within the last 30 days, is over, and whose cost is known.
    margins: Vec<EarnedView<'a>>,
}

impl<'a> From<&'a Overview> for OverviewView<'a> {
    fn from(all: &'a Overview) -> Self {
        let jobs = all.jobs.iter();
        Self {
            at: Time(all.at),
            swept_at: all.swept_at.map(Time),
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

/// A job that is open.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "OpenJob"))]
struct OpenJobView {
    id: JobId,
    account: AccountId,
    state: State,
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

/// Hosts that are not in `RESULT_HOSTS`, and what waits for them.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "UnlistedHosts"))]
struct UnlistedHostsView<'a> {
    /// As `RESULT_HOSTS` takes them, with commas between them.
    hosts: &'a str,
    provider: &'a str,
    jobs: u64,
    /// When the first of them was made.
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

/// How a provider takes submissions.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "ProviderHealth")
)]
struct ProviderHealthView<'a> {
    name: &'a str,
    /// In a row, by now.
    failures: u64,
    failed_at: Option<Time>,
    /// Until then nobody submits to it.
    rests_until: Option<Time>,
    /// Whether it has to be paid, or its key mended.
    needs_operator: bool,
}

impl<'a> From<&'a ProviderHealth> for ProviderHealthView<'a> {
    fn from(health: &'a ProviderHealth) -> Self {
        Self {
            name: &health.name,
            failures: health.failures,
            failed_at: health.failed_at.map(Time),
            rests_until: health.rests_until.map(Time),
            needs_operator: health.needs_operator,
        }
    }
}

/// How long a model takes, from the request to the stored picture.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ModelTimes"))]
struct ModelTimesView<'a> {
    model: &'a str,
    completed: u64,
    p50_seconds: f64,
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

/// All credits there ever were: `granted` is the sum of the others.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AllCredits"))]
struct AllCreditsView {
    granted: Credits,
    remaining: Credits,
    held: Credits,
    spent: Credits,
    expired: Credits,
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

/// What people can still use of what expires in a month.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Liability"))]
struct LiabilityView<'a> {
    /// Such as `2026-12`.
    month: Option<&'a str>,
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
    model: &'a str,
    jobs: u64,
    paid: Credits,
    cost: Credits,
    /// `paid - cost`.
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
