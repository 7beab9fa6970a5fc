//! The append-only list of every movement, chained by hash.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId, PackageId};
use crate::domain::time::Timestamp;

/// What happened to credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Movement {
    /// A package came in: its credits are remaining.
    Grant,
    /// Credits were reserved for a job: from remaining to held.
    Freeze,
    /// Held credits were charged: from held to spent.
    Settle,
    /// Held credits were returned: from held to remaining.
    Release,
    /// Credits were not used in time: from remaining to expired.
    Expire,
    /// Credits were clawed back, by an operator or with money that went back: from remaining to clawed back.
    Clawback,
    /// A clawback was undone, since its money came back: from clawed back to remaining.
    Reinstatement,
    /// Pictures were stored after their hold had ended, and waived: no credits moved.
    LateSuccess,
}

impl Movement {
    /// As it is written in rows and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Freeze => "freeze",
            Self::Settle => "settle",
            Self::Release => "release",
            Self::Expire => "expire",
            Self::Clawback => "clawback",
            Self::Reinstatement => "reinstatement",
            Self::LateSuccess => "late_success",
        }
    }
}

/// SHA-256 over the previous row's hash and a row's own content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first row of an account stands on.
    pub const GENESIS: Self = Self([0; 32]);

    /// The hash of a text.
    pub(super) fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 hash in hexadecimal")]
pub struct InvalidHash;

impl FromStr for Hash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, InvalidHash> {
        let mut bytes = [0; 32];
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(InvalidHash);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| InvalidHash)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| InvalidHash)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Hash {
    type Error = InvalidHash;

    fn try_from(text: String) -> Result<Self, InvalidHash> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

/// One row: a movement of one package's credits, with the package's balances after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the account's journal, from 1, without gaps.
    pub seq: u64,
    /// When. Never before the row before it.
    pub at: Timestamp,
    /// What moved the credits.
    pub movement: Movement,
    /// How much; never zero.
    pub amount: Credits,
    /// Of which package; `None` for a late success, which moves nothing.
    pub package: Option<PackageId>,
    /// For which job, where there is one.
    pub job: Option<JobId>,
    /// What the package has after it.
    pub remaining_after: Credits,
    /// What is held of the package after it.
    pub held_after: Credits,
    /// When the package's credits expire, after it.
    pub expires_at: Option<Timestamp>,
}

impl Entry {
    /// The row's hash on top of the hash of the row before it.
    ///
    /// The bytes that are hashed are pinned by a test: changing them breaks every journal there is.
    pub fn hash(&self, account: AccountId, previous: Hash) -> Hash {
        fn or_dash(value: Option<impl fmt::Display>) -> String {
            value.map_or_else(|| "-".into(), |value| value.to_string())
        }
        let content = format!(
            "{previous}\n{account} {seq} {at} {movement} {amount} {package} {job} {remaining} {held} {expires}",
            seq = self.seq,
            at = self.at.millis(),
            movement = self.movement.name(),
            amount = self.amount,
            package = or_dash(self.package),
            job = or_dash(self.job),
            remaining = self.remaining_after,
            held = self.held_after,
            expires = or_dash(self.expires_at.map(Timestamp::millis)),
        );
        Hash::of(&content)
    }
}
