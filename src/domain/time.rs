//! Time as an argument: milliseconds since 1970, UTC. Only the clock adapter knows what time it is.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Datelike, SecondsFormat};
use serde::{Deserialize, Serialize};

/// Where the seconds begin in RFC 3339.
const SECONDS: usize = "2026-11-20T08:00:".len();

/// A moment. In rows and between our own parts it is the number of milliseconds; to people it is
/// RFC 3339.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment this many milliseconds after 1970-01-01 UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The same, for ids that begin with their time; 0 before 1970.
    pub const fn unsigned_millis(self) -> u64 {
        if self.0.is_negative() {
            0
        } else {
            self.0.unsigned_abs()
        }
    }

    /// Whole seconds since 1970-01-01 UTC.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment plus a duration, saturating.
    #[must_use]
    pub fn plus(self, while_: Duration) -> Self {
        Self(self.0.saturating_add(millis_of(while_)))
    }

    /// This moment minus a duration, saturating.
    #[must_use]
    pub fn minus(self, while_: Duration) -> Self {
        Self(self.0.saturating_sub(millis_of(while_)))
    }

    /// How long after `earlier` this is; zero if it is not later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The next moment that is a whole number of `step`s since 1970, strictly after this one.
    #[must_use]
    pub fn next_multiple_of(self, step: Duration) -> Self {
        let step = millis_of(step).max(1);
        Self(
            self.0
                .div_euclid(step)
                .saturating_add(1)
                .saturating_mul(step),
        )
    }

    /// Reads RFC 3339. A moment that could not be written so in UTC is none: an offset may take it
    /// out of the years 0 to 9999. Nor is a leap second, which UTC in milliseconds has no place for, or
    /// a sign that is not ASCII, which the grammar does not have.
    pub fn parse(text: &str) -> Option<Self> {
        let has_leap_second = text.as_bytes().get(SECONDS) == Some(&b'6');
        if !text.is_ascii() || has_leap_second {
            return None;
        }
        let moment = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
        (0..=9999)
            .contains(&moment.year())
            .then(|| Self(moment.timestamp_millis()))
    }
}

fn millis_of(while_: Duration) -> i64 {
    i64::try_from(while_.as_millis()).unwrap_or(i64::MAX)
}

/// RFC 3339 in UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp_millis(self.0) {
            Some(moment) => f.write_str(&moment.to_rfc3339_opts(SecondsFormat::Millis, true)),
            None => write!(f, "{}ms", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_rfc_3339_and_read_back() {
        let moment = Timestamp::from_millis(1_795_161_600_250);
        assert_eq!(moment.to_string(), "2026-11-20T08:00:00.250Z");
        assert_eq!(Timestamp::parse("2026-11-20T08:00:00.25Z"), Some(moment));
        assert_eq!(
            Timestamp::parse("2026-11-20T10:00:00.250+02:00"),
            Some(moment)
        );
        assert_eq!(Timestamp::parse("tomorrow"), None);
    }

    #[test]
    fn a_moment_that_cannot_be_written_in_utc_is_none() {
        for text in ["9999-12-31T23:59:59.999Z", "0000-01-01T00:00:00.000Z"] {
            let moment = Timestamp::parse(text).map(|moment| moment.to_string());
            assert_eq!(moment.as_deref(), Some(text));
        }
        for text in ["9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00+00:01"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    /// Public parsers take both: chrono's reader of RFC 3339 among them.
    #[test]
    fn a_leap_second_and_a_minus_that_is_not_ascii_are_no_part_of_a_time() {
        for text in [
            "2030-01-01T10:00:60Z",
            "2016-12-31T23:59:60Z",
            "2030-01-01T10:00:60.5+02:00",
            "2030-01-01T10:00:00\u{2212}01:00",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
        let minus = Timestamp::parse("2030-01-01T10:00:59-01:00");
        assert_eq!(minus, Timestamp::parse("2030-01-01T11:00:59Z"));
        assert!(minus.is_some());
    }

    #[test]
    fn the_next_hour_is_never_this_moment() {
        let hour = Duration::from_hours(1);
        let eight = Timestamp::from_millis(1_795_161_600_000);
        assert_eq!(eight.next_multiple_of(hour), eight.plus(hour));
    }

    #[test]
    fn a_moment_before_1970_is_its_begin_in_a_name() {
        assert_eq!(Timestamp::from_millis(-5).unsigned_millis(), 0);
        assert_eq!(Timestamp::from_millis(5).unsigned_millis(), 5);
    }

    #[test]
    fn a_second_is_whole_once_it_is_over() {
        let seconds = |millis| Timestamp::from_millis(millis).seconds();
        assert_eq!([0, 999, 1000, 61_999].map(seconds), [0, 0, 1, 61]);
        assert_eq!([-1, -1000, -1001].map(seconds), [-1, -1, -2]);
    }

    #[test]
    fn a_while_earlier_is_that_while_earlier() {
        let now = Timestamp::from_millis(61_000);
        let before = now.minus(Duration::from_mins(1));
        assert_eq!(before, Timestamp::from_millis(1_000));
    }
}
