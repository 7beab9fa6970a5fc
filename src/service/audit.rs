//! Auditing the books: each journal is replayed, and compared with its account's rows and with the anchors.

use std::sync::Arc;

use super::anchor::{Anchors, Compared};
use super::{Error, Operator};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, AccountName};
use crate::domain::ledger::{Anchored, Discrepancy, Replay};
use crate::domain::time::Timestamp;
use crate::ports::Clock;
use crate::store::{JournalPage, Reader, StoreError};

/// Rows read at once: of a journal about 300 KB.
const PAGE: u16 = 1000;

/// Accounts replayed by one request at most; the answer says where to go on.
const MAX_ACCOUNTS: u16 = 50;

/// Once so many journal rows were replayed, a request takes up no further account: 100 of the 1,000
/// queries that an invocation has.
const MAX_ENTRIES: u64 = 100_000;

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Accounts replayed.
    pub accounts: u64,
    /// Journal rows replayed.
    pub entries: u64,
    /// Holds that are open.
    pub open_holds: u64,
    /// The first difference of each account that has one, or why it cannot be audited.
    pub problems: Vec<Problem>,
    /// The account after which to go on, if there are more.
    pub next_cursor: Option<AccountId>,
    /// The day of the anchor that the journals were compared with; `None` if there is none.
    pub anchored_on: Option<String>,
}

/// What is wrong with an account's books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The account; for a part of an anchor, the one after which it begins.
    pub account: AccountId,
    /// What is wrong, in a sentence.
    pub problem: String,
}

/// Audits the books. It reads, and can change nothing.
pub struct Books {
    store: Reader,
    anchors: Anchors,
    clock: Arc<dyn Clock>,
}

impl Books {
    pub(super) fn new(store: Reader, anchors: Anchors, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            anchors,
            clock,
        }
    }

    /// Rows of an account's journal after row `after`, oldest first, and where to go on, if there
    /// are more.
    pub async fn journal(
        &self,
        _: &Operator,
        account: &AccountName,
        after: u64,
    ) -> Result<(JournalPage, Option<u64>), Error> {
        let account = self.named(account).await?;
        let page = self.store.journal(account, after, PAGE).await?;
        let is_full = page.len() == usize::from(PAGE);
        let last = page.last().map(|(entry, _)| entry.seq);
        Ok((page, last.filter(|_| is_full)))
    }

    /// Replays the journal of one account. A subject to whom nothing was ever granted has none, and the
    /// report says that no account was replayed: so a misspelt name proves nothing. An id that no account
    /// has is refused.
    pub async fn audit_one(
        &self,
        _: &Operator,
        account: &AccountName,
    ) -> Result<AuditReport, Error> {
        let account = self.named(account).await?;
        let mut report = AuditReport::default();
        if self.store.is_account(account).await? {
            self.audit_account(account, &mut report).await;
        }
        // The account before it in their order, be there one or not.
        let before = u128::from_be_bytes(account.to_bytes()).checked_sub(1);
        let before = before.map(|before| AccountId::from_bytes(before.to_be_bytes()));
        self.compare_with_anchor(before, Some(account), &mut report)
            .await?;
        Ok(report)
    }

    /// Compares journals with the latest anchor: those of the accounts after `after`, up to `through`.
    /// What cannot be compared is a problem as well, and ends nothing.
    async fn compare_with_anchor(
        &self,
        after: Option<AccountId>,
        through: Option<AccountId>,
        report: &mut AuditReport,
    ) -> Result<(), Error> {
        let Some(anchor) = self.anchors.latest().await? else {
            return Ok(());
        };
        let Compared {
            missing,
            unreadable,
        } = self.anchors.compare(&anchor, after, through).await?;
        let day = anchor.day;
        let problem = |Anchored { account, seq, hash }| Problem {
            account,
            problem: format!(
                "its journal has no row {seq} with the hash {hash} that was anchored by {day}"
            ),
        };
        report.problems.extend(missing.into_iter().map(problem));
        let first = AccountId::from_bytes([0; 16]);
        let problem = |(begin, problem): (Option<AccountId>, String)| Problem {
            account: begin.or(through).unwrap_or(first),
            problem: format!("from here on the anchor cannot be compared with: {problem}"),
        };
        report.problems.extend(unreadable.into_iter().map(problem));
        report.anchored_on = Some(day);
        Ok(())
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
    pub async fn audit_all(
        &self,
        _: &Operator,
        cursor: Option<AccountId>,
    ) -> Result<AuditReport, Error> {
        let mut report = AuditReport::default();
        let accounts = self.store.accounts_after(cursor, MAX_ACCOUNTS).await?;
        let mut last = None;
        for account in &accounts {
            if report.entries >= MAX_ENTRIES {
                break;
            }
            self.audit_account(*account, &mut report).await;
            last = Some(*account);
        }
        let is_all = last == accounts.last().copied();
        let is_last_page = accounts.len() < usize::from(MAX_ACCOUNTS);
        report.next_cursor = last.filter(|_| !is_all || !is_last_page);
        let through = report.next_cursor;
        self.compare_with_anchor(cursor, through, &mut report)
            .await?;
        Ok(report)
    }

    /// Audits an account. What keeps it from being audited is a problem as well, and ends nothing
    /// but the audit of this account.
    async fn audit_account(&self, account: AccountId, report: &mut AuditReport) {
        let mut audit = Audit {
            store: &self.store,
            now: self.clock.now(),
            account,
            replay: Replay::new(account),
            open_holds: 0,
        };
        let audited = audit.run().await;
        report.accounts = report.accounts.saturating_add(1);
        report.entries = report.entries.saturating_add(audit.replay.entries());
        report.open_holds = report.open_holds.saturating_add(audit.open_holds);
        let problem = audited.err().map(|why| Problem {
            account,
            problem: why.to_string(),
        });
        report.problems.extend(problem);
    }
}

