//! The only place that reads a clock.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat};

/// Now, for records that people read.
#[expect(
    clippy::disallowed_methods,
    reason = "the emulator's clock adapter; everything else is told the time"
)]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// The time of a Unix timestamp.
#[cfg(test)]
pub(crate) fn at(unix_seconds: u64) -> SystemTime {
    UNIX_EPOCH
        .checked_add(std::time::Duration::from_secs(unix_seconds))
        .unwrap()
}

/// Milliseconds since 1970.
pub(crate) fn unix_millis(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

/// As `2026-10-07T10:00:00.000Z`.
pub(crate) fn iso8601(at: SystemTime) -> String {
    i64::try_from(unix_millis(at))
        .ok()
        .and_then(DateTime::from_timestamp_millis)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Unix seconds as [`iso8601`] has them.
pub(crate) fn iso8601_of(unix_seconds: u64) -> String {
    i64::try_from(unix_seconds)
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The beginning of the day that is this many days before, as `2026-10-07T00:00:00Z`.
pub(crate) fn days_before(at: SystemTime, days: u32) -> String {
    const DAY: u64 = 24 * 60 * 60;
    let day = (unix_seconds(at) / DAY).saturating_sub(days.into());
    i64::try_from(day.saturating_mul(DAY))
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Seconds since 1970, as task ids and `created` carry them.
pub(crate) fn unix_seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
