//! Reading a job.

use super::{Atelier, Error};
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::Job;

impl Atelier {
    /// A user's own job. Somebody else's is not there.
    pub async fn job(&self, account: AccountId, id: JobId) -> Result<Job, Error> {
        self.store.job(account, id).await?.ok_or(Error::NotFound)
    }
}
