//! Decisions about an account's credits: what its book would be, and the operations on it.

mod closing;
mod reversal;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::book::{Book, Changes, PackageMove};
use super::hold::{ClosedHold, Closing, Hold, HoldItem};
use super::journal::{Entry, Movement};
use super::operation::{Clawback, Freeze, Grant, Refusal, Rules};
use super::package::{Package, Reversed};
use super::receipt::Receipt;
use crate::domain::credits::{Credits, OutOfRange};
use crate::domain::id::{JobId, PackageId};
use crate::domain::time::Timestamp;

/// What a book would be at one moment, with what is due by then applied. It notes what differs from the book, and
/// copies nothing else of it.
#[derive(Debug)]
pub struct Draft<'a> {
    book: &'a Book,
    rules: Rules,
    /// Open holds that do not count against the limit.
    left_out: usize,
    now: Timestamp,
    entries: Vec<Entry>,
    /// Packages that are new or have moved, as they would be.
    packages: Vec<Package>,
    granted: Option<Package>,
    /// A package that was used up before, as it was.
    recalled: Option<Package>,
    opened: Option<Hold>,
    closed: Vec<ClosedHold>,
}

impl<'a> Draft<'a> {
    /// Opens a draft and applies what is due: (1) what remains of expired packages expires, (2)
    /// expired holds are released. The moment is the clock's or the journal's last, whichever is
    /// later: time never goes back.
    pub fn open(book: &'a Book, rules: Rules, clock: Timestamp) -> Result<Self, Refusal> {
        let mut draft = Self {
            book,
            rules,
            left_out: 0,
            now: clock.max(book.head.at),
            entries: Vec::new(),
            packages: Vec::new(),
            granted: None,
            recalled: None,
            opened: None,
            closed: Vec::new(),
        };
        draft.expire_packages()?; // (1)
        draft.release_expired_holds()?; // (2)
        Ok(draft)
    }

