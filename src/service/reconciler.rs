//! The reconciler's slices. Jobs that no callback has finished may be too many for one invocation, so it
//! keeps a slice of them and hands the rest to others, each with limits of its own.
//!
//! A slice that is lost loses nothing: its jobs stay due, and the next minute has them again. Nor does it
//! matter if two invocations have the same job: accounts count, and decide.

use std::future::ready;

use futures::StreamExt;
use futures::future::{join, join_all};

use super::Atelier;
use crate::config::slices::CONNECTIONS;
use crate::domain::id::{AccountId, JobId};
use crate::ports::Slice;

/// Invocations that one hands to. Objects may call each other about 16 deep, and 6,000 jobs, the most that
/// a run has, are 100 slices: with three, 1 + 3 + 9 + 27 + 81 of them are four deep.
const HANDED: usize = 3;

impl Atelier {
    /// Reconciles jobs, and says how many: (1) the first of them here, (2) the rest in invocations that
    /// do the same. A connection is kept for each of these, and a job takes one at a time.
    pub async fn reconcile(&self, slice: Slice) -> usize {
        let Slice { began_at, mut jobs } = slice;
        let per_slice = self.config.jobs_per_slice.max(1);
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

    async fn hand(&self, slice: Slice) -> usize {
        let count = slice.jobs.len();
        match self.ports.invocations.reconcile(slice).await {
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
