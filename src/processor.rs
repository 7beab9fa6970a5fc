//! The processors of payments, each a codec: requests out, answers and events in. No client, clock or store.
//!
//! What a processor calls back about is a hint with a signature: which checkout session to read. Only that tells what was
//! paid. What goes back is told by its signed event, since it has no session.

pub mod stripe;

use http::Response;

use bytes::Bytes;

use crate::domain::id::OrderId;
use crate::domain::money::{Currency, Money};
use crate::domain::order::{CheckoutSession, Payment, Reversal};
use crate::domain::time::Timestamp;

/// The operator's account at a processor: how its API is reached, and how its events are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// Where its API is.
    pub base_url: String,
    /// The key.
    pub key: String,
    /// What its events are signed with: two while one is being rotated.
    pub webhook_secrets: Vec<String>,
    /// Whether real money moves. What is only a test must grant nothing here, and the other way round.
    pub is_live: bool,
}

/// A checkout session to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCheckout<'a> {
    /// The order that it is for.
    pub order: OrderId,
    /// What stands on the processor's page.
    pub name: &'a str,
    /// What is to be paid, tax included.
    pub price: Money,
    /// The buyer's address, if it is known.
    pub email: Option<&'a str>,
    /// Where the buyer goes on after paying.
    pub success_url: &'a str,
    /// Where they go on without.
    pub cancel_url: &'a str,
    /// Until when they can pay.
    pub expires_at: Timestamp,
    /// How often the processor answered with an error of its own, which it repeats under the same key for a day. An
    /// answer that was lost is asked for again under the same key, or there would be two sessions.
    pub errors: u8,
}

/// The answer to the creation of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// There is one.
    Session(CheckoutSession),
    /// There is none, and will be none: the key or the request is not right.
    Refused(String),
    /// There may be one: it has to be asked for again, under the same key.
    Unknown(String),
    /// The processor failed, and repeats that under the same key: it has to be asked for under another one.
    Errored(String),
}

/// What a session is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionReport {
    /// The processor's id of it.
    pub id: String,
    /// The order that it says it is for.
    pub order: Option<OrderId>,
    /// Whether real money moves.
    pub is_live: bool,
    /// Whether it is paid.
    pub outcome: Outcome,
}

/// Whether a session is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Not yet.
    Open,
    /// It is.
    Paid(Payment),
    /// In a way that takes days.
    Pending,
    /// Not in time.
    Expired,
    /// In a currency that no offer has.
    UnknownCurrency(String),
}

/// Something that a processor calls back about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// Something happened to a session: read it.
    Session {
        /// Its id.
        id: String,
    },
    /// The payment of a session, which takes days, failed.
    PaymentFailed {
        /// The session's id.
        session: String,
    },
    /// Money of a payment goes back, or comes again.
    Reversed {
        /// The payment's id.
        payment: String,
        /// In this currency.
        currency: Currency,
        /// The refund or dispute.
        reversal: Reversal,
    },
    /// Nothing that concerns us.
    Ignored(String),
}

/// An event, as its signature proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// Whether real money moves.
    pub is_live: bool,
    /// What happened.
    pub happening: Happening,
}

/// Why an event is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Its signature is missing, wrong, or of another time.
    #[error("the signature is not good")]
    BadSignature,
    /// It is signed, and cannot be read.
    #[error("the event is not understood")]
    Malformed,
}

/// What an answer could not be read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the processor's answer is not understood: {0}")]
pub struct NotUnderstood(pub String);

/// The body of an answer that is a success.
fn success(answer: &Response<Bytes>) -> Result<serde_json::Value, NotUnderstood> {
    if !answer.status().is_success() {
        return Err(NotUnderstood(format!("it answers {}", answer.status())));
    }
    serde_json::from_slice(answer.body()).map_err(|error| NotUnderstood(error.to_string()))
}
