//! What an event does to an order.

use super::event::{Event, Payment};
use super::reversal::{Reversal, Reversals};
use super::state::{CheckoutSession, Lifecycle, Purchase, SESSION_TRIES, State};
use crate::domain::credits::Credits;
use crate::domain::time::Timestamp;

/// What an order's event does to credits, in the batch that writes the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// Its credits are granted.
    Grant,
    /// So many of its credits are to be taken back in all, more or fewer than before.
    ClawbackTarget(Credits),
}

/// An event that acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The order as it is now.
    pub order: Lifecycle,
    /// What it does to credits.
    pub effect: Effect,
}

/// An event that did not act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotApplied {
    /// It is known.
    Repeated,
    /// It came too late to mean anything.
    Ignored,
    /// Money goes back that has not been noticed yet: read the payment first.
    NotPaidYet,
    /// It must not be, and moves nothing: an operator has to look.
    Anomaly(String),
}

/// Applies an event. Money that arrives is never turned away, whatever the order's state: its buyer has paid.
pub fn apply(order: &Lifecycle, event: &Event, now: Timestamp) -> Result<Applied, NotApplied> {
    let state = match event {
        Event::Paid {
            payment,
            receipt_url,
        } => return paid(order, payment, receipt_url.as_deref(), now),
        Event::Reversed(reversal) => return reversed(order, reversal, now),
        Event::Contradicted(what) => return Err(NotApplied::Anomaly(what.clone())),
        Event::SessionOpened(session) => opened(order, session)?,
        Event::SessionRefused => refused(order)?,
        Event::SessionUnknown => unknown(order, 0)?,
        Event::SessionErrored => unknown(order, 1)?,
        Event::NothingNew => looked(order)?,
        Event::PaymentPending => pending(order, now)?,
        Event::PaymentFailed => unpaid(order, State::Failed)?,
        Event::SessionExpired => unpaid(order, State::Expired)?,
    };
    Ok(moved(order, state, Effect::None, now))
}

impl Lifecycle {
    /// The order after something that must not be: nobody can pay it any more, and nobody waits for it, or its buyer could
    /// never buy the same again. `None` if it has ended.
    pub fn after_an_anomaly(&self, now: Timestamp) -> Option<Self> {
        match &self.state {
            State::Created { .. } | State::Open { .. } | State::Pending { .. } => {
                Some(moved(self, State::Failed, Effect::None, now).order)
            }
            State::Paid(_) | State::Failed | State::Expired => None,
        }
    }
}

fn moved(order: &Lifecycle, state: State, effect: Effect, now: Timestamp) -> Applied {
    let mut order = Lifecycle {
        version: order.version.saturating_add(1),
        state,
        ..order.clone()
    };
    order.schedule(now);
    Applied { order, effect }
}

/// (1) The same payment again is known; (2) another one for the same order is money for nothing; (3) so is another
/// amount, or another currency: credits come from the order, at its own price.
fn paid(
    order: &Lifecycle,
    payment: &Payment,
    receipt_url: Option<&str>,
    now: Timestamp,
) -> Result<Applied, NotApplied> {
    if let State::Paid(purchase) = &order.state {
        return Err(if purchase.payment == payment.id {
            NotApplied::Repeated // (1)
        } else {
            let (first, second) = (&purchase.payment, &payment.id);
            NotApplied::Anomaly(format!("it was paid twice: {first} and {second}")) // (2)
        });
    }
    if payment.amount != order.price {
        let (paid, price) = (payment.amount, order.price);
        return Err(NotApplied::Anomaly(format!(
            "{paid} were paid instead of {price}"
        ))); // (3)
    }
    let purchase = Purchase {
        payment: payment.id.clone(),
        paid_at: now,
        receipt_url: receipt_url.map(Into::into),
        reversals: Reversals::default(),
    };
    Ok(moved(order, State::Paid(purchase), Effect::Grant, now))
}

fn reversed(order: &Lifecycle, reversal: &Reversal, now: Timestamp) -> Result<Applied, NotApplied> {
    let State::Paid(purchase) = &order.state else {
        return Err(NotApplied::NotPaidYet);
    };
    let mut purchase = purchase.clone();
    if !purchase.reversals.note(reversal.clone()) {
        return Err(NotApplied::Repeated);
    }
    let before = order.clawback_target();
    let mut applied = moved(order, State::Paid(purchase), Effect::None, now);
    let target = applied.order.clawback_target();
    if target != before {
        applied.effect = Effect::ClawbackTarget(target);
    }
    Ok(applied)
}

/// The answer to a repeated creation is the same session.
fn opened(order: &Lifecycle, session: &CheckoutSession) -> Result<State, NotApplied> {
    match &order.state {
        State::Created { .. } => Ok(State::Open {
            session: session.clone(),
            looks: 0,
        }),
        State::Open { session: known, .. } | State::Pending { session: known, .. }
            if known.id == session.id =>
        {
            Err(NotApplied::Repeated)
        }
        // Where a processor does not repeat a creation, whoever asks at the same time makes another one. The buyer was told
        // of one of them, and a payment of either finds its order.
        State::Open { .. }
        | State::Pending { .. }
        | State::Paid(_)
        | State::Failed
        | State::Expired => Err(NotApplied::Ignored),
    }
}

fn refused(order: &Lifecycle) -> Result<State, NotApplied> {
    match &order.state {
        State::Created { .. } => Ok(State::Failed),
        State::Failed => Err(NotApplied::Repeated),
        State::Open { .. } | State::Pending { .. } | State::Paid(_) | State::Expired => {
            Err(NotApplied::Ignored)
        }
    }
}

/// After so many tries nobody waits for a session any more. If there is one, and it is paid, that is noticed by the
/// payment.
fn unknown(order: &Lifecycle, errors: u8) -> Result<State, NotApplied> {
    match order.state {
        State::Created { tries, .. } if tries.saturating_add(1) >= SESSION_TRIES => {
            Ok(State::Expired)
        }
        State::Created {
            tries,
            errors: known,
        } => Ok(State::Created {
            tries: tries.saturating_add(1),
            errors: known.saturating_add(errors),
        }),
        State::Open { .. }
        | State::Pending { .. }
        | State::Paid(_)
        | State::Failed
        | State::Expired => Err(NotApplied::Ignored),
    }
}

/// A look counts, so that the next one comes later.
fn looked(order: &Lifecycle) -> Result<State, NotApplied> {
    match &order.state {
        State::Open { session, looks } => Ok(State::Open {
            session: session.clone(),
            looks: looks.saturating_add(1),
        }),
        State::Pending { .. } => Ok(order.state.clone()),
        State::Created { .. } | State::Paid(_) | State::Failed | State::Expired => {
            Err(NotApplied::Ignored)
        }
    }
}

fn pending(order: &Lifecycle, now: Timestamp) -> Result<State, NotApplied> {
    match &order.state {
        State::Open { session, .. } => Ok(State::Pending {
            session: session.clone(),
            since: now,
        }),
        State::Pending { .. } => Err(NotApplied::Repeated),
        State::Created { .. } | State::Paid(_) | State::Failed | State::Expired => {
            Err(NotApplied::Ignored)
        }
    }
}

fn unpaid(order: &Lifecycle, end: State) -> Result<State, NotApplied> {
    match &order.state {
        State::Created { .. } | State::Open { .. } | State::Pending { .. } => Ok(end),
        State::Failed | State::Expired if order.state == end => Err(NotApplied::Repeated),
        State::Failed | State::Expired | State::Paid(_) => Err(NotApplied::Ignored),
    }
}
