//! Reading what operators see, over all accounts.

mod orders;
mod overview;

use serde::{Deserialize, Serialize};

use super::row::flag;
use super::{Reader, StoreError, decode};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{FailureCode, StateName};
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

pub use orders::{AdminOrders, AnomalyWriter, RevenueLine, SoldAnomalies};
pub use overview::{
    AllCredits, Earned, Liability, ModelTimes, OpenJob, Overview, ProviderHealth, UnlistedHosts,
};

/// A page of at most ?5 jobs before ?1, newest first, the last of which only shows that there are more: in
/// the states ?2, and, if ?3 is not 0, with a hold that is open past its deadline at ?4.
macro_rules! page {
    ($columns:literal) => {
        concat!(
            "select ",
            $columns,
            " from jobs j
              join holds h on h.account_id = j.account_id and h.job_id = j.id
              join attempts c on c.account_id = j.account_id and c.job_id = j.id and c.ordinal = j.attempt
              where j.id < ?1 and (?2 is null or j.state in (select value from json_each(?2)))
                and (?3 = 0 or h.state = 'open' and h.deadline <= ?4)
              order by j.id desc limit cast(?5 as integer)"
        )
    };
}

const JOBS: &str = page!(
    "j.id, j.account_id, j.state, j.model, c.provider, j.created_at, j.updated_at, j.due_at, j.deleted_at,
     j.images_removed_at, j.waiting_hosts, j.cancel_requested, j.waived, j.error_code,
     h.state as hold_state, h.amount, h.settled, h.released, h.deadline,
     h.state = 'open' and h.deadline <= ?4 as past_deadline"
);

/// Every attempt of the jobs of a page.
const ATTEMPTS: &str = concat!(
    "with page as (",
    page!("j.account_id, j.id"),
    ")
    select a.job_id, a.ordinal, a.provider, a.model, a.task_id, a.outcome, a.detail, a.anomaly, a.cost,
           a.created_at, a.updated_at
    from page p join attempts a on a.account_id = p.account_id and a.job_id = p.id
    order by a.job_id desc, a.ordinal"
);

/// How many holds are open past their deadline at ?1.
const PAST_DEADLINE: &str =
    "select count(*) as count from jobs where hold_closed_at is null and hold_deadline <= ?1";

/// The newest migration, and when the reconciler last ran.
const SCHEMA: &str = "
    select (select name from d1_migrations order by id desc limit 1) as migration, (select at from reconciler_runs) as reconciled_at";

/// Results that wait for their hosts to be listed.
const WAITING: &str = "
    select j.waiting_hosts as hosts, a.provider, count(*) as jobs
    from jobs j
    join attempts a on a.account_id = j.account_id and a.job_id = j.id and a.ordinal = j.attempt
    where j.due_at is not null and j.waiting_hosts is not null
    group by 1, 2 order by 1, 2";

/// The filter of a page of jobs, over all accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdminJobs {
    /// Only jobs before this one; `None` begins with the newest.
    pub before: Option<JobId>,
    /// Only jobs in these states; `None` for any state.
    pub states: Option<Vec<StateName>>,
    /// Only jobs with a hold that is open past its deadline.
    pub with_expired_hold: bool,
    /// The most jobs, 1 to 100.
    pub limit: u8,
}

/// A page of jobs of all accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminPage {
    /// When it was read.
    pub at: Timestamp,
    /// Newest first.
    pub jobs: Vec<AdminJob>,
    /// How many holds of all accounts are open past their deadline.
    pub holds_past_deadline: u64,
    /// The `before` of the next page; `None` on the last one.
    pub next_cursor: Option<JobId>,
}

/// A job, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AdminJob {
    /// The job's id.
    pub id: JobId,
    /// The account that requested it.
    #[serde(rename = "account_id")]
    pub account: AccountId,
    /// Its state.
    pub state: StateName,
    /// The id of the model that was requested.
    pub model: String,
    /// The provider of its current attempt.
    pub provider: String,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When the reconciler next takes it up; `None` once it is over.
    pub due_at: Option<Timestamp>,
    /// When its user deleted it, if they did.
    pub deleted_at: Option<Timestamp>,
    /// When its pictures were removed, if they were.
    pub images_removed_at: Option<Timestamp>,
    /// The hosts that its result waits for, separated by commas; `None` if it waits for none.
    pub waiting_hosts: Option<String>,
    /// Whether its user asked to cancel it.
    #[serde(deserialize_with = "flag")]
    pub cancel_requested: bool,
    /// Whether it was waived: its pictures were stored after its hold had ended.
    #[serde(deserialize_with = "flag")]
    pub waived: bool,
    /// Why it failed; `None` unless it did.
    #[serde(rename = "error_code")]
    pub error: Option<FailureCode>,
    /// The state of its hold.
    pub hold_state: HoldState,
    /// The credits that its hold reserved.
    pub amount: Credits,
    /// How many of these were settled.
    pub settled: Credits,
    /// How many of these were released.
    pub released: Credits,
    /// The hold's deadline.
    pub deadline: Timestamp,
    /// Whether its hold is open past the deadline.
    #[serde(deserialize_with = "flag")]
    pub past_deadline: bool,
    /// Its submissions to providers, in order.
    #[serde(skip)]
    pub attempts: Vec<AdminAttempt>,
}

