//! What operators look at, over all accounts. Each answer is put together by the database, as one
//! text of JSON: nothing here decides anything by it.

use serde::Deserialize;

use super::{Store, StoreError};
use crate::domain::id::JobId;
use crate::domain::job::StateName;
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

/// A moment as RFC 3339 has it; null stays null.
macro_rules! at {
    ($moment:literal) => {
        concat!(
            "strftime('%Y-%m-%dT%H:%M:%fZ', ",
            $moment,
            " / 1000.0, 'unixepoch')"
        )
    };
}

/// When what remains of a package expires, with any grace.
macro_rules! expiry {
    () => {
        "max(expires_at, coalesce(grace_until, 0))"
    };
}

/// Jobs before ?1, newest first: of the states ?2, and, if ?3 is not 0, with a hold that is open past
/// its deadline at ?4. One more than ?5 tells whether there are more.
const JOBS: &str = concat!(
    "
    with page as (
      select j.*, h.state as hold_state, h.amount, h.settled, h.released, h.deadline,
             h.state = 'open' and h.deadline <= ?4 as past_deadline, c.provider
      from jobs j
      join holds h on h.account_id = j.account_id and h.job_id = j.id
      join attempts c on c.account_id = j.account_id and c.job_id = j.id and c.ordinal = j.attempt
      where j.id < ?1 and (?2 is null or j.state in (select value from json_each(?2)))
        and (?3 = 0 or h.state = 'open' and h.deadline <= ?4)
      order by j.id desc limit cast(?5 as integer) + 1),
    shown as (select * from page order by id desc limit cast(?5 as integer))
    select json_object(
      'jobs', json((select json_group_array(json_object(
        'id', s.id, 'account', s.account_id, 'state', s.state, 'model', s.model, 'provider', s.provider,
        'age_seconds', cast(max(?4 - s.created_at, 0) / 1000 as integer), 'created_at', ",
    at!("s.created_at"),
    ", 'updated_at', ",
    at!("s.updated_at"),
    ", 'due_at', ",
    at!("s.due_at"),
    ", 'deleted_at', ",
    at!("s.deleted_at"),
    ", 'images_removed_at', ",
    at!("s.images_removed_at"),
    ", 'waiting_hosts', s.waiting_hosts, 'cancel_requested', json(iif(s.cancel_requested, 'true', 'false')),
        'on_the_house', json(iif(s.on_the_house, 'true', 'false')), 'error', s.error_code,
        'hold', json_object('state', s.hold_state, 'amount', s.amount, 'settled', s.settled, 'released', s.released,
          'deadline', ",
    at!("s.deadline"),
    ", 'past_deadline', json(iif(s.past_deadline, 'true', 'false'))),
        'attempts', json((select json_group_array(json_object(
          'ordinal', a.ordinal, 'provider', a.provider, 'model', a.model, 'task_id', a.task_id,
          'outcome', a.outcome, 'detail', a.detail, 'anomaly', a.anomaly, 'cost', a.cost, 'created_at', ",
    at!("a.created_at"),
    ", 'updated_at', ",
    at!("a.updated_at"),
    ") order by a.ordinal) from attempts a where a.account_id = s.account_id and a.job_id = s.id)))
        order by s.id desc) from shown s)),
      'holds_past_deadline', (select count(*) from holds where state = 'open' and deadline <= ?4),
      'next_cursor', iif((select count(*) from page) > ?5, (select min(id) from shown), null)) as json"
);

/// As of ?1: providers ?2, times of jobs from ?3 on, and costs of jobs from ?4 on.
const OVERVIEW: &str = concat!(
    "
    select json_object(
      'at', ",
    at!("?1"),
    ", 'swept_at', (select ",
    at!("at"),
    " from sweeps),
      'jobs', json((select json_group_object(state, n) from
        (select state, count(*) as n from jobs group by state order by state))),
      'oldest_open', json((select json_object('id', id, 'account', account_id, 'state', state, 'created_at', ",
    at!("created_at"),
    ") from jobs where due_at is not null order by created_at limit 1)),
      'holds_past_deadline', (select count(*) from holds where state = 'open' and deadline <= ?1),
      'unlisted_hosts', json((select json_group_array(json_object('hosts', waiting_hosts, 'provider', provider,
          'jobs', n, 'since', ",
    at!("since"),
    ") order by since) from
        (select j.waiting_hosts, a.provider, count(*) as n, min(coalesce(j.storing_since, j.updated_at)) as since
         from jobs j
         join attempts a on a.account_id = j.account_id and a.job_id = j.id and a.ordinal = j.attempt
         where j.due_at is not null and j.waiting_hosts is not null group by 1, 2))),
      'providers', json((select json_group_array(json_object('name', p.value, 'failures', coalesce(h.failures, 0),
          'failed_at', ",
    at!("h.failed_at"),
    ", 'rests_until', iif(h.rests_until > ?1, ",
    at!("h.rests_until"),
    ", null), 'needs_operator', json(iif(h.needs_operator, 'true', 'false'))) order by p.key)
        from json_each(?2) p left join provider_health h on h.provider = p.value)),
      'models', json((select json_group_array(json_object('model', model, 'completed', n, 'p50_seconds', p50 / 1000.0,
          'p90_seconds', p90 / 1000.0) order by model) from
        (select model, max(n) as n, max(iif(place = (n + 1) / 2, took, null)) as p50,
                max(iif(place = (9 * n + 9) / 10, took, null)) as p90
         from (select j.model, h.closed_at - h.opened_at as took,
                      row_number() over (partition by j.model order by h.closed_at - h.opened_at) as place,
                      count(*) over (partition by j.model) as n
               from jobs j join holds h on h.account_id = j.account_id and h.job_id = j.id
               where j.id >= ?3 and h.state = 'settled')
         group by model))),
      'credits', json((select json_object('granted', coalesce(sum(granted), 0), 'remaining', coalesce(sum(left), 0),
          'held', coalesce(sum(held), 0), 'spent', coalesce(sum(spent), 0),
          'expired', coalesce(sum(expired + remaining - left), 0), 'clawed_back', coalesce(sum(clawed_back), 0))
        from (select *, iif(",
    expiry!(),
    " <= ?1, 0, remaining) as left from packages))),
      'liability', json((select json_group_array(json_object('month', month, 'credits', credits)
          order by month is null, month) from
        (select strftime('%Y-%m', ",
    expiry!(),
    " / 1000, 'unixepoch') as month, sum(held + iif(",
    expiry!(),
    " <= ?1, 0, remaining)) as credits from packages group by 1) where credits > 0)),
      'margins', json((select json_group_array(json_object('model', model, 'jobs', n, 'paid', paid, 'cost', cost,
          'margin', paid - cost) order by model) from
        (select model, count(*) as n, sum(paid) as paid, sum(cost) as cost from
          (select j.model, h.settled as paid, (select sum(a.cost) from attempts a
              where a.account_id = j.account_id and a.job_id = j.id) as cost
           from jobs j join holds h on h.account_id = j.account_id and h.job_id = j.id
           where j.id >= ?4 and j.due_at is null)
         where cost is not null group by model)))) as json"
);

/// The newest migration, and when the sweep last ran.
const SCHEMA: &str = "
    select (select name from d1_migrations order by id desc limit 1) as migration, (select at from sweeps) as swept_at";

/// Results that wait for their hosts to be listed.
const WAITING: &str = "
    select j.waiting_hosts as hosts, a.provider, count(*) as jobs
    from jobs j
    join attempts a on a.account_id = j.account_id and a.job_id = j.id and a.ordinal = j.attempt
    where j.due_at is not null and j.waiting_hosts is not null
    group by 1, 2 order by 1, 2";

/// Which jobs, of any account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdminJobs {
    /// The job before which the page begins; the newest without it.
    pub before: Option<JobId>,
    /// In these states, or in any.
    pub states: Option<Vec<StateName>>,
    /// Only those with a hold that is open past its deadline.
    pub stale: bool,
    /// How many.
    pub limit: u8,
}

/// What tells whether the database is as this version needs it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SchemaState {
    /// The file of the newest migration that was applied.
    pub migration: Option<String>,
    /// When the sweep last ran.
    pub swept_at: Option<Timestamp>,
}

/// Results that wait for their hosts to be listed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WaitingResults {
    /// As `RESULT_HOSTS` takes them, with commas between them.
    pub hosts: String,
    /// Which provider's.
    pub provider: String,
    /// How many jobs have them.
    pub jobs: u64,
}

#[derive(Deserialize)]
struct JsonRow {
    json: String,
}

impl Store {
    /// A page of jobs of all accounts, as JSON.
    pub async fn admin_jobs(
        &self,
        which: &AdminJobs,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let before = which.before.map_or_else(|| "~".into(), |id| id.to_string());
        let states = which.states.as_ref();
        let states = states.map(|states| serde_json::json!(states).to_string());
        let params = [
            before.into(),
            states.into(),
            i64::from(which.stale).into(),
            now.into(),
            i64::from(which.limit).into(),
        ];
        self.json(Statement::new(JOBS, params)).await
    }

    /// How everything is, as JSON: what jobs took from `times_from` on, and what they cost from
    /// `costs_from` on.
    pub async fn overview(
        &self,
        now: Timestamp,
        providers: &[&str],
        times_from: JobId,
        costs_from: JobId,
    ) -> Result<String, StoreError> {
        let params = [
            now.into(),
            serde_json::json!(providers).to_string().into(),
            times_from.to_string().into(),
            costs_from.to_string().into(),
        ];
        self.json(Statement::new(OVERVIEW, params)).await
    }

    /// What waits for hosts to be listed.
    pub async fn waiting_results(&self) -> Result<Vec<WaitingResults>, StoreError> {
        self.all(Statement::new(WAITING, [])).await
    }

    /// How the database is.
    pub async fn schema_state(&self) -> Result<SchemaState, StoreError> {
        let none: [Value; 0] = [];
        let state = self.first(Statement::new(SCHEMA, none)).await?;
        state.ok_or_else(|| StoreError::Row("no row where there is always one".into()))
    }

    async fn json(&self, statement: Statement) -> Result<String, StoreError> {
        let row: Option<JsonRow> = self.first(statement).await?;
        row.map(|row| row.json)
            .ok_or_else(|| StoreError::Row("no row where there is always one".into()))
    }
}
