//! Having the books prove themselves.

use super::{Atelier, Error};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, AccountName};
use crate::domain::ledger::Replay;
use crate::domain::time::Timestamp;
use crate::store::JournalPage;

/// Rows of a journal read at once.
const PAGE: u16 = 500;

/// Accounts looked at by one request; the answer says where to go on.
const MAX_ACCOUNTS: u16 = 50;

/// What the audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Accounts replayed.
    pub accounts: u64,
    /// Journal rows replayed.
    pub entries: u64,
    /// Holds that are open.
    pub open_holds: u64,
    /// The first difference of each account that has one.
    pub problems: Vec<Problem>,
    /// The account after which to go on, if there are more.
    pub next_cursor: Option<AccountId>,
}

/// What is wrong with an account's books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whose.
    pub account: AccountId,
    /// What.
    pub problem: String,
}

impl Atelier {
    /// Rows of an account's journal after row `after`, oldest first, and where to go on, if there
    /// are more.
    pub async fn journal(
        &self,
        account: &AccountName,
        after: u64,
    ) -> Result<(JournalPage, Option<u64>), Error> {
        let account = self.named(account).await?;
        let page = self.store.journal(account, after, PAGE).await?;
        let is_full = page.len() == usize::from(PAGE);
        let last = page.last().map(|(entry, _)| entry.seq);
        Ok((page, last.filter(|_| is_full)))
    }

    /// Replays the journal of one account. If nothing was ever granted to whoever is named there is
    /// none, and no account was looked at: so a name that is misspelt proves nothing. An id that is
    /// nobody's is refused.
    pub async fn audit_one(&self, account: &AccountName) -> Result<AuditReport, Error> {
        let account = self.named(account).await?;
        let mut report = AuditReport::default();
        if !self.store.is_account(account).await? {
            return Ok(report);
        }
        self.audit_account(account, &mut report).await?;
        Ok(report)
    }

    /// The account of a name; if that is an id, there must be one.
    async fn named(&self, name: &AccountName) -> Result<AccountId, Error> {
        match name {
            AccountName::Id(id) if !self.store.is_account(*id).await? => {
                Err(Error::no_such_account())
            }
            name => Ok(name.id()),
        }
    }

    /// Replays the journals of all accounts after `cursor`, a page of them.
    pub async fn audit_all(&self, cursor: Option<AccountId>) -> Result<AuditReport, Error> {
        let mut report = AuditReport::default();
        let accounts = self.store.accounts_after(cursor, MAX_ACCOUNTS).await?;
        for account in &accounts {
            self.audit_account(*account, &mut report).await?;
        }
        report.next_cursor = accounts
            .last()
            .copied()
            .filter(|_| accounts.len() == usize::from(MAX_ACCOUNTS));
        Ok(report)
    }

    /// Replays an account's journal to its end, and there compares it with the rows as of the same
    /// moment: (1) the journal, page by page; (2) packages and holds; (3) each hold with its
    /// shares, its job and its deadline.
    async fn audit_account(
        &self,
        account: AccountId,
        report: &mut AuditReport,
    ) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let mut replay = Replay::new(account);
        let (packages, holds) = loop {
            let (page, packages, holds) =
                self.store.audited(account, replay.entries(), PAGE).await?;
            let is_last = page.len() < usize::from(PAGE);
            let read = page
                .iter()
                .try_for_each(|(entry, hash)| replay.read(entry, *hash)); // (1)
            if let Err(discrepancy) = read {
                report.accounts = report.accounts.saturating_add(1);
                report.problems.push(Problem {
                    account,
                    problem: discrepancy.to_string(),
                });
                return Ok(());
            }
            if is_last {
                break (packages, holds);
            }
        };
        report.accounts = report.accounts.saturating_add(1);
        report.entries = report.entries.saturating_add(replay.entries());
        let open = holds.iter().filter(|hold| !hold.open.is_zero()).count();
        report.open_holds = report
            .open_holds
            .saturating_add(u64::try_from(open).unwrap_or(u64::MAX));
        let amounts = holds
            .iter()
            .map(|hold| (hold.job_id, hold.open, hold.settled));
        let compared = replay
            .compare(packages, amounts)
            .map_err(|discrepancy| discrepancy.to_string()); // (2)
        let problem = compared
            .err()
            .or_else(|| holds.iter().find_map(|hold| problem_of(hold, now))); // (3)
        report
            .problems
            .extend(problem.map(|problem| Problem { account, problem }));
        Ok(())
    }
}

fn problem_of(hold: &crate::store::AuditedHold, now: Timestamp) -> Option<String> {
    let job = hold.job_id;
    let is_open = hold.open > Credits::ZERO;
    if hold.shares != hold.amount {
        return Some(format!(
            "the shares of {job} are {}, its hold is {}",
            hold.shares, hold.amount
        ));
    }
    if is_open && hold.job_open == 0 {
        return Some(format!("{job} is {}, but its hold is open", hold.job_state));
    }
    // The sweep runs each minute; five are enough for it to have come by.
    let overdue = hold.deadline.plus(std::time::Duration::from_mins(5)) <= now;
    (is_open && overdue).then(|| {
        format!(
            "the hold of {job} is open past its deadline {}",
            hold.deadline
        )
    })
}
