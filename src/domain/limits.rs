//! Limits on an account's requests and on its failed jobs. They bound what a user who requests thousands of
//! pictures, or requests and cancels, can cost the operator.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::job::StateName;
use super::time::Timestamp;

/// The window of [`LimitName::GenerationsPerMinute`].
const MINUTE: Duration = Duration::from_mins(1);

/// The window of [`LimitName::FailedPerHour`], and how far back an account has to be read.
pub const HOUR: Duration = Duration::from_hours(1);

/// The most within each window; 0 means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `MAX_GENERATIONS_PER_MINUTE`.
    pub generations_per_minute: u32,
    /// `MAX_FAILED_PER_HOUR`.
    pub failed_per_hour: u32,
}

/// A limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum LimitName {
    /// Generations requested within the last minute.
    GenerationsPerMinute,
    /// Generations of the last hour that failed, expired or were canceled.
    FailedPerHour,
    /// Uploads of the last 24 hours, including those that were removed since.
    UploadsPerDay,
    /// The size of the uploads of the last 24 hours in MiB (1,048,576 bytes), rounded up.
    UploadMibPerDay,
    /// Steps of sign-ins from one network within a minute, roughly.
    SignInsPerMinute,
    /// Codes that are sent within an hour: to one mailbox, and from one network.
    SignInMailsPerHour,
    /// Codes that are sent within a day (UTC), to everybody.
    SignInMailsPerDay,
    /// New accounts from one network within a day (UTC).
    SignUpsPerDay,
    /// Checkouts that are begun within an hour: by one account, and from one network.
    CheckoutsPerHour,
    /// Checkouts that one account begins within a day (UTC).
    CheckoutsPerDay,
}

/// How much of a limit is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The limit.
    pub name: LimitName,
    /// The most that is allowed.
    pub limit: u32,
    /// How many are used.
    pub used: u32,
    /// When the first of them stops counting; `None` if there are none.
    pub resets_at: Option<Timestamp>,
}

/// A limit is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("you've reached this limit: try again in {} s", wait.as_secs())]
pub struct LimitReached {
    /// The limit.
    pub name: LimitName,
    /// The most that is allowed.
    pub limit: u32,
    /// How long to wait.
    pub wait: Duration,
}

/// An account's recent generations: when each was requested, and which have failed. Those past every
/// window are dropped when new ones come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recent {
    /// When each generation of the last minute was requested.
    asked: Vec<Timestamp>,
    /// When each generation of the last hour was requested that has failed.
    failed: Vec<Timestamp>,
}

impl Recent {
    /// Counts a generation that is requested now.
    pub fn ask(&mut self, at: Timestamp, now: Timestamp) {
        self.asked.retain(|at| counts(*at, MINUTE, now));
        self.failed.retain(|at| counts(*at, HOUR, now));
        self.asked.push(at);
    }

    /// Counts the outcome of a generation that was requested at this time.
    pub fn end(&mut self, at: Timestamp, state: StateName) {
        if matches!(
            state,
            StateName::Failed | StateName::Canceled | StateName::Expired
        ) {
            self.failed.push(at);
        }
    }

    /// Whether one more may be requested.
    pub fn check(&self, limits: Limits, now: Timestamp) -> Result<(), LimitReached> {
        for (name, limit, window, all) in self.windows(limits) {
            let counted = in_window(all, window, now);
            // Without a limit that is behind the last of them, where there is none.
            let over = counted.len().saturating_sub(limit as usize);
            if counted.len() >= limit as usize
                && let Some(at) = counted.get(over)
            {
                let wait = at.plus(window).since(now);
                return Err(LimitReached { name, limit, wait });
            }
        }
        Ok(())
    }

    /// The use of each limit that is set.
    pub fn usage(&self, limits: Limits, now: Timestamp) -> Vec<Usage> {
        let windows = self.windows(limits).into_iter();
        let limited = windows.filter(|(_, limit, ..)| *limit > 0);
        let usage = limited.map(|(name, limit, window, all)| {
            let counted = in_window(all, window, now);
            Usage {
                name,
                limit,
                used: u32::try_from(counted.len()).unwrap_or(u32::MAX),
                resets_at: counted.first().map(|at| at.plus(window)),
            }
        });
        usage.collect()
    }