    /// The moment of this draft.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The packages as they would be.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        let moved = |id| self.packages.iter().find(move |package| package.id == id);
        let known = self.book.packages.iter();
        let known = known.map(move |package| moved(package.id).unwrap_or(package));
        let new = self.granted.iter().chain(&self.recalled);
        known.chain(new.filter_map(move |package| moved(package.id)))
    }

    /// The open hold of a job, as it would be.
    pub fn hold(&self, job: JobId) -> Option<&Hold> {
        if self.closed.iter().any(|closed| closed.job == job) {
            return None;
        }
        let opened = self.opened.as_ref().filter(|hold| hold.job == job);
        opened.or_else(|| self.book.hold(job))
    }

    /// What could be frozen.
    pub fn available(&self) -> Result<Credits, OutOfRange> {
        let usable = self
            .packages()
            .filter(|package| !package.is_expired(self.now));
        Credits::sum(usable.map(|package| package.remaining))
    }

    /// What a freeze of `amount` would take of each package, in the order of consumption; all there
    /// is, if that is less. This is the one place where that order is followed.
    pub fn shares(&self, amount: Credits) -> Result<Vec<HoldItem>, OutOfRange> {
        let usable = self.packages();
        let usable = usable.filter(|each| !each.is_expired(self.now) && !each.remaining.is_zero());
        let usable: Vec<_> = usable.collect();
        let places = usable.iter().enumerate();
        let places = places.map(|(place, package)| Reverse((package.burn_order(), place)));
        let mut places: BinaryHeap<_> = places.collect();
        let mut wanted = amount;
        let mut shares = Vec::new();
        while !wanted.is_zero()
            && let Some(Reverse((_, place))) = places.pop()
            && let Some(package) = usable.get(place)
        {
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

    /// Adds a package.
    pub fn grant(&mut self, grant: Grant) -> Result<Receipt, Refusal> {
        if grant.credits.is_zero() {
            return Err(Refusal::NothingToMove);
        }
        if grant.expires_at.is_some_and(|expiry| expiry <= self.now) {
            return Err(Refusal::ExpiredAtBirth);
        }
        let package = Package {
            id: grant.package,
            kind: grant.kind,
            granted: grant.credits,
            remaining: grant.credits,
            held: Credits::ZERO,
            spent: Credits::ZERO,
            expired: Credits::ZERO,
            clawed_back: Credits::ZERO,
            granted_at: self.now,
            expires_at: grant.expires_at,
            grace_until: None,
            reversed: Reversed::default(),
        };
        // An account's sums must stay exact too, not only each package's.
        let open = self.packages().filter(|each| each.is_open());
        Credits::sum(open.map(|each| each.granted))?.plus(grant.credits)?;
        self.packages.push(package);
        self.granted = Some(package);
        self.record(Movement::Grant, grant.credits, &package, None);
        Ok(Receipt::of_grant(&package))
    }

    /// Claws credits back from what remains of a package. What is held or spent is out of reach.
    pub fn claw_back(&mut self, clawback: Clawback) -> Result<Receipt, Refusal> {
        let asked = clawback.amount;
        if asked.is_zero() {
            return Err(Refusal::NothingToMove);
        }
        let package = self
            .package_mut(clawback.package)
            .filter(|package| package.is_open())
            .ok_or(Refusal::NoSuchPackage)?;
        let remaining = package.remaining;
        if asked > remaining {
            return Err(Refusal::WouldBeNegative { asked, remaining });
        }
        package.remaining = remaining.minus(asked)?;
        package.clawed_back = package.clawed_back.plus(asked)?;
        let package = *package;
        self.record(Movement::Clawback, asked, &package, None);
        Ok(Receipt::of_clawback(&package, asked, remaining))
    }

    /// Leaves so many of the open holds out of the limit on their number.
    pub const fn leave_out_of_limit(&mut self, holds: usize) {
        self.left_out = holds;
    }

    /// Reserves credits, nearest expiry first: (1) the limit, (2) the amount, (3) the shares in
    /// burn order.
    pub fn freeze(&mut self, freeze: Freeze) -> Result<Receipt, Refusal> {
        let Freeze { job, amount } = freeze;
        if amount.is_zero() {
            return Err(Refusal::NothingToMove);
        }
        let limit = self.rules.max_open_holds;
        let open = self.book.holds.len().saturating_sub(self.closed.len());
        if open.saturating_sub(self.left_out) >= limit {
            return Err(Refusal::TooManyOpenHolds { limit }); // (1)
        }
        let available = self.available()?;
        if available < amount {
            return Err(Refusal::Insufficient {
                needed: amount,
                available,
            }); // (2)
        }
        let items = self.shares(amount)?;
        items.iter().try_for_each(|item| self.take(job, item))?; // (3)
        let receipt = Receipt::of_freeze(&items)?;
        let deadline = self.now.plus(self.rules.hold_ttl);
        let hold = Hold {
            job,
            amount,
            opened_at: self.now,
            deadline,
            items,
        };
        self.opened = Some(hold);
        Ok(receipt)
    }

    /// Settles `amount` of a job's hold, in the order of the freeze, and releases the rest in
    /// reverse. An amount of zero is a release.
    pub fn settle(&mut self, job: JobId, amount: Credits) -> Result<Receipt, Refusal> {
        let held = self.hold(job).ok_or(Refusal::NoOpenHold)?.amount;
        if amount > held {
            return Err(Refusal::SettleExceedsHold {
                asked: amount,
                held,
            });
        }
        let closing = if amount.is_zero() {
            Closing::Released
        } else {
            Closing::Settled
        };
        self.close(job, amount, closing)
    }

    /// Releases a job's whole hold.
    pub fn release(&mut self, job: JobId) -> Result<Receipt, Refusal> {
        self.close(job, Credits::ZERO, Closing::Released)
    }

    /// Notes that `amount` was waived for a job whose hold had ended. No package changes.
    pub fn late_success(&mut self, job: JobId, amount: Credits) -> Result<(), Refusal> {
        if amount.is_zero() {
            return Err(Refusal::NothingToMove);
        }
        let entry = Entry {
            seq: self.next_seq(),
            at: self.now,
            movement: Movement::LateSuccess,
            amount,
            package: None,
            job: Some(job),
            remaining_after: Credits::ZERO,
            held_after: Credits::ZERO,
            expires_at: None,
        };
        self.entries.push(entry);
        Ok(())
    }

    /// The changes to commit.
    pub fn finish(self) -> Changes {
        let mut last = self.book.head.hash;
        let entries = self.entries.into_iter().map(|entry| {
            last = entry.hash(self.book.account, last);
            (entry, last)
        });
        let known = self.book.packages.iter().chain(&self.recalled);
        let moved = self.packages.iter().filter_map(|after| {
            let before = known.clone().find(|package| package.id == after.id)?;
            PackageMove::between(before, after)
        });
        Changes {
            entries: entries.collect(),
            moved: moved.collect(),
            granted: self.granted,
            packages: self.packages,
            opened: self.opened,
            closed: self.closed,
        }
    }

    fn expire_packages(&mut self) -> Result<(), Refusal> {
        let now = self.now;
        let due = |package: &&Package| package.is_expired(now) && !package.remaining.is_zero();
        for before in self.book.packages.iter().filter(due) {
            let rest = before.remaining;
            let package = Package {
                remaining: Credits::ZERO,
                expired: before.expired.plus(rest)?,
                ..*before
            };
            self.packages.push(package);
            self.record(Movement::Expire, rest, &package, None);
        }
        Ok(())
    }

    fn release_expired_holds(&mut self) -> Result<(), Refusal> {
        let expired = self
            .book
            .holds
            .iter()
            .filter(|hold| hold.deadline <= self.now);
        let expired: Vec<JobId> = expired.map(|hold| hold.job).collect();
        expired
            .into_iter()
            .try_for_each(|job| self.close(job, Credits::ZERO, Closing::Expired).map(drop))
    }

    /// Freezes a share of a package.
    fn take(&mut self, job: JobId, item: &HoldItem) -> Result<(), Refusal> {
        let package = self.package_mut(item.package).ok_or(Refusal::OutOfRange)?;
        package.remaining = package.remaining.minus(item.amount)?;
        package.held = package.held.plus(item.amount)?;
        let package = *package;
        self.record(Movement::Freeze, item.amount, &package, Some(job));
        Ok(())
    }

    /// Records a movement; an amount of zero is not recorded.
    fn record(
        &mut self,
        movement: Movement,
        amount: Credits,
        package: &Package,
        job: Option<JobId>,
    ) {
        if amount.is_zero() {
            return;
        }
        self.entries.push(Entry {
            seq: self.next_seq(),
            at: self.now,
            movement,
            amount,
            package: Some(package.id),
            job,
            remaining_after: package.remaining,
            held_after: package.held,
            expires_at: package.credits_expire_at(),
        });
    }

    fn next_seq(&self) -> u64 {
        let last = self
            .entries
            .last()
            .map_or(self.book.head.seq, |entry| entry.seq);
        last.saturating_add(1)
    }

    /// A package, to be changed.
    fn package_mut(&mut self, id: PackageId) -> Option<&mut Package> {
        let has = |package: &Package| package.id == id;
        if !self.packages.iter().any(has) {
            let known = self.book.packages.iter().find(|package| has(package))?;
            self.packages.push(*known);
        }
        self.packages.iter_mut().find(|package| has(package))
    }
}
