//! What operators look at.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::extract::{Operator, Params};
use super::page::{cursor, page_size, states};
use super::problem::Problem;
use super::route::{Route, route};
use super::view::{self, AdminJobsView, OverviewView};
use crate::domain::job::State as JobState;
use crate::service::{AdminJobs, Atelier, Check};

/// Which jobs.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Which {
    /// 1 to 100, 20 if absent.
    #[cfg_attr(test, schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only jobs in these states, with commas between them.
    state: Option<String>,
    /// Only jobs whose hold is open past its deadline.
    #[serde(default)]
    stale: bool,
}

pub(super) fn get_jobs() -> Route {
    route!(get, "/v1/admin/jobs", jobs, |it| {
        it.is(
            "operators",
            "listAllJobs",
            "Jobs of all accounts, newest first",
        )
        .operator()
        .query::<Which>()
        .answers::<AdminJobsView<'_>>(200, "A page of them.")
    })
}

async fn jobs(
    State(atelier): State<Atelier>,
    _: Operator,
    Params(which): Params<Which>,
) -> Result<Response, Problem> {
    let which = AdminJobs {
        before: cursor(which.cursor.as_deref())?,
        states: states("state", which.state.as_deref(), JobState::name)?,
        stale: which.stale,
        limit: page_size(which.limit)?,
    };
    let page = atelier.admin_jobs(&which).await?;
    view::answer(StatusCode::OK, &AdminJobsView::from(&page))
}

pub(super) fn get_overview() -> Route {
    route!(get, "/v1/admin/overview", overview, |it| {
        it.is(
            "operators",
            "showOverview",
            "How everything is: jobs, providers, credits, margins",
        )
        .operator()
        .answers::<OverviewView<'_>>(200, "As of now.")
    })
}

async fn overview(State(atelier): State<Atelier>, _: Operator) -> Result<Response, Problem> {
    let overview = atelier.overview().await?;
    view::answer(StatusCode::OK, &OverviewView::from(&overview))
}

/// Whether everything that is needed is there.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Selftest {
    /// Whether every check is.
    ok: bool,
    checks: Vec<CheckView>,
}

/// One thing that was tried.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Check"))]
struct CheckView {
    name: String,
    ok: bool,
    /// How it is, or what is wrong.
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
        it.is(
            "operators",
            "selftest",
            "Tries everything that is needed, as an operator would by hand",
        )
        .operator()
        .answers::<Selftest>(200, "What was tried, also if something is wrong.")
    })
}

/// 200 also if something is wrong.
async fn selftest(State(atelier): State<Atelier>, _: Operator) -> Result<Response, Problem> {
    let checks = atelier.selftest().await.into_iter();
    let checks: Vec<_> = checks.map(CheckView::from).collect();
    let ok = checks.iter().all(|check| check.ok);
    view::answer(StatusCode::OK, &Selftest { ok, checks })
}
