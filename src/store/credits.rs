//! Reading credits, for those whose they are.

use super::row::{EntryRow, PackageRow, entry_columns, package_columns};
use super::{Reader, StoreError, decode};
use crate::domain::id::AccountId;
use crate::domain::ledger::{Entry, Hash, Package};
use crate::ports::{Statement, Value};

const OPEN_PACKAGES: &str = concat!(
    "select ",
    package_columns!(),
    " from packages where account_id = ?1 and (remaining > 0 or held > 0)"
);

/// As many as a page can show.
const CLOSED_PACKAGES: &str = concat!(
    "select ",
    package_columns!(),
    " from packages where account_id = ?1 and remaining = 0 and held = 0
      order by granted_at desc, id desc limit 100"
);

const HISTORY: &str = concat!(
    "select ",
    entry_columns!(),
    " from journal where account_id = ?1 and seq < ?2 order by seq desc limit cast(?3 as integer)"
);

/// A row of the journal, without its hash.
pub type HistoryEntry = Entry;

impl Reader {
    /// An account's packages: all open ones, and the newest 100 of those that are used up.
    pub async fn packages(&self, account: AccountId) -> Result<Vec<Package>, StoreError> {
        let of_account = |sql| Statement::new(sql, [Value::from(account.to_string())]);
        let [open, closed] = self
            .sql
            .batch([OPEN_PACKAGES, CLOSED_PACKAGES].map(of_account))
            .await?;
        let (open, closed) = (decode::<PackageRow>(open)?, decode::<PackageRow>(closed)?);
        Ok(open.into_iter().chain(closed).map(Package::from).collect())
    }

    /// An account's journal before row `before`, newest first.
    pub async fn history(
        &self,
        account: AccountId,
        before: u64,
        limit: u8,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        // Beyond 2^53 there is nothing, and the database's numbers are doubles.
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
