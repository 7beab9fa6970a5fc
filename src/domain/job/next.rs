//! What a job needs next, and when.

use super::state::{HoldTimes, Lifecycle, SUBMITTED_WITHIN, State};
use crate::domain::time::Timestamp;

/// What the reconciler does for a job whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The answer to its submission was never recorded: mark it uncertain.
    DoubtSubmission,
    /// Poll its task.
    Poll,
    /// Look it up by our reference, or give it up once no callback can come any more.
    Find,
    /// Fetch its results.
    Ingest,
    /// Its user has deleted it: record how many pictures were made.
    Discard,
    /// Release its expired hold.
    Expire,
    /// Make the final poll.
    FinalPoll,
}

/// When a job needs something next if nothing happens before, as of the moment when something last
/// happened to it, and what that is; `None` if nothing can be expected of it. A job with an open hold needs
/// something at its deadline at the latest.
pub fn next(
    job: &Lifecycle,
    hold: Option<HoldTimes>,
    now: Timestamp,
) -> Option<(Timestamp, Action)> {
    let (at, action) = of_state(job, hold, now)?;
    Some(match hold {
        Some(hold) if hold.deadline <= at => (hold.deadline, at_deadline(action)),
        _ => (at, action),
    })
}

/// What a job needs whose time has come.
pub fn due(job: &Lifecycle, hold: Option<HoldTimes>, now: Timestamp) -> Option<Action> {
    let (_, action) = of_state(job, hold, now)?;
    let is_past = hold.is_some_and(|hold| hold.deadline <= now);
    Some(if is_past { at_deadline(action) } else { action })
}

/// What a job needs at once when its expired hold is released, by the state that it had until then: its provider
/// is polled one last time, and results that are being stored are stored.
pub fn after_expiry(job: &Lifecycle, now: Timestamp) -> Option<Action> {
    if matches!(job.state, State::Running(_)) {
        return Some(Action::FinalPoll);
    }
    let (_, action) = of_state(job, None, now)?;
    Some(at_deadline(action)).filter(|action| *action != Action::Expire)
}

/// What its state alone asks for.
fn of_state(
    job: &Lifecycle,
    hold: Option<HoldTimes>,
    now: Timestamp,
) -> Option<(Timestamp, Action)> {
    Some(match &job.state {
        State::Dispatching => (now.plus(SUBMITTED_WITHIN), Action::DoubtSubmission),
        State::Running(polls) => (now.plus(polls.pause()), Action::Poll),
        State::Uncertain(uncertain) => {
            let soon = now.plus(uncertain.polls.pause());
            let end = uncertain.until.or(hold.map(|hold| hold.deadline));
            let at = match end {
                Some(end) if uncertain.can_be_found => end.min(soon),
                Some(end) => end,
                None => soon,
            };
            (at, Action::Find)
        }
        State::Storing(_) if job.is_deleted => (now, Action::Discard),
        State::Storing(storing) => {
            let soon = || now.plus(storing.pause());
            let waiting = storing.waiting.as_ref().map(|waiting| waiting.until);
            (waiting.unwrap_or_else(soon), Action::Ingest)
        }
        State::Expired { final_poll } => (final_poll.as_ref()?.at, Action::FinalPoll),
        State::Completed { .. } | State::Failed { .. } | State::Canceled => return None,
    })
}

/// Results that are being stored are still fetched, and waived; everything else expires.
const fn at_deadline(action: Action) -> Action {
    match action {
        Action::Ingest | Action::Discard | Action::FinalPoll | Action::Expire => action,
        Action::DoubtSubmission | Action::Poll | Action::Find => Action::Expire,
    }
}

impl Lifecycle {
    /// Writes down when it needs something next.
    pub(super) fn schedule(&mut self, hold: Option<HoldTimes>, now: Timestamp) {
        self.due_at = match self.state {
            State::Expired { .. } => None,
            _ => next(self, hold, now).map(|(at, _)| at),
        };
    }
}
