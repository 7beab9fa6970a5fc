//! Storing what users upload.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::ids::Ids;
use super::limits::UploadQuota;
use super::pictures::upload_key;
use super::{Error, User};
use crate::domain::id::UploadId;
use crate::domain::picture::strip;
use crate::ports::PictureWriter;
use crate::store::{Upload, UploadWriter};

/// How long an upload can be used.
const UPLOAD_TTL: Duration = Duration::from_hours(24);

/// Stores uploads, within each account's quota.
pub struct Uploads {
    quota: UploadQuota,
    rows: UploadWriter,
    pictures: Arc<dyn PictureWriter>,
    ids: Ids,
}

impl Uploads {
    pub(super) fn new(
        quota: UploadQuota,
        rows: UploadWriter,
        pictures: Arc<dyn PictureWriter>,
        ids: Ids,
    ) -> Self {
        Self {
            quota,
            rows,
            pictures,
            ids,
        }
    }

    /// Refuses an account that may have no more uploads by now, before any of one is read.
    pub async fn check(&self, user: &User) -> Result<(), Error> {
        self.quota.check(user.account).await
    }

    /// Stores a picture: (1) its bytes must be those of a picture, and its metadata is
    /// removed; (2) the row is written first, if the account may have one more, (3) then the bytes, so that
    /// the cleanup knows of all that may have to be removed. Nobody is told the id of a row whose bytes were
    /// not stored, and (4) it does not count.
    pub async fn upload(&self, user: &User, bytes: Bytes) -> Result<Upload, Error> {
        let (head, stripped) = strip(&bytes)?; // (1)
        drop(bytes);
        let now = self.ids.now();
        let upload = Upload {
            account: user.account,
            id: UploadId::new(now, self.ids.bits()),
            head,
            bytes: u64::try_from(stripped.len()).unwrap_or(u64::MAX),
            created_at: now,
            expires_at: now.plus(UPLOAD_TTL),
        };
        self.quota.admit(&upload, &self.rows).await?; // (2)
        let key = upload_key(upload.id);
        let put = self.pictures.put(&key, head.format, stripped).await; // (3)
        if put.is_err()
            && let Err(error) = self.rows.upload_not_stored(user.account, upload.id).await
        {
            log::warn!(
                "event=upload_uncount_failed upload={} error=\"{error}\"",
                upload.id
            ); // (4)
        }
        put?;
        Ok(upload)
    }
}
