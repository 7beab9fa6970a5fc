//! What one batch writes.

use crate::domain::credits::Credits;
use crate::domain::health::Health;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{FailureCode, State, StoredImage};
use crate::domain::ledger::{self, Closing};
use crate::domain::time::Timestamp;

use super::command::{Clawback, Grant, Open};
use super::schedule::due_at;
use super::state::{AccountState, OpenJob};

/// Everything that a decision changes, in one batch or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Whose.
    pub account: AccountId,
    /// When.
    pub now: Timestamp,
    /// The money.
    pub money: ledger::Changes,
    /// What is written beside it.
    pub writes: Vec<Write>,
}

/// One thing that a decision writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// The grant behind a new package.
    Grant(Grant),
    /// The clawback behind credits that were taken back.
    Clawback(ClawbackRecord),
    /// A new job; its hold is among the money.
    Open(OpenedJob),
    /// A job's new state.
    Job(JobMove),
    /// A new attempt.
    NewAttempt(NewAttempt),
    /// What is learned about an attempt.
    Attempt(AttemptMove),
    /// A new picture of a job.
    Image(JobId, StoredImage),
    /// What its user wants nothing more of.
    Delete(Deletion),
}

/// What a user wants nothing more of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// A job, which must be over, or the whole batch is refused.
    Job(JobId),
    /// Everything: all jobs, all uploads and the person's own name.
    Everything,
}

/// A clawback, and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClawbackRecord {
    /// As it was asked for.
    pub clawback: Clawback,
    /// What the package had before it.
    pub remaining_before: Credits,
    /// When the package's credits expire.
    pub expires_at: Option<Timestamp>,
}

/// A job that was opened, and when the reconciler should look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedJob {
    /// As it was asked for.
    pub open: Open,
    /// When the reconciler should look at it, if nothing happens before.
    pub due_at: Option<Timestamp>,
}

/// A job's way from one state to another, or on in the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobMove {
    /// Which.
    pub job: JobId,
    /// The version that its row must have, or the whole batch is refused.
    pub from_version: u32,
    /// The state it is in then.
    pub from: State,
    /// The state it will be in.
    pub to: State,
    /// The attempt it will be at.
    pub attempt: u8,
    /// How far, if that is news.
    pub progress: Option<u8>,
    /// How often the sweep has looked at it since its state began.
    pub checks: u32,
    /// How many looks in a row found that the provider has no such task.
    pub missing: u32,
    /// Where the provider has the pictures, if that is news.
    pub results: Option<Vec<String>>,
    /// Since when its pictures are on their way into our own storage, if they are.
    pub storing_since: Option<Timestamp>,
    /// The hosts that an operator has to list before its pictures can be fetched.
    pub waiting_hosts: Option<String>,
    /// Why it came to nothing, if it did.
    pub reason: Option<FailureCode>,
    /// Whether its user wants it back from now on.
    pub cancel_requested: bool,
    /// Whether it ends without being charged.
    pub on_the_house: bool,
    /// When the sweep should look at it, if that changes. One that is over is never due.
    pub due_at: Option<Timestamp>,
    /// When the provider is to be asked once more how it is, if the time is up and it never was.
    pub last_look_at: Option<Timestamp>,
}

/// A submission that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttempt {
    /// Of which job.
    pub job: JobId,
    /// 1 for the first.
    pub ordinal: u8,
    /// To which model.
    pub model: String,
}

/// What is learned about an attempt. What is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttemptMove {
    /// Of which job and which attempt.
    pub of: Option<(JobId, u8)>,
    /// The provider's name for it.
    pub task_id: Option<String>,
    /// How it went.
    pub outcome: Option<&'static str>,
    /// What the provider said.
    pub detail: Option<String>,
    /// What it costs the operator.
    pub cost: Option<Credits>,
    /// How the provider took it.
    pub health: Option<Health>,
    /// What contradicted what was final.
    pub anomaly: Option<String>,
}

impl Changes {
    /// What is due by now, and nothing else: the jobs whose holds have expired expire with them,
    /// unless their pictures are on their way.
    pub(super) fn of_due(
        account: AccountId,
        now: Timestamp,
        money: ledger::Changes,
        state: &AccountState,
    ) -> Self {
        let expired = money.closed.iter();
        let expired = expired.filter(|closed| closed.closing == Closing::Stale);
        let jobs = expired.filter_map(|closed| Some((closed.job, state.jobs.get(&closed.job)?)));
        // Pictures that are made already are still brought home, though nobody pays for them now.
        let ends = |job: &OpenJob| job.state.is_open() && job.state != State::Storing;
        let writes = jobs
            .filter(|(_, job)| ends(job))
            .map(|(id, job)| Write::Job(expire(id, job, now)))
            .collect();
        Self {
            account,
            now,
            money,
            writes,
        }
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.money.is_empty() && self.writes.is_empty()
    }

    /// Whether neither credits nor a job move, so that no guard of the database is touched.
    pub fn moves_nothing(&self) -> bool {
        self.money.is_empty() && self.moves().next().is_none()
    }

    /// The jobs whose state changes.
    pub fn moves(&self) -> impl Iterator<Item = &JobMove> {
        self.writes.iter().filter_map(|write| match write {
            Write::Job(moved) => Some(moved),
            _ => None,
        })
    }
}

impl JobMove {
    /// A move to `to` that leaves everything else as it is.
    pub(super) fn new(
        id: JobId,
        job: &OpenJob,
        to: State,
        now: Timestamp,
        deadline: Option<Timestamp>,
    ) -> Self {
        let checks = if job.state == to {
            job.checks.saturating_add(1)
        } else {
            0
        };
        let is_storing = to == State::Storing;
        let since = job.storing_since.filter(|_| job.state == to);
        let waiting_hosts = job.waiting_hosts.clone().filter(|_| job.state == to);
        Self {
            job: id,
            from_version: job.version,
            from: job.state,
            to,
            attempt: job.attempt,
            progress: None,
            checks,
            missing: 0,
            results: None,
            storing_since: is_storing.then(|| since.unwrap_or(now)),
            waiting_hosts,
            reason: None,
            cancel_requested: false,
            on_the_house: false,
            due_at: due_at(to, checks, now, deadline),
            last_look_at: None,
        }
    }

    /// Has the sweep look at it again soon, rather than at its deadline alone.
    pub(super) fn look_again(&mut self, now: Timestamp) {
        let soon = due_at(State::Running, self.checks, now, self.due_at);
        self.due_at = soon;
    }
}

/// Whoever comes first ends it; the sweep still has the provider's last word to ask for.
fn expire(id: JobId, job: &OpenJob, now: Timestamp) -> JobMove {
    JobMove {
        reason: Some(FailureCode::TimedOut),
        last_look_at: (job.state == State::Running).then_some(now),
        ..JobMove::new(id, job, State::Expired, now, None)
    }
}
