//! Taking a picture in.

use std::time::Duration;

use bytes::Bytes;

use super::pictures::upload_key;
use super::{Atelier, Error};
use crate::domain::id::{AccountId, UploadId};
use crate::domain::picture::strip;
use crate::store::Upload;

/// How long an upload can be used.
const UPLOAD_TTL: Duration = Duration::from_hours(24);

impl Atelier {
    /// Stores a picture: (1) by its bytes it must be one, and all that tells of more than the picture is
    /// removed; (2) the row goes first, if the account may have one more, (3) then the bytes, so that
    /// the reconciler knows of all that there ever was to remove. Nobody hears the id of a row whose bytes
    /// did not get there, and (4) it does not count.
    pub async fn upload(&self, account: AccountId, bytes: Bytes) -> Result<Upload, Error> {
        let (head, stripped) = strip(&bytes)?; // (1)
        drop(bytes);
        let now = self.ports.clock.now();
        let upload = Upload {
            account,
            id: UploadId::new(now, self.ports.random.bits()),
            head,
            bytes: u64::try_from(stripped.len()).unwrap_or(u64::MAX),
            created_at: now,
            expires_at: now.plus(UPLOAD_TTL),
        };
        self.admit_upload(&upload).await?; // (2)
        let key = upload_key(upload.id);
        let put = self.ports.pictures.put(&key, head.format, stripped).await; // (3)
        if put.is_err()
            && let Err(error) = self.uploads.upload_not_stored(account, upload.id).await
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
