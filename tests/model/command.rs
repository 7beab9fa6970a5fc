//! What is asked of both ledgers. Packages and jobs are named by a number.

use std::time::Duration;

use atelier::domain::credits::Credits;
use atelier::domain::id::{JobId, PackageId};
use atelier::domain::ledger::{PackageKind, Receipt, Refusal, Rules};
use atelier::domain::time::Timestamp;

/// A command, and what the clock shows then. Times are milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// What the clock shows; it may go back.
    pub(crate) clock: i64,
    /// What is asked.
    pub(crate) command: Command,
}

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// Credits come in.
    Grant {
        package: u8,
        kind: PackageKind,
        credits: u64,
        expires_at: Option<i64>,
    },
    /// Credits are reserved.
    Freeze { job: u8, credits: u64 },
    /// So many of them are consumed, the rest goes back.
    Settle { job: u8, credits: u64 },
    /// All go back.
    Release { job: u8 },
    /// An operator takes some back.
    Clawback { package: u8, credits: u64 },
    /// The house pays.
    LateSuccess { job: u8, credits: u64 },
    /// Somebody looks.
    Touch,
}

/// What a ledger says to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Which credits moved.
    Moved(Receipt),
    /// Done; no credits moved.
    Done,
    /// Not done.
    Refused(Refusal),
    /// Done, and undone by the database: the job had a hold already.
    Undone,
}

impl From<Result<Receipt, Refusal>> for Answer {
    fn from(answer: Result<Receipt, Refusal>) -> Self {
        answer.map_or_else(Self::Refused, Self::Moved)
    }
}

/// What is configured, in plain numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_open_holds: usize,
    pub(crate) ttl: i64,
    pub(crate) grace: i64,
}

impl Limits {
    /// The same, in the ledger's words.
    pub(crate) fn rules(self) -> Rules {
        let while_ = |millis: i64| Duration::from_millis(millis.unsigned_abs());
        Rules {
            max_open_holds: self.max_open_holds,
            hold_ttl: while_(self.ttl),
            release_grace: while_(self.grace),
        }
    }
}

/// The package with this number.
pub(crate) const fn package_id(number: u8) -> PackageId {
    PackageId::from_bytes([number; 16])
}

/// The job with this number.
pub(crate) const fn job_id(number: u8) -> JobId {
    JobId::from_bytes([number; 16])
}

/// So many credits.
pub(crate) fn credits(number: u64) -> Credits {
    Credits::try_from(number).expect("at most 2^53 - 1 credits")
}

/// That moment.
pub(crate) fn moment(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}
