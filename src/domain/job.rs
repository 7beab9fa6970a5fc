//! A job's life as one total function, and the words for what happens to it.
//!
//! ```text
//! dispatching ─> running ─> storing ─> completed
//!      │  │         │          │
//!      │  └> uncertain ────────┤
//!      └────────────┴──────────┴─> failed | canceled | expired (─> storing: a late success, on the house)
//! ```

mod failure;
mod record;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::credits::Credits;
use super::health::Health;

pub use failure::FailureCode;
pub use record::{Attempt, AttemptId, HoldSummary, Job, Status, StoredImage};

/// Of a set that is stored in part, what is there is settled this long before the hold's deadline: the
/// sweep runs each minute, and a download takes less than one.
pub const SETTLES_BEFORE_DEADLINE: Duration = Duration::from_mins(5);

/// All submissions of a job are begun within this time of its opening: each lives in the `waitUntil` of its
/// request, which ends 30 s after the answer, and past twice that it is gone.
pub const SUBMITTED_WITHIN: Duration = Duration::from_mins(1);

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum State {
    /// Being submitted to a provider, whose answer is not known yet. Written before the call.
    Dispatching,
    /// A provider has accepted it.
    Running,
    /// Whether a provider has it is not known. It is never submitted again by itself.
    Uncertain,
    /// A provider has finished it; the pictures are being stored.
    Storing,
    /// The pictures are stored, and charged for or waived.
    Completed,
    /// There are no pictures; the credits were returned.
    Failed,
    /// It was stopped, or never submitted, as its user asked; the credits were returned.
    Canceled,
    /// There was no result in time; the credits were returned.
    Expired,
}

impl State {
    /// All of them, in the order of a job's life.
    pub const ALL: [Self; 8] = [
        Self::Dispatching,
        Self::Running,
        Self::Uncertain,
        Self::Storing,
        Self::Completed,
        Self::Failed,
        Self::Canceled,
        Self::Expired,
    ];

    /// Whether something can still be expected of it.
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Dispatching | Self::Running | Self::Uncertain | Self::Storing
        )
    }

    /// As it is written in rows and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dispatching => "dispatching",
            Self::Running => "running",
            Self::Uncertain => "uncertain",
            Self::Storing => "storing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
        }
    }
}

const fn longer_than_any_hold() -> Duration {
    Duration::MAX
}

/// What happens to a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The provider took the submission.
    Accepted {
        /// The provider's name for it.
        task_id: String,
        /// What it costs the operator, if that is known by now.
        cost: Option<Credits>,
    },
    /// The provider certainly did not take the submission.
    TurnedAway {
        /// What the user is told if nobody else takes it.
        reason: FailureCode,
        /// What the provider said, for operators.
        detail: String,
        /// What it says about the provider, if anything.
        health: Option<Health>,
        /// The model to try next, where that is safe and there is one.
        next: Option<String>,
    },
    /// The provider's answer to the submission was lost; it may or may not have it.
    SubmissionUnknown {
        /// What went wrong, for operators.
        detail: String,
        /// What it says about the provider, if anything.
        health: Option<Health>,
        /// Whether the provider can be asked for the task by our own name for it.
        can_be_found: bool,
        /// How long after a submission the provider may still be heard of: its longest run, and the
        /// whole retry window of its callbacks. Of a version that did not say it, the hold's deadline rules.
        #[serde(default = "longer_than_any_hold")]
        heard_of_within: Duration,
    },
    /// The provider may have had it, and can no longer be heard of.
    Unheard,
    /// The provider was asked, and nothing came of it.
    LookedInVain {
        /// Whether it said that there is no such task, rather than nothing.
        is_missing: bool,
    },
    /// The time was up while the provider was at it, and it was asked once more.
    LookedAtLast {
        /// Whether it said how it is.
        is_answered: bool,
    },
    /// The provider is at it.
    Progressed {
        /// The provider's name for it, if it came along.
        task_id: Option<String>,
        /// How far, 0 to 100, if it says.
        percent: Option<u8>,
        /// Whether the sweep has looked, rather than the provider called.
        is_look: bool,
    },
    /// The provider has finished it.
    Succeeded {
        /// The provider's name for it.
        task_id: String,
        /// Where the pictures are, for as long as the provider keeps them.
        results: Vec<String>,
        /// What it costs the operator, if that is known by now.
        cost: Option<Credits>,
    },
    /// The provider could not do it.
    Failed {
        /// The provider's name for it, if it is its word.
        task_id: Option<String>,
        /// What the user is told.
        reason: FailureCode,
        /// What the provider said, for operators.
        detail: String,
    },
    /// The pictures are in our own storage.
    Stored {
        /// Those that are; at least one, at most as many as were asked for.
        images: Vec<StoredImage>,
    },
    /// A picture could not be fetched this time; it will be tried again.
    DeliveryDelayed {
        /// How many tries went before this one: of two at once, one counts.
        tries: u32,
    },
    /// Pictures are on hosts that nobody has listed: they are fetched once an operator lists one.
    HostUnlisted {
        /// As `RESULT_HOSTS` takes them, with commas between them.
        hosts: String,
        /// How long the provider keeps its results from their success on.
        kept_for: Duration,
        /// Whether some of the set are stored, and so can be settled before the deadline.
        has_some: bool,
    },
    /// The pictures cannot be had.
    Undeliverable {
        /// Why, for operators.
        detail: String,
    },
    /// Its provider has finished it, but its user has deleted it: nothing of it is stored.
    Unwanted {
        /// The provider's id for it, if the provider says so.
        task_id: Option<String>,
        /// What it costs the operator, if that is known by now.
        cost: Option<Credits>,
        /// How many pictures the provider reports, at most as many as were asked for; 0 if it reports
        /// none, or if its hold has ended before.
        #[serde(default)]
        made: u8,
    },
    /// The user wants it back. A wish: where a provider may have the job, its answer decides.
    CancelRequested,
    /// The provider has stopped it at our request.
    CancelConfirmed {
        /// The provider's name for it.
        task_id: String,
    },
}

