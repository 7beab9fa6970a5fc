//! Taking a job back.

use std::time::Duration;

use super::webhook::event_of;
use super::{Atelier, Error, unexpected};
use crate::domain::account::Reply;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{Attempt, AttemptId, Event, Job, State, Status};
use crate::provider::Report;

/// How long a provider has to say whether it stops.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(10);

impl Atelier {
    /// Asks to cancel a job. Until its submission is answered the wish alone is written down, since a
    /// provider may have it already: if it was rejected it is canceled and goes nowhere else. A
    /// provider that has it is asked to stop, where it can be, and its credits come back when it stops
    /// or fails. If it completes all the same, it completes. Canceling twice is canceling once: a provider
    /// that does not stop is asked again by the sweep alone.
    pub async fn cancel(&self, account: AccountId, id: JobId) -> Result<Job, Error> {
        let reply = self
            .advance(account, id, None, Event::CancelRequested)
            .await?;
        let (state, is_news) = match reply {
            Reply::Moved { state, .. } => (state, true),
            Reply::Unmoved { state } => (state, false),
            Reply::Refused(refused) => return Err(refused.into()),
            other => return Err(unexpected(&other)),
        };
        let job = self.job(account, id).await?;
        let receipt = || job.hold.closed.clone().unwrap_or_default();
        match state {
            State::Completed if !job.hold.settled.is_zero() => {
                Err(Error::HoldAlreadySettled(receipt()))
            }
            State::Completed | State::Failed | State::Expired => {
                Err(Error::HoldAlreadyReleased(receipt()))
            }
            State::Canceled
            | State::Dispatching
            | State::Running
            | State::Uncertain
            | State::Storing => {
                if is_news && matches!(job.status, Status::Running) {
                    let (atelier, attempt, at) =
                        (self.clone(), job.attempt_id(), job.attempt.clone());
                    self.ports.background.spawn(Box::pin(async move {
                        atelier.ask_to_stop(attempt, &at).await;
                    }));
                }
                Ok(job)
            }
        }
    }

    /// Asks the provider to stop, where it can be asked, passes on what it says, and delivers what it has
    /// made already. No answer changes nothing: its callback or the sweep will tell what came of it.
    pub(super) async fn ask_to_stop(&self, attempt: AttemptId, at: &Attempt) {
        let Some((route, task)) = self.task(at) else {
            return;
        };
        let Some(request) = route.provider.cancel(&route.access, &task) else {
            return;
        };
        let read = |response: &_| route.provider.read_canceled(response);
        let report = self.exchange(request, read, CANCEL_TIMEOUT).await;
        match report {
            Report::Running { .. }
            | Report::Finished
            | Report::NotFound
            | Report::Unreadable { .. } => {
                log::info!(
                    "{}: asked to stop, {} says {report:?}",
                    attempt.job,
                    at.provider
                );
            }
            Report::Succeeded { .. } | Report::Failed { .. } | Report::Canceled => {
                let event = event_of(route, task.id, report);
                if let Err(error) = self.take_in(attempt, event).await {
                    log::warn!("{}: {error}; the sweep will see to it", attempt.job);
                }
            }
        }
    }

    /// Has the provider that runs a job stop it, since its user has taken it back meanwhile.
    pub(super) async fn stop(&self, account: AccountId, id: JobId) {
        match self.store.job(account, id).await {
            Ok(Some(job)) if matches!(job.status, Status::Running) => {
                self.ask_to_stop(job.attempt_id(), &job.attempt).await;
            }
            Ok(_) => {}
            Err(error) => log::warn!("{id}: {error}; the sweep will ask it to stop"),
        }
    }

    /// The same for somebody who does not wait for it. Where a job is being submitted, whoever does that
    /// will ask.
    pub(super) fn stop_later(&self, account: AccountId, id: JobId) {
        let atelier = self.clone();
        self.ports.background.spawn(Box::pin(async move {
            atelier.stop(account, id).await;
        }));
    }
}
