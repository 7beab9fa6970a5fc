//! All that can happen to an order.

use super::reversal::Reversal;
use super::state::CheckoutSession;
use crate::domain::money::Money;

/// A payment, as its processor tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The processor's id.
    pub id: String,
    /// What was paid, tax included.
    pub amount: Money,
}

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The processor made a session for it.
    SessionOpened(CheckoutSession),
    /// The processor refused to make one.
    SessionRefused,
    /// It is unknown whether there is one: the answer was lost.
    SessionUnknown,
    /// The processor could not make one, and would repeat this answer.
    SessionErrored,
    /// A look at its session brought nothing new.
    NothingNew,
    /// It was paid.
    Paid(Payment),
    /// It was paid in a way that takes days.
    PaymentPending,
    /// Its payment failed.
    PaymentFailed,
    /// Its session expired unpaid.
    SessionExpired,
    /// Money of it goes back, or comes again.
    Reversed(Reversal),
}
