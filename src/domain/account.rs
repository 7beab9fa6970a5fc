//! An account's decisions: its commands, its state, and what each command changes.
//!
//! [`decide`] is a pure function of the account's [`AccountState`], a [`Command`] and the time. What only
//! the database knows is a fact: a command that cannot be decided without one answers which it
//! [`Need`]s, and is decided again once it was read. So the common path reads nothing.

mod changes;
mod command;
mod decide;
mod facts;
mod state;

pub use changes::{Changes, ClawbackRecord, Deletion, NewAttempt, OrderChange, Write};
pub use command::{Checkout, Clawback, Command, Grant, Open, Opened, OrderUnmoved, Refused, Reply};
pub use decide::{Decision, OperatorLoss, Policy, decide, expire_holds, instead};
pub use facts::{
    CheckoutFact, EarlierClawback, EarlierGrant, EarlierJob, EarlierOrder, Fact, Facts, Need,
    OrderFact,
};
pub use state::AccountState;

#[cfg(test)]
mod tests;
