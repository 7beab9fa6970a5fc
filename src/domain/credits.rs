//! Amounts of credits: whole, never negative, and exact in every language that reads our JSON.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A whole number of credits: 0 to 9,007,199,254,740,991 (2^53 - 1, exact in every language's numbers).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "u64", into = "u64")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("maximum" = 9_007_199_254_740_991_u64)))]
pub struct Credits(u64);

/// A sum above [`Credits::MAX`] or below zero: never a wrong amount instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount of credits would leave 0 to 2^53 - 1")]
pub struct OutOfRange;

impl Credits {
    /// No credits.
    pub const ZERO: Self = Self(0);

    /// 2^53 - 1, the largest integer that survives JSON and D1, whose numbers are doubles.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// This many credits; for constants, hence at most `u32::MAX`.
    pub const fn of(amount: u32) -> Self {
        Self(amount as u64)
    }

    /// The amount as a number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether the amount is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        self.0.checked_add(other.0).ok_or(OutOfRange)?.try_into()
    }

    /// What is left of this after `other`.
    pub fn minus(self, other: Self) -> Result<Self, OutOfRange> {
        self.0.checked_sub(other.0).map(Self).ok_or(OutOfRange)
    }

    /// This for each of `count`.
    pub fn times(self, count: u8) -> Result<Self, OutOfRange> {
        self.0
            .checked_mul(count.into())
            .ok_or(OutOfRange)?
            .try_into()
    }

    /// The sum of all; `OutOfRange` as soon as it is too large.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, OutOfRange> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

impl TryFrom<u64> for Credits {
    type Error = OutOfRange;

    fn try_from(amount: u64) -> Result<Self, OutOfRange> {
        (amount <= Self::MAX.0)
            .then_some(Self(amount))
            .ok_or(OutOfRange)
    }
}

impl From<Credits> for u64 {
    fn from(credits: Credits) -> Self {
        credits.0
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_never_leaves_its_range() {
        assert_eq!(Credits::of(3).minus(Credits::of(4)), Err(OutOfRange));
        assert_eq!(Credits::MAX.plus(Credits::of(1)), Err(OutOfRange));
        assert_eq!(Credits::MAX.times(2), Err(OutOfRange));
        assert_eq!(Credits::of(3).times(4), Ok(Credits::of(12)));
        assert!(serde_json::from_str::<Credits>("9007199254740992").is_err());
        assert!(serde_json::from_str::<Credits>("-1").is_err());
        assert!(serde_json::from_str::<Credits>("1.5").is_err());
    }

    #[test]
    fn an_amount_is_a_plain_number_in_json() {
        assert_eq!(
            serde_json::to_string(&Credits::MAX).unwrap(),
            "9007199254740991"
        );
        assert_eq!(serde_json::from_str("7").ok(), Some(Credits::of(7)));
    }
}
