//! Removing pictures: at somebody's word, by their age, and those that came home too late.
//!
//! Only what a row tells of is ever removed, by the exact key of an upload or by the prefix of a
//! job. An object without a row is left alone, whatever its key looks like.

use std::time::Duration;

use futures::StreamExt;

use super::pictures::{job_prefix, upload_key};
use super::{Atelier, Error};
use crate::config::Retention;
use crate::domain::id::{AccountId, JobId};
use crate::domain::time::Timestamp;
use crate::ports::{Listing, StorageError};
use crate::store::{Removable, Removals};

/// How many uploads one run of the sweep removes at most: as many as one call takes. That is more in a day
/// than 14,000 accounts may send in it, if each sends a hundred.
const MAX_UPLOADS: u16 = 1000;

/// How many jobs' pictures one run removes at most: at two calls for each, of which six are made at once,
/// they take a quarter of a minute, and 576,000 go in a day.
const MAX_JOBS: u16 = 400;

/// As many calls at once as the sweep makes.
const AT_ONCE: usize = 6;

/// Bytes that were on their way when their job was deleted, or their owner forgotten, have come to
/// rest by then, one way or another.
const DELIVERY_ENDS: Duration = Duration::from_mins(5);

impl Atelier {
    /// How long pictures are kept: an upload as long as a job could be reading it.
    pub fn kept_for(&self) -> Retention {
        let retention = self.config.retention;
        Retention {
            uploads: retention.uploads.saturating_add(self.config.rules.hold_ttl),
            ..retention
        }
    }

    /// What may be removed by now: uploads that nobody can use any more, since no job that could be
    /// reading them is open; pictures past their age; and whatever is left of deleted jobs.
    pub(super) fn removal_cutoffs(&self, now: Timestamp) -> Removals {
        let kept_for = self.kept_for();
        let at_rest = now.minus(DELIVERY_ENDS);
        Removals {
            uploads_until: now.minus(kept_for.uploads),
            forgotten_until: at_rest,
            images_until: kept_for.results.map(|age| now.minus(age)),
            deleted_until: at_rest,
            uploads: MAX_UPLOADS,
            jobs: MAX_JOBS,
        }
    }

    /// Removes what is due, and says of how many rows: (1) the objects, then (2) the rows' marks, so
    /// that what was not removed is found again.
    pub(super) async fn remove(&self, due: Removable, now: Timestamp) -> Result<usize, Error> {
        let Removable { uploads, jobs } = due;
        let keys: Vec<_> = uploads
            .iter()
            .map(|upload| upload_key(upload.account, upload.id))
            .collect();
        let uploads = match self.delete_keys(&keys).await {
            Ok(()) => uploads, // (1)
            Err(error) => {
                log::error!("uploads: {error}; the next sweep will try again");
                Vec::new()
            }
        };
        let cleared = futures::stream::iter(jobs).map(|job| async move {
            let removed = self.remove_all(&job_prefix(job.account, job.id)).await; // (1)
            if let Err(error) = &removed {
                log::error!("{}: {error}; the next sweep will try again", job.id);
            }
            removed.is_ok().then_some(job)
        });
        let jobs: Vec<_> = cleared
            .buffer_unordered(AT_ONCE)
            .filter_map(|job| async move { job })
            .collect()
            .await;
        let count = uploads.len().saturating_add(jobs.len());
        if count > 0 {
            let removed = Removable { uploads, jobs };
            self.store.mark_removed(&removed, now).await?; // (2)
        }
        Ok(count)
    }

    /// Removes what a delivery has stored, if it was for a job that its user has deleted meanwhile.
    pub(super) async fn remove_if_deleted(&self, account: AccountId, id: JobId) {
        let outcome = match self.store.job(account, id).await {
            Ok(Some(job)) if job.deleted_at.is_some() => {
                self.remove_all(&job_prefix(account, id)).await
            }
            Ok(_) => return,
            Err(error) => return log::error!("{id}: {error}; the sweep will see to it"),
        };
        if let Err(error) = outcome {
            log::error!("{id}: {error}; the sweep will remove its pictures");
        }
    }

    /// Removes everything under a prefix.
    pub(super) async fn remove_all(&self, prefix: &str) -> Result<(), StorageError> {
        loop {
            let Listing { keys, more } = self.ports.pictures.list(prefix).await?;
            self.delete_keys(&keys).await?;
            if !more {
                return Ok(());
            }
        }
    }

    pub(super) async fn delete_keys(&self, keys: &[String]) -> Result<(), StorageError> {
        if keys.is_empty() {
            return Ok(());
        }
        self.ports.pictures.delete(keys).await
    }
}
