//! Reading jobs.

use super::{Atelier, Error};
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{Job, State};

/// A page of a user's jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobsPage {
    /// Newest first.
    pub jobs: Vec<Job>,
    /// The job before which the next page begins, if there is one.
    pub next_cursor: Option<JobId>,
}

impl Atelier {
    /// A user's own job. Somebody else's is not there, nor is one that was deleted. A stale hold is
    /// released before it is shown, cron or no cron.
    pub async fn job(&self, account: AccountId, id: JobId) -> Result<Job, Error> {
        let job = self.wanted_job(account, id).await?;
        if !job.hold.is_stale(self.now()) {
            return Ok(job);
        }
        self.expire_hold(account, id).await?;
        self.wanted_job(account, id).await
    }

    async fn wanted_job(&self, account: AccountId, id: JobId) -> Result<Job, Error> {
        let job = self.store.job(account, id).await?;
        let wanted = job.filter(|job| job.deleted_at.is_none());
        wanted.ok_or(Error::NotFound)
    }

    /// A user's own jobs before one, newest first, of certain states if only those are asked for:
    /// one batch, and a second one if a stale hold had to be released, which releases every stale
    /// hold of the account.
    pub async fn jobs(
        &self,
        account: AccountId,
        before: Option<JobId>,
        states: Option<&[State]>,
        limit: u8,
    ) -> Result<JobsPage, Error> {
        let one_more = limit.saturating_add(1);
        let page = || self.store.jobs_before(account, before, states, one_more);
        let mut jobs = page().await?;
        let now = self.now();
        if let Some(stale) = jobs.iter().find(|job| job.hold.is_stale(now)) {
            self.expire_hold(account, stale.id).await?;
            jobs = page().await?;
        }
        let more = jobs.len() > usize::from(limit);
        jobs.truncate(limit.into());
        let next_cursor = jobs.last().filter(|_| more).map(|job| job.id);
        Ok(JobsPage { jobs, next_cursor })
    }
}
