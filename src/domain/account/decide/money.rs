//! Deciding grants and clawbacks.

use super::{Deciding, Decision, refused};
use crate::domain::account::changes::{ClawbackRecord, Write};
use crate::domain::account::command::{Clawback, Grant, Refused, Reply};
use crate::domain::account::facts::{EarlierClawback, EarlierGrant, Need};
use crate::domain::ledger::{self, Draft, Receipt, Refusal};

impl Deciding<'_> {
    pub(super) fn grant(&self, mut draft: Draft<'_>, grant: &Grant) -> Result<Decision, Need> {
        let reference = grant.reference.clone();
        let earlier = self.facts.grant.known(|| Need::Grant { reference })?;
        if let Some(earlier) = earlier {
            let reply = self.granted_before(&draft, grant, earlier);
            return Ok(self.answer(draft, reply));
        }
        if self.state.is_new() && !grant.may_create {
            return Ok(self.answer(draft, refused(Refused::NoSuchAccount)));
        }
        let reply = self.granted(&mut draft, grant);
        Ok(match reply {
            Ok(reply) => self
                .answer(draft, reply)
                .writing([Write::Grant(grant.clone())]),
            Err(refusal) => self.dropping(&draft, refused(refusal)),
        })
    }

    fn granted(&self, draft: &mut Draft<'_>, grant: &Grant) -> Result<Reply, Refusal> {
        let receipt = draft.grant(ledger::Grant {
            package: grant.package,
            kind: grant.kind,
            credits: grant.credits,
            expires_at: grant.expires_at,
        })?;
        let mut packages = draft.packages();
        let package = packages.find(|package| package.id == grant.package);
        Ok(Reply::Granted {
            package: *package.ok_or(Refusal::OutOfRange)?,
            receipt,
            account_created: self.state.is_new(),
        })
    }

    /// The first answer, if it is the same grant: with its package as it is by now, whatever was due.
    fn granted_before(&self, draft: &Draft<'_>, grant: &Grant, earlier: &EarlierGrant) -> Reply {
        let mut open = draft.packages();
        let open = open.find(|package| package.id == earlier.package.id);
        let package = open.copied().unwrap_or(earlier.package);
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
        let reference = clawback.reference.clone();
        let earlier = self.facts.clawback.known(|| Need::Clawback { reference })?;
        if let Some(earlier) = earlier {
            return Ok(self.answer(draft, self.clawed_back_before(clawback, earlier)));
        }
        if self.state.is_new() {
            return Ok(self.answer(draft, refused(Refused::NoSuchAccount)));
        }
        let (package, amount) = (clawback.package, clawback.credits);
        let receipt = match draft.claw_back(ledger::Clawback { package, amount }) {
            Ok(receipt) => receipt,
            Err(refusal) => return Ok(self.dropping(&draft, refused(refusal))),
        };
        let record = record(clawback, &receipt);
        let decision = self.answer(draft, Reply::ClawedBack { receipt });
        Ok(decision.writing(record))
    }

    /// The first answer, if it is the same clawback.
    fn clawed_back_before(&self, clawback: &Clawback, earlier: &EarlierClawback) -> Reply {
        let is_own = earlier.account == self.state.book.account;
        if !is_own || !earlier.clawback.is_same(clawback) {
            return refused(Refused::KeyReused);
        }
        let receipt = earlier.receipt.clone();
        Reply::ClawedBack { receipt }
    }
}

/// The row of a clawback: with it, its receipt can be told again.
fn record(clawback: &Clawback, receipt: &Receipt) -> Option<Write> {
    let line = receipt.0.first()?;
    Some(Write::Clawback(ClawbackRecord {
        clawback: clawback.clone(),
        remaining_before: line.remaining_before,
        expires_at: line.expires_at,
    }))
}
