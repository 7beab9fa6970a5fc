//! The states of an order, each with the data that it alone has.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::reversal::Reversals;
use crate::domain::credits::Credits;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

/// How long an answer to the creation of a checkout session is waited for before it is asked for again: under the same
/// key it is the same session.
pub(super) const SESSION_AGAIN: Duration = Duration::from_mins(1);

/// How often it is asked for before nobody waits for it any more.
pub(super) const SESSION_TRIES: u8 = 10;

/// The first look at an open session, for those who do not come back, and whose event is lost.
pub(super) const FIRST_LOOK: Duration = Duration::from_mins(1);

/// Looks at a session come ever later, up to this: a session that nobody pays is looked at some twenty times.
pub(super) const LATEST_LOOK: Duration = Duration::from_mins(4);

/// A session that has expired is looked at once more, this much later: a payment may be under way to the last second.
pub(super) const LOOK_AFTER_EXPIRY: Duration = Duration::from_mins(15);

/// How often a payment that takes days is looked at, and for how long: bank transfers take up to 14 days.
pub(super) const PENDING_LOOK: Duration = Duration::from_hours(6);
pub(super) const PENDING_FOR: Duration = Duration::from_hours(21 * 24);

/// A processor's checkout session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutSession {
    /// The processor's id.
    pub id: String,
    /// Where the buyer pays.
    pub url: String,
    /// Until when they can.
    pub expires_at: Timestamp,
}

/// A payment that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// The processor's id of the payment, which no other order has.
    pub payment: String,
    /// When it was noticed.
    pub paid_at: Timestamp,
    /// Where its buyer finds the processor's payment receipt, if that is known.
    pub receipt_url: Option<String>,
    /// What of it has gone back.
    pub reversals: Reversals,
}

/// Where an order is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is ours alone; no session of a processor is known.
    Created {
        /// How often one was asked for.
        tries: u8,
        /// How often the processor answered with an error of its own, which it repeats for the same key: each needs a
        /// new one.
        errors: u8,
    },
    /// Its buyer can pay.
    Open {
        /// Where.
        session: CheckoutSession,
        /// How often it was looked at.
        looks: u8,
    },
    /// They have paid in a way that takes days.
    Pending {
        /// The session.
        session: CheckoutSession,
        /// Since when.
        since: Timestamp,
    },
    /// The money is here, and the credits are granted.
    Paid(Purchase),
    /// The payment failed, or the processor refused the session.
    Failed,
    /// Nobody paid in time.
    Expired,
}

/// What was ordered, which never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The processor's name.
    pub processor: String,
    /// Whether real money moves.
    pub is_live: bool,
    /// The id of the offer.
    pub offer: String,
    /// The offer's name, as it was.
    pub name: String,
    /// The credits.
    pub credits: Credits,
    /// What they cost, tax included.
    pub price: Money,
    /// How many days the credits last; `None`: for good.
    pub days: Option<u32>,
}

impl Terms {
    /// When the credits expire, if they are granted now.
    pub fn expire_at(&self, now: Timestamp) -> Option<Timestamp> {
        let hours = self.days.map(|days| u64::from(days).saturating_mul(24));
        hours.map(|hours| now.plus(Duration::from_hours(hours)))
    }

    /// The reference of the grant, which no other grant has: it is of the payment, not of what told of it.
    pub fn grant_reference(&self, payment: &str) -> String {
        format!("{}:{payment}", self.processor)
    }
}

/// An order without its names: what decisions about it need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    /// How often it has changed.
    pub version: u32,
    /// The credits that it is for.
    pub credits: Credits,
    /// What they cost, tax included.
    pub price: Money,
    /// When it was made.
    pub created_at: Timestamp,
    /// Where it is.
    pub state: State,
    /// When it next needs something; `None` if nothing can be expected of it.
    pub due_at: Option<Timestamp>,
}

/// An order's state, as people and programs are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "OrderStatus"))]
pub enum Status {
    /// Being prepared.
    Created,
    /// To be paid.
    Open,
    /// Paid in a way that takes days.
    Pending,
    /// Paid.
    Paid,
    /// Not paid: it failed.
    Failed,
    /// Not paid in time.
    Expired,
    /// All of the money went back.
    Refunded,
    /// A part of it did.
    PartlyRefunded,
    /// The buyer's bank disputes it, or took its money back.
    Disputed,
}

impl Lifecycle {
    /// A new order.
    pub fn created(credits: Credits, price: Money, now: Timestamp) -> Self {
        let mut order = Self {
            version: 0,
            credits,
            price,
            created_at: now,
            state: State::Created {
                tries: 0,
                errors: 0,
            },
            due_at: None,
        };
        order.schedule(now);
        order
    }

    /// Its state, as people are told: that of a purchase follows from what of it has gone back.
    pub fn status(&self) -> Status {
        match &self.state {
            State::Created { .. } => Status::Created,
            State::Open { .. } => Status::Open,
            State::Pending { .. } => Status::Pending,
            State::Failed => Status::Failed,
            State::Expired => Status::Expired,
            State::Paid(purchase) if purchase.reversals.is_disputed() => Status::Disputed,
            State::Paid(purchase) => match purchase.reversals.reversed(self.price.minor) {
                0 => Status::Paid,
                all if all == self.price.minor => Status::Refunded,
                _ => Status::PartlyRefunded,
            },
        }
    }

    /// The credits that its reversals take back in all.
    pub fn clawback_target(&self) -> Credits {
        match &self.state {
            State::Paid(purchase) => purchase.reversals.target(self.credits, self.price.minor),
            State::Created { .. }
            | State::Open { .. }
            | State::Pending { .. }
            | State::Failed
            | State::Expired => Credits::ZERO,
        }
    }
}
