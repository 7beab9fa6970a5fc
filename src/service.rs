//! What happens: each file is one thing that somebody, or the clock, can ask for.
//!
//! `generate` opens a job and hands it to `dispatch`; the provider's answer comes by `webhook`, or the
//! `reconciler`, which `cron` runs, asks for it. All of them end in `perform`, which tells the account what
//! happened and goes on with what follows; `ingest` stores the pictures. Services decide nothing about jobs
//! and credits.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use crate::config::Config;
use crate::domain::account::{Command, Refused, Reply};
use crate::domain::credits::Credits;
use crate::domain::field_error::FieldError;
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::Job;
use crate::domain::ledger::{Receipt, Refusal};
use crate::domain::limits::LimitReached;
use crate::domain::picture::Unsupported;
use crate::domain::time::Timestamp;
use crate::ports::{AccountUnavailable, Ports, Random, StorageError};
use crate::store::{CronWriter, Reader, RemovalWriter, StoreError, UploadWriter};

mod anchor;
mod ask;
mod audit;
mod auth;
mod cancel;
mod candidates;
mod cleanup;
mod credits;
mod cron;
mod delete;
mod dispatch;
mod generate;
mod grants;
mod ingest;
mod isolate;
mod jobs;
mod keys;
mod limits;
mod models;
mod operator;
mod perform;
mod pictures;
mod quote;
mod reconciler;
mod selftest;
mod session;
mod uploads;
mod waiting;
mod webhook;

pub use anchor::AnchoredPart;
pub use audit::{AuditReport, Problem as AuditProblem};
pub use auth::User;
pub use credits::{ExpiringSoon, LowBalance, Statement, StatementOfCredits};
pub use cron::CronReport;
pub use delete::Forgotten;
pub use generate::Placed;
pub use grants::{Granted, NewGrant};
pub use isolate::{Isolate, Reserved, Sender};
pub use jobs::JobsPage;
pub use models::Offer;
pub use pictures::{RESULT_LINK_STEP, picture_key};
pub use quote::Quote;
pub use selftest::{Check, MIGRATION};
pub use session::Session;

pub use crate::store::{
    AdminAttempt, AdminJob, AdminJobs, AdminPage, AllCredits, Earned, HoldState, JournalPage,
    Liability, ModelTimes, OpenJob, Outcome, Overview, ProviderHealth, UnlistedHosts, Upload,
};

/// The whole of the application. Cheap to clone.
#[derive(Clone)]
pub struct Atelier(Arc<Parts>);

/// What the application consists of.
pub struct Parts {
    config: Arc<Config>,
    ports: Ports,
    store: Reader,
    uploads: UploadWriter,
    runs: CronWriter,
    removals: RemovalWriter,
    isolate: Isolate,
}

impl std::ops::Deref for Atelier {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Atelier {
    /// From its configuration and its outside, remembering nothing.
    pub fn new(config: Arc<Config>, ports: Ports) -> Self {
        Self::remembering(config, ports, Isolate::default())
    }

    /// The same with what the isolate remembers.
    pub fn remembering(config: Arc<Config>, ports: Ports, isolate: Isolate) -> Self {
        let database = || Arc::clone(&ports.database);
        Self(Arc::new(Parts {
            config,
            store: Reader::new(database()),
            uploads: UploadWriter::new(database()),
            runs: CronWriter::new(database()),
            removals: RemovalWriter::new(database()),
            ports,
            isolate,
        }))
    }

    /// How it is configured.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Ends after a while.
    pub fn sleep(&self, while_: Duration) -> BoxFuture<'static, ()> {
        self.ports.clock.sleep(while_)
    }

    /// How long ago a job was asked for.
    pub fn age(&self, job: &Job) -> Duration {
        self.now().since(job.created_at)
    }

    /// A name for an answer.
    pub fn request_id(&self) -> String {
        request_id(self.ports.random.as_ref())
    }

    /// Has the account release a job's hold if it is stale, whatever the account remembers.
    async fn expire_hold(
        &self,
        account: AccountId,
        job: JobId,
    ) -> Result<Reply, AccountUnavailable> {
        self.ports
            .accounts
            .call(account, Command::ExpireHold { job })
            .await
    }
}

/// A name for an answer, by which it is found in the log.
pub fn request_id(random: &dyn Random) -> String {
    format!("req_{:032x}", random.bits())
}

