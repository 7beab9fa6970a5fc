//! Why a commit failed, as the database's errors tell.

use crate::ports::DatabaseError;
use crate::store::StoreError;

/// Why a commit failed. Nothing was written, unless the answer was lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A new job names an upload that is missing or has expired.
    #[error("the upload in `{field}` is missing")]
    UploadMissing {
        /// `photo` or `garment`.
        field: String,
    },
    /// A new attempt is with a provider whose circuit breaker is open.
    #[error("the provider's circuit breaker is open")]
    CircuitOpen,
    /// A claim of a grant was claimed before.
    #[error("a claim is taken")]
    ClaimTaken,
    /// An operator has blocked the account.
    #[error("the account is blocked")]
    Blocked,
    /// The decision does not fit the database, so the state that it was based on was stale.
    #[error("conflict: {0}")]
    Conflict(String),
    /// It is unknown whether it was written, or nothing could be read.
    #[error("lost: {0}")]
    Lost(String),
}

impl From<DatabaseError> for CommitError {
    /// The only place that depends on the wording of the database's errors, which a test pins.
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Refused(text) if text.contains("circuit_is_open") => Self::CircuitOpen,
            DatabaseError::Refused(text) if text.contains("account_is_blocked") => Self::Blocked,
            DatabaseError::Refused(text) if text.contains("welcome_claims.claim") => {
                Self::ClaimTaken
            }
            DatabaseError::Refused(text) => match text.split_once("upload_is_missing:") {
                Some((_, rest)) => {
                    let field = rest.chars().take_while(char::is_ascii_lowercase).collect();
                    Self::UploadMissing { field }
                }
                None => Self::Conflict(text),
            },
            DatabaseError::Lost(text) => Self::Lost(text),
        }
    }
}

impl From<StoreError> for CommitError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(error) => error.into(),
            StoreError::Row(text) => Self::Lost(text),
        }
    }
}
