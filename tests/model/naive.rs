//! The second ledger.

use atelier::domain::ledger::{
    ClosedHold, ClosedItem, Closing, Entry, HoldItem, Movement, Receipt, ReceiptLine, Refusal,
};
use atelier::domain::time::Timestamp;

use super::command::{Answer, Command, Limits, credits, job_id, moment, package_id};
use super::event::{Event, What};
use super::view::{Open, Share, View};

/// The largest amount: 2^53 - 1.
pub(crate) const MOST: u64 = 9_007_199_254_740_991;

/// An account: what happened to it, and what that comes to.
#[derive(Debug, Clone)]
pub(crate) struct Naive {
    pub(crate) limits: Limits,
    pub(crate) events: Vec<Event>,
    /// The moment of the command that is being carried out.
    pub(crate) now: i64,
    /// What the events come to.
    pub(crate) view: View,
    /// What the last command did: see [`Done`].
    pub(crate) done: Done,
}

/// What one command did, with all that was due before it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Done {
    /// What there was before it.
    pub(crate) before: View,
    /// What happened, as rows of the journal.
    pub(crate) rows: Vec<Entry>,
    /// Holds that ended.
    pub(crate) closed: Vec<ClosedHold>,
}

impl Naive {
    /// An account nothing has happened to.
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            events: Vec::new(),
            now: 0,
            view: View::default(),
            done: Done::default(),
        }
    }

    fn happen(&mut self, credits: u64, what: What) {
        let at = self.now;
        self.events.push(Event { at, credits, what });
        self.view = View::of(&self.events, self.limits.grace);
        self.done.rows.push(self.row(credits, what));
    }

    /// What just happened, as a row of the journal.
    fn row(&self, amount: u64, what: What) -> Entry {
        let newest = self.view.packages.len().wrapping_sub(1);
        let (movement, package, job) = match what {
            What::Granted { .. } => (Movement::Grant, Some(newest), None),
            What::Frozen { package, job } => (Movement::Freeze, Some(package), Some(job)),
            What::Settled { package, job } => (Movement::Settle, Some(package), Some(job)),
            What::Released { package, job } => (Movement::Release, Some(package), Some(job)),
            What::Expired { package } => (Movement::Expire, Some(package), None),
            What::TakenBack { package } => (Movement::Clawback, Some(package), None),
            What::OnTheHouse { job } => (Movement::LateSuccess, None, Some(job)),
        };
        let pack = package.map(|package| self.view.packages[package]);
        Entry {
            seq: u64::try_from(self.events.len()).unwrap(),
            at: Timestamp::from_millis(self.now),
            movement,
            amount: credits(amount),
            package: pack.map(|pack| package_id(pack.name)),
            job: job.map(job_id),
            remaining_after: credits(pack.map_or(0, |pack| pack.remaining)),
            held_after: credits(pack.map_or(0, |pack| pack.held)),
            expires_at: moment(pack.and_then(|pack| pack.gone_at())),
        }
    }

    /// Somebody looks at the account: (1) time goes on, never back; (2) what remains of packages that have expired is
    /// gone; (3) holds past their deadline are given back.
    pub(crate) fn look(&mut self, clock: i64) {
        let last = self.events.last().map_or(0, |event| event.at);
        self.now = clock.max(last); // (1)
        self.done = Done {
            before: self.view.clone(),
            ..Done::default()
        };
        for package in 0..self.view.packages.len() {
            let pack = self.view.packages[package];
            if pack.remaining > 0 && !pack.is_good(self.now) {
                self.happen(pack.remaining, What::Expired { package }); // (2)
            }
        }
        for hold in self.view.holds.clone() {
            if self.now >= hold.opened_at + self.limits.ttl {
                self.end(&hold, 0, Closing::Expired); // (3)
            }
        }
    }

    /// Carries out a command. What was due has happened already: see [`Naive::look`].
    pub(crate) fn carry_out(&mut self, command: Command) -> Answer {
        match command {
            Command::Grant {
                package,
                kind,
                credits,
                expires_at,
            } => {
                let what = What::Granted {
                    name: package,
                    kind,
                    expires_at,
                };
                self.grant(package, credits, expires_at, what).into()
            }
            Command::Freeze { job, credits } => self.freeze_once(job, credits),
            Command::Settle { job, credits } => self.settle(job, credits).into(),
            Command::Release { job } => self.settle(job, 0).into(),
            Command::Clawback { package, credits } => self.claw_back(package, credits).into(),
            Command::LateSuccess { credits: 0, .. } => Answer::Refused(Refusal::NothingToMove),
            Command::LateSuccess { job, credits } => {
                self.happen(credits, What::OnTheHouse { job });
                Answer::Done
            }
            Command::Touch => Answer::Done,
        }
    }

    fn grant(
        &mut self,
        package: u8,
        amount: u64,
        expires_at: Option<i64>,
        what: What,
    ) -> Result<Receipt, Refusal> {
        if amount == 0 {
            return Err(Refusal::NothingToMove);
        }
        if expires_at.is_some_and(|expiry| expiry <= self.now) {
            return Err(Refusal::ExpiredAtBirth);
        }
        let open = self.view.packages.iter().filter(|pack| pack.is_open());
        let owned: u64 = open.map(|pack| pack.granted).sum();
        if owned + amount > MOST {
            return Err(Refusal::OutOfRange);
        }
        self.happen(amount, what);
        Ok(Receipt(vec![ReceiptLine {
            movement: Movement::Grant,
            package: package_id(package),
            credits: credits(amount),
            expires_at: moment(expires_at),
            remaining_before: credits(0),
            remaining_after: credits(amount),
        }]))
    }

    fn claw_back(&mut self, name: u8, amount: u64) -> Result<Receipt, Refusal> {
        if amount == 0 {
            return Err(Refusal::NothingToMove);
        }
        let mut packages = self.view.packages.iter();
        let package = packages.position(|pack| pack.name == name && pack.is_open());
        let package = package.ok_or(Refusal::NoSuchPackage)?;
        let remaining = self.view.packages[package].remaining;
        if amount > remaining {
            return Err(Refusal::WouldBeNegative {
                asked: credits(amount),
                remaining: credits(remaining),
            });
        }
        let line = self.moved(package, amount, What::TakenBack { package });
        Ok(Receipt(vec![line]))
    }

    /// Freezes for a job, if that was never done: a job has one hold. Otherwise nothing has happened, not even what was
    /// due, since the database takes a command as a whole or not at all.
    fn freeze_once(&mut self, job: u8, amount: u64) -> Answer {
        let frozen =
            |event: &Event| matches!(event.what, What::Frozen { job: of, .. } if of == job);
        let was_frozen = self.events.iter().any(frozen);
        let answer = Answer::from(self.freeze(job, amount));
        if !was_frozen || matches!(answer, Answer::Refused(_)) {
            return answer;
        }
        let before = self.done.before.clone();
        self.events
            .truncate(self.events.len() - self.done.rows.len());
        self.view = before.clone();
        self.done = Done {
            before,
            ..Done::default()
        };
        Answer::Undone
    }

    fn freeze(&mut self, job: u8, amount: u64) -> Result<Receipt, Refusal> {
        if amount == 0 {
            return Err(Refusal::NothingToMove);
        }
        let limit = self.limits.max_open_holds;
        if self.view.holds.len() >= limit {
            return Err(Refusal::TooManyOpenHolds { limit });
        }
        let available = self.view.available(self.now);
        if amount > available {
            return Err(Refusal::Insufficient {
                needed: credits(amount),
                available: credits(available),
            });
        }
        let mut missing = amount;
        let mut lines = Vec::new();
        while missing > 0 {
            let package = self.view.next_to_burn(self.now).expect("enough credits");
            let share = missing.min(self.view.packages[package].remaining);
            lines.push(self.moved(package, share, What::Frozen { package, job }));
            missing -= share;
        }
        Ok(Receipt(lines))
    }

    fn settle(&mut self, job: u8, amount: u64) -> Result<Receipt, Refusal> {
        let hold = self.view.hold(job).cloned().ok_or(Refusal::NoOpenHold)?;
        let held = hold.amount();
        if amount > held {
            return Err(Refusal::SettleExceedsHold {
                asked: credits(amount),
                held: credits(held),
            });
        }
        let closing = match amount {
            0 => Closing::Released,
            _ => Closing::Settled,
        };
        Ok(self.end(&hold, amount, closing))
    }

    /// Ends a hold. Its credits stand in a row, in the order in which they were frozen. The first `amount` of them are
    /// consumed; the others go back, the last one first, each to where it came from.
    fn end(&mut self, hold: &Open, amount: u64, closing: Closing) -> Receipt {
        let job = hold.job;
        let mut lines = Vec::new();
        let mut place = 0;
        let mut parts = Vec::new();
        for share in &hold.shares {
            let (first, end) = (place, place + share.credits);
            let consumed = amount.clamp(first, end) - first;
            parts.push((*share, consumed, share.credits - consumed));
            place = end;
        }
        for &(share, consumed, _) in &parts {
            if consumed > 0 {
                let package = share.package;
                let line = self.moved(package, consumed, What::Settled { package, job });
                lines.push(ReceiptLine {
                    expires_at: moment(share.expires_at),
                    ..line
                });
            }
        }
        for &(share, _, back) in parts.iter().rev() {
            if back > 0 {
                let package = share.package;
                lines.push(self.moved(package, back, What::Released { package, job }));
            }
        }
        let items = parts.iter().map(|&part| self.closed_item(part)).collect();
        self.done.closed.push(ClosedHold {
            job: job_id(job),
            closing,
            settled: credits(amount),
            released: credits(hold.amount() - amount),
            closed_at: Timestamp::from_millis(self.now),
            items,
        });
        Receipt(lines)
    }

    fn closed_item(&self, (share, consumed, back): (Share, u64, u64)) -> ClosedItem {
        let pack = &self.view.packages[share.package];
        ClosedItem {
            item: self.item(&share),
            settled: credits(consumed),
            released: credits(back),
            expires_at: moment(pack.gone_at()),
            remaining_after: credits(pack.remaining),
        }
    }

    /// A share of a hold, in the ledger's words.
    pub(crate) fn item(&self, share: &Share) -> HoldItem {
        HoldItem {
            package: package_id(self.view.packages[share.package].name),
            amount: credits(share.credits),
            expires_at: moment(share.expires_at),
            remaining_before: credits(share.remaining_before),
        }
    }

    /// Something happens to a package; the line about it.
    fn moved(&mut self, package: usize, amount: u64, what: What) -> ReceiptLine {
        let before = self.view.packages[package];
        self.happen(amount, what);
        let after = self.view.packages[package];
        let movement = match what {
            What::Frozen { .. } => Movement::Freeze,
            What::Settled { .. } => Movement::Settle,
            What::TakenBack { .. } => Movement::Clawback,
            _ => Movement::Release,
        };
        ReceiptLine {
            movement,
            package: package_id(after.name),
            credits: credits(amount),
            expires_at: moment(after.gone_at()),
            remaining_before: credits(before.remaining),
            remaining_after: credits(after.remaining),
        }
    }
}
