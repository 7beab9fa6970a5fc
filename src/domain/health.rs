//! The circuit breaker: how a provider takes submissions, and when nobody submits to it for a while.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a provider took a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It took it.
    Well,
    /// It did not, for reasons of its own, or did not answer.
    Failing,
    /// It will take none until the operator pays it, or mends the key.
    NeedsOperator,
}

/// After failures of so many accounts in a row a provider's circuit opens: fewer may have been chance, or
/// what one account asked for. If they are one account's own, it opens for that account alone. Two in a row
/// that want the operator are enough: a wrong key does not mend itself. So are failures of two accounts after
/// it closed again, without a success between; one account's alone never are.
pub const FAILURE_THRESHOLD: u32 = 5;

/// How long it stays open at first. Each time that follows without a success between is twice as long.
pub const BASE_COOLDOWN: Duration = Duration::from_secs(30);

/// It never stays open longer, so that a provider that is well again is found out soon.
pub const MAX_COOLDOWN: Duration = Duration::from_mins(15);

/// A failure longer ago than this is forgotten, so that rare ones never add up. It is above the longest
/// cooldown: the circuit of a provider that fails at once after that opens again.
pub const FAILURE_WINDOW: Duration = Duration::from_mins(20);
