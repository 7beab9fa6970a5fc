//! What a keeper remembers between commands.

use std::collections::BTreeMap;

use super::decision::JobMove;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{Job, State};
use crate::domain::ledger::Book;

/// An account's open packages, open holds, and the jobs of these holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// The money.
    pub book: Book,
    /// The jobs that have an open hold.
    pub jobs: BTreeMap<JobId, OpenJob>,
}

impl Memory {
    /// Of an account nothing has happened to.
    pub const fn empty(account: AccountId) -> Self {
        Self {
            book: Book::empty(account),
            jobs: BTreeMap::new(),
        }
    }

    /// Follows a job's move: on to its new state, or out of memory once it is over.
    pub(super) fn follow(&mut self, moved: &JobMove, task_id: Option<String>) {
        if !moved.to.is_open() {
            self.jobs.remove(&moved.job);
        } else if let Some(job) = self.jobs.get_mut(&moved.job) {
            let known = job.task_id.take().filter(|_| job.attempt == moved.attempt);
            *job = OpenJob {
                state: moved.to,
                attempt: moved.attempt,
                task_id: task_id.or(known),
                checks: moved.checks,
                missing: moved.missing,
                ..*job
            };
        }
    }
}

/// What decisions about a job need to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenJob {
    /// Where it is.
    pub state: State,
    /// The ordinal of its current attempt.
    pub attempt: u8,
    /// The provider's name for that, once known.
    pub task_id: Option<String>,
    /// How many pictures were asked for.
    pub count: u8,
    /// The price of one.
    pub credits_per_image: Credits,
    /// How often the sweep has looked at it since its state began.
    pub checks: u32,
    /// How many looks in a row found that the provider has no such task.
    pub missing: u32,
    /// Whether its user has deleted it, and nothing may be stored for it.
    pub is_deleted: bool,
}

impl From<&Job> for OpenJob {
    fn from(job: &Job) -> Self {
        Self {
            state: job.status.state(),
            attempt: job.attempt.ordinal,
            task_id: job.attempt.task_id.clone(),
            count: job.count,
            credits_per_image: job.credits_per_image,
            checks: job.checks,
            missing: job.missing,
            is_deleted: job.deleted_at.is_some(),
        }
    }
}
