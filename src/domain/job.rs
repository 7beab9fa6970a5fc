//! The life of a job, which is decided in this module alone.
//!
//! Read in this order: the request ([`GenerationRequest`]), the states with every threshold ([`State`]),
//! the events ([`Event`]), what an event does ([`apply`]), and what a job needs next ([`next`]).
//!
//! ```text
//! dispatching ─> running ─> storing ─> completed
//!      │  │         │          │
//!      │  └> uncertain ────────┤
//!      └────────────┴──────────┴─> failed | canceled | expired (─> storing: a late success, waived)
//! ```

mod apply;
mod event;
mod failure;
mod next;
mod record;
mod request;
mod state;
mod transition;

pub use apply::{Applied, HoldEffect, Learned, NotApplied, apply};
pub use event::Event;
pub use failure::FailureCode;
pub use next::{Action, after_expiry, due, next};
pub use record::{Attempt, AttemptId, HoldSummary, Job, StoredImage};
pub use request::{CheckedRequest, GenerationRequest, Pictures, QuoteRequest, RequestBody};
pub use state::{
    FinalPoll, HoldTimes, Lifecycle, Polls, SETTLES_BEFORE_DEADLINE, SUBMITTED_WITHIN, State,
    StateName, Storing, Uncertain, Waiting,
};

#[cfg(test)]
mod tests;
