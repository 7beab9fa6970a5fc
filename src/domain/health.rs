//! The circuit breaker: when nothing is submitted to a provider for a while.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a provider took a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It accepted the submission.
    Well,
    /// It failed by itself, or did not answer.
    Failing,
    /// It accepts none until the operator buys credit or corrects the key.
    NeedsOperator,
}

/// After failures of so many accounts in a row a provider's circuit opens: fewer may be random, or caused by
/// one account's requests. Failures of one account open it for that account alone. Two in a row that need the
/// operator are enough, since a wrong key does not correct itself. So are failures of two accounts after the
/// circuit has closed, without a success in between.
pub const FAILURE_THRESHOLD: u32 = 5;

/// The first cooldown. Each further one without a success in between is twice as long.
pub const BASE_COOLDOWN: Duration = Duration::from_secs(30);

/// The longest cooldown, so that a recovered provider is used again soon.
pub const MAX_COOLDOWN: Duration = Duration::from_mins(15);

/// A failure longer ago than this does not count, so that rare ones never add up. It is longer than the
/// longest cooldown, so that the circuit of a provider that fails right after it opens again.
pub const FAILURE_WINDOW: Duration = Duration::from_mins(20);
