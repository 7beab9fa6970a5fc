//! What an account may do within a while, and how much of it is used.

use std::time::Duration;

use super::{Atelier, Error};
use crate::domain::id::AccountId;
use crate::domain::time::Timestamp;
use crate::store::{DayOfUploads, Upload};

/// Uploads are counted over the last 24 hours, not over a day of the calendar: nobody gets two days'
/// worth around midnight.
const DAY: Duration = Duration::from_hours(24);

/// A limit of an account's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is counted: stable, and part of the API.
    pub name: &'static str,
    /// How much there may be.
    pub limit: u64,
    /// How much there is.
    pub used: u64,
    /// When the first of it no longer counts; `None` if nothing is used.
    pub resets_at: Option<Timestamp>,
}

impl Atelier {
    /// The account's limits on uploads that are configured, with what is used of each.
    pub async fn upload_limits(&self, account: AccountId) -> Result<Vec<Limit>, Error> {
        let limits = self.config.upload_limits;
        if limits.count.is_none() && limits.bytes.is_none() {
            return Ok(Vec::new());
        }
        let day_ago = self.now().minus(DAY);
        let used = self.store.uploads_after(account, day_ago).await?;
        Ok(self.limits_of(used))
    }

    /// Writes an upload down if its account may have it: one more within the day, and so many bytes
    /// more. Removed ones count, too.
    pub(super) async fn admit_upload(&self, upload: &Upload) -> Result<(), Error> {
        let limits = self.config.upload_limits;
        let day_ago = upload.created_at.minus(DAY);
        let refused = self.store.add_upload(upload, day_ago, limits).await?;
        let Some(used) = refused else {
            return Ok(());
        };
        let is_reached = |limit: &&Limit| limit.used >= limit.limit;
        let told = self.limits_of(used);
        // Which one is reached, or else the one that this upload would pass.
        let limit = told.iter().find(is_reached).or_else(|| told.last());
        let none = || Error::Internal("an upload was refused by no limit".into());
        let limit = *limit.ok_or_else(none)?;
        let retry_after = limit.resets_at.unwrap_or(upload.created_at);
        Err(Error::RateLimited {
            limit,
            retry_after: retry_after.since(upload.created_at),
        })
    }

    fn limits_of(&self, used: DayOfUploads) -> Vec<Limit> {
        let limits = self.config.upload_limits;
        let resets_at = used.oldest.map(|oldest| oldest.plus(DAY));
        let of = |name, limit: Option<u64>, used| {
            limit.map(|limit| Limit {
                name,
                limit,
                used,
                resets_at,
            })
        };
        let mib = |bytes: u64| bytes.div_ceil(MIB);
        let count = of("uploads_per_day", limits.count, used.count);
        let bytes = of("upload_mib_per_day", limits.bytes.map(mib), mib(used.bytes));
        count.into_iter().chain(bytes).collect()
    }
}

/// 2^20 bytes.
const MIB: u64 = 1024 * 1024;
