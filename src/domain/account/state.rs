//! The state of an account that its object keeps between commands.

use std::collections::BTreeMap;

use super::changes::{Changes, Deletion, Write};
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{HoldTimes, Lifecycle};
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

    /// Takes over changes that are committed: (1) jobs that have ended count towards the limit of failed jobs, as of
    /// the time of their request, which is that of their hold; (2) a job that is over, or has no open hold any more, is
    /// not remembered.
    pub fn follow(&mut self, changes: &Changes) {
        for (id, job) in changes.jobs() {
            if let Some(hold) = self.book.hold(id) {
                self.recent.end(hold.opened_at, job.state.name()); // (1)
            }
            if !job.is_open() {
                self.jobs.remove(&id); // (2)
            } else if let Some(known) = self.jobs.get_mut(&id) {
                known.clone_from(job);
            }
        }
        for closed in &changes.money.closed {
            self.jobs.remove(&closed.job); // (2)
        }
        for write in &changes.writes {
            match write {
                Write::Open(open, job) => {
                    self.jobs.insert(open.job, job.clone());
                    self.recent.ask(changes.now, changes.now);
                }
                Write::Delete(Deletion::Everything) => {
                    self.jobs.values_mut().for_each(Lifecycle::forget);
                }
                _ => {}
            }
        }
        self.book.follow(&changes.money);
    }
}
