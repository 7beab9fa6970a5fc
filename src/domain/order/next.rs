//! What an order needs next, and when.

use super::state::{
    FIRST_LOOK, LATEST_LOOK, LOOK_AFTER_EXPIRY, Lifecycle, PENDING_FOR, PENDING_LOOK,
    SESSION_AGAIN, State,
};
use crate::domain::time::Timestamp;

/// What the reconciler does for an order whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Ask the processor for its session, under the same key as before.
    OpenSession,
    /// Read its session.
    ReadSession,
}

/// When an order needs something next if nothing happens before, as of the moment when something last happened to it,
/// and what that is; `None` if nothing can be expected of it. What becomes of a payment's money is told by its
/// processor, and found by listing.
pub fn next(order: &Lifecycle, now: Timestamp) -> Option<(Timestamp, Action)> {
    match &order.state {
        State::Created { .. } => Some((now.plus(SESSION_AGAIN), Action::OpenSession)),
        State::Open { session, looks } => {
            let doublings = u32::from(*looks).min(4);
            let pause = FIRST_LOOK.saturating_mul(1 << doublings).min(LATEST_LOOK);
            let last = session.expires_at.plus(LOOK_AFTER_EXPIRY);
            let soon = now.plus(pause);
            // Once it has expired only the last look is left, and after that it is asked again until it says so.
            let at = if now < last { soon.min(last) } else { soon };
            Some((at, Action::ReadSession))
        }
        State::Pending { since, .. } => {
            let is_hopeless = now.since(*since) > PENDING_FOR;
            (!is_hopeless).then(|| (now.plus(PENDING_LOOK), Action::ReadSession))
        }
        State::Paid(_) | State::Failed | State::Expired => None,
    }
}

impl Lifecycle {
    /// Writes down when it needs something next.
    pub(super) fn schedule(&mut self, now: Timestamp) {
        self.due_at = next(self, now).map(|(at, _)| at);
    }
}
