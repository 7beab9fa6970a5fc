//! The executor: does what a job needs next, tells the account what came of it, and goes on with what
//! follows from that. The webhook, the reconciler, the dispatch and cancels all end here; what an event
//! does to a job, and what the job needs then, is decided in [`crate::domain::job`] alone.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Either, ready, select};

use super::accounts::{AccountReader, JobEvents};
use super::ask::Providers;
use super::ingest::Ingestion;
use super::reported::{counted, event_of, submission_unknown};
use crate::domain::account::Reply;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{
    Action, Attempt, AttemptId, Event, FailureCode, Job, State, StateName, after_expiry, due,
};
use crate::ports::{AccountUnavailable, Background, Clock};
use crate::provider::Report;
use crate::store::Reader;

/// How long a provider has to answer how a task is, or whether it stops.
pub(super) const ASK_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a callback waits for the results to be stored. Providers give it 10 s at the least, of which the
/// other half is for reading the task and the account's answer.
const SOON: Duration = Duration::from_millis(1500);

/// How a job goes on after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Continue {
    /// Before the caller does: one picture is fetched after the other.
    Awaited,
    /// In the background: all pictures are fetched at once.
    InBackground,
}

/// The executor. It reads rows, asks providers, stores results, and tells accounts what happened to a job;
/// whether credits move is theirs to decide. Of stored pictures it removes those of deleted jobs alone.
#[derive(Clone)]
pub(super) struct Executor {
    account: AccountReader,
    events: JobEvents,
    store: Reader,
    providers: Providers,
    ingestion: Ingestion,
    background: Arc<dyn Background>,
    clock: Arc<dyn Clock>,
}

