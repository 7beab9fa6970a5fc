//! Canceling a job.

use super::User;
use super::accounts::JobEvents;
use super::error::{Error, unexpected};
use super::jobs::Jobs;
use super::perform::Executor;
use crate::domain::account::Reply;
use crate::domain::id::JobId;
use crate::domain::job::{Event, Job, State, StateName};

/// Cancels jobs.
pub struct Cancellations {
    events: JobEvents,
    jobs: Jobs,
    executor: Executor,
}

impl Cancellations {
    pub(super) fn new(events: JobEvents, jobs: Jobs, executor: Executor) -> Self {
        Self {
            events,
            jobs,
            executor,
        }
    }

    /// Asks to cancel a job. Until its submission is answered the request alone is recorded, since a
    /// provider may have it already: if it was rejected it is canceled and submitted to no other. A
    /// provider that has it is asked to stop, where it can be, and the credits are returned when it stops
    /// or fails. If it still completes, it is completed. Canceling twice is canceling once: a provider
    /// that does not stop is asked again by the reconciler alone.
    pub async fn cancel(&self, user: &User, id: JobId) -> Result<Job, Error> {
        let account = user.account;
        let reply = self
            .events
            .tell(account, (id, None), Event::CancelRequested)
            .await?;
        let (state, is_news) = match reply {
            Reply::Moved { state, .. } => (state, true),
            Reply::Unmoved { state } => (state, false),
            Reply::Refused(refused) => return Err(refused.into()),
            other => return Err(unexpected(&other)),
        };
        let job = self.jobs.of(account, id).await?;
        let receipt = || job.hold.closed.clone().unwrap_or_default();
        match state {
            StateName::Completed if !job.hold.settled.is_zero() => {
                Err(Error::HoldAlreadySettled(receipt()))
            }
            StateName::Completed | StateName::Failed | StateName::Expired => {
                Err(Error::HoldAlreadyReleased(receipt()))
            }
            StateName::Canceled
            | StateName::Dispatching
            | StateName::Running
            | StateName::Uncertain
            | StateName::Storing => {
                if is_news && matches!(job.lifecycle.state, State::Running(_)) {
                    let executor = &self.executor;
                    executor.ask_to_stop_later(job.attempt_id(), job.attempt.clone());
                }
                Ok(job)
            }
        }
    }
}
