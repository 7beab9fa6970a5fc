//! The events of a job.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::failure::FailureCode;
use super::record::StoredImage;
use super::state::StateName;
use crate::domain::credits::Credits;
use crate::domain::health::Health;

/// What happens to a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The provider took the submission.
    Accepted {
        /// The provider's id of the task.
        task_id: String,
        /// What it costs the operator, if that is known by now.
        cost: Option<Credits>,
    },
    /// The provider certainly did not take the submission.
    SubmissionRejected {
        /// What the user is told if there is no failover.
        reason: FailureCode,
        /// What the provider said, for operators.
        detail: String,
        /// What it says about the provider, if anything.
        health: Option<Health>,
        /// The model to try next, where that is safe and there is one.
        next: Option<String>,
    },
    /// Nothing was ever sent to a provider, and nothing will be.
    Abandoned {
        /// Why, for operators.
        detail: String,
    },
    /// The provider's answer to the submission was lost; it may or may not have it.
    SubmissionUnknown {
        /// What went wrong, for operators.
        detail: String,
        /// What it says about the provider, if anything.
        health: Option<Health>,
        /// Whether the provider can be asked for the task by our reference.
        can_be_found: bool,
        /// How long after a submission the provider may still be heard of: its longest run, and the
        /// whole retry window of its callbacks.
        callback_possible_for: Duration,
    },
    /// The provider was polled without a conclusive answer.
    PollInconclusive {
        /// Whether it said that there is no such task, rather than nothing.
        not_found: bool,
        /// How many polls whoever made this one had read of: of two at once, and of one that is told twice, only one
        /// counts. `None` if nobody polled for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        poll_count: Option<u32>,
    },
    /// The deadline passed while the provider was working, and it was polled once more.
    FinalPolled {
        /// Whether it said how it is.
        answered: bool,
        /// How many final polls whoever made this one had read of; `None` if that is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        poll_count: Option<u32>,
    },
    /// The provider is working on it.
    Progressed {
        /// The provider's id of the task, if it came along.
        task_id: Option<String>,
        /// How far, 0 to 100, if it says.
        percent: Option<u8>,
        /// Whether it was polled, rather than called back.
        polled: bool,
    },
    /// The provider has finished it.
    Succeeded {
        /// The provider's id of the task.
        task_id: String,
        /// The URLs of the pictures, for as long as the provider keeps them.
        results: Vec<String>,
        /// What it costs the operator, if that is known by now.
        cost: Option<Credits>,
        /// The pictures, if they are stored already: as many as were asked for, or none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        stored: Vec<StoredImage>,
    },
    /// The provider failed.
    Failed {
        /// The provider's id of the task, if it came along.
        task_id: Option<String>,
        /// What the user is told.
        reason: FailureCode,
        /// What the provider said, for operators.
        detail: String,
    },
    /// The pictures are stored.
    Stored {
        /// Those that are; at least one, at most as many as were asked for.
        images: Vec<StoredImage>,
    },
    /// Pictures could not be fetched this time; they will be retried.
    IngestRetried {
        /// The number of attempts before this one: of two concurrent ones, one counts.
        attempts: u32,
    },
    /// Pictures are on unlisted hosts: they are fetched once an operator lists one.
    HostUnlisted {
        /// As `RESULT_HOSTS` takes them, with commas between them.
        hosts: String,
        /// How long the provider keeps its results from their success on.
        kept_for: Duration,
        /// Whether some of the set are stored, and so can be settled before the deadline.
        has_some: bool,
    },
    /// The pictures cannot be fetched.
    IngestFailed {
        /// Why, for operators.
        detail: String,
    },
    /// Its provider has finished it, but its user has deleted it: nothing of it is stored.
    DiscardedAfterDeletion {
        /// The provider's id of the task, if it came along.
        task_id: Option<String>,
        /// What it costs the operator, if that is known by now.
        cost: Option<Credits>,
        /// How many pictures the provider reports, at most as many as were asked for; 0 if it reports
        /// none, or if its hold has ended before.
        made: u8,
    },
    /// The user asks to cancel it: where a provider may have the job, its answer decides.
    CancelRequested,
    /// The provider has stopped it at our request.
    CancelConfirmed {
        /// The provider's id of the task.
        task_id: String,
    },
    /// Its hold has expired, and its credits were returned.
    DeadlinePassed,
}

