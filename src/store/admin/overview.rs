//! The overview for operators: jobs, providers, credits and earnings. It reads every job and every
//! package.

use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::{Count, PAST_DEADLINE, only};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::StateName;
use crate::domain::time::Timestamp;
use crate::ports::Statement;
use crate::store::row::{credits_expire_at, flag};
use crate::store::{Reader, StoreError, decode};

const RECONCILED: &str = "select (select at from reconciler_runs) as at";

const STATES: &str = "select state, count(*) as jobs from jobs group by state";

const OLDEST_OPEN: &str = "
    select id, account_id, state, created_at from jobs where hold_closed_at is null
    union all
    select id, account_id, state, created_at from jobs where hold_closed_at is not null and due_at is not null
    order by created_at limit 1";

const UNLISTED_HOSTS: &str = "
    select j.waiting_hosts as hosts, a.provider, count(*) as jobs,
           min(coalesce(j.storing_since, j.updated_at)) as since
    from jobs j
    join attempts a on a.account_id = j.account_id and a.job_id = j.id and a.ordinal = j.attempt
    where j.due_at is not null and j.waiting_hosts is not null
    group by 1, 2 order by since";

/// The providers ?2, in their order, at ?1.
const PROVIDERS: &str = "
    select p.value as name, coalesce(h.failures, 0) as failures, h.failed_at,
           iif(h.open_until > ?1, h.open_until, null) as open_until, coalesce(h.needs_operator, 0) as needs_operator
    from json_each(?2) p left join circuits h on h.provider = p.value
    order by p.key";

/// Durations of charged jobs from id ?1 on, in milliseconds.
const TIMES: &str = "
    select model, max(n) as completed, max(iif(place = (n + 1) / 2, took, null)) as p50,
           max(iif(place = (9 * n + 9) / 10, took, null)) as p90
    from (select j.model, h.closed_at - h.opened_at as took,
                 row_number() over (partition by j.model order by h.closed_at - h.opened_at) as place,
                 count(*) over (partition by j.model) as n
          from jobs j join holds h on h.account_id = j.account_id and h.job_id = j.id
          where j.id >= ?1 and h.state = 'settled')
    group by model order by model";

/// Sums at ?1. Credits whose expiry is not recorded yet count as expired.
const CREDITS: &str = concat!(
    "select coalesce(sum(granted), 0) as granted, coalesce(sum(left), 0) as remaining,
            coalesce(sum(held), 0) as held, coalesce(sum(spent), 0) as spent,
            coalesce(sum(expired + remaining - left), 0) as expired, coalesce(sum(clawed_back), 0) as clawed_back
     from (select *, iif(",
    credits_expire_at!(),
    " <= ?1, 0, remaining) as left from packages)"
);

/// As of ?1.
const LIABILITY: &str = concat!(
    "select month, credits from
       (select strftime('%Y-%m', ",
    credits_expire_at!(),
    " / 1000, 'unixepoch') as month, sum(held + iif(",
    credits_expire_at!(),
    " <= ?1, 0, remaining)) as credits from packages group by 1)
     where credits > 0 order by month is null, month"
);

/// Earnings from jobs that are over, from id ?1 on.
const EARNED: &str = "
    select model, count(*) as jobs, sum(paid) as paid, sum(cost) as cost from
      (select j.model, h.settled as paid,
              (select sum(a.cost) from attempts a where a.account_id = j.account_id and a.job_id = j.id) as cost
       from jobs j join holds h on h.account_id = j.account_id and h.job_id = j.id
       where j.id >= ?1 and j.due_at is null)
    where cost is not null group by model order by model";

/// The overview of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// When it was read.
    pub at: Timestamp,
    /// When the reconciler last ran.
    pub reconciled_at: Option<Timestamp>,
    /// The number of jobs in each state that has any.
    pub jobs: Vec<JobsIn>,
    /// The job that has been open the longest, if any is open.
    pub oldest_open: Option<OpenJob>,
    /// How many holds are open past their deadline.
    pub holds_past_deadline: u64,
    /// Hosts that results wait for, those that have waited longest first.
    pub unlisted_hosts: Vec<UnlistedHosts>,
    /// The providers, in the order of the request.
    pub providers: Vec<ProviderHealth>,
    /// How long each model took.
    pub models: Vec<ModelTimes>,
    /// The sums over all credits of all accounts.
    pub credits: AllCredits,
    /// Usable credits by the month in which they expire; those that never expire come last.
    pub liability: Vec<Liability>,
    /// What each model earned.
    pub margins: Vec<Earned>,
}

/// The number of jobs in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct JobsIn {
    /// The state of these jobs.
    pub state: StateName,
    /// The number of jobs.
    pub jobs: u64,
}

/// An open job.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OpenJob {
    /// The job's id.
    pub id: JobId,
    /// The account that requested it.
    #[serde(rename = "account_id")]
    pub account: AccountId,
    /// Its state.
    pub state: StateName,
    /// When it was requested.
    pub created_at: Timestamp,
}

/// Hosts that are not in `RESULT_HOSTS`, and the results that wait for them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UnlistedHosts {
    /// The hosts, in the format of `RESULT_HOSTS`, separated by commas.
    pub hosts: String,
    /// The name of the provider.
    pub provider: String,
    /// How many jobs wait.
    pub jobs: u64,
    /// When the first of them began to wait.
    pub since: Timestamp,
}

