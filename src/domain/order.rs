//! The life of an order, which is decided in this module alone: a purchase of credits, from the moment that somebody
//! wants to pay, through the processor's checkout session, to money that goes back.
//!
//! Read in this order: what is sold ([`Offer`]), the states ([`State`]), the events ([`Event`]), what an event does
//! ([`apply`]), how much goes back ([`Reversals`]), and what an order needs next ([`next`]).
//!
//! ```text
//! created ─> open ─> pending ─> paid (─> partly refunded | refunded | disputed, by its reversals)
//!    │         │        │
//!    └─────────┴────────┴─> failed | expired (─> paid: money that came after all)
//! ```

mod apply;
mod event;
mod next;
mod offer;
mod reversal;
mod state;

pub use apply::{Applied, Effect, NotApplied, apply};
pub use event::{Event, Payment};
pub use next::{Action, next};
pub use offer::{Offer, OfferFlaw, check_offers};
pub use reversal::{DisputeStage, RefundStage, Reversal, ReversalKind, Reversals};
pub use state::{CheckoutSession, Lifecycle, Purchase, State, Status, Terms};

#[cfg(test)]
mod tests;
