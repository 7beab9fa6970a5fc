//! What the sweep looks for.

use serde::Deserialize;

use super::{Store, StoreError};
use crate::domain::id::{AccountId, JobId};
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

const DUE: &str =
    "select account_id, id from jobs where due_at <= ?1 order by due_at limit cast(?2 as integer)";

const EXPIRED: &str = "
    select distinct account_id from packages
    where remaining > 0 and max(expires_at, coalesce(grace_until, 0)) <= ?1 limit cast(?2 as integer)";

/// A job that nothing has happened to for as long as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct DueJob {
    /// Whose.
    #[serde(rename = "account_id")]
    pub account: AccountId,
    /// Which.
    pub id: JobId,
}

#[derive(Deserialize)]
struct AccountRow {
    account_id: AccountId,
}

impl Store {
    /// Jobs that are due, those that have waited longest first.
    pub async fn due_jobs(&self, now: Timestamp, limit: u16) -> Result<Vec<DueJob>, StoreError> {
        self.all(Statement::new(
            DUE,
            [Value::from(now), i64::from(limit).into()],
        ))
        .await
    }

    /// Accounts that have credits which have expired, and which nobody has asked about since. It
    /// reads every package.
    pub async fn accounts_with_expired(
        &self,
        now: Timestamp,
        limit: u16,
    ) -> Result<Vec<AccountId>, StoreError> {
        let rows: Vec<AccountRow> = self
            .all(Statement::new(
                EXPIRED,
                [Value::from(now), i64::from(limit).into()],
            ))
            .await?;
        Ok(rows.into_iter().map(|row| row.account_id).collect())
    }
}
