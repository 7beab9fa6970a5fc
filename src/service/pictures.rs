//! Where pictures are kept, and links to them.

use std::time::Duration;

use super::{Atelier, Error};
use crate::domain::id::{AccountId, JobId, UploadId};
use crate::domain::picture::ByteRange;
use crate::domain::time::Timestamp;
use crate::ports::OpenPicture;

/// Links to results change once in this while, so that a browser's cache is of use, and are good
/// for up to twice it.
pub const RESULT_LINK_STEP: Duration = Duration::from_hours(1);

/// Where a result is kept: a function of its job and place, so that storing it twice is storing it
/// once.
pub fn picture_key(account: AccountId, job: JobId, position: u8) -> String {
    format!("results/{account}/{job}/{position}")
}

pub(super) fn upload_key(account: AccountId, upload: UploadId) -> String {
    format!("uploads/{account}/{upload}")
}

/// What the keys of all of an account's results begin with, and of no other's.
pub(super) fn results_prefix(account: AccountId) -> String {
    format!("results/{account}/")
}

/// The same for its uploads.
pub(super) fn uploads_prefix(account: AccountId) -> String {
    format!("uploads/{account}/")
}

/// The same for the results of one job.
pub(super) fn job_prefix(account: AccountId, job: JobId) -> String {
    format!("results/{account}/{job}/")
}

impl Atelier {
    /// The link to a result, as of now.
    pub fn result_link(&self, account: AccountId, job: JobId, position: u8) -> String {
        let expires = self
            .ports
            .clock
            .now()
            .next_multiple_of(RESULT_LINK_STEP)
            .plus(RESULT_LINK_STEP);
        self.link(&picture_key(account, job, position), expires)
    }

    /// The link under which a provider reads an upload.
    pub(super) fn upload_link(
        &self,
        account: AccountId,
        upload: UploadId,
        expires: Timestamp,
    ) -> String {
        self.link(&upload_key(account, upload), expires)
    }

    fn link(&self, key: &str, expires: Timestamp) -> String {
        let signature = self.config.seal.picture_signature(key, expires);
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
        if !self.config.seal.verifies_picture(key, expires, signature)
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
