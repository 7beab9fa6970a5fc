//! Removing pictures: at their user's request, by their age, and those that were stored too late.
//!
//! Only objects that have a row are ever removed, by the exact keys of an upload or of a job. An object
//! without a row is left alone, whatever its key looks like.

use std::sync::Arc;
use std::time::Duration;

use super::Error;
use super::ingest::MAX_POSITIONS;
use super::pictures::{picture_key, thumbnail_key, upload_key};
use crate::config::{Config, Retention};
use crate::domain::id::{AccountId, JobId, UploadId};
use crate::domain::job::{Job, StateName};
use crate::domain::time::Timestamp;
use crate::ports::{PictureRemover, StorageError};
use crate::store::{Reader, Removable, RemovalWriter, Removals};

/// Keys that one call to the storage removes at most.
const MAX_KEYS: usize = 1000;

/// Jobs whose pictures one call removes, each with its thumbnail.
pub(super) const JOBS_PER_CALL: usize = MAX_KEYS.strict_div(2 * MAX_POSITIONS as usize);

/// How many uploads one run of the cron removes at most, at five calls: 7.2 million a day.
const MAX_UPLOADS: u16 = 5000;

/// How many jobs' pictures one run removes at most, at some 50 calls: 2.9 million a day.
const MAX_JOBS: u16 = 2000;

/// An ingest, or an upload, that was under way when its job was deleted, or its owner forgotten, has ended
/// by then, one way or another.
const INGEST_ENDS: Duration = Duration::from_mins(5);

/// How long pictures are kept: an upload as long as a job could be reading it.
pub(super) fn kept_for(config: &Config) -> Retention {
    let retention = config.retention;
    Retention {
        uploads: retention.uploads.saturating_add(config.rules.hold_ttl),
        ..retention
    }
}

/// Removes what is due.
pub(super) struct Cleanup {
    removal: Removal,
    marks: RemovalWriter,
    kept_for: Retention,
}

impl Cleanup {
    pub(super) fn new(removal: Removal, marks: RemovalWriter, kept_for: Retention) -> Self {
        Self {
            removal,
            marks,
            kept_for,
        }
    }

    /// What may be removed by now: uploads that nobody can use any more, since no job that could be
    /// reading them is open; pictures past their age; and whatever is left of deleted jobs.
    pub(super) fn cutoffs(&self, now: Timestamp) -> Removals {
        let kept_for = self.kept_for;
        let ended = now.minus(INGEST_ENDS);
        Removals {
            uploads_until: now.minus(kept_for.uploads),
            forgotten_until: ended,
            images_until: kept_for.results.map(|age| now.minus(age)),
            deleted_until: ended,
            uploads: MAX_UPLOADS,
            jobs: MAX_JOBS,
        }
    }

    /// Removes what is due, and says of how many rows: (1) the objects, then (2) the rows' marks, so
    /// that what was not removed is found again. Of what one call removes all or nothing is marked.
    pub(super) async fn remove(&self, due: Removable, now: Timestamp) -> Result<usize, Error> {
        let mut removed = Removable::default();
        for uploads in due.uploads.chunks(MAX_KEYS) {
            let ids: Vec<_> = uploads.iter().map(|upload| upload.id).collect();
            match self.removal.uploads(&ids).await {
                Ok(()) => removed.uploads.extend(uploads), // (1)
                Err(error) => log::error!(
                    "event=cleanup_failed what=uploads count={} error=\"{error}\"",
                    ids.len()
                ),
            }
        }
        for jobs in due.jobs.chunks(JOBS_PER_CALL) {
            let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
            match self.removal.results(&ids).await {
                Ok(()) => removed.jobs.extend(jobs), // (1)
                Err(error) => log::error!(
                    "event=cleanup_failed what=results count={} error=\"{error}\"",
                    ids.len()
                ),
            }
        }
        let count = removed.uploads.len().saturating_add(removed.jobs.len());
        if count > 0 {
            self.marks.mark_removed(&removed, now).await?; // (2)
        }
        Ok(count)
    }
}

/// What an ingest stored for a job that was deleted or failed during it, and no other picture.
#[derive(Clone)]
pub(super) struct LateResults {
    store: Reader,
    removal: Removal,
}

impl LateResults {
    pub(super) fn new(store: Reader, removal: Removal) -> Self {
        Self { store, removal }
    }

    /// Removes whatever is stored of a job, if its user has deleted it or it has ended without pictures.
    pub(super) async fn remove_if_unwanted(&self, account: AccountId, id: JobId) {
        let outcome = match self.store.job(account, id).await {
            Ok(Some(job)) if is_unwanted(&job) => self.removal.results(&[id]).await,
            Ok(_) => return,
            Err(error) => {
                return log::error!("event=late_result_check_failed job={id} error=\"{error}\"");
            }
        };
        if let Err(error) = outcome {
            log::error!("event=late_result_cleanup_failed job={id} error=\"{error}\"");
        }
    }
}

/// An expired job may still be delivered; one that failed or was canceled stays so.
const fn is_unwanted(job: &Job) -> bool {
    job.lifecycle.is_deleted || matches!(job.state(), StateName::Failed | StateName::Canceled)
}

/// Removing pictures by the ids of their rows, so that no other key is ever removed.
#[derive(Clone)]
pub(super) struct Removal(Arc<dyn PictureRemover>);

impl Removal {
    pub(super) fn new(pictures: Arc<dyn PictureRemover>) -> Self {
        Self(pictures)
    }

    /// Removes the bytes of uploads.
    pub(super) async fn uploads(&self, uploads: &[UploadId]) -> Result<(), StorageError> {
        self.remove_keys(uploads.iter().map(|id| upload_key(*id)))
            .await
    }

    /// Removes whatever may be stored of these jobs' results.
    pub(super) async fn results(&self, jobs: &[JobId]) -> Result<(), StorageError> {
        let keys = jobs.iter().flat_map(|job| {
            let keys = |place| [picture_key(*job, place), thumbnail_key(*job, place)];
            (0..MAX_POSITIONS).flat_map(keys)
        });
        self.remove_keys(keys).await
    }

    /// Removes the thumbnail of a picture.
    pub(super) async fn thumbnail(&self, job: JobId, position: u8) -> Result<(), StorageError> {
        let key = thumbnail_key(job, position);
        self.remove_keys(std::iter::once(key)).await
    }

    async fn remove_keys(&self, keys: impl Iterator<Item = String>) -> Result<(), StorageError> {
        for keys in keys.collect::<Vec<_>>().chunks(MAX_KEYS) {
            self.0.delete(keys).await?;
        }
        Ok(())
    }
}
