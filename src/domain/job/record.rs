//! A job as it is read.

use serde::{Deserialize, Serialize};

use super::request::GenerationRequest;
use super::state::{HoldTimes, Lifecycle, StateName};
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId};
use crate::domain::ledger::{Closing, Receipt};
use crate::domain::picture::PictureFormat;
use crate::domain::time::Timestamp;

/// A finished picture, in our own storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredImage {
    /// Its place among the job's pictures, from 0.
    pub position: u8,
    /// The format of the stored file.
    pub format: PictureFormat,
    /// The size of the stored file, in bytes.
    pub bytes: u64,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// A job, read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The id of the job.
    pub id: JobId,
    /// The account that requested it.
    pub account: AccountId,
    /// The request.
    pub request: GenerationRequest,
    /// Its state, and what decides its next step.
    pub lifecycle: Lifecycle,
    /// Its current submission.
    pub attempt: Attempt,
    /// Its pictures, in order; none once they have been removed.
    pub images: Vec<StoredImage>,
    /// The places of the pictures that have a thumbnail.
    pub thumbnails: Vec<u8>,
    /// Its hold.
    pub hold: HoldSummary,
    /// When its pictures were removed, if they have been.
    pub images_removed_at: Option<Timestamp>,
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
    /// The provider's name.
    pub provider: String,
    /// Our id of its model.
    pub model: Option<String>,
    /// The provider's id of the task, once known.
    pub task_id: Option<String>,
}

/// The id of an attempt: what a callback is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptId {
    /// The id of the account.
    pub account: AccountId,
    /// The id of the job.
    pub job: JobId,
    /// 1 for the first.
    pub ordinal: u8,
}

impl AttemptId {
    /// Our reference towards providers: no other submission of ours has it.
    pub fn reference(&self) -> String {
        format!("{}-{}", self.job, self.ordinal)
    }
}

impl Job {
    /// The id of its current attempt.
    pub const fn attempt_id(&self) -> AttemptId {
        AttemptId {
            account: self.account,
            job: self.id,
            ordinal: self.attempt.ordinal,
        }
    }

    /// Its state.
    pub const fn state(&self) -> StateName {
        self.lifecycle.state.name()
    }
}

/// A job's hold, open or closed, with the receipts of both its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldSummary {
    /// The frozen credits.
    pub amount: Credits,
    /// How it ended, if it has.
    pub closing: Option<Closing>,
    /// The settled credits.
    pub settled: Credits,
    /// The released credits.
    pub released: Credits,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// From this moment on it has expired.
    pub deadline: Timestamp,
    /// What the freeze took.
    pub frozen: Receipt,
    /// What the closing did, if there was one.
    pub closed: Option<Receipt>,
}

impl HoldSummary {
    /// When it was opened and when it expires, while it is open.
    pub fn times(&self) -> Option<HoldTimes> {
        self.closing.is_none().then_some(HoldTimes {
            opened_at: self.opened_at,
            deadline: self.deadline,
        })
    }

    /// Whether it should have been released by now.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.closing.is_none() && self.deadline <= now
    }
}
