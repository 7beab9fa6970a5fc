//! Deciding orders: what is bought, and the credits that its money brings and takes.

use super::{Deciding, Decision, refused};
use crate::domain::account::changes::{OrderChange, Write};
use crate::domain::account::command::{Checkout, Grant, OrderUnmoved, Refused, Reply};
use crate::domain::account::facts::{CheckoutFact, Need, OrderFact};
use crate::domain::id::{OrderId, PackageId};
use crate::domain::ledger::{self, Draft, Package, PackageKind, Receipt, Refusal};
use crate::domain::order::{Applied, Effect, Event, Lifecycle, NotApplied, State, Terms, apply};
use crate::domain::time::Timestamp;

impl Deciding<'_> {
    /// (1) The same key is the same order; (2) so is an offer that can still be paid: nobody needs two pages to pay one
    /// thing; (3) debts come first.
    pub(super) fn checkout(&self, draft: Draft<'_>, checkout: &Checkout) -> Result<Decision, Need> {
        let terms = &checkout.terms;
        let need = || Need::Checkout {
            order: checkout.order,
            key: checkout.idempotency_key.clone(),
            offer: terms.offer.clone(),
            currency: terms.price.currency,
        };
        let none = CheckoutFact::default();
        let known = self.facts.checkout.known(need)?.unwrap_or(&none);
        if let Some(reply) = instead_of_a_new_one(known, checkout) {
            return Ok(self.answer(draft, reply));
        }
        let lifecycle = Lifecycle::created(terms.credits, terms.price, draft.now());
        let reply = Reply::Ordered {
            order: checkout.order,
            is_new: true,
        };
        let new = Write::Checkout(Box::new(checkout.clone()), lifecycle);
        Ok(self.answer(draft, reply).writing([new]))
    }

    pub(super) fn order_event(
        &self,
        draft: Draft<'_>,
        id: OrderId,
        event: &Event,
        package: PackageId,
    ) -> Result<Decision, Need> {
        let Some(order) = self.facts.order.known(|| Need::Order(id))? else {
            return Ok(self.answer(draft, refused(Refused::NoSuchOrder)));
        };
        match apply(&order.lifecycle, event, draft.now()) {
            Ok(applied) => self.apply_to_order(draft, (id, order), event, applied, package),
            Err(not) => Ok(self.order_not_applied(draft, (id, order), not)),
        }
    }

    fn apply_to_order(
        &self,
        mut draft: Draft<'_>,
        (id, order): (OrderId, &OrderFact),
        event: &Event,
        applied: Applied,
        package: PackageId,
    ) -> Result<Decision, Need> {
        if matches!(applied.effect, Effect::ClawbackTarget(_)) {
            self.check_package_is_fresh(order)?;
        }
        let status = applied.order.status();
        let grant = match (&applied.effect, &applied.order.state) {
            (Effect::Grant, State::Paid(purchase)) => {
                Some(grant(&order.terms, package, &purchase.payment, draft.now()))
            }
            _ => None,
        };
        if let Some(grant) = &grant {
            let reference = grant.reference.clone();
            let earlier = self.facts.grant.known(|| Need::Grant { reference })?;
            if earlier.is_some() {
                let what = format!("credits were granted for {} before", grant.reference);
                let not = NotApplied::Anomaly(what);
                return Ok(self.order_not_applied(draft, (id, order), not));
            }
        }
        let receipt = match move_credits(&mut draft, order, applied.effect, grant.as_ref()) {
            Ok(receipt) => receipt,
            Err(refusal) => return Ok(self.dropping(&draft, refused(refusal))),
        };
        let change = OrderChange {
            order: id,
            lifecycle: applied.order,
            granted: grant.as_ref().map(|grant| grant.package),
            reversal: match event {
                Event::Reversed(reversal) => Some(reversal.clone()),
                _ => None,
            },
        };
        let reply = Reply::OrderMoved {
            status,
            receipt,
            is_news: true,
        };
        let order = Write::Order(Box::new(change));
        let writes = grant.map(Write::Grant).into_iter().chain([order]);
        Ok(self.answer(draft, reply).writing(writes))
    }

    /// A target may change without a movement, and then no key of the journal reveals that the account's state is stale. So
    /// the package has to be as its row is, which was read together with the order.
    fn check_package_is_fresh(&self, order: &OrderFact) -> Result<(), Need> {
        let row = order.package.filter(Package::is_open);
        let id = order.package.map(|package| package.id);
        let mut open = self.state.book.packages.iter();
        let known = open.find(|package| Some(package.id) == id).copied();
        if known == row {
            return Ok(());
        }
        Err(Need::FreshState)
    }

    fn order_not_applied(
        &self,
        draft: Draft<'_>,
        (id, order): (OrderId, &OrderFact),
        not: NotApplied,
    ) -> Decision {
        let status = order.lifecycle.status();
        let unmoved = |because| Reply::OrderUnmoved { status, because };
        match not {
            NotApplied::Repeated => {
                let receipt = Receipt::default();
                let is_news = false;
                let reply = Reply::OrderMoved {
                    status,
                    receipt,
                    is_news,
                };
                self.answer(draft, reply)
            }
            NotApplied::Ignored => self.answer(draft, unmoved(OrderUnmoved::Ignored)),
            NotApplied::NotPaidYet => self.answer(draft, unmoved(OrderUnmoved::NotPaidYet)),
            NotApplied::Anomaly(what) => {
                let reply = unmoved(OrderUnmoved::Anomaly(what.clone()));
                let ended = order.lifecycle.after_an_anomaly(draft.now());
                let version = ended.as_ref().unwrap_or(&order.lifecycle).version;
                let ended = ended.map(|lifecycle| {
                    Write::Order(Box::new(OrderChange {
                        order: id,
                        lifecycle,
                        granted: None,
                        reversal: None,
                    }))
                });
                let writes = ended
                    .into_iter()
                    .chain([Write::OrderAnomaly(id, version, what)]);
                let mut decision = self.answer(draft, reply);
                decision.changes.writes.extend(writes);
                decision
            }
        }
    }
}

