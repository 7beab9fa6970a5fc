//! What a database holds that only follows an account's changes: every package there ever was, every hold, the journal,
//! every job. It refuses what a database would refuse, and has what an account does not remember.

use std::collections::BTreeMap;

use atelier::domain::account::{self, EarlierGrant, Fact, Facts, Need};
use atelier::domain::credits::Credits;
use atelier::domain::id::{AccountId, JobId, PackageId};
use atelier::domain::ledger::{
    Changes, ClosedHold, ClosedItem, Entry, Hash, Hold, Package, PackageMove, Replay,
};

use super::written::Written;

/// The rows of an account.
#[derive(Debug)]
pub(crate) struct Rows {
    account: AccountId,
    pub(crate) packages: BTreeMap<PackageId, Package>,
    pub(crate) open: BTreeMap<JobId, Hold>,
    /// What was consumed for each job whose hold is closed.
    settled: BTreeMap<JobId, Credits>,
    pub(crate) journal: Vec<(Entry, Hash)>,
    /// Jobs, grants and clawbacks.
    pub(crate) written: Written,
}

impl Rows {
    /// No rows.
    pub(crate) fn of(account: AccountId) -> Self {
        Self {
            account,
            packages: BTreeMap::new(),
            open: BTreeMap::new(),
            settled: BTreeMap::new(),
            journal: Vec::new(),
            written: Written::default(),
        }
    }

    /// Whether a job would be opened a second time, or under the key of another.
    pub(crate) fn refuse(&self, changes: &account::Changes) -> bool {
        self.written.refuse(changes)
    }

    /// Reads a fact.
    pub(crate) fn read(&self, need: Need, facts: &mut Facts) {
        match need {
            Need::Grant { reference } => facts.grant = self.grant(&reference).into(),
            Need::Job(job) => facts.job = self.written.lifecycle(job).into(),
            Need::Clawback { reference } => {
                let clawback = self.written.clawback(self.account, &reference);
                facts.clawback = clawback.into();
            }
            Need::EarlierJob { job, key } => {
                facts.earlier_job = self.written.earlier(job, key.as_deref()).into();
            }
            Need::MissingUpload { .. } => facts.missing_upload = Fact::Absent,
            // Nothing is bought here: `src/domain/account/tests/purchases.rs` and the simulation do.
            Need::FreshState | Need::Order(_) => facts.order = Fact::Absent,
            Need::Checkout { .. } => facts.checkout = Fact::Absent,
        }
    }

    fn grant(&self, reference: &str) -> Option<EarlierGrant> {
        let package = self.written.package_of(reference)?;
        let first = self.journal.first().and_then(|(entry, _)| entry.package);
        Some(EarlierGrant {
            account: self.account,
            package: *self.packages.get(&package)?,
            is_first: first == Some(package),
        })
    }

    /// What was consumed for a job whose hold is closed.
    pub(crate) fn settled(&self, job: JobId) -> Option<Credits> {
        self.settled.get(&job).copied()
    }

    /// Follows one batch, or says what of it cannot be.
    pub(crate) fn follow(&mut self, changes: &account::Changes) -> Result<(), String> {
        self.follow_money(&changes.money)?;
        self.written.follow(changes)?;
        for (job, lifecycle) in changes.jobs() {
            if !lifecycle.is_open() && self.open.contains_key(&job) {
                return Err(format!("{job} ends while its hold is open"));
            }
        }
        Ok(())
    }

    fn follow_money(&mut self, changes: &Changes) -> Result<(), String> {
        self.journal.extend(&changes.entries);
        for moved in &changes.moved {
            let row = self.packages.get_mut(&moved.id);
            let row = row.ok_or("what moved is a package that never came in")?;
            move_package(row, moved)?;
        }
        if let Some(package) = changes.granted
            && self.packages.insert(package.id, package).is_some()
        {
            return Err("a package came in twice".into());
        }
        for closed in &changes.closed {
            let hold = self.open.remove(&closed.job);
            let hold = hold.ok_or("a hold was closed that was not open")?;
            self.settled.insert(closed.job, closed.settled);
            check_closing(&hold, closed)?;
        }
        if let Some(hold) = &changes.opened {
            let job = hold.job;
            if self.settled.contains_key(&job) || self.open.insert(job, hold.clone()).is_some() {
                return Err(format!("{job} has two holds"));
            }
        }
        Ok(())
    }

    /// Replays the journal and compares it with the other rows.
    pub(crate) fn audit(&self) -> Result<(), String> {
        let mut replay = Replay::new(self.account);
        for (entry, hash) in &self.journal {
            replay
                .read(entry, *hash)
                .map_err(|error| error.to_string())?;
        }
        let packages = self.packages.values().copied();
        let open = self
            .open
            .values()
            .map(|hold| (hold.job, hold.amount, Credits::ZERO));
        let closed = self
            .settled
            .iter()
            .map(|(job, settled)| (*job, Credits::ZERO, *settled));
        let holds = open.chain(closed);
        replay
            .compare(packages, holds)
            .map_err(|error| error.to_string())
    }
}

/// Moves a package's columns, whose changes add up to nothing, and none of which may end below it.
fn move_package(row: &mut Package, moved: &PackageMove) -> Result<(), String> {
    let changes = [
        (&mut row.remaining, moved.remaining),
        (&mut row.held, moved.held),
        (&mut row.spent, moved.spent),
        (&mut row.expired, moved.expired),
        (&mut row.clawed_back, moved.clawed_back),
    ];
    let sum: i64 = changes.iter().map(|(_, change)| change).sum();
    if sum != 0 {
        return Err(format!("{moved:?} makes {sum} credits out of nothing"));
    }
    for (column, change) in changes {
        let after = column.get().checked_add_signed(change);
        let after = after.and_then(|after| Credits::try_from(after).ok());
        *column = after.ok_or_else(|| format!("{moved:?} leaves the range of amounts"))?;
    }
    row.grace_until = moved.grace_until;
    Ok(())
}

/// A hold ends with each of its shares settled or released.
fn check_closing(hold: &Hold, closed: &ClosedHold) -> Result<(), String> {
    let shares: Vec<_> = closed.items.iter().map(|item| item.item).collect();
    let halves = |item: &ClosedItem| item.settled.plus(item.released) == Ok(item.item.amount);
    let whole = closed.settled.plus(closed.released) == Ok(hold.amount);
    let settled = Credits::sum(closed.items.iter().map(|item| item.settled));
    if shares == hold.items
        && closed.items.iter().all(halves)
        && whole
        && settled == Ok(closed.settled)
    {
        Ok(())
    } else {
        Err(format!("{hold:?} does not add up to its end {closed:?}"))
    }
}
