//! What reversals of a payment do to its package.

use super::Draft;
use crate::domain::credits::Credits;
use crate::domain::id::PackageId;
use crate::domain::ledger::journal::Movement;
use crate::domain::ledger::operation::Refusal;
use crate::domain::ledger::package::Package;
use crate::domain::ledger::receipt::Receipt;

impl Draft<'_> {
    /// Sets how many credits of a package reversals of its payment take back in all. (1) One that was used up is
    /// recalled from `row`. (2) What was taken above that is given back. (3) What is missing is taken, as far as it
    /// remains; the rest is a shortage, and is taken when credits return.
    pub fn set_reversal_target(
        &mut self,
        row: Package,
        target: Credits,
    ) -> Result<Receipt, Refusal> {
        if target > row.granted {
            return Err(Refusal::OutOfRange);
        }
        if self.package_mut(row.id).is_none() {
            self.recalled = Some(row);
            self.packages.push(row); // (1)
        }
        let package = self.reversible(row.id)?;
        package.reversed.target = target;
        let mut receipt = self.reinstate(row.id)?; // (2)
        receipt.0.extend(self.take_shortage(row.id)?.0); // (3)
        Ok(receipt)
    }

    /// Takes what is missing from what remains of a package.
    pub(super) fn take_shortage(&mut self, id: PackageId) -> Result<Receipt, Refusal> {
        let now = self.now;
        let package = self.reversible(id)?;
        let before = package.remaining;
        let amount = package.shortage().min(before);
        if amount.is_zero() {
            return Ok(Receipt::default());
        }
        let life = package.credits_expire_at().map(|expiry| expiry.since(now));
        package.reversed.life = package.reversed.life.max(life);
        package.remaining = package.remaining.minus(amount)?;
        package.clawed_back = package.clawed_back.plus(amount)?;
        package.reversed.taken = package.reversed.taken.plus(amount)?;
        let package = *package;
        let movement = Movement::Clawback;
        self.record(movement, amount, &package, None);
        Ok(Receipt::of_reversal(&package, movement, amount, before))
    }

    /// Gives back what was taken above the target, with the life that it had when it was taken, but never less than
    /// the grace of a release: nobody can use credits in no time.
    fn reinstate(&mut self, id: PackageId) -> Result<Receipt, Refusal> {
        let (now, grace) = (self.now, self.rules.release_grace);
        let package = self.reversible(id)?;
        let before = package.remaining;
        let above = package.reversed.taken.minus(package.reversed.target);
        let amount = above.unwrap_or_default();
        if amount.is_zero() {
            return Ok(Receipt::default());
        }
        if let Some(expiry) = package.credits_expire_at() {
            let until = now.plus(package.reversed.life.unwrap_or_default().max(grace));
            if until > expiry {
                package.reversed.reinstated_until = Some(until);
            }
        }
        package.remaining = package.remaining.plus(amount)?;
        package.clawed_back = package.clawed_back.minus(amount)?;
        package.reversed.taken = package.reversed.target;
        if package.reversed.taken.is_zero() {
            package.reversed.life = None;
        }
        let package = *package;
        let movement = Movement::Reinstatement;
        self.record(movement, amount, &package, None);
        Ok(Receipt::of_reversal(&package, movement, amount, before))
    }

    fn reversible(&mut self, id: PackageId) -> Result<&mut Package, Refusal> {
        self.package_mut(id).ok_or(Refusal::NoSuchPackage)
    }
}
