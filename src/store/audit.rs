//! Reading an account completely, page by page, for the audit.

use serde::Deserialize;

use super::row::{EntryRow, PackageRow, entry_columns, package_columns};
use super::{Reader, StoreError, decode};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId, PackageId};
use crate::domain::ledger::{Entry, Hash, Package};
use crate::domain::time::Timestamp;
use crate::ports::{Rows, Statement, Value};

const ACCOUNT: &str = "select id from accounts where id = ?1";

const ACCOUNTS: &str =
    "select id from accounts where id > ?1 order by id limit cast(?2 as integer)";

const JOURNAL: &str = concat!(
    "select ",
    entry_columns!(),
    " from journal where account_id = ?1 and seq > ?2 order by seq limit cast(?3 as integer)"
);

const PACKAGES: &str = concat!(
    "select ",
    package_columns!(),
    " from packages where account_id = ?1 and id > ?2 order by id limit cast(?3 as integer)"
);

const HOLDS: &str = "
    select j.id as job_id, iif(j.hold_closed_at is null, j.hold_amount, 0) as open, j.hold_settled as settled,
           j.hold_amount as amount, j.hold_deadline as deadline,
           (select coalesce(sum(i.amount), 0) from hold_items i
            where i.account_id = j.account_id and i.job_id = j.id) as shares,
           j.state in ('dispatching', 'running', 'uncertain', 'storing') as job_open, j.state as job_state
    from jobs j
    where j.account_id = ?1 and j.id > ?2 order by j.id limit cast(?3 as integer)";

/// Rows of a journal, with their hashes.
pub type JournalPage = Vec<(Entry, Hash)>;

/// What the audit reads of a hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AuditedHold {
    /// The id of the job.
    pub job_id: JobId,
    /// The credits that are still frozen.
    pub open: Credits,
    /// The credits that were settled.
    pub settled: Credits,
    /// The credits that were frozen.
    pub amount: Credits,
    /// The sum of its shares, which must equal `amount`.
    pub shares: Credits,
    /// The hold's deadline.
    pub deadline: Timestamp,
    /// Whether its job is open (1) or over (0).
    pub job_open: u8,
    /// The state of its job.
    pub job_state: String,
}

#[derive(Deserialize)]
struct IdRow {
    id: AccountId,
}

impl Reader {
    /// Whether the account exists, which it does from its first grant on.
    pub async fn is_account(&self, account: AccountId) -> Result<bool, StoreError> {
        let account = Value::from(account.to_string());
        let rows: Vec<IdRow> = self.sql.all(Statement::new(ACCOUNT, [account])).await?;
        Ok(!rows.is_empty())
    }

    /// The accounts after `after`, ordered by id.
    pub async fn accounts_after(
        &self,
        after: Option<AccountId>,
        limit: u16,
    ) -> Result<Vec<AccountId>, StoreError> {
        let after = after.map(|account| account.to_string()).unwrap_or_default();
        let rows: Vec<IdRow> = self
            .sql
            .all(Statement::new(
                ACCOUNTS,
                [after.into(), i64::from(limit).into()],
            ))
            .await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// The rows of a journal after row `after`.
    pub async fn journal(
        &self,
        account: AccountId,
        after: u64,
        limit: u16,
    ) -> Result<JournalPage, StoreError> {
        let rows: Vec<EntryRow> = self.sql.all(journal_after(account, after, limit)).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The packages after `after`, and the rows of the journal after row `seq`, read in one
    /// transaction.
    pub async fn audited_packages(
        &self,
        account: AccountId,
        seq: u64,
        after: Option<PackageId>,
        limit: u16,
    ) -> Result<(JournalPage, Vec<Package>), StoreError> {
        let after = after.map(|package| package.to_string()).unwrap_or_default();
        let page = page_after(PACKAGES, account, after, limit);
        let (journal, rows) = self.beside_journal(account, seq, page, limit).await?;
        let packages = decode::<PackageRow>(rows)?;
        Ok((journal, packages.into_iter().map(Into::into).collect()))
    }

    /// The holds after that of job `after`, and the rows of the journal after row `seq`, read in
    /// one transaction.
    pub async fn audited_holds(
        &self,
        account: AccountId,
        seq: u64,
        after: Option<JobId>,
        limit: u16,
    ) -> Result<(JournalPage, Vec<AuditedHold>), StoreError> {
        let after = after.map(|job| job.to_string()).unwrap_or_default();
        let page = page_after(HOLDS, account, after, limit);
        let (journal, rows) = self.beside_journal(account, seq, page, limit).await?;
        Ok((journal, decode(rows)?))
    }

    async fn beside_journal(
        &self,
        account: AccountId,
        seq: u64,
        page: Statement,
        limit: u16,
    ) -> Result<(JournalPage, Rows), StoreError> {
        let [journal, rows] = self
            .sql
            .batch([journal_after(account, seq, limit), page])
            .await?;
        let journal = decode::<EntryRow>(journal)?;
        Ok((journal.into_iter().map(Into::into).collect(), rows))
    }
}

fn page_after(sql: &'static str, account: AccountId, after: String, limit: u16) -> Statement {
    let params = [
        account.to_string().into(),
        after.into(),
        i64::from(limit).into(),
    ];
    Statement::new(sql, params)
}

fn journal_after(account: AccountId, after: u64, limit: u16) -> Statement {
    // No row is beyond 2^53, and D1's numbers are doubles.
    let after = i64::try_from(after.min(1 << 53)).unwrap_or(i64::MAX);
    let params = [
        account.to_string().into(),
        after.into(),
        i64::from(limit).into(),
    ];
    Statement::new(JOURNAL, params)
}