/// Why an account's books are not right.
#[derive(Debug, thiserror::Error)]
enum Wrong {
    #[error(transparent)]
    Discrepancy(#[from] Discrepancy),
    #[error("{0}")]
    Hold(String),
    #[error("it cannot be audited: {0}")]
    Unread(#[from] StoreError),
}

/// The audit of one account, in time and memory that grow with its rows alone.
struct Audit<'a> {
    store: &'a Reader,
    now: Timestamp,
    account: AccountId,
    replay: Replay,
    open_holds: u64,
}

impl Audit<'_> {
    /// Compares an account's rows with its journal: (1) replay the journal to its end, page by page;
    /// (2) compare packages and (3) holds, page by page, each page with the journal as of the moment
    /// it was read; (4) compare what no row was found for. An account that changes during that is
    /// audited as well as a quiet one; what is new since (1) is audited as far as it was met.
    async fn run(&mut self) -> Result<(), Wrong> {
        loop {
            let seq = self.replay.entries();
            let page = self.store.journal(self.account, seq, PAGE).await?;
            if self.read(&page)? {
                break; // (1)
            }
        }
        let until = self.replay.entries();
        self.packages().await?; // (2)
        self.holds().await?; // (3)
        Ok(self.replay.compare_rest(until)?) // (4)
    }

    /// Replays a page of the journal, and says whether it was the last one.
    fn read(&mut self, page: &JournalPage) -> Result<bool, Discrepancy> {
        for (entry, hash) in page {
            self.replay.read(entry, *hash)?;
        }
        Ok(page.len() < usize::from(PAGE))
    }

    async fn packages(&mut self) -> Result<(), Wrong> {
        let mut after = None;
        loop {
            let seq = self.replay.entries();
            let (journal, page) = self
                .store
                .audited_packages(self.account, seq, after, PAGE)
                .await?;
            if !self.read(&journal)? {
                continue; // The journal has more rows than were read with this page.
            }
            for package in &page {
                self.replay.compare_package(package)?;
            }
            match page.last() {
                Some(last) if page.len() == usize::from(PAGE) => after = Some(last.id),
                _ => return Ok(()),
            }
        }
    }

    async fn holds(&mut self) -> Result<(), Wrong> {
        let mut after = None;
        self.open_holds = 0;
        loop {
            let seq = self.replay.entries();
            let (journal, page) = self
                .store
                .audited_holds(self.account, seq, after, PAGE)
                .await?;
            if !self.read(&journal)? {
                continue;
            }
            for hold in &page {
                self.replay
                    .compare_hold(hold.job_id, hold.open, hold.settled)?;
                if let Some(problem) = problem_of(hold, self.now) {
                    return Err(Wrong::Hold(problem));
                }
                let is_open = u64::from(!hold.open.is_zero());
                self.open_holds = self.open_holds.saturating_add(is_open);
            }
            match page.last() {
                Some(last) if page.len() == usize::from(PAGE) => after = Some(last.job_id),
                _ => return Ok(()),
            }
        }
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
    // The reconciler runs each minute, so within five it has released an expired hold.
    let overdue = hold.deadline.plus(std::time::Duration::from_mins(5)) <= now;
    (is_open && overdue).then(|| {
        format!(
            "the hold of {job} is open past its deadline {}",
            hold.deadline
        )
    })
}
