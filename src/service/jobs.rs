//! Reading a job.

use super::{Atelier, Error};
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::Job;

impl Atelier {
    /// A user's own job. Somebody else's is not there. A stale hold is released before it is shown,
    /// cron or no cron.
    pub async fn job(&self, account: AccountId, id: JobId) -> Result<Job, Error> {
        let job = self.store.job(account, id).await?.ok_or(Error::NotFound)?;
        if !job.hold.is_stale(self.now()) {
            return Ok(job);
        }
        self.end_stale(account, id).await?;
        self.store.job(account, id).await?.ok_or(Error::NotFound)
    }
}
