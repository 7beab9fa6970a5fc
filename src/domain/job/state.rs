//! The states of a job, with their data, and every threshold beside its state.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::failure::FailureCode;
use crate::domain::credits::Credits;
use crate::domain::time::Timestamp;

/// All submissions of a job are begun within this time of its opening: each lives in the `waitUntil` of its
/// request, which ends 30 s after the answer, and past twice that it is gone.
pub const SUBMITTED_WITHIN: Duration = Duration::from_mins(1);

/// A set that is stored in part is settled this long before the hold's deadline: the reconciler runs
/// each minute, and a download takes less than one.
pub const SETTLES_BEFORE_DEADLINE: Duration = Duration::from_mins(5);

/// The state of a job, without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "State"))]
pub enum StateName {
    /// Being submitted to a provider, whose answer is not known yet.
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

impl StateName {
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

    /// Whether the job is open.
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

/// The state of a job, with the data that it alone has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Being submitted to a provider; its answer is not known yet. Written before the call.
    Dispatching,
    /// A provider has accepted it.
    Running(Polls),
    /// Whether a provider has it is not known. Never submitted again by itself.
    Uncertain(Uncertain),
    /// A provider has finished it; the pictures are being stored.
    Storing(Storing),
    /// The pictures are stored, and charged or waived.
    Completed {
        /// Whether nothing was charged, since its hold had ended before.
        waived: bool,
    },
    /// It failed; the credits were returned.
    Failed {
        /// The failure code that its user is told.
        reason: FailureCode,
    },
    /// It was canceled by its user; the credits were returned.
    Canceled,
    /// There was no result in time; the credits were returned.
    Expired {
        /// The final poll, if it is still due.
        final_poll: Option<FinalPoll>,
    },
}

impl State {
    /// The state without its data.
    pub const fn name(&self) -> StateName {
        match self {
            Self::Dispatching => StateName::Dispatching,
            Self::Running(_) => StateName::Running,
            Self::Uncertain(_) => StateName::Uncertain,
            Self::Storing(_) => StateName::Storing,
            Self::Completed { .. } => StateName::Completed,
            Self::Failed { .. } => StateName::Failed,
            Self::Canceled => StateName::Canceled,
            Self::Expired { .. } => StateName::Expired,
        }
    }

    /// Where the provider has its pictures, while they are fetched.
    pub fn results(&self) -> &[String] {
        match self {
            Self::Storing(storing) => &storing.results,
            _ => &[],
        }
    }

    /// Why it ended without pictures, if it did.
    pub const fn reason(&self) -> Option<FailureCode> {
        match self {
            Self::Failed { reason } => Some(*reason),
            Self::Canceled => Some(FailureCode::Canceled),
            Self::Expired { .. } => Some(FailureCode::TimedOut),
            Self::Dispatching
            | Self::Running(_)
            | Self::Uncertain(_)
            | Self::Storing(_)
            | Self::Completed { .. } => None,
        }
    }
}

/// How often a provider was asked about a task since its state began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Polls {
    /// Polls.
    pub poll_count: u32,
    /// In how many of them in a row it said that it has no such task.
    pub not_found_count: u32,
}

impl Polls {
    /// A provider is first asked when most callbacks have come, then less and less often.
    const FIRST: Duration = Duration::from_secs(15);

    /// Six times [`Self::FIRST`] doubled is 16 minutes; five minutes keeps well below the shortest life
    /// of results, an hour.
    const LONGEST: Duration = Duration::from_mins(5);

    /// After this many "no such task" in a row, the next one is final.
    const MAX_NOT_FOUND: u32 = 4;

    /// How long after a poll the next one is made.
    pub(super) fn pause(self) -> Duration {
        backoff(Self::FIRST, self.poll_count)
    }

    /// After one more poll that told nothing; `None` once its provider is taken to have no such task.
    pub(super) const fn inconclusive(self, not_found: bool) -> Option<Self> {
        if not_found && self.not_found_count >= Self::MAX_NOT_FOUND {
            return None;
        }
        Some(Self {
            poll_count: self.poll_count.saturating_add(1),
            not_found_count: self.not_found_count.saturating_add(not_found as u32),
        })
    }
}

impl State {
    /// How often its provider was asked, where that is counted; after the deadline, how many final polls there were.
    pub const fn poll_count(&self) -> Option<u32> {
        match self {
            Self::Running(polls) => Some(polls.poll_count),
            Self::Uncertain(uncertain) => Some(uncertain.polls.poll_count),
            Self::Expired {
                final_poll: Some(poll),
            } => Some(poll.poll_count),
            Self::Dispatching
            | Self::Storing(_)
            | Self::Completed { .. }
            | Self::Failed { .. }
            | Self::Canceled
            | Self::Expired { final_poll: None } => None,
        }
    }
}

/// A submission whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uncertain {
    /// How often it was polled.
    pub polls: Polls,
    /// Whether its provider can be asked for the task by our reference.
    pub can_be_found: bool,
    /// From this moment on nothing is heard of it any more: its provider's longest run is over, and the
    /// whole retry window of its callbacks. `None`: not before its hold's deadline.
    pub until: Option<Timestamp>,
}

