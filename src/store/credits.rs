//! Reading a user's own packages and journal.

use super::row::{EntryRow, PackageRow, entry_columns, json_rows, package_columns};
use super::{Reader, StoreError};
use crate::domain::id::AccountId;
use crate::domain::ledger::{Entry, Hash, Package};
use crate::domain::time::Timestamp;
use crate::ports::{Statement, Value};

/// When the first of an account's open holds expires, and its packages: all open ones, and the newest 100 of those that
/// are used up.
const PACKAGES: &str = json_rows!(
    "(select min(hold_deadline) from jobs where account_id = ?1 and hold_closed_at is null), json(packages)",
    "select json_group_array(json_array(",
    package_columns!(),
    ")) as packages from (select ",
    package_columns!(),
    " from packages where account_id = ?1 and (remaining > 0 or held > 0)
      union all
      select * from (select ",
    package_columns!(),
    " from packages where account_id = ?1 and remaining = 0 and held = 0 order by granted_at desc, id desc limit 100))"
);

const HISTORY: &str = concat!(
    "select ",
    entry_columns!(),
    " from journal where account_id = ?1 and seq < ?2 order by seq desc limit cast(?3 as integer)"
);

/// A row of the journal, without its hash.
pub type HistoryEntry = Entry;

impl Reader {
    /// An account's packages: all open ones, and the newest 100 of those that are used up; and when the first of its
    /// open holds expires.
    pub async fn packages(
        &self,
        account: AccountId,
    ) -> Result<(Vec<Package>, Option<Timestamp>), StoreError> {
        let statement = Statement::new(PACKAGES, [Value::from(account.to_string())]);
        let row: Option<(Option<Timestamp>, Vec<PackageRow>)> = self.sql.first(statement).await?;
        let (deadline, packages) = row.unwrap_or_default();
        let packages = packages.into_iter().map(Package::from);
        Ok((packages.collect(), deadline))
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
