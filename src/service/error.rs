//! Why something is not done.

use crate::domain::account::{Refused, Reply};
use crate::domain::credits::Credits;
use crate::domain::field_error::FieldError;
use crate::domain::ledger::{Receipt, Refusal};
use crate::domain::limits::LimitReached;
use crate::domain::picture::Unsupported;
use crate::ports::{AccountUnavailable, DatabaseError, StorageError};
use crate::store::StoreError;

/// Why something is not done. The first are the caller's fault and say what to do about it; the
/// last are ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It asks for what must not be made.
    #[error("we don't make pictures like this one: please see our terms")]
    ContentRefused,
    /// The request has no valid token.
    #[error("a valid token is needed")]
    Unauthenticated,
    /// It does not exist, or belongs to another account.
    #[error("we can't find that: it may have been deleted or belong to another account")]
    NotFound,
    /// They are who they say, and may not do it.
    #[error("{0}")]
    Forbidden(&'static str),
    /// An operator has blocked the account.
    #[error("this account can't create or buy anything right now: please contact us")]
    AccountBlocked,
    /// Nobody is signed in, or no way in is added.
    #[error("{says}")]
    NotSignedIn {
        /// Why, for a program: as in the addresses that a provider's callback leads to.
        reason: &'static str,
        /// Why, and what to do, for a person.
        says: &'static str,
    },
    /// The job's or package's state does not allow it.
    #[error("{0}")]
    Conflict(&'static str),
    /// The account has to be put right before it buys more.
    #[error("{0}")]
    CannotBuy(#[from] CannotBuy),
    /// Fields of the request are not valid.
    #[error("some fields of the request aren't valid")]
    Invalid(Vec<FieldError>),
    /// The bytes are not a picture, or one of a kind that is not supported.
    #[error("{0}")]
    UnsupportedImage(Unsupported),
    /// The body is too large.
    #[error("the body is larger than {limit} bytes")]
    PayloadTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The key was used for another request.
    #[error("this key was already used for a different request")]
    IdempotencyMismatch,
    /// Not enough credits.
    #[error("you need {needed} credits and have {available}")]
    InsufficientCredits {
        /// The price.
        needed: Credits,
        /// What can be frozen.
        available: Credits,
    },
    /// As many jobs as allowed are open.
    #[error("you already have {limit} jobs in progress: wait for one to finish or cancel one")]
    TooManyOpenJobs {
        /// How many may be open at once.
        limit: usize,
    },
    /// A limit on how much may be asked for, or fail, within a time is reached.
    #[error("{0}")]
    RateLimited(LimitReached),
    /// Too late: the job's credits were consumed.
    #[error("the job is complete and its credits were charged")]
    HoldAlreadySettled(Receipt),
    /// Too late: the job's credits were returned.
    #[error("the job is over and its credits were returned")]
    HoldAlreadyReleased(Receipt),
    /// The account cannot be reached, so the operation is refused.
    #[error("we can't look up your credits right now: please try again")]
    LedgerUnavailable(String),
    /// A service outside that has to be asked cannot be reached.
    #[error("a service we need isn't available right now: please try again")]
    ProviderUnavailable(String),
    /// A processor's event whose signature is not good.
    #[error("the signature isn't good")]
    BadEvent,
    /// No more than is left of an order's money can go back.
    #[error("an amount from 1 to {left} can be refunded")]
    NotRefundable {
        /// What the unspent credits cost, in minor units.
        unspent: u64,
        /// What is left of the order's money.
        left: u64,
    },
    /// More would go back than the unspent credits cost.
    #[error(
        "the unspent credits cost {unspent}: refunding more is a loss, which has to be accepted"
    )]
    RefundAtALoss {
        /// What the unspent credits cost, in minor units.
        unspent: u64,
        /// What is left of the order's money.
        left: u64,
    },
    /// The processor of payments did not do what it was asked. Nothing was charged.
    #[error("payments aren't available right now, and nothing was charged: please try again")]
    PaymentsUnavailable(String),
    /// It answered, and not so that anything can be made of it.
    #[error("payments aren't available right now, and nothing was charged: please try again")]
    PaymentsUnclear(String),
    /// Too many large bodies are being read at this moment.
    #[error("too much is being uploaded right now: please try again")]
    Overloaded(String),
    /// Our storage for pictures cannot be reached. The same may work a little later.
    #[error("we can't reach the stored pictures right now: please try again")]
    StorageUnavailable(String),
    /// Something of ours failed.
    #[error("something went wrong on our side")]
    Internal(String),
}

