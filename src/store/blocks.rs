//! Accounts that an operator blocked, and results that their users reported.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Sql, StoreError, decode};
use crate::domain::id::{AccountId, JobId};
use crate::domain::time::Timestamp;
use crate::ports::{Database, Statement, Value};

/// The first block stands until it ends: who repeats it is told of it.
const BLOCK: &str = "
    insert into account_blocks (account_id, reason, operator, blocked_at) values (?1, ?2, ?3, ?4)
    on conflict (account_id) do nothing returning account_id";

const BLOCKED: &str =
    "select reason, operator, blocked_at from account_blocks where account_id = ?1";

/// Written before a block ends: only then is there one to end. Two changes within a millisecond stand one after the
/// other.
macro_rules! change {
    ($reason:literal, $condition:literal) => {
        concat!(
            "insert into account_block_changes (account_id, at, operator, reason)
            select ?1, max(?2, coalesce((select max(at) + 1 from account_block_changes where account_id = ?1), 0)), ?3, ",
            $reason,
            " where ",
            $condition
        )
    };
}

const BEGINS: &str = change!(
    "?4",
    "not exists (select 1 from account_blocks where account_id = ?1)"
);

const ENDS: &str = change!(
    "null",
    "exists (select 1 from account_blocks where account_id = ?1)"
);

const UNBLOCK: &str = "delete from account_blocks where account_id = ?1 returning account_id";

const REPORT: &str = "
    insert into reports (account_id, job_id, reason, reported_at) values (?1, ?2, ?3, ?4)
    on conflict (account_id, job_id) do nothing";

/// A block.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Blocked {
    /// The reason.
    pub reason: String,
    /// Who did it: an e-mail address, or `token`.
    pub operator: String,
    /// When it began.
    pub blocked_at: Timestamp,
}

/// Writes blocks.
#[derive(Clone)]
pub struct BlockWriter {
    sql: Sql,
}

impl BlockWriter {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }

    /// Blocks an account, unless it is blocked, and returns the block that stands.
    pub async fn block(
        &self,
        account: AccountId,
        reason: &str,
        operator: &str,
        now: Timestamp,
    ) -> Result<Blocked, StoreError> {
        let id = || Value::from(account.to_string());
        let begins = [id(), now.into(), operator.into(), reason.into()];
        let block = [id(), reason.into(), operator.into(), now.into()];
        let [_, _, blocked] = self
            .sql
            .batch([
                Statement::new(BEGINS, begins),
                Statement::new(BLOCK, block),
                Statement::new(BLOCKED, [id()]),
            ])
            .await?;
        let blocked = decode(blocked)?.into_iter().next();
        blocked.ok_or_else(|| StoreError::Row("a block has no row".into()))
    }

    /// Ends a block, and says whether there was one.
    pub async fn unblock(
        &self,
        account: AccountId,
        operator: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = || Value::from(account.to_string());
        let ends = Statement::new(ENDS, [id(), now.into(), operator.into()]);
        let [_, ended] = self
            .sql
            .batch([ends, Statement::new(UNBLOCK, [id()])])
            .await?;
        Ok(!decode::<IgnoredAny>(ended)?.is_empty())
    }
}

/// Writes reports.
pub struct ReportWriter {
    sql: Sql,
}

impl ReportWriter {
    /// Over a database.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { sql: Sql(database) }
    }

    /// Writes a report, unless there is one.
    pub async fn report(
        &self,
        account: AccountId,
        job: JobId,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let params: [Value; 4] = [
            account.to_string().into(),
            job.to_string().into(),
            reason.into(),
            now.into(),
        ];
        let [_] = self.sql.batch([Statement::new(REPORT, params)]).await?;
        Ok(())
    }
}
