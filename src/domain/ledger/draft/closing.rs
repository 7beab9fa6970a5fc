//! How holds end.

use super::Draft;
use crate::domain::credits::Credits;
use crate::domain::id::JobId;
use crate::domain::ledger::hold::{ClosedHold, ClosedItem, Closing, HoldItem};
use crate::domain::ledger::journal::Movement;
use crate::domain::ledger::operation::Refusal;
use crate::domain::ledger::package::Package;
use crate::domain::ledger::receipt::Receipt;

impl Draft<'_> {
    /// Ends a hold: (1) `settled` is consumed in the order of the freeze, (2) the rest goes back in
    /// reverse, each share to its own package, which gets its one grace if it has expired since.
    pub(super) fn close(
        &mut self,
        job: JobId,
        settled: Credits,
        closing: Closing,
    ) -> Result<Receipt, Refusal> {
        let hold = self.hold(job).cloned().ok_or(Refusal::NoOpenHold)?;
        let mut to_settle = settled;
        let mut items = Vec::with_capacity(hold.items.len());
        for item in hold.items {
            let settled = to_settle.min(item.amount);
            to_settle = to_settle.minus(settled)?;
            let package = self.consume(job, &item, settled)?; // (1)
            let released = item.amount.minus(settled)?;
            items.push(ClosedItem {
                item,
                settled,
                released,
                expires_at: package.credits_expire_at(),
                remaining_after: package.remaining,
            });
        }
        for item in items.iter_mut().rev() {
            let package = self.release_share(job, &item.item, item.released)?; // (2)
            item.expires_at = package.credits_expire_at();
            item.remaining_after = package.remaining;
        }
        let released = hold.amount.minus(settled)?;
        let closed = ClosedHold {
            job,
            closing,
            settled,
            released,
            closed_at: self.now,
            items,
        };
        let receipt = Receipt::of_closing(&closed)?;
        self.closed.push(closed);
        Ok(receipt)
    }

    fn consume(
        &mut self,
        job: JobId,
        item: &HoldItem,
        amount: Credits,
    ) -> Result<Package, Refusal> {
        let package = self.package_mut(item.package).ok_or(Refusal::OutOfRange)?;
        package.held = package.held.minus(amount)?;
        package.spent = package.spent.plus(amount)?;
        let package = *package;
        self.record(Movement::Settle, amount, &package, Some(job));
        Ok(package)
    }

    fn release_share(
        &mut self,
        job: JobId,
        item: &HoldItem,
        amount: Credits,
    ) -> Result<Package, Refusal> {
        let (now, grace) = (self.now, self.rules.release_grace);
        let expired_meanwhile = item.expires_at.is_some_and(|expiry| expiry <= now);
        let package = self.package_mut(item.package).ok_or(Refusal::OutOfRange)?;
        package.held = package.held.minus(amount)?;
        package.remaining = package.remaining.plus(amount)?;
        // One grace per package: otherwise canceling jobs across it would renew it for ever.
        let has_grace = package.grace_until.is_some();
        if !amount.is_zero() && expired_meanwhile && !grace.is_zero() && !has_grace {
            package.grace_until = Some(now.plus(grace));
        }
        let package = *package;
        self.record(Movement::Release, amount, &package, Some(job));
        self.take_shortage(package.id)?;
        Ok(package)
    }
}
