//! What the clock asks for, each minute: whatever callbacks did not finish, and whatever is past
//! its time.

use std::time::Duration;

use futures::StreamExt;

use super::webhook::event_of;
use super::{Atelier, Error};
use crate::config::Route;
use crate::config::slices::CONNECTIONS;
use crate::domain::account::{Command, Reply};
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{AttemptId, Event, FailureCode, Job, SUBMITTED_WITHIN, State, Status};
use crate::domain::time::Timestamp;
use crate::ports::{AccountUnavailable, Slice};
use crate::provider::Report;
use crate::store::DueJob;

/// How many jobs that are due one run takes up, and how many that are due of those that wait for a host
/// to be listed. Without callbacks, 20 jobs a second are 1,200 a minute, and a job is asked about about
/// twice before it ends.
const MAX_JOBS: u16 = 2400;

/// A run begins nothing new once the next one is about to begin.
const MAX_RUN: Duration = Duration::from_secs(50);

/// How many accounts with expired credits one run looks at: a call of some 50 ms each, six at once.
const MAX_ACCOUNTS: u16 = 1000;

/// How long a provider has to say how a task is.
pub(super) const ASK_TIMEOUT: Duration = Duration::from_secs(10);

/// A provider that says so many times in a row that it has no such task, and then once more, is
/// believed.
const MAX_MISSING: u32 = 4;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Jobs reconciled, here and in the slices that were handed on.
    pub jobs: usize,
    /// Accounts whose expired credits were written down.
    pub accounts: usize,
    /// Uploads, and jobs, whose pictures were removed.
    pub removed: usize,
}

impl Atelier {
    /// Looks at every job that is due, the longest due first, and at those that wait for a host which is
    /// listed by now; then removes the pictures whose time has come, and each hour looks at credits that
    /// have expired unnoticed. It decides nothing: it asks providers, and tells accounts. That it has run
    /// is written down with its first look.
    pub async fn sweep(&self) -> Result<Swept, Error> {
        let now = self.ports.clock.now();
        let cutoffs = self.removal_cutoffs(now);
        let due = self.store.sweep(now, MAX_JOBS, &cutoffs).await?;
        let rescued = self.rescuable(&due.waiting_hosts).await;
        let jobs = due.jobs.into_iter().chain(due.waiting).chain(rescued);
        let jobs = jobs.map(|DueJob { account, id }| (account, id)).collect();
        let began_at = now;
        let jobs = self.reconcile(Slice { began_at, jobs }).await;
        let in_time = || self.now().since(now) <= MAX_RUN;
        let removed = if in_time() {
            self.remove(due.removable, now).await?
        } else {
            0
        };
        let on_the_hour = now.seconds().rem_euclid(3600) < 60;
        let mut accounts = 0;
        if on_the_hour && in_time() {
            let expired = self.store.accounts_with_expired(now, MAX_ACCOUNTS).await?;
            accounts = expired.len();
            futures::stream::iter(expired)
                .for_each_concurrent(CONNECTIONS, |account| self.touch(account))
                .await;
        }
        Ok(Swept {
            jobs,
            accounts,
            removed,
        })
    }

    async fn touch(&self, account: AccountId) {
        if let Err(error) = self.ports.accounts.call(account, Command::Balance).await {
            log::error!("account {account}: {error}; the next hour's sweep will try again");
        }
    }

    /// Reconciles a job, unless its run began too long ago; whether it did. It takes one connection at a
    /// time, and at most [`STATEMENTS_PER_JOB`](crate::config::slices::STATEMENTS_PER_JOB) statements.
    pub(super) async fn reconcile_job(
        &self,
        (account, id): (AccountId, JobId),
        began_at: Timestamp,
    ) -> bool {
        if self.now().since(began_at) > MAX_RUN {
            return false;
        }
        match self.store.job(account, id).await {
            Ok(Some(job)) => self.see_to(&job, began_at).await,
            Ok(None) => log::error!("{id} is due, but not there"),
            Err(error) => log::error!("{id}: {error}"),
        }
        true
    }

    /// Sees to one job: (1) if its hold is stale it is released, which ends the job unless its
    /// pictures are on their way; (2) it gets what its state needs. One that was running when its
    /// time was up, as this or somebody else's look has found, gets its last look.
    async fn see_to(&self, job: &Job, now: Timestamp) {
        let Job { account, id, .. } = *job;
        let is_stale = job.hold.is_stale(now);
        if is_stale && let Err(error) = self.expire_hold(account, id).await {
            return log::error!("{id}: {error}; the next sweep will try again"); // (1)
        }
        let attempt = job.attempt_id();
        // (2)
        match &job.status {
            Status::Dispatching | Status::Uncertain if is_stale => {}
            Status::Dispatching => {
                let detail = "the provider's answer was never written down".into();
                let route = self.config.route(&job.attempt.provider);
                let event = Event::SubmissionUnknown {
                    detail,
                    health: None,
                    can_be_found: route.is_some_and(Route::can_find),
                    // Of a provider that is no longer configured nothing is heard any more.
                    heard_of_within: route.map_or(Duration::ZERO, Route::heard_of_within),
                };
                self.tell(attempt, event).await;
            }
            Status::Storing { results, .. } if job.deleted_at.is_some() => {
                let event = Event::Unwanted {
                    task_id: None,
                    cost: None,
                    made: u8::try_from(results.len()).unwrap_or(u8::MAX),
                };
                self.tell(attempt, event).await;
            }
            Status::Running if is_stale => self.look_at_last(job, attempt).await,
            Status::Running => self.follow_up(job, attempt).await,
            Status::Storing { results, .. } => self.deliver_again(job, results).await,
            Status::Uncertain => self.look_up(job, attempt, now).await,
            Status::Over {
                state: State::Expired,
                ..
            } => self.look_at_last(job, attempt).await,
            Status::Completed { .. } | Status::Over { .. } => {}
        }
    }

