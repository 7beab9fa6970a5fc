//! The operators' overview: the jobs of all accounts, what is open and waits, and the self-test.

use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::extract::Params;
use super::page::{cursor, page_size, states};
use super::problem::Problem;
use super::route::{Route, route};
use super::view::{self, AdminJobsView, OverviewView};
use crate::domain::job::StateName as JobState;
use crate::service::{AdminJobs, Atelier, Check, Operator};

/// Filters of the list of jobs.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Which {
    /// How many there are on a page: 1 to 100, by default 20.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
    /// Only jobs in one of these states, separated by commas, such as `failed,expired`; by default all.
    state: Option<String>,
    /// Only jobs whose hold is open past its deadline.
    #[serde(default)]
    stale: bool,
}

pub(super) fn get_jobs() -> Route {
    route!(get, "/v1/admin/jobs", jobs, |it| {
        it.is("operators", "listAllJobs", "List the jobs of all accounts")
            .says("Newest first, with every submission to a provider and what came of it. Nothing is changed by looking: an expired hold is shown as it is.")
            .operator()
            .query::<Which>()
            .answers::<AdminJobsView<'_>>(200, "A page of jobs.")
    })
}

async fn jobs(
    atelier: Atelier,
    operator: Operator,
    Params(which): Params<Which>,
) -> Result<Response, Problem> {
    let which = AdminJobs {
        before: cursor(which.cursor.as_deref())?,
        states: states("state", which.state.as_deref(), JobState::name)?,
        with_expired_hold: which.stale,
        limit: page_size(which.limit)?,
    };
    let page = atelier.operators().jobs(&operator, &which).await?;
    view::answer(StatusCode::OK, &AdminJobsView::from(&page))
}

pub(super) fn get_overview() -> Route {
    route!(get, "/v1/admin/overview", overview, |it| {
        it.is("operators", "showOverview", "Get the state of the deployment")
            .says("Jobs by state, providers, times, credits and margins. It reads every job and every package.")
            .operator()
            .answers::<OverviewView<'_>>(200, "The state as of `at`.")
    })
}

async fn overview(atelier: Atelier, operator: Operator) -> Result<Response, Problem> {
    let overview = atelier.operators().overview(&operator).await?;
    view::answer(StatusCode::OK, &OverviewView::from(&overview))
}

/// Whether the deployment has everything it needs.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Selftest {
    /// Whether every check passed.
    ok: bool,
    /// Every check, in the order they were made.
    checks: Vec<CheckView>,
}

/// One check.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Check"))]
struct CheckView {
    /// What was checked, such as `database` or `callbacks`.
    name: String,
    /// Whether it passed.
    ok: bool,
    /// What was found, or what is wrong and what to do.
    detail: String,
}

impl From<Check> for CheckView {
    fn from(Check { name, outcome }: Check) -> Self {
        let ok = outcome.is_ok();
        let (Ok(detail) | Err(detail)) = outcome;
        Self { name, ok, detail }
    }
}

pub(super) fn get_selftest() -> Route {
    route!(get, "/v1/admin/selftest", selftest, |it| {
        it.is("operators", "selftest", "Run the self-test")
            .says("Checks everything that a deployment needs: the address that providers call, secrets, migrations, storage, cron.")
            .operator()
            .answers::<Selftest>(200, "What was found, also if a check failed.")
    })
}

/// 200 also if something is wrong.
async fn selftest(atelier: Atelier, operator: Operator) -> Result<Response, Problem> {
    let checks = atelier.self_test().run(&operator).await.into_iter();
    let checks: Vec<_> = checks.map(CheckView::from).collect();
    let ok = checks.iter().all(|check| check.ok);
    view::answer(StatusCode::OK, &Selftest { ok, checks })
}