/// Why something is not done. The first are the caller's fault and say what to do about it; the
/// last are ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody proved who they are.
    #[error("a valid token is needed")]
    Unauthenticated,
    /// There is no such thing, or it is somebody else's.
    #[error("we can't find that: it may have been deleted or belong to another account")]
    NotFound,
    /// It cannot be done to the thing as it is now.
    #[error("{0}")]
    Conflict(&'static str),
    /// Fields of the request cannot be taken.
    #[error("some fields of the request aren't valid")]
    Invalid(Vec<FieldError>),
    /// The bytes are not a picture that is taken.
    #[error("{0}")]
    UnsupportedImage(Unsupported),
    /// More bytes than we take.
    #[error("the body is larger than {limit} bytes")]
    PayloadTooLarge {
        /// The limit.
        limit: usize,
    },
    /// The key was used for another request.
    #[error("this key was already used for a different request")]
    IdempotencyMismatch,
    /// Not enough credits.
    #[error("you need {needed} credits and have {available}")]
    InsufficientCredits {
        /// What it costs.
        needed: Credits,
        /// What there is.
        available: Credits,
    },
    /// As many jobs as allowed are open.
    #[error("you already have {limit} jobs in progress: wait for one to finish or cancel one")]
    TooManyOpenJobs {
        /// The limit.
        limit: usize,
    },
    /// As much was asked for as may be, or as much of it came to nothing.
    #[error("{0}")]
    RateLimited(LimitReached),
    /// Too late: the job's credits were consumed.
    #[error("the job is complete and its credits were charged")]
    HoldAlreadySettled(Receipt),
    /// Too late: the job's credits have gone back.
    #[error("the job is over and its credits were returned")]
    HoldAlreadyReleased(Receipt),
    /// The account cannot be reached. Nothing is allowed that it has not allowed.
    #[error("we can't look up your credits right now: please try again")]
    LedgerUnavailable(String),
    /// Somebody outside whom we have to ask cannot be reached.
    #[error("a service we need isn't available right now: please try again")]
    ProviderUnavailable(String),
    /// More is being done at this moment than there is room for.
    #[error("too much is being uploaded right now: please try again")]
    Overloaded(String),
    /// Our storage for pictures cannot be reached. The same may work a little later.
    #[error("we can't reach the stored pictures right now: please try again")]
    StorageUnavailable(String),
    /// Something of ours failed.
    #[error("something went wrong on our side")]
    Internal(String),
}

impl From<AccountUnavailable> for Error {
    fn from(error: AccountUnavailable) -> Self {
        Self::LedgerUnavailable(error.to_string())
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
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
    const KEY_OF_DELETED: Self =
        Self::Conflict("the job of this key was deleted: use another key for a new one");
}

impl Error {
    const NO_ACCOUNT_YET: Self =
        Self::Conflict("no account has that name yet: set `create_account` to create it");

    /// Whoever is named by an id has an account.
    fn no_such_account() -> Self {
        let error = FieldError::new("account", "is no account that there is");
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
                "has nothing that could be taken back",
            )]),
            Refused::Ledger(Refusal::ExpiredAtBirth) => {
                Self::Invalid(vec![FieldError::new("expires_at", "is in the past")])
            }
            Refused::Ledger(Refusal::NoOpenHold | Refusal::SettleExceedsHold { .. }) => {
                Self::Internal(refused.to_string())
            }
            Refused::RateLimited(reached) => Self::RateLimited(reached),
            Refused::KeyReused => Self::IdempotencyMismatch,
            Refused::UploadMissing { field } => Self::Invalid(vec![FieldError::new(
                &field,
                "is not one of your uploads, or has expired",
            )]),
            Refused::CircuitOpen => {
                Self::ProviderUnavailable("every provider that could make this rests".into())
            }
            Refused::StillOpen => {
                Self::Conflict("the job is still in progress: cancel it or wait until it ends")
            }
            Refused::KeyOfDeleted => Self::KEY_OF_DELETED,
            Refused::NoSuchAccount => Self::no_such_account(),
            Refused::NoSuchJob => Self::NotFound,
        }
    }
}

/// An answer of the account that its command never gets.
fn unexpected(reply: &Reply) -> Error {
    Error::Internal(format!("the account answered {reply:?}"))
}
