//! The one place that reads a clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, for records that people read.
#[expect(
    clippy::disallowed_methods,
    reason = "the emulator's clock adapter; everything else is told the time"
)]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// Seconds since 1970, as task ids and `created` carry them.
pub(crate) fn unix_seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
