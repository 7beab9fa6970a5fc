//! What an account may do within a while, and how much of it is used.

use std::time::Duration;

use super::{Atelier, Error, unexpected};
use crate::domain::account::{Command, Reply};
use crate::domain::id::AccountId;
use crate::domain::limits::{LimitName, LimitReached, Usage};
use crate::domain::time::Timestamp;
use crate::store::{DayOfUploads, Upload};

/// Uploads are counted over the last 24 hours, not over a day of the calendar: nobody gets two days'
/// worth around midnight.
const DAY: Duration = Duration::from_hours(24);

/// 2^20 bytes.
const MIB: u64 = 1024 * 1024;

impl Atelier {
    /// How much an account has used of each limit that there is: those that its object counts, and those
    /// of its uploads, which the database counts.
    pub async fn limits(&self, account: AccountId) -> Result<Vec<Usage>, Error> {
        let counted = self.ports.accounts.call(account, Command::Limits).await?;
        let Reply::Limits(mut usage) = counted else {
            return Err(unexpected(&counted));
        };
        usage.extend(self.upload_limits(account).await?);
        Ok(usage)
    }

    async fn upload_limits(&self, account: AccountId) -> Result<Vec<Usage>, Error> {
        let limits = self.config.upload_limits;
        if limits.count.is_none() && limits.bytes.is_none() {
            return Ok(Vec::new());
        }
        let day_ago = self.now().minus(DAY);
        let used = self.store.uploads_after(account, day_ago).await?;
        Ok(self.usage_of(used))
    }

    /// Refuses an account that may have no more uploads by now, before any of one is read. What is
    /// written down decides: uploads that come together all pass this.
    pub async fn check_uploads(&self, account: AccountId) -> Result<(), Error> {
        let now = self.now();
        let limits = self.config.upload_limits;
        if limits.count.is_none() && limits.bytes.is_none() {
            return Ok(());
        }
        let used = self.store.uploads_after(account, now.minus(DAY)).await?;
        let name = if limits.count.is_some_and(|most| used.count >= most) {
            LimitName::UploadsPerDay
        } else if limits.bytes.is_some_and(|most| used.bytes >= most) {
            LimitName::UploadMibPerDay
        } else {
            return Ok(());
        };
        let usage = self.usage_of(used);
        let reached = usage.iter().find(|usage| usage.name == name);
        reached.map_or(Ok(()), |reached| Err(refusal(reached, now)))
    }

    /// Writes an upload down if its account may have it: one more within the day, and so many bytes
    /// more. Removed ones count, too.
    pub(super) async fn admit_upload(&self, upload: &Upload) -> Result<(), Error> {
        let limits = self.config.upload_limits;
        let day_ago = upload.created_at.minus(DAY);
        let refused = self.uploads.add_upload(upload, day_ago, limits).await?;
        let Some(used) = refused else {
            return Ok(());
        };
        let is_reached = |usage: &&Usage| usage.used >= usage.limit;
        let usage = self.usage_of(used);
        // Which one is reached, or else the one that this upload would pass.
        let reached = usage.iter().find(is_reached).or_else(|| usage.last());
        let none = || Error::Internal("an upload was refused by no limit".into());
        let reached = reached.ok_or_else(none)?;
        Err(refusal(reached, upload.created_at))
    }

    fn usage_of(&self, used: DayOfUploads) -> Vec<Usage> {
        let limits = self.config.upload_limits;
        let resets_at = used.first.map(|first| first.made_at().plus(DAY));
        let of = |name, limit: Option<u64>, used| {
            limit.map(|limit| Usage {
                name,
                limit: number(limit),
                used: number(used),
                resets_at,
            })
        };
        let mib = |bytes: u64| bytes.div_ceil(MIB);
        let count = of(LimitName::UploadsPerDay, limits.count, used.count);
        let bytes = limits.bytes.map(mib);
        let bytes = of(LimitName::UploadMibPerDay, bytes, mib(used.bytes));
        count.into_iter().chain(bytes).collect()
    }
}

fn refusal(reached: &Usage, now: Timestamp) -> Error {
    let resets_at = reached.resets_at.unwrap_or(now);
    Error::RateLimited(LimitReached {
        name: reached.name,
        limit: reached.limit,
        wait: resets_at.since(now),
    })
}

fn number(of: u64) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
