//! What an account may do within a time, and how much of it is used.

use std::sync::Arc;
use std::time::Duration;

use super::User;
use super::accounts::AccountReader;
use super::counting::Counting;
use super::error::{Error, unexpected};
use crate::config::{CheckoutLimits, UploadLimits};
use crate::domain::account::Reply;
use crate::domain::id::AccountId;
use crate::domain::limits::{LimitName, LimitReached, Usage};
use crate::domain::time::Timestamp;
use crate::ports::Clock;
use crate::store::{DayOfUploads, Reader, Upload, UploadWriter};

/// Uploads are counted over the last 24 hours, not over a day of the calendar: nobody gets two days'
/// worth around midnight.
const DAY: Duration = Duration::from_hours(24);

/// 2^20 bytes.
const MIB: u64 = 1024 * 1024;

/// Tells the limits.
pub struct Limits {
    account: AccountReader,
    uploads: UploadQuota,
    /// Where anything is sold.
    checkouts: Option<(Counting, CheckoutLimits)>,
}

impl Limits {
    pub(super) fn new(
        account: AccountReader,
        uploads: UploadQuota,
        checkouts: Option<(Counting, CheckoutLimits)>,
    ) -> Self {
        Self {
            account,
            uploads,
            checkouts,
        }
    }

    /// How much an account has used of each limit that there is: those that its object counts, and those
    /// of its uploads, which the database counts.
    pub async fn usage(&self, user: &User) -> Result<Vec<Usage>, Error> {
        let account = user.account;
        let counted = self.account.limits(account).await?;
        let Reply::Limits(mut usage) = counted else {
            return Err(unexpected(&counted));
        };
        usage.extend(self.uploads.usage(account).await?);
        if let Some((counting, limits)) = &self.checkouts {
            usage.extend(counting.checkouts(account, *limits).await?);
        }
        Ok(usage)
    }
}

/// What an account may upload within 24 hours.
#[derive(Clone)]
pub(super) struct UploadQuota {
    store: Reader,
    limits: UploadLimits,
    clock: Arc<dyn Clock>,
}

impl UploadQuota {
    pub(super) fn new(store: Reader, limits: UploadLimits, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            limits,
            clock,
        }
    }

    async fn usage(&self, account: AccountId) -> Result<Vec<Usage>, Error> {
        let limits = self.limits;
        if limits.count.is_none() && limits.bytes.is_none() {
            return Ok(Vec::new());
        }
        let day_ago = self.clock.now().minus(DAY);
        let used = self.store.uploads_after(account, day_ago).await?;
        Ok(self.usage_of(used))
    }

    /// Refuses an account that may have no more uploads by now, before any of one is read. The rows decide
    /// when one is admitted: uploads that come together all pass this.
    pub(super) async fn check(&self, account: AccountId) -> Result<(), Error> {
        let now = self.clock.now();
        let limits = self.limits;
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

    /// Writes an upload's row if its account may have it: one more within the day, and so many bytes more.
    /// Removed ones count, too.
    pub(super) async fn admit(&self, upload: &Upload, rows: &UploadWriter) -> Result<(), Error> {
        let limits = self.limits;
        let day_ago = upload.created_at.minus(DAY);
        let refused = rows.add_upload(upload, day_ago, limits).await?;
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
        let limits = self.limits;
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
