//! How a provider takes submissions, and when it is left alone for a while.

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

/// After failures of so many accounts in a row a provider rests: fewer may have been chance, or what one
/// account asked for. An account whose own so many failures in a row these are leaves it alone by itself.
/// Two in a row that want the operator are enough: a wrong key does not mend itself. So are failures of two
/// accounts after a rest, without a success between; one account's alone never are.
pub const PATIENCE: u32 = 5;

/// The first rest. Each that follows without a success between is twice as long.
pub const FIRST_REST: Duration = Duration::from_secs(30);

/// No rest is longer, so that a provider that is well again is found out soon.
pub const LONGEST_REST: Duration = Duration::from_mins(15);

/// A failure longer ago than this is forgotten, so that rare ones never add up. It is above the
/// longest rest: a provider that fails at once after that rests again.
pub const MEMORY: Duration = Duration::from_mins(20);
