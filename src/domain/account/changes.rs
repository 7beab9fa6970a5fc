//! What one batch writes.

use crate::domain::credits::Credits;
use crate::domain::health::Health;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{FailureCode, State, StoredImage};
use crate::domain::ledger::{Changes, Closing};
use crate::domain::time::Timestamp;

use super::command::{Adjust, Grant, Open};
use super::memory::{Memory, OpenJob};
use super::schedule::due_at;

/// Everything that a decision changes, in one batch or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Whose.
    pub account: AccountId,
    /// When.
    pub now: Timestamp,
    /// The money.
    pub changes: Changes,
    /// The grant behind a new package.
    pub grant: Option<Grant>,
    /// The correction behind credits that were taken back.
    pub adjustment: Option<Adjustment>,
    /// A new job; its hold is in `changes`.
    pub opened: Option<(Open, Option<Timestamp>)>,
    /// Jobs whose state changes.
    pub moved: Vec<JobMove>,
    /// A new attempt.
    pub new_attempt: Option<NewAttempt>,
    /// What is learned about an attempt.
    pub attempt: Option<AttemptMove>,
    /// New pictures of a job.
    pub images: Vec<(JobId, StoredImage)>,
    /// What its user wants nothing more of.
    pub forgotten: Option<Forgotten>,
}

/// What a user wants nothing more of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// A job, which must be over, or the whole batch is refused.
    Job(JobId),
    /// Everything: all jobs, all uploads and the person's own name.
    Everything,
}

/// A correction, and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// As it was asked for.
    pub adjust: Adjust,
    /// What the package had before it.
    pub remaining_before: Credits,
    /// When the package's credits expire.
    pub expires_at: Option<Timestamp>,
}

/// A job's way from one state to another, or on in the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobMove {
    /// Which.
    pub job: JobId,
    /// The state it must be in, or the whole batch is refused.
    pub from: State,
    /// The attempt it must be at, likewise.
    pub from_attempt: u8,
    /// Whether its user is known to want it back, likewise.
    pub from_cancel_requested: bool,
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

impl Commit {
    /// What is due by now, and nothing else: the jobs of the holds that were stale end as expired,
    /// unless their pictures are on their way.
    pub(super) fn of_due(
        account: AccountId,
        now: Timestamp,
        changes: Changes,
        memory: &Memory,
    ) -> Self {
        let stale = changes.closed.iter();
        let stale = stale.filter(|closed| closed.closing == Closing::Stale);
        let jobs = stale.filter_map(|closed| Some((closed.job, memory.jobs.get(&closed.job)?)));
        // Pictures that are made already are still brought home, though nobody pays for them now.
        let ends = |job: &OpenJob| job.state.is_open() && job.state != State::Storing;
        let moved = jobs
            .filter(|(_, job)| ends(job))
            .map(|(id, job)| expire(id, job, now))
            .collect();
        Self {
            account,
            now,
            changes,
            grant: None,
            adjustment: None,
            opened: None,
            moved,
            new_attempt: None,
            attempt: None,
            images: Vec::new(),
            forgotten: None,
        }
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
            && self.moved.is_empty()
            && self.attempt.is_none()
            && self.forgotten.is_none()
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
            from: job.state,
            from_attempt: job.attempt,
            from_cancel_requested: job.cancel_requested,
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
