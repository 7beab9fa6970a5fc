//! The state of an account that its object keeps between commands.

use std::collections::BTreeMap;

use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{HoldTimes, Lifecycle, StateName};
use crate::domain::ledger::Book;
use crate::domain::limits::Recent;

/// An account's open packages, open holds, and the jobs of these holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// The money.
    pub book: Book,
    /// The jobs that have an open hold.
    pub jobs: BTreeMap<JobId, Lifecycle>,
    /// The generations of the last hour.
    pub recent: Recent,
}

impl AccountState {
    /// The state of an account without any rows.
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

    /// When a job's hold was opened and when it expires, while it is open.
    pub(super) fn hold(&self, job: JobId) -> Option<HoldTimes> {
        self.book.hold(job).map(|hold| HoldTimes {
            opened_at: hold.opened_at,
            deadline: hold.deadline,
        })
    }

    /// Counts a job that has ended towards the limit of failed jobs. `before` still has its hold, whose
    /// opening is the time of the request.
    pub(super) fn note_end(&mut self, job: JobId, state: StateName, before: &Book) {
        if let Some(hold) = before.hold(job) {
            self.recent.end(hold.opened_at, state);
        }
    }

    /// Updates a job, or removes it once it is over.
    pub(super) fn follow(&mut self, id: JobId, job: &Lifecycle) {
        if !job.is_open() {
            self.jobs.remove(&id);
        } else if let Some(known) = self.jobs.get_mut(&id) {
            known.clone_from(job);
        }
    }
}
