//! Small versions of finished pictures, for lists of them. Whoever shows a picture for the first time makes one, since
//! it has been decoded there anyway.

use std::sync::Arc;

use bytes::Bytes;

use super::cleanup::Removal;
use super::jobs::Jobs;
use super::pictures::thumbnail_key;
use super::{Error, User};
use crate::domain::id::JobId;
use crate::domain::job::Job;
use crate::domain::picture::{Unsupported, strip};
use crate::ports::PictureWriter;
use crate::store::ThumbnailWriter;

/// In pixels.
const MAX_SIDE: u32 = 640;

/// Stores thumbnails.
pub struct Thumbnails {
    jobs: Jobs,
    rows: ThumbnailWriter,
    pictures: Arc<dyn PictureWriter>,
    removal: Removal,
}

impl Thumbnails {
    pub(super) fn new(
        jobs: Jobs,
        rows: ThumbnailWriter,
        pictures: Arc<dyn PictureWriter>,
        removal: Removal,
    ) -> Self {
        Self {
            jobs,
            rows,
            pictures,
            removal,
        }
    }

    /// Stores the thumbnail of a user's own picture: (1) the first one is kept; (2) the bytes come first, so that no job
    /// tells of what is not there; (3) if the picture was removed meanwhile, so is its thumbnail.
    pub async fn store(
        &self,
        user: &User,
        id: JobId,
        index: usize,
        bytes: Bytes,
    ) -> Result<Job, Error> {
        let job = self.jobs.job(user, id).await?;
        let position = job.images.get(index).ok_or(Error::NotFound)?.position;
        if job.thumbnails.contains(&position) {
            return Ok(job); // (1)
        }
        let (head, stripped) = strip(&bytes)?;
        let (width, height) = (head.width, head.height);
        if width.max(height) > MAX_SIDE {
            return Err(Unsupported::NoThumbnail { width, height }.into());
        }
        let key = thumbnail_key(id, position);
        self.pictures.put(&key, head.format, stripped).await?; // (2)
        if !self.rows.has_thumbnail(user.account, id, position).await? {
            self.removal.thumbnail(id, position).await?; // (3)
            return Err(Error::NotFound);
        }
        self.jobs.job(user, id).await
    }
}