/// Why an account cannot buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotBuy {
    /// Money went back for credits that were spent.
    #[error(
        "a payment went back after its credits were used: please contact us before you buy more"
    )]
    Shortage,
    /// A payment is disputed.
    #[error("a payment of this account is disputed: please contact us before you buy more")]
    Disputed,
}

impl CannotBuy {
    /// As programs are told.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Shortage => "shortage",
            Self::Disputed => "disputed",
        }
    }
}

/// One refund of an order after the other.
pub(super) const REFUND_UNDER_WAY: &str =
    "another refund of this order is under way: try again in a minute";

impl From<AccountUnavailable> for Error {
    fn from(error: AccountUnavailable) -> Self {
        Self::LedgerUnavailable(error.to_string())
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Database(DatabaseError::Refused(text))
                if text.contains("account_is_blocked") =>
            {
                Self::AccountBlocked
            }
            StoreError::Database(DatabaseError::Refused(text)) if text.contains("refunds.") => {
                Self::Conflict(REFUND_UNDER_WAY)
            }
            StoreError::Database(error) => Self::LedgerUnavailable(error.to_string()),
            StoreError::Row(text) => Self::Internal(text),
        }
    }
}

impl From<Unsupported> for Error {
    fn from(unsupported: Unsupported) -> Self {
        Self::UnsupportedImage(unsupported)
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        Self::StorageUnavailable(error.to_string())
    }
}

impl Error {
    /// What the key was used for is not known any more, and must not be made a second time.
    pub(super) const KEY_OF_DELETED: Self =
        Self::Conflict("the job of this key was deleted: use another key for a new one");

    pub(super) const NO_ACCOUNT_YET: Self =
        Self::Conflict("no account has that name yet: set `create_account` to create it");

    /// An id that no account has.
    pub(super) fn no_such_account() -> Self {
        let error = FieldError::new("account", "isn't an existing account");
        Self::Invalid(vec![error])
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Ledger(Refusal::Insufficient { needed, available }) => {
                Self::InsufficientCredits { needed, available }
            }
            Refused::Ledger(Refusal::TooManyOpenHolds { limit }) => Self::TooManyOpenJobs { limit },
            Refused::Ledger(Refusal::NothingToMove | Refusal::OutOfRange) => {
                Self::Invalid(vec![FieldError::new("credits", "is out of range")])
            }
            Refused::Ledger(Refusal::WouldBeNegative { remaining, .. }) => {
                let message = format!("is more than the {remaining} that remain of the package");
                Self::Invalid(vec![FieldError::new("credits", message)])
            }
            Refused::Ledger(Refusal::NoSuchPackage) => Self::Invalid(vec![FieldError::new(
                "package",
                "has nothing left to claw back",
            )]),
            Refused::Ledger(Refusal::ExpiredAtBirth) => {
                Self::Invalid(vec![FieldError::new("expires_at", "is in the past")])
            }
            Refused::Ledger(Refusal::NoOpenHold | Refusal::SettleExceedsHold { .. }) => {
                Self::Internal(refused.to_string())
            }
            Refused::RateLimited(reached) => Self::RateLimited(reached),
            Refused::KeyReused | Refused::AlreadyClaimed => Self::IdempotencyMismatch,
            Refused::Blocked => Self::AccountBlocked,
            Refused::UploadMissing { field } => Self::Invalid(vec![FieldError::new(
                &field,
                "is not one of your uploads, or has expired",
            )]),
            Refused::CircuitOpen => Self::ProviderUnavailable(
                "the circuit of every provider that could make this is open".into(),
            ),
            Refused::StillOpen => {
                Self::Conflict("the job is still in progress: cancel it or wait until it ends")
            }
            Refused::KeyOfDeleted => Self::KEY_OF_DELETED,
            Refused::NoSuchAccount => Self::no_such_account(),
            Refused::NoSuchJob | Refused::NoSuchOrder => Self::NotFound,
            Refused::Shortage { .. } => Self::CannotBuy(CannotBuy::Shortage),
            Refused::Disputed => Self::CannotBuy(CannotBuy::Disputed),
        }
    }
}

/// An answer of the account that its command never gets.
pub(super) fn unexpected(reply: &Reply) -> Error {
    Error::Internal(format!("the account answered {reply:?}"))
}
