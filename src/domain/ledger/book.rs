//! An account's open packages and holds, and what one operation changed in them.

use super::hold::{ClosedHold, Hold};
use super::journal::{Entry, Hash};
use super::package::{Package, Reversed};
use crate::domain::credits::Credits;
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

    /// Takes over changes that are committed.
    pub fn follow(&mut self, changes: &Changes) {
        if let Some((entry, hash)) = changes.entries.last() {
            self.head = Head {
                seq: entry.seq,
                hash: *hash,
                at: entry.at,
            };
        }
        for package in &changes.packages {
            let mut known = self.packages.iter_mut();
            match known.find(|known| known.id == package.id) {
                Some(known) => *known = *package,
                None => self.packages.push(*package),
            }
        }
        if changes.packages.iter().any(|package| !package.is_open()) {
            self.packages.retain(Package::is_open);
        }
        self.holds.extend(changes.opened.clone());
        if !changes.closed.is_empty() {
            let is_closed = |hold: &Hold| changes.closed.iter().any(|each| each.job == hold.job);
            self.holds.retain(|hold| !is_closed(hold));
        }
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
    /// These packages and the new one, as they are now.
    pub packages: Vec<Package>,
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