    fn windows(&self, limits: Limits) -> [(LimitName, u32, Duration, &[Timestamp]); 2] {
        [
            (
                LimitName::GenerationsPerMinute,
                limits.generations_per_minute,
                MINUTE,
                &self.asked,
            ),
            (
                LimitName::FailedPerHour,
                limits.failed_per_hour,
                HOUR,
                &self.failed,
            ),
        ]
    }
}

/// Half open, like every interval: what happened exactly one window ago no longer counts.
fn counts(at: Timestamp, window: Duration, now: Timestamp) -> bool {
    now < at.plus(window)
}

/// The times that still count, oldest first.
fn in_window(all: &[Timestamp], window: Duration, now: Timestamp) -> Vec<Timestamp> {
    let counted = all.iter().copied().filter(|at| counts(*at, window, now));
    let mut counted: Vec<_> = counted.collect();
    counted.sort_unstable();
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(0).plus(Duration::from_secs(seconds))
    }

    const LIMITS: Limits = Limits {
        generations_per_minute: 2,
        failed_per_hour: 3,
    };

    #[test]
    fn a_minute_ends_to_the_millisecond() {
        let mut recent = Recent::default();
        assert_eq!(recent.check(LIMITS, at(0)), Ok(()));
        recent.ask(at(0), at(0));
        recent.ask(at(10), at(10));
        let refused = |wait| {
            Err(LimitReached {
                name: LimitName::GenerationsPerMinute,
                limit: 2,
                wait,
            })
        };
        assert_eq!(
            recent.check(LIMITS, at(15)),
            refused(Duration::from_secs(45))
        );
        let last = Timestamp::from_millis(at(60).millis() - 1);
        assert_eq!(
            recent.check(LIMITS, last),
            refused(Duration::from_millis(1))
        );
        assert_eq!(recent.check(LIMITS, at(60)), Ok(()));
        recent.ask(at(60), at(60));
        assert_eq!(
            recent.check(LIMITS, at(60)),
            refused(Duration::from_secs(10))
        );
    }

    /// A limit that a deployment lowered applies to earlier requests, too.
    #[test]
    fn with_more_than_are_allowed_it_is_over_when_enough_are_past() {
        let mut recent = Recent::default();
        for second in 0..5 {
            recent.ask(at(second), at(second));
        }
        let reached = recent.check(LIMITS, at(5)).unwrap_err();
        assert_eq!(reached.wait, Duration::from_secs(58));
        assert_eq!(recent.check(LIMITS, at(63)), Ok(()));
    }

    #[test]
    fn what_fails_expires_or_is_canceled_counts_and_what_completes_does_not() {
        let mut recent = Recent::default();
        for state in [StateName::Failed, StateName::Expired, StateName::Completed] {
            recent.end(at(0), state);
        }
        assert_eq!(recent.check(LIMITS, at(3599)), Ok(()));
        recent.end(at(60), StateName::Canceled);
        let reached = recent.check(LIMITS, at(3599)).unwrap_err();
        assert_eq!(
            (reached.name, reached.wait),
            (LimitName::FailedPerHour, Duration::from_secs(1))
        );
        assert_eq!(recent.check(LIMITS, at(3600)), Ok(()));
    }

    #[test]
    fn zero_is_no_limit_and_is_not_listed() {
        let limits = Limits {
            generations_per_minute: 0,
            failed_per_hour: 0,
        };
        let mut recent = Recent::default();
        for _ in 0..100 {
            recent.ask(at(0), at(0));
            recent.end(at(0), StateName::Failed);
        }
        assert_eq!(recent.check(limits, at(1)), Ok(()));
        assert_eq!(recent.usage(limits, at(1)), []);
    }

    #[test]
    fn usage_tells_when_the_first_no_longer_counts_and_nothing_of_what_is_not_used() {
        let mut recent = Recent::default();
        let usage = |recent: &Recent, now| {
            let usage = recent.usage(LIMITS, now).into_iter();
            usage
                .map(|usage| (usage.limit, usage.used, usage.resets_at))
                .collect::<Vec<_>>()
        };
        assert_eq!(usage(&recent, at(0)), [(2, 0, None), (3, 0, None)]);
        recent.ask(at(1), at(1));
        recent.ask(at(2), at(2));
        recent.end(at(2), StateName::Canceled);
        recent.end(at(1), StateName::Failed);
        assert_eq!(
            usage(&recent, at(3)),
            [(2, 2, Some(at(61))), (3, 2, Some(at(3601)))]
        );
        assert_eq!(
            usage(&recent, at(62)),
            [(2, 0, None), (3, 2, Some(at(3601)))]
        );
    }
}
