//! Reading a user's own packages and journal.

use serde::Deserialize;

use super::row::{EntryRow, PackageRow, entry_columns, json_rows, package_columns};
use super::{Reader, StoreError, decode};
use crate::domain::id::AccountId;
use crate::domain::ledger::{Entry, Hash, Package};
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

/// An account's packages, as one JSON text: all open ones, and the newest 100 of those that are used up.
const PACKAGES: &str = json_rows!(
    [
        "id",
        "kind",
        "granted",
        "remaining",
        "held",
        "spent",
        "expired",
        "clawed_back",
        "granted_at",
        "expires_at",
        "grace_until",
        "reversal_target",
        "reversal_taken",
        "reversal_life",
        "reinstated_until"
    ],
    "select ",
    package_columns!(),
    " from packages where account_id = ?1 and (remaining > 0 or held > 0)
      union all
      select * from (select ",
    package_columns!(),
    " from packages where account_id = ?1 and remaining = 0 and held = 0 order by granted_at desc, id desc limit 100)"
);

/// When the first of an account's open holds expires.
const FIRST_DEADLINE: &str = "
    select min(hold_deadline) as at from jobs where account_id = ?1 and hold_closed_at is null";

const HISTORY: &str = concat!(
    "select ",
    entry_columns!(),
    " from journal where account_id = ?1 and seq < ?2 order by seq desc limit cast(?3 as integer)"
);

#[derive(Deserialize)]
struct DeadlineRow {
    at: Option<Timestamp>,
}

/// A row of the journal, without its hash.
pub type HistoryEntry = Entry;

impl Reader {
    /// An account's packages: all open ones, and the newest 100 of those that are used up; and when the first of its
    /// open holds expires.
    pub async fn packages(
        &self,
        account: AccountId,
    ) -> Result<(Vec<Package>, Option<Timestamp>), StoreError> {
        let of_account = |sql| Statement::new(sql, [Value::from(account.to_string())]);
        let [packages, deadline] = self
            .sql
            .batch([PACKAGES, FIRST_DEADLINE].map(of_account))
            .await?;
        let packages = decode::<PackageRow>(packages)?.into_iter();
        let deadline: Vec<DeadlineRow> = decode(deadline)?;
        let deadline = deadline.into_iter().find_map(|row| row.at);
        Ok((packages.map(Package::from).collect(), deadline))
    }

    /// An account's journal before row `before`, newest first.
    pub async fn history(
        &self,
        account: AccountId,
        before: u64,
        limit: u8,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        // No row is beyond 2^53, and D1's numbers are doubles.
        let before = i64::try_from(before.min(1 << 53)).unwrap_or(i64::MAX);
        let params = [
            Value::from(account.to_string()),
            before.into(),
            i64::from(limit).into(),
        ];
        let rows: Vec<EntryRow> = self.sql.all(Statement::new(HISTORY, params)).await?;
        Ok(rows
            .into_iter()
            .map(|row| <(Entry, Hash)>::from(row).0)
            .collect())
    }
}
