//! What operators look at.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::extract::{Operator, Params};
use super::page::{cursor, page_size, states};
use super::problem::Problem;
use super::view;
use crate::domain::job::StateName as JobState;
use crate::service::{AdminJobs, Atelier, Check};

/// Which jobs.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
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

/// `GET /v1/admin/jobs`
pub(super) async fn jobs(
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
    Ok(view::json(StatusCode::OK, page.into()))
}

/// `GET /v1/admin/overview`
pub(super) async fn overview(
    State(atelier): State<Atelier>,
    _: Operator,
) -> Result<Response, Problem> {
    let overview = atelier.overview().await?;
    Ok(view::json(StatusCode::OK, overview.into()))
}

/// Whether everything that is needed is there.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Selftest {
    /// Whether every check is.
    ok: bool,
    checks: Vec<CheckView>,
}

/// One thing that was tried.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Check"))]
pub(super) struct CheckView {
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

/// `GET /v1/admin/selftest`: 200 also if something is wrong.
pub(super) async fn selftest(
    State(atelier): State<Atelier>,
    _: Operator,
) -> Result<Response, Problem> {
    let checks = atelier.selftest().await.into_iter();
    let checks: Vec<_> = checks.map(CheckView::from).collect();
    let ok = checks.iter().all(|check| check.ok);
    view::answer(StatusCode::OK, &Selftest { ok, checks })
}
