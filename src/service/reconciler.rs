//! The reconciler's slices. Jobs that no callback has finished may be too many for one invocation, so it
//! keeps a slice of them and hands the rest to others, each with limits of its own.
//!
//! A slice that is lost loses nothing: its jobs stay due, and the next minute has them again. Nor does it
//! matter if two invocations have the same job: accounts count, and decide.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::{join, join_all};

use super::perform::Executor;
use crate::config::slices::CONNECTIONS;
use crate::domain::id::{AccountId, JobId};
use crate::domain::time::Timestamp;
use crate::ports::{Clock, Invocations, Slice};
use crate::store::Reader;

/// Invocations that one hands to. Objects may call each other about 16 deep, and 6,000 jobs, the most that
/// a run has, are 100 slices: with three, 1 + 3 + 9 + 27 + 81 of them are four deep.
const HANDED: usize = 3;

/// A run begins nothing new once the next one is about to begin.
pub(super) const MAX_RUN: Duration = Duration::from_secs(50);

/// Reconciles slices of due jobs.
pub struct Reconciler {
    executor: Executor,
    store: Reader,
    invocations: Arc<dyn Invocations>,
    jobs_per_slice: usize,
    clock: Arc<dyn Clock>,
}

impl Reconciler {
    pub(super) fn new(
        executor: Executor,
        store: Reader,
        invocations: Arc<dyn Invocations>,
        jobs_per_slice: usize,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            executor,
            store,
            invocations,
            jobs_per_slice,
            clock,
        }
    }

    /// Reconciles jobs, and says how many: (1) the first of them here, (2) the rest in invocations that
    /// do the same. A connection is kept for each of these, and a job takes one at a time.
    pub async fn reconcile(&self, slice: Slice) -> usize {
        let Slice { began_at, mut jobs } = slice;
        let per_slice = self.jobs_per_slice.max(1);
        let rest = jobs.split_off(jobs.len().min(per_slice));
        let parts = parts(&rest, per_slice);
        let at_once = CONNECTIONS.saturating_sub(parts.len());
        let jobs = futures::stream::iter(jobs);
        let own = jobs
            .map(|job| self.reconcile_job(job, began_at))
            .buffer_unordered(at_once)
            .filter(|is_done| ready(*is_done))
            .count(); // (1)
        let handed = parts.into_iter();
        let handed = handed.map(|jobs| self.hand(Slice { began_at, jobs })); // (2)
        let (own, handed) = join(own, join_all(handed)).await;
        handed.into_iter().fold(own, usize::saturating_add)
    }

    /// Reconciles a job, unless its run began too long ago; whether it did. It takes one connection at a
    /// time, and at most [`STATEMENTS_PER_JOB`](crate::config::slices::STATEMENTS_PER_JOB) statements.
    async fn reconcile_job(&self, (account, id): (AccountId, JobId), began_at: Timestamp) -> bool {
        if self.clock.now().since(began_at) > MAX_RUN {
            return false;
        }
        match self.store.job(account, id).await {
            Ok(Some(job)) => self.executor.perform(&job).await,
            Ok(None) => log::error!("event=due_job_missing job={id}"),
            Err(error) => {
                log::error!("event=reconcile_failed job={id} step=load error=\"{error}\"");
            }
        }
        true
    }

    async fn hand(&self, slice: Slice) -> usize {
        let count = slice.jobs.len();
        match self.invocations.reconcile(slice).await {
            Ok(done) => done,
            Err(error) => {
                log::error!("event=slice_failed jobs={count} error=\"{error}\"");
                0
            }
        }
    }
}

/// At most [`HANDED`] parts, each of whole slices but the last.
fn parts(jobs: &[(AccountId, JobId)], per_slice: usize) -> Vec<Vec<(AccountId, JobId)>> {
    let slices = jobs.chunks(per_slice).count();
    let per_part = slices.div_ceil(HANDED).saturating_mul(per_slice).max(1);
    jobs.chunks(per_part).map(<[_]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_handed_in_three_parts_of_whole_slices() {
        let jobs = |count: usize| {
            let job = (AccountId::from_bytes([1; 16]), JobId::from_bytes([2; 16]));
            vec![job; count]
        };
        let sizes = |count| parts(&jobs(count), 60).iter().map(Vec::len).collect();
        let cases: [(usize, &[usize]); 6] = [
            (0, &[]),
            (1, &[1]),
            (60, &[60]),
            (61, &[60, 1]),
            (1140, &[420, 420, 300]),
            (5940, &[1980, 1980, 1980]),
        ];
        for (count, expected) in cases {
            let sizes: Vec<usize> = sizes(count);
            assert_eq!(sizes, expected, "{count}");
        }
    }
}
