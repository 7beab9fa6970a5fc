//! A checkout session and what comes of it: a payment, refunds, a dispute. What is not possible is
//! refused, as by the processors.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{By, Faults};

/// A checkout session to be made.
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) reference: Option<String>,
    pub(crate) name: String,
    pub(crate) minor: u64,
    pub(crate) currency: String,
    pub(crate) email: Option<String>,
    pub(crate) success_url: String,
    pub(crate) cancel_url: Option<String>,
    /// How long it can be paid, in seconds.
    pub(crate) lifetime: u64,
    /// The request, as its processor reads it.
    pub(crate) asked: Value,
}

/// A checkout session, and the payment that came of it.
#[derive(Debug, Clone)]
pub(crate) struct Checkout {
    pub(crate) by: By,
    pub(crate) id: String,
    /// What the processor calls the payment once there is one: a payment intent, a payment.
    pub(crate) payment: String,
    /// What it calls what was charged: a charge, an order.
    pub(crate) charge: String,
    /// The merchant's own id of it.
    pub(crate) reference: Option<String>,
    /// What stands on the page.
    pub(crate) name: String,
    /// The price, in the currency's minor units.
    pub(crate) minor: u64,
    pub(crate) currency: String,
    /// The buyer's address: the merchant's, or the one that was entered on the page.
    pub(crate) email: Option<String>,
    pub(crate) success_url: String,
    pub(crate) cancel_url: Option<String>,
    pub(crate) asked: Value,
    /// In Unix seconds.
    pub(crate) created: u64,
    pub(crate) expires: u64,
    pub(crate) state: State,
    /// When it was last changed.
    pub(crate) changed: u64,
    /// Whether it was completed by a method that takes days.
    pub(crate) is_delayed: bool,
    /// Whether the last try to pay was declined.
    pub(crate) is_declined: bool,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) dispute: Option<Dispute>,
    pub(crate) faults: Faults,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Open,
    /// It is complete, and the money is under way.
    Pending,
    Paid,
    /// The money has not arrived.
    Failed,
    Expired,
}

#[derive(Debug, Clone)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) minor: u64,
    pub(crate) stage: Stage,
    pub(crate) reason: Option<String>,
    pub(crate) metadata: BTreeMap<String, Value>,
    /// Whether it has prevented the dispute of its payment.
    pub(crate) prevents: bool,
    pub(crate) created: u64,
    pub(crate) changed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Pending,
    Succeeded,
    Failed,
}

#[derive(Debug, Clone)]
pub(crate) struct Dispute {
    pub(crate) id: String,
    pub(crate) minor: u64,
    pub(crate) stage: Contest,
    pub(crate) created: u64,
    pub(crate) changed: u64,
}

/// How far a dispute is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contest {
    /// The bank asks; no money has moved.
    Inquiry,
    InquiryClosed,
    /// The money was withdrawn.
    Opened,
    Won,
    Lost,
    /// A refund has prevented it.
    Prevented,
}

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Paid,
    /// It was completed by a method that takes days.
    Pending,
    Arrived,
    Failed,
    Expired,
    /// The refund of this place was made.
    Refunded(usize),
    RefundSucceeded(usize),
    RefundFailed(usize),
    /// The dispute is where it is now.
    Disputed,
    /// An inquiry has become a dispute.
    Escalated,
    FraudWarning,
}

/// Why something is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denied {
    #[error("the session is not open")]
    NotOpen,
    #[error("no money is under way")]
    NotPending,
    #[error("nothing was paid")]
    NotPaid,
    #[error("everything was refunded before")]
    NothingLeft,
    #[error("it is more than what is left, {0}")]
    TooMuch(u64),
    #[error("the amount must be at least 1")]
    TooLittle,
    #[error("the payment is disputed")]
    Disputed,
    #[error("there is no such refund")]
    NoRefund,
    #[error("there is no dispute of this kind")]
    NoDispute,
}

impl Refund {
    /// Whether its money has left, or is leaving.
    pub(crate) fn counts(&self) -> bool {
        self.stage != Stage::Failed
    }
}

impl Contest {
    /// Whether the money is at the buyer's bank.
    pub(crate) fn holds_money(self) -> bool {
        matches!(self, Self::Opened | Self::Lost)
    }
}

