//! What can be asked of the ledger, under which rules, and why it says no.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::package::PackageKind;
use crate::domain::credits::{Credits, OutOfRange};
use crate::domain::id::{JobId, PackageId};
use crate::domain::time::Timestamp;

/// What is configured about holds and expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How many holds an account may have open at once.
    pub max_open_holds: usize,
    /// How long a hold lives before it expires.
    pub hold_ttl: Duration,
    /// How long credits that go back to an expired package can still be used.
    pub release_grace: Duration,
}

/// Credits to come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The id of the new package.
    pub package: PackageId,
    /// Promo or paid.
    pub kind: PackageKind,
    /// Credits, at least one.
    pub credits: Credits,
    /// When it expires; `None`: never.
    pub expires_at: Option<Timestamp>,
}

/// Credits to claw back, by an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clawback {
    /// From which package.
    pub package: PackageId,
    /// How much of what remains of it.
    pub amount: Credits,
}

/// Credits to reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freeze {
    /// For which job.
    pub job: JobId,
    /// Credits, at least one.
    pub amount: Credits,
}

/// Why an operation is not done. A refused operation changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// An amount of zero where that means nothing.
    #[error("the amount must be above zero")]
    NothingToMove,
    /// A package that would be expired at its birth.
    #[error("the package would have expired already")]
    ExpiredAtBirth,
    /// Not enough credits.
    #[error("{needed} credits are needed, {available} are available")]
    Insufficient {
        /// What the operation asks for.
        needed: Credits,
        /// What could be frozen now.
        available: Credits,
    },
    /// As many holds as allowed are open.
    #[error("{limit} jobs are open, which is the limit")]
    TooManyOpenHolds {
        /// The limit.
        limit: usize,
    },
    /// The account has no such package with anything in it.
    #[error("there is no such open package")]
    NoSuchPackage,
    /// More than remains of the package.
    #[error("{asked} credits are more than the {remaining} that remain of the package")]
    WouldBeNegative {
        /// What was to be clawed back.
        asked: Credits,
        /// How many credits remain.
        remaining: Credits,
    },
    /// The job has no open hold.
    #[error("the job has no open hold")]
    NoOpenHold,
    /// More than was frozen.
    #[error("{asked} credits are more than the {held} held")]
    SettleExceedsHold {
        /// What was to be consumed.
        asked: Credits,
        /// What the hold has.
        held: Credits,
    },
    /// An amount that no honest operation reaches.
    #[error("an amount is out of range")]
    OutOfRange,
}

impl From<OutOfRange> for Refusal {
    fn from(_: OutOfRange) -> Self {
        Self::OutOfRange
    }
}