/// The circuit breaker of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProviderHealth {
    /// The name of the provider.
    pub name: String,
    /// How many submissions have failed in a row.
    pub failures: u64,
    /// When the last of them failed; `None` if none did.
    pub failed_at: Option<Timestamp>,
    /// Until when its circuit breaker is open; `None` if it is closed.
    pub open_until: Option<Timestamp>,
    /// Whether its account has no credit left, or its key is wrong.
    #[serde(deserialize_with = "flag")]
    pub needs_operator: bool,
}

/// How long a model takes, from the request to the stored picture.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ModelTimes {
    /// The id of the model.
    pub model: String,
    /// The number of jobs that were measured.
    pub completed: u64,
    /// The median.
    #[serde(deserialize_with = "millis")]
    pub p50: Duration,
    /// The 90th percentile.
    #[serde(deserialize_with = "millis")]
    pub p90: Duration,
}

/// All credits of all accounts: `granted` is the sum of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the ledger's words")]
pub struct AllCredits {
    pub granted: Credits,
    pub remaining: Credits,
    pub held: Credits,
    pub spent: Credits,
    pub expired: Credits,
    pub clawed_back: Credits,
}

/// Usable credits that expire in one month.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Liability {
    /// The month, such as `2026-12`; `None` for credits that never expire.
    pub month: Option<String>,
    /// The credits, at least one.
    pub credits: Credits,
}

/// What a model earned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Earned {
    /// The id of the model.
    pub model: String,
    /// The number of jobs that are counted.
    pub jobs: u64,
    /// What users were charged, in credits.
    pub paid: Credits,
    /// What providers charged, in credits.
    pub cost: Credits,
}

impl Earned {
    /// `paid - cost`, in credits; negative if the model was sold at a loss.
    pub fn margin(&self) -> i64 {
        let of = |credits: Credits| i64::try_from(credits.get()).unwrap_or(i64::MAX);
        of(self.paid).saturating_sub(of(self.cost))
    }
}

fn millis<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_millis)
}

#[derive(Deserialize)]
struct Reconciled {
    at: Option<Timestamp>,
}

impl Reader {
    /// Reads the overview: durations of jobs since `times_from`, and costs since `costs_from`.
    pub async fn overview(
        &self,
        now: Timestamp,
        providers: &[&str],
        times_from: JobId,
        costs_from: JobId,
    ) -> Result<Overview, StoreError> {
        let none = || Vec::<crate::ports::Value>::new();
        let rows = self.sql.batch([
            Statement::new(RECONCILED, none()),
            Statement::new(STATES, none()),
            Statement::new(OLDEST_OPEN, none()),
            Statement::new(PAST_DEADLINE, [now.into()]),
            Statement::new(UNLISTED_HOSTS, none()),
            Statement::new(PROVIDERS, [now.into(), json!(providers).to_string().into()]),
            Statement::new(TIMES, [times_from.to_string().into()]),
            Statement::new(CREDITS, [now.into()]),
            Statement::new(LIABILITY, [now.into()]),
            Statement::new(EARNED, [costs_from.to_string().into()]),
        ]);
        let [
            reconciled,
            states,
            oldest,
            past,
            unlisted,
            providers,
            times,
            credits,
            liability,
            earned,
        ] = rows.await?;
        Ok(Overview {
            at: now,
            reconciled_at: only::<Reconciled>(reconciled)?.at,
            jobs: decode(states)?,
            oldest_open: decode(oldest)?.into_iter().next(),
            holds_past_deadline: only::<Count>(past)?.count,
            unlisted_hosts: decode(unlisted)?,
            providers: decode(providers)?,
            models: decode(times)?,
            credits: only(credits)?,
            liability: decode(liability)?,
            margins: decode(earned)?,
        })
    }
}
