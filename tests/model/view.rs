//! The sum of a list of events, from the first to the last.

use atelier::domain::ledger::PackageKind;

use super::event::{Event, What};

/// An account.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    /// Every package there ever was, in the order they came in.
    pub(crate) packages: Vec<Pack>,
    /// Open holds, in the order they were opened.
    pub(crate) holds: Vec<Open>,
}

/// A package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pack {
    pub(crate) name: u8,
    pub(crate) kind: PackageKind,
    pub(crate) granted: u64,
    pub(crate) remaining: u64,
    pub(crate) held: u64,
    pub(crate) spent: u64,
    pub(crate) expired: u64,
    pub(crate) clawed_back: u64,
    pub(crate) granted_at: i64,
    pub(crate) expires_at: Option<i64>,
    /// Until when what came back too late can be used.
    pub(crate) grace_until: Option<i64>,
}

/// A hold that is open.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub(crate) job: u8,
    pub(crate) opened_at: i64,
    /// What it took, in that order.
    pub(crate) shares: Vec<Share>,
    /// How much of it is neither settled nor released.
    pub(crate) unended: u64,
}

/// What a hold took from one package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) package: usize,
    pub(crate) credits: u64,
    /// When the package was to expire then.
    pub(crate) expires_at: Option<i64>,
    /// What it had before.
    pub(crate) remaining_before: u64,
}

impl Pack {
    /// When what remains is gone; `None`: never.
    pub(crate) fn gone_at(&self) -> Option<i64> {
        match (self.expires_at, self.grace_until) {
            (Some(expiry), Some(grace)) if grace > expiry => Some(grace),
            (expiry, _) => expiry,
        }
    }

    /// Whether there is anything in it.
    pub(crate) const fn is_open(&self) -> bool {
        self.remaining > 0 || self.held > 0
    }

    /// Whether what remains can still be used. At its very expiry it cannot.
    pub(crate) fn is_good(&self, now: i64) -> bool {
        match self.gone_at() {
            Some(expiry) => now < expiry,
            None => true,
        }
    }
}

impl Open {
    fn share(&self, package: usize) -> Option<&Share> {
        self.shares.iter().find(|share| share.package == package)
    }

    /// How much it is for.
    pub(crate) fn amount(&self) -> u64 {
        self.shares.iter().map(|share| share.credits).sum()
    }
}

impl View {
    /// The sum of these events, if credits that return after their expiry can be used for `grace` more.
    pub(crate) fn of(events: &[Event], grace: i64) -> Self {
        let mut view = Self::default();
        for event in events {
            view.add(event, grace);
        }
        view
    }

    fn add(&mut self, event: &Event, grace: i64) {
        let credits = event.credits;
        match event.what {
            What::Granted {
                name,
                kind,
                expires_at,
            } => self.packages.push(Pack {
                name,
                kind,
                granted: credits,
                remaining: credits,
                held: 0,
                spent: 0,
                expired: 0,
                clawed_back: 0,
                granted_at: event.at,
                expires_at,
                grace_until: None,
            }),
            What::Frozen { package, job } => {
                self.take(package, job, event);
                self.packages[package].remaining -= credits;
                self.packages[package].held += credits;
            }
            What::Settled { package, job } => {
                self.packages[package].held -= credits;
                self.packages[package].spent += credits;
                self.close(job, credits);
            }
            What::Released { package, job } => {
                let share = self.hold(job).and_then(|hold| hold.share(package));
                let expiry = share.expect("a share of it").expires_at;
                let pack = &mut self.packages[package];
                pack.held -= credits;
                pack.remaining += credits;
                // It expired while it was held, and had no grace before.
                let is_late = expiry.is_some_and(|expiry| event.at >= expiry);
                if grace > 0 && is_late && pack.grace_until.is_none() {
                    pack.grace_until = Some(event.at + grace);
                }
                self.close(job, credits);
            }
            What::Expired { package } => {
                self.packages[package].remaining -= credits;
                self.packages[package].expired += credits;
            }
            What::ClawedBack { package } => {
                self.packages[package].remaining -= credits;
                self.packages[package].clawed_back += credits;
            }
            What::Waived { .. } => {}
        }
    }

    fn take(&mut self, package: usize, job: u8, event: &Event) {
        let share = Share {
            package,
            credits: event.credits,
            expires_at: self.packages[package].gone_at(),
            remaining_before: self.packages[package].remaining,
        };
        if let Some(hold) = self.holds.iter_mut().find(|hold| hold.job == job) {
            hold.shares.push(share);
            hold.unended += event.credits;
        } else {
            self.holds.push(Open {
                job,
                opened_at: event.at,
                shares: vec![share],
                unended: event.credits,
            });
        }
    }

    fn close(&mut self, job: u8, credits: u64) {
        let hold = self.holds.iter_mut().find(|hold| hold.job == job);
        hold.expect("an open hold").unended -= credits;
        self.holds.retain(|hold| hold.unended > 0);
    }

    /// The open hold of a job.
    pub(crate) fn hold(&self, job: u8) -> Option<&Open> {
        self.holds.iter().find(|hold| hold.job == job)
    }

    /// What can be used at a moment.
    pub(crate) fn available(&self, now: i64) -> u64 {
        let good = self.packages.iter().filter(|pack| pack.is_good(now));
        good.map(|pack| pack.remaining).sum()
    }

    /// What is reserved.
    pub(crate) fn held(&self) -> u64 {
        self.holds.iter().map(Open::amount).sum()
    }

    /// The package that burns next: of those with anything good, the one that no other burns before.
    pub(crate) fn next_to_burn(&self, now: i64) -> Option<usize> {
        let mut best: Option<usize> = None;
        for (place, pack) in self.packages.iter().enumerate() {
            let usable = pack.remaining > 0 && pack.is_good(now);
            if usable && best.is_none_or(|best| burns_before(pack, &self.packages[best])) {
                best = Some(place);
            }
        }
        best
    }
}

/// Whether one package burns before another: the one that expires sooner, and never is last; then what was given away;
/// then the older; then by id.
pub(crate) fn burns_before(one: &Pack, other: &Pack) -> bool {
    match (one.gone_at(), other.gone_at()) {
        (Some(_), None) => return true,
        (None, Some(_)) => return false,
        (Some(one), Some(other)) if one != other => return one < other,
        _ => {}
    }
    match (one.kind, other.kind) {
        (PackageKind::Promo, PackageKind::Paid) => return true,
        (PackageKind::Paid, PackageKind::Promo) => return false,
        _ => {}
    }
    if one.granted_at != other.granted_at {
        return one.granted_at < other.granted_at;
    }
    one.name < other.name
}