/// Why an event does not act on a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unmoved {
    /// The job is over; the first end is the end.
    #[error("the job is over")]
    Over,
    /// The event says what is known already.
    #[error("the event says what is known already")]
    Already,
    /// The event contradicts what is known, or comes before what it depends on.
    #[error("the event does not fit the job's state")]
    OutOfTurn,
}

/// The next state of a job, which may be the same one, or why the event does not act on it.
/// `cancel_requested` is whether its user wants it back: then it is submitted nowhere else.
pub fn transition(state: State, cancel_requested: bool, event: &Event) -> Result<State, Unmoved> {
    use Event as E;
    use State as S;
    match (state, event) {
        (S::Completed | S::Failed | S::Canceled, _) => Err(Unmoved::Over),
        // A success is never thrown away: what comes after the deadline is delivered, on the house.
        (S::Expired, E::Succeeded { .. }) => Ok(S::Storing),
        (S::Expired, E::LookedAtLast { .. }) => Ok(S::Expired),
        (S::Expired, _) => Err(Unmoved::Over),

        (S::Dispatching | S::Running | S::Uncertain, E::Accepted { .. } | E::Progressed { .. }) => {
            Ok(S::Running)
        }
        (S::Storing, E::Accepted { .. } | E::Progressed { .. }) => Err(Unmoved::Already),

        (S::Dispatching, E::TurnedAway { .. }) if cancel_requested => Ok(S::Canceled),
        (S::Dispatching, E::TurnedAway { next: Some(_), .. }) => Ok(S::Dispatching),
        (S::Dispatching, E::TurnedAway { next: None, .. }) => Ok(S::Failed),
        (S::Running | S::Uncertain | S::Storing, E::TurnedAway { .. }) => Err(Unmoved::OutOfTurn),

        (S::Dispatching, E::SubmissionUnknown { .. }) => Ok(S::Uncertain),
        (S::Running | S::Uncertain | S::Storing, E::SubmissionUnknown { .. }) => {
            Err(Unmoved::Already)
        }

        // As at the deadline: should it come all the same, it is delivered, on the house.
        (S::Uncertain, E::Unheard) => Ok(S::Expired),
        (S::Dispatching | S::Running | S::Storing, E::Unheard) => Err(Unmoved::OutOfTurn),

        (S::Running | S::Uncertain, E::LookedInVain { .. }) => Ok(state),
        (S::Dispatching | S::Storing, E::LookedInVain { .. })
        | (S::Dispatching | S::Running | S::Uncertain | S::Storing, E::LookedAtLast { .. }) => {
            Err(Unmoved::OutOfTurn)
        }

        (S::Dispatching | S::Running | S::Uncertain, E::Succeeded { .. }) => Ok(S::Storing),
        (S::Storing, E::Succeeded { .. }) => Err(Unmoved::Already),

        (S::Dispatching | S::Running | S::Uncertain, E::Failed { .. }) => Ok(S::Failed),
        (S::Storing, E::Failed { .. }) => Err(Unmoved::OutOfTurn),

        (S::Storing, E::Stored { .. }) => Ok(S::Completed),
        (S::Storing, E::DeliveryDelayed { .. } | E::HostUnlisted { .. }) => Ok(S::Storing),
        (S::Storing, E::Undeliverable { .. }) => Ok(S::Failed),
        (
            S::Dispatching | S::Running | S::Uncertain,
            E::Stored { .. }
            | E::DeliveryDelayed { .. }
            | E::HostUnlisted { .. }
            | E::Undeliverable { .. },
        ) => Err(Unmoved::OutOfTurn),

        // Nothing is stored for somebody who deleted it; what the provider made of it is paid all the
        // same, or whoever orders and forgets would have it work for nothing.
        (S::Dispatching | S::Running | S::Uncertain | S::Storing, E::Unwanted { made: 0, .. }) => {
            Ok(S::Canceled)
        }
        (S::Dispatching | S::Running | S::Uncertain | S::Storing, E::Unwanted { .. }) => {
            Ok(S::Completed)
        }

        // A wish that is written down already asks nobody again.
        (S::Dispatching | S::Running | S::Uncertain | S::Storing, E::CancelRequested)
            if cancel_requested =>
        {
            Err(Unmoved::Already)
        }
        // The submission may be on its way already: a hold that was released now could not pay for it.
        (S::Dispatching | S::Running | S::Uncertain | S::Storing, E::CancelRequested) => Ok(state),
        (S::Dispatching | S::Running | S::Uncertain, E::CancelConfirmed { .. }) => Ok(S::Canceled),
        (S::Storing, E::CancelConfirmed { .. }) => Err(Unmoved::OutOfTurn),
    }
}

/// Whether an event that did not act contradicts how the job ended, rather than saying it again or
/// coming late.
pub const fn contradicts(state: State, event: &Event) -> bool {
    matches!(
        (state, event),
        (
            State::Completed | State::Storing,
            Event::Failed { .. } | Event::CancelConfirmed { .. }
        ) | (State::Failed | State::Canceled, Event::Succeeded { .. })
    )
}

#[cfg(test)]
mod tests;
