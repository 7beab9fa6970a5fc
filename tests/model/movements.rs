//! How the second ledger moves credits.

use atelier::domain::ledger::{
    ClosedHold, ClosedItem, Closing, HoldItem, Movement, Receipt, ReceiptLine, Refusal,
};
use atelier::domain::time::Timestamp;

use super::command::{credits, job_id, moment, package_id};
use super::event::What;
use super::naive::{MOST, Naive};
use super::view::{Open, Share};

impl Naive {
    pub(crate) fn grant(
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

    pub(crate) fn claw_back(&mut self, name: u8, amount: u64) -> Result<Receipt, Refusal> {
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
        let line = self.moved(package, amount, What::ClawedBack { package });
        Ok(Receipt(vec![line]))
    }

    pub(crate) fn freeze(&mut self, job: u8, amount: u64) -> Result<Receipt, Refusal> {
        if amount == 0 {
            return Err(Refusal::NothingToMove);
        }
        let limit = self.limits.max_open_holds;
        let holds = self.view.holds.iter();
        let counted = holds.filter(|hold| self.jobs[&hold.job].counts_as_open(self.now));
        if counted.count() >= limit {
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

    /// Ends a hold. Its credits stand in a row, in the order in which they were frozen. The first `amount` of them are
    /// consumed; the others go back, the last one first, each to where it came from.
    pub(crate) fn end(&mut self, hold: &Open, amount: u64, closing: Closing) -> Receipt {
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
            What::ClawedBack { .. } => Movement::Clawback,
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
