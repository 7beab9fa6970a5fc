//! What an account remembers between commands.

use std::collections::BTreeMap;
use std::time::Duration;

use super::changes::JobMove;
use super::command::Open;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{Job, State, Status};
use crate::domain::ledger::Book;
use crate::domain::limits::Recent;
use crate::domain::time::Timestamp;

/// All tries to fetch a result from a listed host fit into this.
const COUNTS_WHILE_STORING: Duration = Duration::from_mins(15);

/// An account's open packages, open holds, and the jobs of these holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// The money.
    pub book: Book,
    /// The jobs that have an open hold.
    pub jobs: BTreeMap<JobId, OpenJob>,
    /// What was asked for within the last hour.
    pub recent: Recent,
}

impl AccountState {
    /// Of an account nothing has happened to.
    pub fn empty(account: AccountId) -> Self {
        Self {
            book: Book::empty(account),
            jobs: BTreeMap::new(),
            recent: Recent::default(),
        }
    }

    /// Whether there is no account yet: the first thing that happens to one is a grant.
    pub const fn is_new(&self) -> bool {
        self.book.head.seq == 0
    }

    /// Takes in that a job has ended, if it has: it was asked for when its hold was opened, which is in
    /// the account as it was before.
    pub(super) fn note_end(&mut self, moved: &JobMove, before: &Book) {
        if let Some(hold) = before.hold(moved.job) {
            self.recent.end(hold.opened_at, moved.to);
        }
    }

    /// Follows a job's move: on to its new state, or out of memory once it is over.
    pub(super) fn follow(&mut self, moved: &JobMove, task_id: Option<String>) {
        if !moved.to.is_open() {
            self.jobs.remove(&moved.job);
        } else if let Some(job) = self.jobs.get_mut(&moved.job) {
            let known = job.task_id.take().filter(|_| job.attempt == moved.attempt);
            *job = OpenJob {
                version: moved.from_version.saturating_add(1),
                state: moved.to,
                attempt: moved.attempt,
                task_id: task_id.or(known),
                checks: moved.checks,
                missing: moved.missing,
                storing_since: moved.storing_since,
                waiting_hosts: moved.waiting_hosts.clone(),
                results: moved.results.as_ref().map_or(job.results, Vec::len),
                cancel_requested: job.cancel_requested || moved.cancel_requested,
                ..*job
            };
        }
    }
}

/// What decisions about a job need to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenJob {
    /// How often its row was written.
    pub version: u32,
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
    /// Since when its pictures are on their way into our own storage, if they are.
    pub storing_since: Option<Timestamp>,
    /// The hosts that an operator has to list before its pictures can be fetched.
    pub waiting_hosts: Option<String>,
    /// How many pictures its provider reports, while they are on their way.
    pub results: usize,
    /// Whether its user wants it back.
    pub cancel_requested: bool,
    /// Whether its user has deleted it, and nothing may be stored for it.
    pub is_deleted: bool,
}

impl OpenJob {
    /// As it is once it was opened, and is about to be submitted.
    pub(super) fn opened(open: &Open) -> Self {
        Self {
            version: 0,
            state: State::Dispatching,
            attempt: 1,
            task_id: None,
            count: open.count,
            credits_per_image: open.credits_per_image,
            checks: 0,
            missing: 0,
            storing_since: None,
            waiting_hosts: None,
            results: 0,
            cancel_requested: false,
            is_deleted: false,
        }
    }

    /// Whether its user wants it back, or nothing more of it at all: it is submitted nowhere else, and
    /// the provider that has it is asked to stop.
    pub const fn is_taken_back(&self) -> bool {
        self.cancel_requested || self.is_deleted
    }

    /// Whether it counts against the limit of open jobs: one whose pictures are made and still not
    /// stored waits for an operator, and its user must not be kept from asking for others.
    pub fn counts(&self, now: Timestamp) -> bool {
        self.storing_since
            .is_none_or(|since| now.since(since) < COUNTS_WHILE_STORING)
    }
}

impl From<&Job> for OpenJob {
    fn from(job: &Job) -> Self {
        let (storing_since, waiting_hosts, results) = match &job.status {
            Status::Storing {
                since,
                waiting_hosts,
                results,
            } => (Some(*since), waiting_hosts.clone(), results.len()),
            _ => (None, None, 0),
        };
        Self {
            version: job.version,
            state: job.status.state(),
            attempt: job.attempt.ordinal,
            task_id: job.attempt.task_id.clone(),
            count: job.count,
            credits_per_image: job.credits_per_image,
            checks: job.checks,
            missing: job.missing,
            storing_since,
            waiting_hosts,
            results,
            cancel_requested: job.cancel_requested,
            is_deleted: job.deleted_at.is_some(),
        }
    }
}
