//! Where pictures are kept, and links to them.

use std::time::Duration;

use super::{Atelier, Error};
use crate::domain::id::{JobId, UploadId};
use crate::domain::picture::ByteRange;
use crate::domain::time::Timestamp;
use crate::ports::OpenPicture;

/// Links to results change once in this while, so that a browser's cache is of use, and are good
/// for up to twice it.
pub const RESULT_LINK_STEP: Duration = Duration::from_hours(1);

/// Where a result is kept: a function of its job and place, so that storing it twice is storing it
/// once. Providers and whoever is sent a link see it, so it tells nothing of the account, whose id is a
/// hash of its subject.
pub fn picture_key(job: JobId, position: u8) -> String {
    format!("results/{job}/{position}")
}

/// Where an upload is kept, seen by as many.
pub(super) fn upload_key(upload: UploadId) -> String {
    format!("uploads/{upload}")
}

impl Atelier {
    /// The link to a result, as of now.
    pub fn result_link(&self, job: JobId, position: u8) -> String {
        let expires = self
            .ports
            .clock
            .now()
            .next_multiple_of(RESULT_LINK_STEP)
            .plus(RESULT_LINK_STEP);
        self.link(&picture_key(job, position), expires)
    }

    /// The link under which a provider reads an upload.
    pub(super) fn upload_link(&self, upload: UploadId, expires: Timestamp) -> String {
        self.link(&upload_key(upload), expires)
    }

    fn link(&self, key: &str, expires: Timestamp) -> String {
        let signature = self.config.signer.picture_signature(key, expires);
        let (url, seconds) = (&self.config.public_url, expires.seconds());
        format!("{url}/v1/images/{key}?expires={seconds}&signature={signature}")
    }

    /// Opens the picture that a link is for. A link that is not ours, or no longer good, leads
    /// nowhere.
    pub async fn open_picture(
        &self,
        key: &str,
        expires_seconds: i64,
        signature: &str,
        range: Option<ByteRange>,
    ) -> Result<OpenPicture, Error> {
        let expires = Timestamp::from_millis(expires_seconds.saturating_mul(1000));
        if !self.config.signer.verifies_picture(key, expires, signature)
            || expires <= self.ports.clock.now()
        {
            return Err(Error::NotFound);
        }
        self.ports
            .pictures
            .open(key, range)
            .await?
            .ok_or(Error::NotFound)
    }
}
