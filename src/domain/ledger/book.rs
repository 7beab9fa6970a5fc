//! An account's open packages and holds, and what one operation changed in them.

use super::hold::{ClosedHold, Hold, HoldItem};
use super::journal::{Entry, Hash};
use super::package::{Package, Reversed};
use crate::domain::credits::{Credits, OutOfRange};
use crate::domain::id::{AccountId, JobId, PackageId};
use crate::domain::time::Timestamp;

/// Everything that decisions about an account need. Packages that are used up are not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// The id of the account.
    pub account: AccountId,
    /// The end of the journal.
    pub head: Head,
    /// Packages with anything remaining or held.
    pub packages: Vec<Package>,
    /// Open holds.
    pub holds: Vec<Hold>,
}

/// The last row of an account's journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its place; 0 if there is no row yet.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// Its time: no operation is before it.
    pub at: Timestamp,
}

impl Book {
    /// The book of an account nothing has happened to.
    pub const fn empty(account: AccountId) -> Self {
        let head = Head {
            seq: 0,
            hash: Hash::GENESIS,
            at: Timestamp::from_millis(0),
        };
        Self {
            account,
            head,
            packages: Vec::new(),
            holds: Vec::new(),
        }
    }

    /// The open hold of a job.
    pub fn hold(&self, job: JobId) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.job == job)
    }

    /// What can be frozen at this moment.
    pub fn available(&self, now: Timestamp) -> Result<Credits, OutOfRange> {
        Credits::sum(
            self.packages
                .iter()
                .filter(|package| !package.is_expired(now))
                .map(|package| package.remaining),
        )
    }

    /// What a freeze of `amount` would take of each package, in the order of consumption; all there
    /// is, if that is less. This is the one place where that order is followed.
    pub fn shares(&self, amount: Credits, now: Timestamp) -> Result<Vec<HoldItem>, OutOfRange> {
        let usable = |package: &&Package| !package.is_expired(now) && !package.remaining.is_zero();
        let mut packages: Vec<&Package> = self.packages.iter().filter(usable).collect();
        packages.sort_unstable_by_key(|package| package.burn_order());
        let mut wanted = amount;
        let mut shares = Vec::new();
        for package in packages {
            if wanted.is_zero() {
                break;
            }
            let share = wanted.min(package.remaining);
            shares.push(HoldItem {
                package: package.id,
                amount: share,
                expires_at: package.credits_expire_at(),
                remaining_before: package.remaining,
            });
            wanted = wanted.minus(share)?;
        }
        Ok(shares)
    }

    pub(super) fn package_mut(&mut self, id: PackageId) -> Option<&mut Package> {
        self.packages.iter_mut().find(|package| package.id == id)
    }
}

/// What one operation changed: the rows that one batch writes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// New journal rows, each with its hash.
    pub entries: Vec<(Entry, Hash)>,
    /// A new package.
    pub granted: Option<Package>,
    /// What moved in packages that were there before.
    pub moved: Vec<PackageMove>,
    /// A new hold.
    pub opened: Option<Hold>,
    /// Holds that ended.
    pub closed: Vec<ClosedHold>,
}

impl Changes {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// By how much the columns of a package changed. They add up to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackageMove {
    /// The id of the package.
    pub id: PackageId,
    /// Change of `remaining`.
    pub remaining: i64,
    /// Change of `held`.
    pub held: i64,
    /// Change of `spent`.
    pub spent: i64,
    /// Change of `expired`.
    pub expired: i64,
    /// Change of `clawed_back`.
    pub clawed_back: i64,
    /// The grace, as it is now.
    pub grace_until: Option<Timestamp>,
    /// Change of what reversals have taken, which is a part of `clawed_back`.
    pub taken: i64,
    /// What reversals take back, as it is now, if that changed.
    pub reversed: Option<Reversed>,
}

impl PackageMove {
    /// The way from one state of a package to another; `None` if they are the same.
    pub(super) fn between(before: &Package, after: &Package) -> Option<Self> {
        let change = |column: fn(&Package) -> Credits| {
            // Both are at most 2^53 - 1, so the difference fits.
            let signed = |package| i64::try_from(column(package).get()).unwrap_or(i64::MAX);
            signed(after).saturating_sub(signed(before))
        };
        (before != after).then(|| Self {
            id: after.id,
            remaining: change(|package| package.remaining),
            held: change(|package| package.held),
            spent: change(|package| package.spent),
            expired: change(|package| package.expired),
            clawed_back: change(|package| package.clawed_back),
            grace_until: after.grace_until,
            taken: change(|package| package.reversed.taken),
            reversed: (before.reversed != after.reversed).then_some(after.reversed),
        })
    }
}
