//! Taking a job back.

use super::{Atelier, Error, unexpected};
use crate::account::Reply;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{Event, Job, State};

impl Atelier {
    /// Asks to cancel a job. Before a provider has it, it is canceled at once; after that its
    /// credits come back when the provider stops or fails, and if it completes all the same, it
    /// completes. Canceling twice is canceling once.
    pub async fn cancel(&self, account: AccountId, id: JobId) -> Result<Job, Error> {
        let reply = self
            .advance(account, id, None, Event::CancelRequested)
            .await?;
        let state = match reply {
            Reply::Moved { state, .. } | Reply::Unmoved { state } => state,
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
            | State::Storing => Ok(job),
        }
    }
}