/// Results that are fetched, before the provider's addresses die.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storing {
    /// Where the provider has the pictures.
    pub results: Vec<String>,
    /// Since when the provider is known to have finished them.
    pub since: Timestamp,
    /// How many ingests were counted. The first one counts only if it failed.
    pub ingest_attempts: u32,
    /// The hosts that an operator has to list before the results can be fetched.
    pub waiting: Option<Waiting>,
}

/// Results on hosts that nobody has listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// As `RESULT_HOSTS` takes them, with commas between them.
    pub hosts: String,
    /// When they are ingested again, unless one of the hosts is listed before.
    pub until: Timestamp,
}

impl Storing {
    /// How long the first ingest has before the reconciler retries it. The pause doubles with each
    /// counted ingest.
    const FIRST: Duration = Duration::from_secs(45);

    /// Ingests that are tried before a result is given up: at once, and then 1.5, 3 and twice 5 minutes
    /// apart. A provider's network has a quarter of an hour to come back.
    pub const MAX_INGESTS: u32 = 5;

    /// All tries to fetch a result from a listed host fit into this.
    const COUNTS_AS_OPEN: Duration = Duration::from_mins(15);

    /// As a success comes in.
    pub(super) const fn begun(results: Vec<String>, now: Timestamp) -> Self {
        Self {
            results,
            since: now,
            ingest_attempts: 0,
            waiting: None,
        }
    }

    pub(super) fn pause(&self) -> Duration {
        backoff(Self::FIRST, self.ingest_attempts)
    }

    /// Whether the try after so many is the last.
    pub const fn is_last(attempts: u32) -> bool {
        attempts.saturating_add(1) >= Self::MAX_INGESTS
    }
}

/// The final poll, after the deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinalPoll {
    /// When it is due.
    pub at: Timestamp,
    /// How often it did not answer.
    pub poll_count: u32,
}

impl FinalPoll {
    /// With the pauses of [`backoff`] that is a quarter of an hour, well below the life of results.
    const MAX: u32 = 7;

    /// As the deadline passes.
    pub(super) const fn first(now: Timestamp) -> Self {
        Self {
            at: now,
            poll_count: 0,
        }
    }

    /// After one that was not answered.
    pub(super) fn unanswered(self, now: Timestamp) -> Option<Self> {
        let poll_count = self.poll_count.saturating_add(1);
        (poll_count < Self::MAX).then(|| Self {
            at: now.plus(backoff(Polls::FIRST, poll_count)),
            poll_count,
        })
    }
}

/// Twice as long each time, up to the longest pause between polls.
fn backoff(first: Duration, count: u32) -> Duration {
    first.saturating_mul(1 << count.min(16)).min(Polls::LONGEST)
}

/// When a job's hold was opened and when it expires, while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldTimes {
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it expires.
    pub deadline: Timestamp,
}

/// All that decides a job's next step. The account remembers it of each job with an open hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    /// How often its row was written.
    pub version: u32,
    /// The current state.
    pub state: State,
    /// The ordinal of its current attempt, from 1.
    pub attempt: u8,
    /// The provider's id of that attempt's task, once known.
    pub task_id: Option<String>,
    /// How many pictures were asked for.
    pub count: u8,
    /// The price of one.
    pub credits_per_image: Credits,
    /// How far its provider is, 0 to 100.
    pub progress: u8,
    /// Whether its user wants it stopped.
    pub cancel_requested: bool,
    /// Whether its user has deleted it, and nothing may be stored for it.
    pub is_deleted: bool,
    /// When the reconciler takes it up next; `None` once it is over.
    pub due_at: Option<Timestamp>,
}

impl Lifecycle {
    /// As it is once it was opened, and is about to be submitted.
    pub fn opened(count: u8, credits_per_image: Credits, hold: HoldTimes) -> Self {
        let mut opened = Self {
            version: 0,
            state: State::Dispatching,
            attempt: 1,
            task_id: None,
            count,
            credits_per_image,
            progress: 0,
            cancel_requested: false,
            is_deleted: false,
            due_at: None,
        };
        opened.schedule(Some(hold), hold.opened_at);
        opened
    }

    /// Whether the job is open.
    pub const fn is_open(&self) -> bool {
        self.state.name().is_open()
    }

    /// Its user wants nothing more of it.
    pub const fn forget(&mut self) {
        self.version = self.version.saturating_add(1);
        self.is_deleted = true;
        self.cancel_requested = true;
    }

    /// Whether its user wants it stopped, or nothing more of it at all: it is submitted nowhere else, and
    /// the provider that has it is asked to stop.
    pub const fn should_stop(&self) -> bool {
        self.cancel_requested || self.is_deleted
    }

    /// Whether it counts against the limit of open jobs: one whose pictures are made and still not
    /// stored waits for an operator, and its user must not be kept from asking for others.
    pub fn counts_as_open(&self, now: Timestamp) -> bool {
        match &self.state {
            State::Storing(storing) => now.since(storing.since) < Storing::COUNTS_AS_OPEN,
            _ => true,
        }
    }
}
