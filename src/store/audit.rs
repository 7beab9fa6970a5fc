//! Reading everything there is of an account, page by page, for the audit.

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
    select h.job_id, iif(h.state = 'open', h.amount, 0) as open, h.settled, h.amount, h.deadline,
           (select coalesce(sum(i.amount), 0) from hold_items i
            where i.account_id = h.account_id and i.job_id = h.job_id) as shares,
           j.state in ('dispatching', 'running', 'uncertain', 'storing') as job_open, j.state as job_state
    from holds h join jobs j on j.account_id = h.account_id and j.id = h.job_id
    where h.account_id = ?1 and h.job_id > ?2 order by h.job_id limit cast(?3 as integer)";

/// Some rows of a journal.
pub type JournalPage = Vec<(Entry, Hash)>;

/// A hold, as far as the audit needs it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AuditedHold {
    /// The id of the job.
    pub job_id: JobId,
    /// What is frozen still.
    pub open: Credits,
    /// What was consumed.
    pub settled: Credits,
    /// What was frozen.
    pub amount: Credits,
    /// The sum of its shares.
    pub shares: Credits,
    /// From when on it is stale.
    pub deadline: Timestamp,
    /// Whether its job is open (1) or over (0).
    pub job_open: u8,
    /// Where its job is.
    pub job_state: String,
}

#[derive(Deserialize)]
struct IdRow {
    id: AccountId,
}

impl Reader {
    /// Whether anything was ever granted to an account: before that, there is none.
    pub async fn is_account(&self, account: AccountId) -> Result<bool, StoreError> {
        let account = Value::from(account.to_string());
        let rows: Vec<IdRow> = self.sql.all(Statement::new(ACCOUNT, [account])).await?;
        Ok(!rows.is_empty())
    }

    /// The accounts after `after`, in their order.
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

    /// Rows of a journal after row `after`.
    pub async fn journal(
        &self,
        account: AccountId,
        after: u64,
        limit: u16,
    ) -> Result<JournalPage, StoreError> {
        let rows: Vec<EntryRow> = self.sql.all(journal_after(account, after, limit)).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The packages after `after`, and the rows of the journal after row `seq`, as of one moment.
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

    /// The holds after that of job `after`, and the rows of the journal after row `seq`, as of one
    /// moment.
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
    // Beyond 2^53 there is nothing, and the database's numbers are doubles.
    let after = i64::try_from(after.min(1 << 53)).unwrap_or(i64::MAX);
    let params = [
        account.to_string().into(),
        after.into(),
        i64::from(limit).into(),
    ];
    Statement::new(JOURNAL, params)
}
