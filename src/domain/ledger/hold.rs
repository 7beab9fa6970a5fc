//! The reservation of credits for one job. It has the job's id, and is closed once.

use crate::domain::credits::Credits;
use crate::domain::id::{JobId, PackageId};
use crate::domain::time::Timestamp;

/// An open hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The job it is for.
    pub job: JobId,
    /// How much in all; the sum of its items.
    pub amount: Credits,
    /// When the credits were frozen.
    pub opened_at: Timestamp,
    /// From this moment on it has expired, and the next access releases it.
    pub deadline: Timestamp,
    /// Which packages it took from, in the order of consumption; each at most once.
    pub items: Vec<HoldItem>,
}

/// A hold's share of one package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldItem {
    /// The package.
    pub package: PackageId,
    /// How many of its credits.
    pub amount: Credits,
    /// When the package's credits were to expire at the freeze.
    pub expires_at: Option<Timestamp>,
    /// What the package had before the freeze.
    pub remaining_before: Credits,
}

/// How a hold ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Something of it was consumed.
    Settled,
    /// All of it was released.
    Released,
    /// All of it was released because its deadline passed.
    Expired,
}

/// A hold at its end, with what became of each share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedHold {
    /// The job it was for.
    pub job: JobId,
    /// Whether it was settled or released.
    pub closing: Closing,
    /// The settled credits.
    pub settled: Credits,
    /// The released credits. `settled + released` is the hold's amount.
    pub released: Credits,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// Its shares, in the order of consumption.
    pub items: Vec<ClosedItem>,
}

/// What became of a hold's share of one package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedItem {
    /// The share as it was frozen.
    pub item: HoldItem,
    /// What was consumed of it.
    pub settled: Credits,
    /// What went back to the package.
    pub released: Credits,
    /// When the package's credits expire now, with any grace that the return gave.
    pub expires_at: Option<Timestamp>,
    /// What the package has after the closing.
    pub remaining_after: Credits,
}
