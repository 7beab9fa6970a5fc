//! A job as it is read: whole, and each state with what belongs to it.

use serde::{Deserialize, Serialize};

use super::{FailureCode, State};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId, UploadId};
use crate::domain::ledger::{Closing, Receipt};
use crate::domain::options::Options;
use crate::domain::picture::PictureFormat;
use crate::domain::time::Timestamp;

/// A finished picture, in our own storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredImage {
    /// Its place among the job's pictures, from 0.
    pub position: u8,
    /// What its bytes are.
    pub format: PictureFormat,
    /// How many bytes.
    pub bytes: u64,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// A job, read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// Whose.
    pub account: AccountId,
    /// How often its row was written.
    pub version: u32,
    /// What was asked for.
    pub model: String,
    /// In words, if any.
    pub prompt: Option<String>,
    /// Width to height, if asked for.
    pub aspect_ratio: Option<String>,
    /// What else was asked for.
    pub options: Options,
    /// How many pictures.
    pub count: u8,
    /// The price of one, as quoted.
    pub credits_per_image: Credits,
    /// The person's photo.
    pub photo: UploadId,
    /// A picture of the garment.
    pub garment: Option<UploadId>,
    /// The hash of the request.
    pub fingerprint: String,
    /// Where it is, with what belongs to that.
    pub status: Status,
    /// Its current submission.
    pub attempt: Attempt,
    /// How far that is, 0 to 100.
    pub progress: u8,
    /// How often the sweep has looked at it since its state began.
    pub checks: u32,
    /// How many looks in a row found that the provider has no such task.
    pub missing: u32,
    /// Whether its user wants it back.
    pub cancel_requested: bool,
    /// Its hold.
    pub hold: HoldSummary,
    /// When its pictures were removed, if they have been.
    pub images_removed_at: Option<Timestamp>,
    /// When its user deleted it, if they have: nothing more is wanted of it.
    pub deleted_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When anything last happened to it.
    pub updated_at: Timestamp,
}

/// One submission of a job to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// 1 for the first.
    pub ordinal: u8,
    /// Which provider.
    pub provider: String,
    /// Which of its models.
    pub model: Option<String>,
    /// The provider's name for it, once known.
    pub task_id: Option<String>,
}

/// The name of an attempt: what a callback is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptId {
    /// Whose.
    pub account: AccountId,
    /// Of which job.
    pub job: JobId,
    /// 1 for the first.
    pub ordinal: u8,
}

impl AttemptId {
    /// Our own name for it towards providers: no other submission of ours has it.
    pub fn reference(&self) -> String {
        format!("{}-{}", self.job, self.ordinal)
    }
}

impl Job {
    /// The name of its current attempt.
    pub const fn attempt_id(&self) -> AttemptId {
        AttemptId {
            account: self.account,
            job: self.id,
            ordinal: self.attempt.ordinal,
        }
    }
}

/// A state with its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Being submitted.
    Dispatching,
    /// With the provider.
    Running,
    /// Perhaps with the provider.
    Uncertain,
    /// On its way into our own storage.
    Storing {
        /// Where the provider has the pictures.
        results: Vec<String>,
        /// Since when the provider is known to have finished them.
        since: Timestamp,
        /// The hosts that an operator has to list before the pictures can be fetched, with commas
        /// between them; `None` if nothing waits for that.
        waiting_hosts: Option<String>,
    },
    /// Completed.
    Completed {
        /// Its pictures, in order; at least one, unless they have been removed.
        images: Vec<StoredImage>,
        /// Whether nothing was charged because it came late.
        on_the_house: bool,
    },
    /// Failed, canceled or expired.
    Over {
        /// Which of the three.
        state: State,
        /// Why.
        reason: FailureCode,
    },
}

impl Status {
    /// The state alone.
    pub const fn state(&self) -> State {
        match self {
            Self::Dispatching => State::Dispatching,
            Self::Running => State::Running,
            Self::Uncertain => State::Uncertain,
            Self::Storing { .. } => State::Storing,
            Self::Completed { .. } => State::Completed,
            Self::Over { state, .. } => *state,
        }
    }
}

/// A job's hold, open or closed, with the receipts of both its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldSummary {
    /// What was frozen.
    pub amount: Credits,
    /// How it ended, if it has.
    pub closing: Option<Closing>,
    /// What was consumed.
    pub settled: Credits,
    /// What went back.
    pub released: Credits,
    /// From this moment on it is stale.
    pub deadline: Timestamp,
    /// What the freeze took.
    pub frozen: Receipt,
    /// What the closing did, if there was one.
    pub closed: Option<Receipt>,
}

impl HoldSummary {
    /// Whether it should have been released by now.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.closing.is_none() && self.deadline <= now
    }
}
