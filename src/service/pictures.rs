//! Where pictures are kept, and links to them.

use std::sync::Arc;
use std::time::Duration;

use super::Error;
use crate::domain::id::{JobId, UploadId};
use crate::domain::job::AttemptId;
use crate::domain::picture::ByteRange;
use crate::domain::time::Timestamp;
use crate::ports::{Clock, OpenPicture, PictureReader};
use crate::signer::Signer;

/// Links to results change once in this while, so that a browser's cache is of use, and are good
/// for up to twice it.
pub const RESULT_LINK_STEP: Duration = Duration::from_hours(24);

/// Where a result is kept: a function of its job and place, so that storing it twice is storing it
/// once. Providers and everybody with a link see it, so it tells nothing of the account, whose id is a
/// hash of its subject.
pub fn picture_key(job: JobId, position: u8) -> String {
    format!("results/{job}/{position}")
}

/// Where the small version of a result is kept.
pub(super) fn thumbnail_key(job: JobId, position: u8) -> String {
    format!("thumbnails/{job}/{position}")
}

/// Where an upload is kept. As many see it.
pub(super) fn upload_key(upload: UploadId) -> String {
    format!("uploads/{upload}")
}

/// The addresses that we sign.
#[derive(Clone)]
pub struct Links {
    signer: Signer,
    public_url: String,
}

impl Links {
    pub(super) fn new(signer: Signer, public_url: String) -> Self {
        Self { signer, public_url }
    }

    /// The link to a result, as of now.
    pub fn result(&self, job: JobId, position: u8, now: Timestamp) -> String {
        self.of_result(&picture_key(job, position), now)
    }

    /// The link to the small version of a result, as of now.
    pub fn thumbnail(&self, job: JobId, position: u8, now: Timestamp) -> String {
        self.of_result(&thumbnail_key(job, position), now)
    }

    fn of_result(&self, key: &str, now: Timestamp) -> String {
        let expires = now
            .next_multiple_of(RESULT_LINK_STEP)
            .plus(RESULT_LINK_STEP);
        self.link(key, expires)
    }

    /// The link under which a provider reads an upload.
    pub(super) fn upload(&self, upload: UploadId, expires: Timestamp) -> String {
        self.link(&upload_key(upload), expires)
    }

    /// The address at which a provider calls back about an attempt.
    pub(super) fn callback(&self, provider: &str, attempt: AttemptId) -> String {
        let (url, token) = (
            &self.public_url,
            self.signer.callback_token(provider, attempt),
        );
        format!("{url}/v1/webhooks/{provider}/{token}")
    }

    fn link(&self, key: &str, expires: Timestamp) -> String {
        let signature = self.signer.picture_signature(key, expires);
        let (url, seconds) = (&self.public_url, expires.seconds());
        format!("{url}/v1/images/{key}?expires={seconds}&signature={signature}")
    }
}

/// Stored pictures, for everybody with a link to one.
pub struct Pictures {
    signer: Signer,
    reader: Arc<dyn PictureReader>,
    clock: Arc<dyn Clock>,
}

impl Pictures {
    pub(super) fn new(
        signer: Signer,
        reader: Arc<dyn PictureReader>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            signer,
            reader,
            clock,
        }
    }

    /// Opens the picture that a link is for. A link that is not ours, or no longer good, leads
    /// nowhere.
    pub async fn open(
        &self,
        key: &str,
        expires_seconds: i64,
        signature: &str,
        range: Option<ByteRange>,
    ) -> Result<OpenPicture, Error> {
        let expires = Timestamp::from_millis(expires_seconds.saturating_mul(1000));
        if !self.signer.verifies_picture(key, expires, signature) || expires <= self.clock.now() {
            return Err(Error::NotFound);
        }
        self.reader.open(key, range).await?.ok_or(Error::NotFound)
    }
}
