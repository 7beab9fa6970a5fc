//! Deciding what operators give and take back.

use super::{Deciding, Decision, refused};
use crate::domain::account::changes::{ClawbackRecord, Write};
use crate::domain::account::command::{Clawback, Grant, Refused, Reply};
use crate::domain::account::facts::{EarlierGrant, Need};
use crate::domain::ledger::{self, Draft, Receipt, Refusal};

impl Deciding<'_> {
    pub(super) fn grant(&self, mut draft: Draft<'_>, grant: &Grant) -> Result<Decision, Need> {
        let reference = || grant.reference.clone();
        let need = || Need::Grant {
            reference: reference(),
        };
        if let Some(earlier) = self.facts.grant.known(need)? {
            let reply = self.granted_before(grant, earlier);
            return Ok(self.answer(draft, reply));
        }
        let is_new = self.state.is_new();
        if is_new && !grant.may_create {
            return Ok(self.answer(draft, refused(Refused::NoSuchAccount)));
        }
        let granted = draft.grant(ledger::Grant {
            package: grant.package,
            kind: grant.kind,
            credits: grant.credits,
            expires_at: grant.expires_at,
        });
        let package = draft.book().packages.last().copied();
        let (receipt, package) = match (granted, package) {
            (Ok(receipt), Some(package)) => (receipt, package),
            (Err(refusal), _) => return Ok(self.answer(draft, refused(refusal))),
            (Ok(_), None) => return Ok(self.answer(draft, refused(Refusal::OutOfRange))),
        };
        let reply = Reply::Granted {
            package,
            receipt,
            account_created: is_new,
        };
        let mut decision = self.answer(draft, reply);
        decision.changes.writes.push(Write::Grant(grant.clone()));
        Ok(decision)
    }

    /// The first answer, if it is the same grant.
    fn granted_before(&self, grant: &Grant, earlier: &EarlierGrant) -> Reply {
        let package = earlier.package;
        let is_same = earlier.account == self.state.book.account
            && (package.granted, package.kind, package.expires_at)
                == (grant.credits, grant.kind, grant.expires_at);
        if !is_same {
            return refused(Refused::KeyReused);
        }
        Reply::Granted {
            package,
            receipt: Receipt::of_grant(&package),
            account_created: earlier.is_first,
        }
    }

    pub(super) fn claw_back(
        &self,
        mut draft: Draft<'_>,
        clawback: &Clawback,
    ) -> Result<Decision, Need> {
        let reference = || clawback.reference.clone();
        let need = || Need::Clawback {
            reference: reference(),
        };
        if let Some(earlier) = self.facts.clawback.known(need)? {
            let is_same =
                earlier.account == self.state.book.account && earlier.clawback == *clawback;
            let receipt = earlier.receipt.clone();
            let reply = if is_same {
                Reply::ClawedBack { receipt }
            } else {
                refused(Refused::KeyReused)
            };
            return Ok(self.answer(draft, reply));
        }
        if self.state.is_new() {
            return Ok(self.answer(draft, refused(Refused::NoSuchAccount)));
        }
        let (package, amount) = (clawback.package, clawback.credits);
        let receipt = match draft.claw_back(ledger::Clawback { package, amount }) {
            Ok(receipt) => receipt,
            Err(refusal) => return Ok(self.answer(draft, refused(refusal))),
        };
        let line = receipt.0.first().copied();
        let mut decision = self.answer(draft, Reply::ClawedBack { receipt });
        let record = line.map(|line| ClawbackRecord {
            clawback: clawback.clone(),
            remaining_before: line.remaining_before,
            expires_at: line.expires_at,
        });
        let record = record.map(Write::Clawback);
        decision.changes.writes.extend(record);
        Ok(decision)
    }
}
