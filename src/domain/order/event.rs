//! All that can happen to an order.

use serde::{Deserialize, Serialize};

use super::reversal::Reversal;
use super::state::CheckoutSession;
use crate::domain::money::Money;

/// A payment, as its processor tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The processor's id.
    pub id: String,
    /// What was paid, tax included.
    pub amount: Money,
}

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    Paid {
        /// The payment.
        payment: Payment,
        /// Where its buyer finds the processor's payment receipt, if that is known.
        receipt_url: Option<String>,
    },
    /// It was paid in a way that takes days.
    PaymentPending,
    /// Its payment failed.
    PaymentFailed,
    /// Its session expired unpaid.
    SessionExpired,
    /// Money of it goes back, or comes again.
    Reversed(Reversal),
    /// Its processor says what must not be: this is what.
    Contradicted(String),
}
