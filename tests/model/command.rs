//! What is asked of both ledgers. Packages, jobs and clawbacks are named by a number.

use std::time::Duration;

use atelier::domain::account::Refused;
use atelier::domain::credits::Credits;
use atelier::domain::id::{JobId, PackageId};
use atelier::domain::job::StateName;
use atelier::domain::ledger::{PackageKind, Receipt, Rules};
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
    /// Credits come in, under a reference of the package's number.
    Grant {
        package: u8,
        kind: PackageKind,
        credits: u64,
        expires_at: Option<i64>,
    },
    /// A job of so many pictures is asked for, under an idempotency key.
    Open {
        job: u8,
        key: u8,
        count: u8,
        price: u64,
    },
    /// Something happens to a job.
    Event { job: u8, event: JobEvent },
    /// Somebody asks where a job is.
    ExpireHold { job: u8 },
    /// An operator claws credits back, under a reference of that number.
    Clawback {
        number: u8,
        package: u8,
        credits: u64,
    },
    /// Its user deletes a job.
    Delete { job: u8 },
    /// Somebody asks to be forgotten.
    Forget,
    /// Somebody looks.
    Look,
}

/// What can happen to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobEvent {
    /// Its provider takes it.
    Accepted,
    /// Its provider does not take it.
    Rejected,
    /// Its provider has made so many pictures.
    Succeeded { pictures: u8 },
    /// The same, and all of them are stored already.
    Delivered { pictures: u8 },
    /// Its provider could not do it.
    Failed,
    /// So many pictures are stored.
    Stored { pictures: u8 },
    /// They could not be fetched, once more after so many times.
    IngestRetried { attempts: u32 },
    /// The pictures cannot be had.
    IngestFailed,
    /// So many were made of what was deleted.
    Discarded { pictures: u8 },
    /// Its user wants it stopped.
    CancelRequested,
    /// Its provider has stopped it.
    CancelConfirmed,
}

/// What a ledger says to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The package is there.
    Granted {
        receipt: Receipt,
        account_created: bool,
    },
    /// The credits are clawed back.
    ClawedBack(Receipt),
    /// The job is there, with its hold.
    Opened(Opened),
    /// The same was asked for before, and this is its job.
    SameJob(u8),
    /// Where a job is, and whether the command moved it; if that ended its hold, which credits moved.
    Job {
        state: StateName,
        moved: bool,
        receipt: Receipt,
    },
    /// The job is deleted.
    Deleted,
    /// The person is forgotten; these of their jobs are to be stopped.
    Forgotten(Vec<u8>),
    /// What there is.
    Balance { available: u64, held: u64 },
    /// Not done.
    Refused(Refused),
}

/// A job that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) amount: u64,
    pub(crate) since: i64,
    pub(crate) deadline: i64,
    pub(crate) receipt: Receipt,
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

/// The number of a job.
pub(crate) const fn job_number(id: JobId) -> u8 {
    id.to_bytes()[0]
}

/// So many credits.
pub(crate) fn credits(number: u64) -> Credits {
    Credits::try_from(number).expect("at most 2^53 - 1 credits")
}

/// That moment.
pub(crate) fn moment(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}
