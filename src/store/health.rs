//! How providers take submissions, as all isolates see it.

use std::time::Duration;

use serde::Deserialize;

use super::{Reader, StoreError};
use crate::domain::health::{
    BASE_COOLDOWN, FAILURE_THRESHOLD, FAILURE_WINDOW, Health, MAX_COOLDOWN,
};
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

const RESTING: &str = "select provider from circuits where open_until > ?1";

const WELL: &str = "
    update circuits set failures = 0, accounts = '[]', needs_operator = 0, times_opened = 0, open_until = null
    where failures > 0
      and provider = (select provider from attempts where account_id = ?1 and job_id = ?2 and ordinal = ?3)";

const OWN_WELL: &str = "
    delete from account_circuits
    where account_id = ?1
      and provider = (select provider from attempts where account_id = ?1 and job_id = ?2 and ordinal = ?3)";

/// Whether there was a rest that is over since the last failure: what led to it does not count any more.
macro_rules! begins_anew {
    () => {
        "(circuits.open_until is not null)"
    };
}

/// Whether the account of a failure is not among those that have failed already.
macro_rules! is_new {
    () => {
        concat!(
            "(",
            begins_anew!(),
            " or not exists (select 1 from json_each(circuits.accounts) where value = ?1))"
        )
    };
}

/// How many accounts have failed, with this one.
macro_rules! failures {
    () => {
        concat!("(iif(", begins_anew!(), ", 0, failures) + ", is_new!(), ")")
    };
}

/// Whether this failure is one too many: of as many accounts, or of two since a rest, or the second in a
/// row that wants the operator, if not of one account alone.
macro_rules! is_too_many {
    () => {
        concat!(
            "(",
            failures!(),
            " >= iif(times_opened > 0, 2, ?5) or needs_operator + ?6 = 2 and ",
            failures!(),
            " >= 2)"
        )
    };
}

/// What comes in during a rest was under way before, and says nothing new. A rest that follows
/// another without a success between is twice as long.
const FAILING: &str = concat!(
    "
    insert into circuits (provider, failures, failed_at, needs_operator, accounts)
    select provider, 1, ?4, ?6, json_array(?1) from attempts where account_id = ?1 and job_id = ?2 and ordinal = ?3
    on conflict (provider) do update set
      failures = iif(failed_at < ?4 - ?9, 1, ",
    failures!(),
    "),
      accounts = case
        when failed_at < ?4 - ?9 or ",
    begins_anew!(),
    " then json_array(?1)
        when ",
    is_new!(),
    " and json_array_length(accounts) < ?5 then json_insert(accounts, '$[#]', ?1)
        else accounts end,
      failed_at = ?4,
      needs_operator = ?6,
      times_opened = iif(failed_at < ?4 - ?9, 0, times_opened + ",
    is_too_many!(),
    "),
      open_until = iif(failed_at >= ?4 - ?9 and ",
    is_too_many!(),
    ", ?4 + min(?8, ?7 << min(times_opened, 10)), null)
    where coalesce(open_until, 0) <= ?4"
);

/// The same for the account alone, whose failures count each.
const OWN_FAILING: &str = "
    insert into account_circuits (provider, account_id, failures, failed_at, needs_operator)
    select provider, ?1, 1, ?4, ?6 from attempts where account_id = ?1 and job_id = ?2 and ordinal = ?3
    on conflict (provider, account_id) do update set
      failures = iif(failed_at < ?4 - ?9, 1, failures + 1),
      failed_at = ?4,
      needs_operator = ?6,
      times_opened = iif(failed_at < ?4 - ?9, 0, times_opened + (failures + 1 >= ?5 or needs_operator + ?6 = 2)),
      open_until = iif(failed_at >= ?4 - ?9 and (failures + 1 >= ?5 or needs_operator + ?6 = 2),
                        ?4 + min(?8, ?7 << min(times_opened, 10)), null)
    where coalesce(open_until, 0) <= ?4";

#[derive(Deserialize)]
struct ProviderRow {
    provider: String,
}

impl Reader {
    /// The providers that rest.
    pub async fn open_circuits(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let rows: Vec<ProviderRow> = self.sql.all(Statement::new(RESTING, [now.into()])).await?;
        Ok(rows.into_iter().map(|row| row.provider).collect())
    }
}

/// Writes down how the provider of an attempt took it: for all accounts, and for its own.
pub(super) fn statements(attempt: [Value; 3], health: Health, now: Timestamp) -> [Statement; 2] {
    if health == Health::Well {
        return [WELL, OWN_WELL].map(|sql| Statement::new(sql, attempt.clone()));
    }
    let needs_operator = i64::from(health == Health::NeedsOperator);
    let rest = [
        Value::from(now),
        i64::from(FAILURE_THRESHOLD).into(),
        needs_operator.into(),
        millis(BASE_COOLDOWN),
        millis(MAX_COOLDOWN),
        millis(FAILURE_WINDOW),
    ];
    let params: Vec<_> = attempt.into_iter().chain(rest).collect();
    [FAILING, OWN_FAILING].map(|sql| Statement::new(sql, params.clone()))
}

fn millis(duration: Duration) -> Value {
    Value::Integer(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