/// A hold's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum HoldState {
    /// Its credits are reserved.
    Open,
    /// Some or all of its credits were charged.
    Settled,
    /// All of its credits were returned.
    Released,
}

/// A submission to a provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AdminAttempt {
    /// The id of the job.
    job_id: JobId,
    /// 1 for the first.
    pub ordinal: u8,
    /// The provider.
    pub provider: String,
    /// The id of the model.
    pub model: Option<String>,
    /// The provider's id for it, once known.
    pub task_id: Option<String>,
    /// Its outcome, once known.
    pub outcome: Option<Outcome>,
    /// The provider's message when it refused or failed.
    pub detail: Option<String>,
    /// A callback that contradicted a final outcome, and moved nothing.
    pub anomaly: Option<String>,
    /// What the provider charged, in credits, where that is known.
    pub cost: Option<Credits>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The outcome of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Outcome {
    /// The provider refused it.
    Rejected,
    /// Nothing was ever sent to the provider.
    Abandoned,
    /// Whether the provider has it is not known.
    Unknown,
    /// The provider accepted it.
    Accepted,
    /// The provider finished it.
    Succeeded,
    /// The provider tried and failed.
    Failed,
}

/// The state of the database, for the self-test.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SchemaState {
    /// The file of the newest migration that was applied.
    pub migration: Option<String>,
    /// When the reconciler last ran.
    pub reconciled_at: Option<Timestamp>,
}

/// Results that wait for their hosts to be listed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WaitingResults {
    /// The hosts, in the format of `RESULT_HOSTS`, separated by commas.
    pub hosts: String,
    /// The provider whose results wait.
    pub provider: String,
    /// How many jobs wait.
    pub jobs: u64,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

impl Reader {
    /// A page of jobs of all accounts. It only reads: an expired hold is shown, not released.
    pub async fn admin_jobs(
        &self,
        which: &AdminJobs,
        now: Timestamp,
    ) -> Result<AdminPage, StoreError> {
        let limit = usize::from(which.limit);
        let before = which.before.map_or_else(|| "~".into(), |id| id.to_string());
        let states = which.states.as_ref();
        let states = states.map(|states| serde_json::json!(states).to_string());
        let params: [Value; 5] = [
            before.into(),
            states.into(),
            i64::from(which.with_expired_hold).into(),
            now.into(),
            i64::from(which.limit).saturating_add(1).into(),
        ];
        let [jobs, attempts, past] = self
            .sql
            .batch([
                Statement::new(JOBS, params.clone()),
                Statement::new(ATTEMPTS, params),
                Statement::new(PAST_DEADLINE, [now.into()]),
            ])
            .await?;
        let mut jobs: Vec<AdminJob> = decode(jobs)?;
        let has_more = jobs.len() > limit;
        jobs.truncate(limit);
        let mut attempts = decode::<AdminAttempt>(attempts)?.into_iter().peekable();
        // Both lists have the same order, and every job has an attempt.
        for job in &mut jobs {
            while let Some(attempt) = attempts.next_if(|attempt| attempt.job_id == job.id) {
                job.attempts.push(attempt);
            }
        }
        Ok(AdminPage {
            at: now,
            next_cursor: jobs.last().filter(|_| has_more).map(|job| job.id),
            jobs,
            holds_past_deadline: only::<Count>(past)?.count,
        })
    }

    /// The results that wait for hosts to be listed.
    pub async fn waiting_results(&self) -> Result<Vec<WaitingResults>, StoreError> {
        self.sql.all(Statement::new(WAITING, [])).await
    }

    /// The newest migration, and when the reconciler last ran.
    pub async fn schema_state(&self) -> Result<SchemaState, StoreError> {
        let [rows] = self.sql.batch([Statement::new(SCHEMA, [])]).await?;
        only(rows)
    }
}

/// The only row of a statement that always has one.
fn only<T: serde::de::DeserializeOwned>(rows: crate::ports::Rows) -> Result<T, StoreError> {
    let row = decode(rows)?.into_iter().next();
    row.ok_or_else(|| StoreError::Row("no row where there is always one".into()))
}