fn instead_of_a_new_one(known: &CheckoutFact, checkout: &Checkout) -> Option<Reply> {
    let same = |order| Reply::Ordered {
        order,
        is_new: false,
    };
    if let Some(earlier) = &known.earlier {
        let is_same = earlier.offer == checkout.terms.offer
            && earlier.currency == checkout.terms.price.currency.as_str();
        let reply = if is_same {
            same(earlier.order)
        } else {
            refused(Refused::KeyReused)
        };
        return Some(reply); // (1)
    }
    if let Some(open) = known.open {
        return Some(same(open)); // (2)
    }
    if !checkout.refuses_debtors {
        return None;
    }
    let credits = known.shortage;
    if !credits.is_zero() {
        return Some(refused(Refused::Shortage { credits })); // (3)
    }
    known.is_disputed.then(|| refused(Refused::Disputed))
}

/// What an order grants: from the order, and never from what a processor says.
fn grant(terms: &Terms, package: PackageId, payment: &str, now: Timestamp) -> Grant {
    Grant {
        subject: None,
        may_create: true,
        package,
        kind: PackageKind::Paid,
        credits: terms.credits,
        expires_at: terms.expire_at(now),
        reference: terms.grant_reference(payment),
        operator: None,
        claims: Vec::new(),
    }
}

fn move_credits(
    draft: &mut Draft<'_>,
    order: &OrderFact,
    effect: Effect,
    grant: Option<&Grant>,
) -> Result<Receipt, Refusal> {
    match effect {
        Effect::None => Ok(Receipt::default()),
        Effect::Grant => {
            let grant = grant.ok_or(Refusal::OutOfRange)?;
            draft.grant(ledger::Grant {
                package: grant.package,
                kind: grant.kind,
                credits: grant.credits,
                expires_at: grant.expires_at,
            })
        }
        Effect::ClawbackTarget(target) => {
            let package = order.package.ok_or(Refusal::NoSuchPackage)?;
            draft.set_reversal_target(package, target)
        }
    }
}