    /// Asks the provider about a job whose time is up: pictures that are there by now are brought
    /// home, on the house; what still runs is asked to stop. A provider that does not answer is asked
    /// again, for a while.
    async fn look_at_last(&self, job: &Job, attempt: AttemptId) {
        let is_answered = match self.task(&job.attempt) {
            Some((route, task)) => match self.ask(route, &task, ASK_TIMEOUT).await {
                Report::Running { .. } => {
                    self.ask_to_stop(attempt, &job.attempt).await;
                    true
                }
                Report::Unreadable { .. } => false,
                report => {
                    let event = event_of(route, task.id, report);
                    self.take_in(attempt, event).await.is_ok()
                }
            },
            None => true, // It cannot be asked.
        };
        self.tell(attempt, Event::LookedAtLast { is_answered })
            .await;
    }

    /// Asks the provider about a running job. One that nobody wants any more is asked to stop as well.
    async fn follow_up(&self, job: &Job, attempt: AttemptId) {
        let Some((route, task)) = self.task(&job.attempt) else {
            let provider = &job.attempt.provider;
            let detail = format!(
                "{provider} cannot be asked: it is no longer configured, or gave the task no name"
            );
            return self.give_up(attempt, detail).await;
        };
        let report = self.ask(route, &task, ASK_TIMEOUT).await;
        let goes_on = matches!(report, Report::Running { .. });
        let event = match report {
            Report::Running { percent } => Event::Progressed {
                task_id: Some(task.id.to_owned()),
                percent,
                is_look: true,
            },
            Report::NotFound if job.missing < MAX_MISSING => {
                Event::LookedInVain { is_missing: true }
            }
            Report::Unreadable { .. } => Event::LookedInVain { is_missing: false },
            report => event_of(route, task.id, report),
        };
        self.pass_on(attempt, event).await;
        if goes_on && job.cancel_requested {
            self.ask_to_stop(attempt, &job.attempt).await;
        }
    }

    /// Whether a submission of unknown fate can no longer come to anything: its provider's longest run
    /// is over, and the whole retry window of its callbacks.
    fn is_unheard(&self, job: &Job, now: Timestamp) -> bool {
        let route = self.config.route(&job.attempt.provider);
        let within = route.map_or(Duration::ZERO, Route::heard_of_within);
        job.created_at.plus(SUBMITTED_WITHIN).plus(within) <= now
    }

    /// Looks for a job that a provider may or may not have, by our own name for it. One that is not
    /// there after some looks was never there; one that its user has taken back is asked to stop. Once it
    /// can no longer be heard of, this was the last look.
    async fn look_up(&self, job: &Job, attempt: AttemptId, now: Timestamp) {
        let in_vain = |is_missing| {
            if self.is_unheard(job, now) {
                Event::Unheard
            } else {
                Event::LookedInVain { is_missing }
            }
        };
        let reference = attempt.reference();
        let route = self.config.route(&job.attempt.provider);
        let found = route.and_then(|route| {
            let request = route.provider.find(&route.access, &reference)?;
            Some((route, request))
        });
        let Some((route, request)) = found else {
            return self.tell(attempt, in_vain(false)).await;
        };
        let mut task_id = None;
        let read = |response: &_| {
            let (found, report) = route.provider.read_found(response);
            task_id = found;
            report
        };
        let report = self.exchange(request, read, ASK_TIMEOUT).await;
        match (task_id, report) {
            (_, Report::NotFound) if job.missing >= MAX_MISSING => {
                let detail = format!("{} has no {reference}", job.attempt.provider);
                self.give_up(attempt, detail).await;
            }
            (Some(task_id), report)
                if !matches!(report, Report::NotFound | Report::Unreadable { .. }) =>
            {
                let goes_on = matches!(report, Report::Running { .. });
                self.pass_on(attempt, event_of(route, &task_id, report))
                    .await;
                if goes_on && job.cancel_requested {
                    self.stop(job.account, job.id).await;
                }
            }
            (_, report) => {
                self.tell(attempt, in_vain(report == Report::NotFound))
                    .await;
            }
        }
    }

    async fn pass_on(&self, attempt: AttemptId, event: Event) {
        if let Err(error) = self.take_in(attempt, event).await {
            log::error!("{}: {error}; the next sweep will try again", attempt.job);
        }
    }

    /// Tells the account, and delivers a success, one picture after the other.
    pub(super) async fn take_in(
        &self,
        attempt: AttemptId,
        event: Event,
    ) -> Result<(), AccountUnavailable> {
        let results = match &event {
            Event::Succeeded { results, .. } => results.clone(),
            _ => Vec::new(),
        };
        let AttemptId {
            account,
            job,
            ordinal,
        } = attempt;
        let reply = self.advance(account, job, Some(ordinal), event).await?;
        if let Reply::Moved {
            state: State::Storing,
            count,
            ..
        } = reply
        {
            self.deliver(attempt, &results, count, 1).await;
        }
        Ok(())
    }

    /// Ends a job that no provider has, or that no provider can be asked about.
    async fn give_up(&self, attempt: AttemptId, detail: String) {
        let event = Event::Failed {
            task_id: None,
            reason: FailureCode::ProviderUnavailable,
            detail,
        };
        self.tell(attempt, event).await;
    }

    async fn tell(&self, attempt: AttemptId, event: Event) {
        if let Err(error) = self
            .advance(attempt.account, attempt.job, Some(attempt.ordinal), event)
            .await
        {
            log::error!("{}: {error}; the next sweep will try again", attempt.job);
        }
    }
}