impl Executor {
    pub(super) fn new(
        (account, events): (AccountReader, JobEvents),
        store: Reader,
        providers: Providers,
        ingestion: Ingestion,
        background: Arc<dyn Background>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            account,
            events,
            store,
            providers,
            ingestion,
            background,
            clock,
        }
    }

    /// Tells the account what happened to a job, and goes on with what follows: (1) the results of a
    /// success are ingested; (2) a provider that turns out to run what its user does not want is asked to
    /// stop. One that was known to run was asked before, and the reconciler asks again.
    pub(super) async fn apply(
        &self,
        attempt: AttemptId,
        event: Event,
        how: Continue,
    ) -> Result<Reply, AccountUnavailable> {
        let reply = self.tell(attempt, event).await?;
        let next = match &reply {
            Reply::Moved { results, count, .. } if turns(&reply, StateName::Storing) => {
                let ingestion = self.ingestion.clone();
                let (results, count) = (results.clone(), *count);
                let at_once = match how {
                    Continue::Awaited => 1,
                    Continue::InBackground => usize::from(count),
                };
                async move { ingestion.ingest(attempt, results, count, at_once).await }.boxed() // (1)
            }
            Reply::Moved { should_stop, .. }
                if *should_stop && turns(&reply, StateName::Running) =>
            {
                self.stop(attempt.account, attempt.job) // (2)
            }
            _ => return Ok(reply),
        };
        match how {
            Continue::Awaited => next.await,
            Continue::InBackground => self.background.spawn(next),
        }
        Ok(reply)
    }

    /// The same for a callback, which waits for the answer. Of a success that the account awaits, the results
    /// are fetched first: (1) if all pictures are stored soon, the account is told of both at once, which is
    /// one write instead of two; (2) if not, it is told of the success by itself, and (3) the same ingest goes
    /// on in the background. (4) What the account does not want after all is not kept.
    pub(super) async fn apply_callback(
        &self,
        attempt: AttemptId,
        event: Event,
    ) -> Result<Reply, AccountUnavailable> {
        let Some((results, count)) = self.awaited_results(attempt, &event).await else {
            return self.apply(attempt, event, Continue::InBackground).await;
        };
        let ingest = self.ingestion.begin(attempt, results, count);
        let (stored, ingest) = match select(ingest, self.clock.sleep(SOON)).await {
            Either::Left((ingests, _)) => (ingests.whole(), ready(ingests).boxed()), // (1)
            Either::Right(((), ingest)) => (Vec::new(), ingest),                     // (2)
        };
        let reply = self.tell(attempt, event.with_stored(stored)).await?;
        let ingestion = self.ingestion.clone();
        if turns(&reply, StateName::Storing) {
            let goes_on = async move { ingestion.conclude_first(attempt, ingest.await).await };
            self.background.spawn(goes_on.boxed()); // (3)
        } else if !is_delivered(&reply) {
            let removed = async move {
                ingest.await;
                ingestion.remove_unwanted(attempt).await;
            };
            self.background.spawn(removed.boxed()); // (4)
        }
        Ok(reply)
    }

    /// The results of a success, if it is that of the task that the account awaits, and how many pictures were
    /// asked for. An account that does not say is told of the success.
    async fn awaited_results(
        &self,
        attempt: AttemptId,
        event: &Event,
    ) -> Option<(Vec<String>, u8)> {
        let Event::Succeeded {
            task_id, results, ..
        } = event
        else {
            return None;
        };
        let count = self.events.awaited(attempt, task_id).await?;
        Some((results.clone(), count))
    }

    async fn tell(&self, attempt: AttemptId, event: Event) -> Result<Reply, AccountUnavailable> {
        let job = (attempt.job, Some(attempt.ordinal));
        self.events.tell(attempt.account, job, event).await
    }

    /// The same for the reconciler: an account that cannot be reached is told at the next run.
    async fn apply_or_log(&self, attempt: AttemptId, event: Event) {
        if let Err(error) = self.apply(attempt, event, Continue::Awaited).await {
            log::error!(
                "event=reconcile_failed job={} step=apply error=\"{error}\"",
                attempt.job
            );
        }
    }

    /// Does what a job needs whose time has come: (1) an expired hold is released first, and what the job
    /// needs then is done at once.
    pub(super) async fn perform(&self, job: &Job) {
        let Job { account, id, .. } = *job;
        let now = self.clock.now();
        let action = if job.hold.has_expired(now) {
            if let Err(error) = self.account.expire_hold(account, id).await {
                return log::error!(
                    "event=reconcile_failed job={id} step=expire_hold error=\"{error}\""
                ); // (1)
            }
            after_expiry(&job.lifecycle, now)
        } else {
            due(&job.lifecycle, job.hold.times(), now)
        };
        let attempt = job.attempt_id();
        match action {
            None => {}
            Some(Action::DoubtSubmission) => {
                let detail = "the provider's answer was never recorded".into();
                let provider = self.providers.get(&job.attempt.provider);
                self.apply_or_log(attempt, submission_unknown(provider, detail))
                    .await;
            }
            Some(Action::Poll) => self.poll(job, attempt).await,
            Some(Action::Find) => self.find(job, attempt).await,
            Some(Action::Ingest) => self.ingestion.retry(job).await,
            Some(Action::Discard) => {
                let results = job.lifecycle.state.results();
                let event = Event::DiscardedAfterDeletion {
                    task_id: None,
                    cost: None,
                    made: u8::try_from(results.len()).unwrap_or(u8::MAX),
                };
                self.apply_or_log(attempt, event).await;
            }
            Some(Action::Expire) => {
                if let Err(error) = self.account.expire_hold(account, id).await {
                    log::error!(
                        "event=reconcile_failed job={id} step=expire_hold error=\"{error}\""
                    );
                }
            }
            Some(Action::FinalPoll) => self.final_poll(job, attempt).await,
        }
    }

    /// Asks the provider about a running job. One that its user does not want is asked to stop as well.
    async fn poll(&self, job: &Job, attempt: AttemptId) {
        let Some((provider, task)) = self.providers.task(&job.attempt) else {
            let name = &job.attempt.provider;
            let detail = format!(
                "{name} cannot be asked: it is no longer configured, or gave the task no id"
            );
            let event = Event::Failed {
                task_id: None,
                reason: FailureCode::ProviderUnavailable,
                detail,
            };
            return self.apply_or_log(attempt, event).await;
        };
        let report = self.providers.ask(provider, &task, ASK_TIMEOUT).await;
        let event = match report {
            Report::Running { percent } => Event::Progressed {
                task_id: Some(task.id.to_owned()),
                percent,
                polled: true,
            },
            report => counted(event_of(provider, task.id, report), job),
        };
        let goes_on = matches!(event, Event::Progressed { .. });
        self.apply_or_log(attempt, event).await;
        if goes_on && job.lifecycle.cancel_requested {
            self.ask_to_stop(attempt, &job.attempt).await;
        }
    }

    /// Searches a provider for a job that it may or may not have, by our reference. Where it cannot be
    /// searched, that is inconclusive.
    async fn find(&self, job: &Job, attempt: AttemptId) {
        let reference = attempt.reference();
        let poll_count = job.lifecycle.state.poll_count();
        let inconclusive = |not_found| Event::PollInconclusive {
            not_found,
            poll_count,
        };
        let provider = self.providers.get(&job.attempt.provider);
        let request = provider.and_then(|provider| {
            let request = provider.codec.find(&provider.access, &reference)?;
            Some((provider, request))
        });
        let Some((provider, request)) = request else {
            return self.apply_or_log(attempt, inconclusive(false)).await;
        };
        let mut task_id = None;
        let read = |response: &_| {
            let (found, report) = provider.codec.read_found(response);
            task_id = found;
            report
        };
        let report = self.providers.exchange(request, read, ASK_TIMEOUT).await;
        let event = match (task_id, report) {
            (_, Report::NotFound) => inconclusive(true),
            (None, _) | (_, Report::Unreadable { .. }) => inconclusive(false),
            (Some(task_id), report) => event_of(provider, &task_id, report),
        };
        self.apply_or_log(attempt, event).await;
    }

    /// Asks the provider about a job whose hold has expired: pictures that are there by now are ingested,
    /// and waived; what still runs is asked to stop. A provider that does not answer is asked again, for a
    /// while.
    async fn final_poll(&self, job: &Job, attempt: AttemptId) {
        let answered = match self.providers.task(&job.attempt) {
            Some((provider, task)) => {
                match self.providers.ask(provider, &task, ASK_TIMEOUT).await {
                    Report::Running { .. } => {
                        self.ask_to_stop(attempt, &job.attempt).await;
                        true
                    }
                    Report::Unreadable { .. } => false,
                    report => {
                        let event = event_of(provider, task.id, report);
                        let told = self.apply(attempt, event, Continue::Awaited).await;
                        told.is_ok()
                    }
                }
            }
            None => true, // It cannot be asked.
        };
        // A hold that has just been released was that of a running job, whose final poll this is the first of.
        let poll_count = match job.lifecycle.state {
            State::Expired { .. } => job.lifecycle.state.poll_count(),
            _ => Some(0),
        };
        let event = Event::FinalPolled {
            answered,
            poll_count,
        };
        self.apply_or_log(attempt, event).await;
    }

    /// Asks the provider to stop, where it can be asked, tells the account what it says, and ingests what it
    /// has made already. No answer changes nothing: its callback or the reconciler will tell what came of it.
    pub(super) async fn ask_to_stop(&self, attempt: AttemptId, at: &Attempt) {
        let Some((provider, task)) = self.providers.task(at) else {
            return;
        };
        let Some(request) = provider.codec.cancel(&provider.access, &task) else {
            return;
        };
        let read = |response: &_| provider.codec.read_canceled(response);
        let report = self.providers.exchange(request, read, ASK_TIMEOUT).await;
        match report {
            Report::Running { .. }
            | Report::Finished
            | Report::NotFound
            | Report::Unreadable { .. } => {
                let (job, provider) = (attempt.job, &at.provider);
                log::info!(
                    "event=stop_unconfirmed job={job} provider={provider} report=\"{report:?}\""
                );
            }
            Report::Succeeded { .. } | Report::Failed { .. } | Report::Canceled => {
                let event = event_of(provider, task.id, report);
                self.apply_or_log(attempt, event).await;
            }
        }
    }

    /// The same after the answer has been given.
    pub(super) fn ask_to_stop_later(&self, attempt: AttemptId, at: Attempt) {
        let executor = self.clone();
        self.background.spawn(Box::pin(async move {
            executor.ask_to_stop(attempt, &at).await;
        }));
    }

    /// Has the provider that runs a job stop it, since its user does not want it any more.
    fn stop(&self, account: AccountId, id: JobId) -> BoxFuture<'static, ()> {
        let executor = self.clone();
        Box::pin(async move {
            match executor.store.job(account, id).await {
                Ok(Some(job)) if matches!(job.lifecycle.state, State::Running(_)) => {
                    executor.ask_to_stop(job.attempt_id(), &job.attempt).await;
                }
                Ok(_) => {}
                Err(error) => log::warn!("event=stop_skipped job={id} error=\"{error}\""),
            }
        })
    }

    /// The same after the answer has been given. Where a job is being submitted, whoever does that will ask.
    pub(super) fn stop_later(&self, account: AccountId, id: JobId) {
        self.background.spawn(self.stop(account, id));
    }
}

/// Whether a job has just come into this state.
fn turns(reply: &Reply, into: StateName) -> bool {
    matches!(reply, Reply::Moved { state, from, .. } if *state == into && state != from)
}

/// Whether a job has got the pictures that its account was told of.
const fn is_delivered(reply: &Reply) -> bool {
    matches!(
        reply,
        Reply::Moved {
            state: StateName::Completed,
            is_deleted: false,
            ..
        }
    )
}
