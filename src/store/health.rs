//! How providers take submissions, as all isolates see it.

use std::time::Duration;

use serde::Deserialize;

use super::{Store, StoreError};
use crate::domain::health::{FIRST_REST, Health, LONGEST_REST, MEMORY, PATIENCE};
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

const RESTING: &str = "select provider from provider_health where rests_until > ?1";

const WELL: &str = "
    update provider_health set failures = 0, needs_operator = 0, rests = 0, rests_until = null
    where failures > 0
      and provider = (select provider from attempts where account_id = ?1 and job_id = ?2 and ordinal = ?3)";

/// What comes in during a rest was under way before, and says nothing new. A rest that follows
/// another without a success between is twice as long.
const FAILING: &str = "
    insert into provider_health (provider, failures, failed_at, needs_operator)
    select provider, 1, ?4, ?6 from attempts where account_id = ?1 and job_id = ?2 and ordinal = ?3
    on conflict (provider) do update set
      failures = iif(failed_at < ?4 - ?9, 1, failures + 1),
      failed_at = ?4,
      needs_operator = ?6,
      rests = iif(failed_at < ?4 - ?9, 0, rests + (failures + 1 >= ?5 or needs_operator + ?6 = 2)),
      rests_until = iif(failed_at >= ?4 - ?9 and (failures + 1 >= ?5 or needs_operator + ?6 = 2),
                        ?4 + min(?8, ?7 << min(rests, 10)), null)
    where coalesce(rests_until, 0) <= ?4";

#[derive(Deserialize)]
struct ProviderRow {
    provider: String,
}

impl Store {
    /// The providers that rest.
    pub async fn resting_providers(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let rows: Vec<ProviderRow> = self.all(Statement::new(RESTING, [now.into()])).await?;
        Ok(rows.into_iter().map(|row| row.provider).collect())
    }
}

/// Writes down how the provider of an attempt took it.
pub(super) fn statement(attempt: [Value; 3], health: Health, now: Timestamp) -> Statement {
    if health == Health::Well {
        return Statement::new(WELL, attempt);
    }
    let needs_operator = i64::from(health == Health::NeedsOperator);
    let rest = [
        Value::from(now),
        i64::from(PATIENCE).into(),
        needs_operator.into(),
        millis(FIRST_REST),
        millis(LONGEST_REST),
        millis(MEMORY),
    ];
    Statement::new(FAILING, attempt.into_iter().chain(rest))
}

fn millis(duration: Duration) -> Value {
    Value::Integer(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
