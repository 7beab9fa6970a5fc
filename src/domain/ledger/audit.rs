//! The audit: replays a journal, and names the first difference.

use std::collections::BTreeMap;

use super::book::Head;
use super::journal::{Entry, Hash, Movement};
use super::package::Package;
use crate::domain::credits::{Credits, OutOfRange};
use crate::domain::id::{AccountId, JobId, PackageId};

/// The first difference that the audit finds in an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Discrepancy {
    /// A row is missing or doubled.
    #[error("journal row {found} stands where {expected} belongs")]
    Gap {
        /// The number that belongs there.
        expected: u64,
        /// The number that is there.
        found: u64,
    },
    /// A row was changed after it was written, or one before it.
    #[error("journal row {seq} does not have the hash of its content")]
    Hash {
        /// The number of the row, from 1.
        seq: u64,
    },
    /// A row is older than the one before it.
    #[error("journal row {seq} is older than the row before it")]
    TimeWentBack {
        /// The number of the row, from 1.
        seq: u64,
    },
    /// A movement that the state before it does not allow.
    #[error("journal row {seq} moves what is not there")]
    Impossible {
        /// The number of the row, from 1.
        seq: u64,
    },
    /// The balances a row bears are not those of its movement.
    #[error("journal row {seq} bears other balances than its movement gives")]
    Balances {
        /// The number of the row, from 1.
        seq: u64,
    },
    /// A package's row differs from its journal.
    #[error(
        "package {package} differs from its journal in `{column}`: {row} in the row, {journal} in the journal"
    )]
    Package {
        /// The id of the package.
        package: PackageId,
        /// The column of the package.
        column: &'static str,
        /// What the row has.
        row: Credits,
        /// What the journal gives.
        journal: Credits,
    },
    /// What is frozen for a job differs from its hold.
    #[error("the hold of {job} has {row} open, its journal {journal}")]
    Hold {
        /// The id of the job.
        job: JobId,
        /// What the hold has.
        row: Credits,
        /// What the journal gives.
        journal: Credits,
    },
    /// A job was charged or released more than once, or either without a freeze.
    #[error(
        "the journal of {job} does not add up: {row} consumed by its hold, {journal} by its journal"
    )]
    Settled {
        /// The id of the job.
        job: JobId,
        /// What the hold has.
        row: Credits,
        /// What the journal gives.
        journal: Credits,
    },
}

/// What a journal says of a package.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Columns {
    granted: Credits,
    remaining: Credits,
    held: Credits,
    spent: Credits,
    expired: Credits,
    clawed_back: Credits,
}

/// What a journal says of a hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct HoldColumns {
    open: Credits,
    settled: Credits,
}

/// What a journal says of a package or a hold, and whether its row was compared with it.
#[derive(Debug, Clone, Copy, Default)]
struct Replayed<T> {
    columns: T,
    /// The journal row that is the first about it.
    first: u64,
    is_compared: bool,
}

/// The state that a journal gives, row by row, and which of it was found in the other tables.
///
/// Journal rows may be read and tables compared in turns: a row of another table is compared with
/// the journal as it was read by then, so both must be of one moment.
#[derive(Debug)]
pub struct Replay {
    account: AccountId,
    head: Head,
    packages: BTreeMap<PackageId, Replayed<Columns>>,
    holds: BTreeMap<JobId, Replayed<HoldColumns>>,
}

impl Replay {
    /// Before the first row.
    pub fn new(account: AccountId) -> Self {
        let head = super::Book::empty(account).head;
        Self {
            account,
            head,
            packages: BTreeMap::new(),
            holds: BTreeMap::new(),
        }
    }

    /// How many rows were read.
    pub const fn entries(&self) -> u64 {
        self.head.seq
    }

    /// Takes the next row: (1) its place, (2) its time, (3) its hash, (4) its movement, (5) its
    /// balances.
    pub fn read(&mut self, entry: &Entry, hash: Hash) -> Result<(), Discrepancy> {
        let seq = entry.seq;
        let expected = self.head.seq.saturating_add(1);
        if seq != expected {
            return Err(Discrepancy::Gap {
                expected,
                found: seq,
            }); // (1)
        }
        if entry.at < self.head.at {
            return Err(Discrepancy::TimeWentBack { seq }); // (2)
        }
        if entry.hash(self.account, self.head.hash) != hash {
            return Err(Discrepancy::Hash { seq }); // (3)
        }
        self.apply(entry)
            .map_err(|OutOfRange| Discrepancy::Impossible { seq })?; // (4)
        if let Some(package) = entry.package {
            let columns = self
                .packages
                .get(&package)
                .copied()
                .unwrap_or_default()
                .columns;
            if (columns.remaining, columns.held) != (entry.remaining_after, entry.held_after) {
                return Err(Discrepancy::Balances { seq }); // (5)
            }
        }
        self.head = Head {
            seq,
            hash,
            at: entry.at,
        };
        Ok(())
    }

