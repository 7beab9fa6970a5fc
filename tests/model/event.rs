//! What can happen to an account.

use atelier::domain::ledger::PackageKind;

/// Something that happened. A package is named by its place among all grants, the first being 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    /// When.
    pub(crate) at: i64,
    /// How many credits.
    pub(crate) credits: u64,
    /// What.
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    /// A package came in.
    Granted {
        name: u8,
        kind: PackageKind,
        expires_at: Option<i64>,
    },
    /// Credits of a package were reserved for a job.
    Frozen { package: usize, job: u8 },
    /// Reserved credits were consumed.
    Settled { package: usize, job: u8 },
    /// Reserved credits went back to their package.
    Released { package: usize, job: u8 },
    /// Credits nobody had used were gone.
    Expired { package: usize },
    /// An operator clawed credits back.
    ClawedBack { package: usize },
    /// A job was waived: its pictures were stored after its hold had ended.
    Waived { job: u8 },
}
