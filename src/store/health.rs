//! The circuit breakers of providers, which all isolates share.

use std::time::Duration;

use serde::Deserialize;

use super::{Reader, StoreError};
use crate::domain::health::{
    BASE_COOLDOWN, FAILURE_THRESHOLD, FAILURE_WINDOW, Health, MAX_COOLDOWN,
};
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

const OPEN: &str = "select provider from circuits where open_until > ?1";

/// The provider of attempt ?3 of job ?2 of account ?1.
macro_rules! provider {
    () => {
        "select attempts->>('$[' || (cast(?3 as integer) - 1) || '].provider') as provider from jobs where account_id = ?1 and id = ?2"
    };
}

const WELL: &str = concat!(
    "
    update circuits set failures = 0, accounts = '[]', needs_operator = 0, times_opened = 0, open_until = null
    where failures > 0 and provider = (",
    provider!(),
    ")"
);

const OWN_WELL: &str = concat!(
    "
    delete from account_circuits
    where account_id = ?1 and provider = (",
    provider!(),
    ")"
);

/// Whether the circuit has opened, and its cooldown has passed, since the last failure: earlier failures
/// no longer count.
macro_rules! counts_from_zero {
    () => {
        "(circuits.open_until is not null)"
    };
}

/// Whether the account of this failure is not among those that have failed already.
macro_rules! is_new {
    () => {
        concat!(
            "(",
            counts_from_zero!(),
            " or not exists (select 1 from json_each(circuits.accounts) where value = ?1))"
        )
    };
}

/// How many accounts have failed, including this one.
macro_rules! failures {
    () => {
        concat!(
            "(iif(",
            counts_from_zero!(),
            ", 0, failures) + ",
            is_new!(),
            ")"
        )
    };
}

/// Whether this failure opens the circuit: as many accounts as the threshold have failed, or two since
/// the last cooldown, or it is the second in a row that needs the operator, and not of one account
/// alone.
macro_rules! opens {
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

/// A failure while the circuit is open was under way before, and is ignored. Each cooldown that
/// follows another without a success in between is twice as long.
const FAILING: &str = concat!(
    "
    insert into circuits (provider, failures, failed_at, needs_operator, accounts)
    select provider, 1, ?4, ?6, json_array(?1) from (",
    provider!(),
    ") where true
    on conflict (provider) do update set
      failures = iif(failed_at < ?4 - ?9, 1, ",
    failures!(),
    "),
      accounts = case
        when failed_at < ?4 - ?9 or ",
    counts_from_zero!(),
    " then json_array(?1)
        when ",
    is_new!(),
    " and json_array_length(accounts) < ?5 then json_insert(accounts, '$[#]', ?1)
        else accounts end,
      failed_at = ?4,
      needs_operator = ?6,
      times_opened = iif(failed_at < ?4 - ?9, 0, times_opened + ",
    opens!(),
    "),
      open_until = iif(failed_at >= ?4 - ?9 and ",
    opens!(),
    ", ?4 + min(?8, ?7 << min(times_opened, 10)), null)
    where coalesce(open_until, 0) <= ?4"
);

/// The same for one account alone, where each failure counts.
const OWN_FAILING: &str = concat!(
    "
    insert into account_circuits (provider, account_id, failures, failed_at, needs_operator)
    select provider, ?1, 1, ?4, ?6 from (",
    provider!(),
    ") where true
    on conflict (provider, account_id) do update set
      failures = iif(failed_at < ?4 - ?9, 1, failures + 1),
      failed_at = ?4,
      needs_operator = ?6,
      times_opened = iif(failed_at < ?4 - ?9, 0, times_opened + (failures + 1 >= ?5 or needs_operator + ?6 = 2)),
      open_until = iif(failed_at >= ?4 - ?9 and (failures + 1 >= ?5 or needs_operator + ?6 = 2),
                        ?4 + min(?8, ?7 << min(times_opened, 10)), null)
    where coalesce(open_until, 0) <= ?4"
);

#[derive(Deserialize)]
struct ProviderRow {
    provider: String,
}

impl Reader {
    /// The providers whose circuit is open.
    pub async fn open_circuits(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let rows: Vec<ProviderRow> = self.sql.all(Statement::new(OPEN, [now.into()])).await?;
        Ok(rows.into_iter().map(|row| row.provider).collect())
    }
}

/// Records how the provider of an attempt took it, in the circuit of all accounts and in that of
/// its own.
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
