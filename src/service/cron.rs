//! What cron runs, each minute: the reconciler for jobs that callbacks did not finish, and cleanup.

use std::time::Duration;

use futures::StreamExt;

use super::{Atelier, Error};
use crate::config::slices::CONNECTIONS;
use crate::domain::account::Command;
use crate::domain::id::{AccountId, JobId};
use crate::domain::time::Timestamp;
use crate::ports::Slice;
use crate::store::DueJob;

/// How many jobs that are due one run takes up, and how many that are due of those that wait for a host
/// to be listed. Without callbacks, 20 jobs a second are 1,200 a minute, and a job is asked about about
/// twice before it ends.
const MAX_JOBS: u16 = 2400;

/// A run begins nothing new once the next one is about to begin.
const MAX_RUN: Duration = Duration::from_secs(50);

/// How many accounts with expired credits one run looks at: a call of some 50 ms each, six at once.
const MAX_ACCOUNTS: u16 = 1000;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CronReport {
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
    /// have expired unnoticed. It decides nothing: it performs what each job's lifecycle says is due. That it has run
    /// is written down with its first look.
    pub async fn run_cron(&self) -> Result<CronReport, Error> {
        let now = self.ports.clock.now();
        let cutoffs = self.cleanup_cutoffs(now);
        let due = self.runs.due(now, MAX_JOBS, &cutoffs).await?;
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
        Ok(CronReport {
            jobs,
            accounts,
            removed,
        })
    }

    async fn touch(&self, account: AccountId) {
        if let Err(error) = self.ports.accounts.call(account, Command::Balance).await {
            log::error!("event=expiry_failed account={account} error=\"{error}\"");
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
            Ok(Some(job)) => self.perform(&job).await,
            Ok(None) => log::error!("event=due_job_missing job={id}"),
            Err(error) => {
                log::error!("event=reconcile_failed job={id} step=load error=\"{error}\"");
            }
        }
        true
    }
}
