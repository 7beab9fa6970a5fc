//! Taking a job back.

use super::{Atelier, Error, unexpected};
use crate::domain::account::Reply;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{Event, Job, State, StateName};

impl Atelier {
    /// Asks to cancel a job. Until its submission is answered the wish alone is written down, since a
    /// provider may have it already: if it was rejected it is canceled and goes nowhere else. A
    /// provider that has it is asked to stop, where it can be, and its credits come back when it stops
    /// or fails. If it completes all the same, it completes. Canceling twice is canceling once: a provider
    /// that does not stop is asked again by the sweep alone.
    pub async fn cancel(&self, account: AccountId, id: JobId) -> Result<Job, Error> {
        let reply = self
            .tell_account(account, (id, None), Event::CancelRequested)
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
}
