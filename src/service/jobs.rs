//! Reading jobs.

use std::sync::Arc;

use super::accounts::AccountReader;
use super::{Error, User};
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{Job, StateName};
use crate::ports::Clock;
use crate::store::Reader;

/// A page of a user's jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobsPage {
    /// Newest first.
    pub jobs: Vec<Job>,
    /// The job before which the next page begins, if there is one.
    pub next_cursor: Option<JobId>,
}

/// Reads jobs.
#[derive(Clone)]
pub struct Jobs {
    account: AccountReader,
    store: Reader,
    clock: Arc<dyn Clock>,
}

impl Jobs {
    pub(super) fn new(account: AccountReader, store: Reader, clock: Arc<dyn Clock>) -> Self {
        Self {
            account,
            store,
            clock,
        }
    }

    /// A user's own job. Somebody else's is not there, nor is one that was deleted. An expired hold is
    /// released before it is shown, cron or no cron.
    pub async fn job(&self, user: &User, id: JobId) -> Result<Job, Error> {
        self.of(user.account, id).await
    }

    /// The same for the services themselves.
    pub(super) async fn of(&self, account: AccountId, id: JobId) -> Result<Job, Error> {
        let job = self.visible_job(account, id).await?;
        if !job.hold.has_expired(self.clock.now()) {
            return Ok(job);
        }
        self.account.expire_hold(account, id).await?;
        self.visible_job(account, id).await
    }

    async fn visible_job(&self, account: AccountId, id: JobId) -> Result<Job, Error> {
        let job = self.store.job(account, id).await?;
        let wanted = job.filter(|job| !job.lifecycle.is_deleted);
        wanted.ok_or(Error::NotFound)
    }

    /// A user's own jobs before one, newest first, of certain states if only those are asked for:
    /// one batch, and a second one if an expired hold had to be released, which releases every expired
    /// hold of the account.
    pub async fn jobs(
        &self,
        user: &User,
        before: Option<JobId>,
        states: Option<&[StateName]>,
        limit: u8,
    ) -> Result<JobsPage, Error> {
        let account = user.account;
        let one_more = limit.saturating_add(1);
        let page = || self.store.jobs_before(account, before, states, one_more);
        let mut jobs = page().await?;
        let now = self.clock.now();
        if let Some(expired) = jobs.iter().find(|job| job.hold.has_expired(now)) {
            self.account.expire_hold(account, expired.id).await?;
            jobs = page().await?;
        }
        let more = jobs.len() > usize::from(limit);
        jobs.truncate(limit.into());
        let next_cursor = jobs.last().filter(|_| more).map(|job| job.id);
        Ok(JobsPage { jobs, next_cursor })
    }
}