    fn apply(&mut self, entry: &Entry) -> Result<(), OutOfRange> {
        let amount = entry.amount;
        let Some(package) = entry.package else {
            return Ok(());
        };
        let first = entry.seq;
        let new = || Replayed {
            first,
            ..Replayed::default()
        };
        let columns = &mut self.packages.entry(package).or_insert_with(new).columns;
        match entry.movement {
            Movement::Grant => {
                columns.granted = columns.granted.plus(amount)?;
                columns.remaining = columns.remaining.plus(amount)?;
            }
            Movement::Freeze => shift(&mut columns.remaining, &mut columns.held, amount)?,
            Movement::Settle => shift(&mut columns.held, &mut columns.spent, amount)?,
            Movement::Release => shift(&mut columns.held, &mut columns.remaining, amount)?,
            Movement::Expire => shift(&mut columns.remaining, &mut columns.expired, amount)?,
            Movement::Clawback => shift(&mut columns.remaining, &mut columns.clawed_back, amount)?,
            Movement::Reinstatement => {
                shift(&mut columns.clawed_back, &mut columns.remaining, amount)?;
            }
            Movement::LateSuccess => {}
        }
        let Some(job) = entry.job else { return Ok(()) };
        let new = || Replayed {
            first,
            ..Replayed::default()
        };
        let HoldColumns { open, settled } = &mut self.holds.entry(job).or_insert_with(new).columns;
        match entry.movement {
            Movement::Freeze => *open = open.plus(amount)?,
            Movement::Settle => shift(open, settled, amount)?,
            Movement::Release => *open = open.minus(amount)?,
            Movement::Grant
            | Movement::Expire
            | Movement::Clawback
            | Movement::Reinstatement
            | Movement::LateSuccess => {}
        }
        Ok(())
    }

    /// Compares a package's row. One that the journal does not know counts as nothing there.
    pub fn compare_package(&mut self, row: &Package) -> Result<(), Discrepancy> {
        let journal = self.packages.entry(row.id).or_default();
        journal.is_compared = true;
        compare_package(row, &journal.columns)
    }

    /// Compares a hold's row: what is open of it and what was consumed. One that the journal does not
    /// know counts as nothing there.
    pub fn compare_hold(
        &mut self,
        job: JobId,
        open: Credits,
        settled: Credits,
    ) -> Result<(), Discrepancy> {
        let journal = self.holds.entry(job).or_default();
        journal.is_compared = true;
        compare_hold(job, HoldColumns { open, settled }, journal.columns)
    }

    /// Compares packages and holds that the journal has and the tables lack. Entries after row `until` are
    /// skipped: their rows may have been written after the tables were read.
    pub fn compare_rest(&self, until: u64) -> Result<(), Discrepancy> {
        for (&package, of) in &self.packages {
            if !of.is_compared && of.first <= until {
                return Err(Discrepancy::Package {
                    package,
                    column: "granted",
                    row: Credits::ZERO,
                    journal: of.columns.granted,
                });
            }
        }
        self.holds
            .iter()
            .filter(|(_, of)| !of.is_compared && of.first <= until)
            .try_for_each(|(&job, of)| compare_hold(job, HoldColumns::default(), of.columns))
    }

    /// Compares the state that the journal gives with all rows of packages and of holds, as job, open
    /// and consumed credits.
    pub fn compare(
        mut self,
        packages: impl IntoIterator<Item = Package>,
        holds: impl IntoIterator<Item = (JobId, Credits, Credits)>,
    ) -> Result<(), Discrepancy> {
        for package in packages {
            self.compare_package(&package)?;
        }
        for (job, open, settled) in holds {
            self.compare_hold(job, open, settled)?;
        }
        self.compare_rest(self.head.seq)
    }
}

fn shift(from: &mut Credits, to: &mut Credits, amount: Credits) -> Result<(), OutOfRange> {
    *from = from.minus(amount)?;
    *to = to.plus(amount)?;
    Ok(())
}

fn compare_package(row: &Package, journal: &Columns) -> Result<(), Discrepancy> {
    let columns = [
        ("granted", row.granted, journal.granted),
        ("remaining", row.remaining, journal.remaining),
        ("held", row.held, journal.held),
        ("spent", row.spent, journal.spent),
        ("expired", row.expired, journal.expired),
        ("clawed_back", row.clawed_back, journal.clawed_back),
    ];
    match columns.into_iter().find(|(_, row, journal)| row != journal) {
        Some((column, of_row, journal)) => Err(Discrepancy::Package {
            package: row.id,
            column,
            row: of_row,
            journal,
        }),
        None => Ok(()),
    }
}

fn compare_hold(job: JobId, row: HoldColumns, journal: HoldColumns) -> Result<(), Discrepancy> {
    if row.open != journal.open {
        let (row, journal) = (row.open, journal.open);
        return Err(Discrepancy::Hold { job, row, journal });
    }
    if row.settled != journal.settled {
        let (row, journal) = (row.settled, journal.settled);
        return Err(Discrepancy::Settled { job, row, journal });
    }
    Ok(())
}