impl Event {
    /// As it is written in an anomaly.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::SubmissionRejected { .. } => "submission rejected",
            Self::Abandoned { .. } => "abandoned",
            Self::SubmissionUnknown { .. } => "submission unknown",
            Self::PollInconclusive { .. } => "poll inconclusive",
            Self::FinalPolled { .. } => "final poll",
            Self::Progressed { .. } => "progressed",
            Self::Succeeded { .. } => "succeeded",
            Self::Failed { .. } => "failed",
            Self::Stored { .. } => "stored",
            Self::IngestRetried { .. } => "ingest retried",
            Self::HostUnlisted { .. } => "host unlisted",
            Self::IngestFailed { .. } => "ingest failed",
            Self::DiscardedAfterDeletion { .. } => "discarded after deletion",
            Self::CancelRequested => "cancel requested",
            Self::CancelConfirmed { .. } => "cancel confirmed",
            Self::DeadlinePassed => "deadline passed",
        }
    }

    /// The id of the task that it is about, if it names one.
    pub(super) fn task_id(&self) -> Option<&str> {
        match self {
            Self::Accepted { task_id, .. }
            | Self::Succeeded { task_id, .. }
            | Self::CancelConfirmed { task_id } => Some(task_id),
            Self::Progressed { task_id, .. }
            | Self::Failed { task_id, .. }
            | Self::DiscardedAfterDeletion { task_id, .. } => task_id.as_deref(),
            Self::SubmissionRejected { .. }
            | Self::Abandoned { .. }
            | Self::SubmissionUnknown { .. }
            | Self::PollInconclusive { .. }
            | Self::FinalPolled { .. }
            | Self::Stored { .. }
            | Self::IngestRetried { .. }
            | Self::HostUnlisted { .. }
            | Self::IngestFailed { .. }
            | Self::CancelRequested
            | Self::DeadlinePassed => None,
        }
    }

    /// What it costs the operator, if a provider says so of a job that it has.
    pub const fn cost(&self) -> Option<Credits> {
        match self {
            Self::Accepted { cost, .. } | Self::Succeeded { cost, .. } => *cost,
            _ => None,
        }
    }

    /// A success whose pictures are stored; any other event stays as it is.
    #[must_use]
    pub fn with_stored(mut self, pictures: Vec<StoredImage>) -> Self {
        if let Self::Succeeded { stored, .. } = &mut self {
            *stored = pictures;
        }
        self
    }

    /// The pictures that are stored.
    pub(super) fn stored(&self) -> &[StoredImage] {
        match self {
            Self::Stored { images: stored } | Self::Succeeded { stored, .. } => stored,
            _ => &[],
        }
    }

    /// The message of a provider or a failure, which may contain signed URLs.
    pub fn detail_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::SubmissionRejected { detail, .. }
            | Self::Abandoned { detail }
            | Self::SubmissionUnknown { detail, .. }
            | Self::Failed { detail, .. }
            | Self::IngestFailed { detail } => Some(detail),
            _ => None,
        }
    }

    /// Whether an event that did not act contradicts how the job ended, rather than saying it again or
    /// coming late.
    pub(super) const fn contradicts(&self, state: StateName) -> bool {
        matches!(
            (state, self),
            (
                StateName::Completed | StateName::Storing,
                Self::Failed { .. } | Self::CancelConfirmed { .. }
            ) | (
                StateName::Failed | StateName::Canceled,
                Self::Succeeded { .. }
            )
        )
    }
}