impl Checkout {
    /// What was refunded, or is being refunded.
    pub(crate) fn refunded(&self) -> u64 {
        let counted = self.refunds.iter().filter(|refund| refund.counts());
        counted.fold(0, |sum, refund| sum.saturating_add(refund.minor))
    }

    /// What may still be refunded.
    pub(crate) fn left(&self) -> u64 {
        self.minor.saturating_sub(self.refunded())
    }

    /// Whether somebody has paid, or tries to by a method that takes days.
    pub(crate) fn is_complete(&self) -> bool {
        matches!(self.state, State::Pending | State::Paid | State::Failed)
    }

    /// Moves an open session on.
    pub(crate) fn close(&mut self, to: State, now: u64) -> Result<(), Denied> {
        if self.state != State::Open {
            return Err(Denied::NotOpen);
        }
        self.is_declined = false;
        self.is_delayed = to == State::Pending;
        self.set(to, now);
        Ok(())
    }

    /// Ends a delayed payment.
    pub(crate) fn settle(&mut self, to: State, now: u64) -> Result<(), Denied> {
        if self.state != State::Pending {
            return Err(Denied::NotPending);
        }
        self.set(to, now);
        Ok(())
    }

    fn set(&mut self, to: State, now: u64) {
        self.state = to;
        self.changed = now;
    }

    /// Adds a refund: of all that is left, unless it has an amount. Gives its place.
    pub(crate) fn refund(
        &mut self,
        minor: Option<u64>,
        refund: impl FnOnce(u64) -> Refund,
    ) -> Result<usize, Denied> {
        if self.state != State::Paid {
            return Err(Denied::NotPaid);
        }
        let dispute = self.dispute.as_ref();
        if dispute.is_some_and(|dispute| dispute.stage.holds_money()) {
            return Err(Denied::Disputed);
        }
        let left = self.left();
        match minor {
            _ if left == 0 => return Err(Denied::NothingLeft),
            Some(0) => return Err(Denied::TooLittle),
            Some(minor) if minor > left => return Err(Denied::TooMuch(left)),
            _ => {}
        }
        self.refunds.push(refund(minor.unwrap_or(left)));
        Ok(self.refunds.len().saturating_sub(1))
    }

    /// Changes a refund that is not over: the one of this id, or the last one. Gives its place.
    pub(crate) fn turn(&mut self, id: Option<&str>, to: Stage, now: u64) -> Result<usize, Denied> {
        let may_turn = |stage| match to {
            Stage::Failed => stage != Stage::Failed,
            _ => stage == Stage::Pending,
        };
        let place = self
            .refunds
            .iter()
            .rposition(|refund| id.is_none_or(|id| refund.id == id) && may_turn(refund.stage));
        let refund = place.and_then(|place| self.refunds.get_mut(place));
        let (Some(place), Some(refund)) = (place, refund) else {
            return Err(Denied::NoRefund);
        };
        refund.stage = to;
        refund.changed = now;
        Ok(place)
    }

    /// Opens a dispute, or an inquiry; an inquiry may become a dispute.
    pub(crate) fn contest(
        &mut self,
        stage: Contest,
        minor: Option<u64>,
        id: String,
        now: u64,
    ) -> Result<Change, Denied> {
        if self.state != State::Paid {
            return Err(Denied::NotPaid);
        }
        if let Some(dispute) = &mut self.dispute {
            if (dispute.stage, stage) != (Contest::Inquiry, Contest::Opened) {
                return Err(Denied::Disputed);
            }
            dispute.stage = stage;
            dispute.changed = now;
            return Ok(Change::Escalated);
        }
        let minor = minor.unwrap_or(self.minor);
        if minor == 0 {
            return Err(Denied::TooLittle);
        }
        if minor > self.minor {
            return Err(Denied::TooMuch(self.minor));
        }
        self.dispute = Some(Dispute {
            id,
            minor,
            stage,
            created: now,
            changed: now,
        });
        Ok(Change::Disputed)
    }

    /// Moves a dispute on that is where `from` says.
    pub(crate) fn decide(
        &mut self,
        from: Contest,
        to: Contest,
        now: u64,
    ) -> Result<Change, Denied> {
        let dispute = self.dispute.as_mut();
        let Some(dispute) = dispute.filter(|dispute| dispute.stage == from) else {
            return Err(Denied::NoDispute);
        };
        dispute.stage = to;
        dispute.changed = now;
        Ok(Change::Disputed)
    }
}
