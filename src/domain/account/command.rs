//! What an account object can be told, and what it answers. Both travel as JSON between our own
//! parts. While a version is being deployed, the one before is at the other end of some calls: a field
//! that is new since the last release has a default, which is what that version meant.

use serde::{Deserialize, Serialize};

use crate::domain::credits::Credits;
use crate::domain::id::{JobId, PackageId};
use crate::domain::job::{Event, GenerationRequest, StateName};
use crate::domain::ledger::{Package, PackageKind, Receipt, Refusal};
use crate::domain::limits::{LimitReached, Usage};
use crate::domain::time::Timestamp;

/// Something to do. Each may be sent again, and moves nothing the second time: what came in, went or was
/// opened gives its first answer, and an event that has acted says where the job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Credits come in.
    Grant(Grant),
    /// Credits are clawed back.
    Clawback(Clawback),
    /// A job, its hold and its first attempt come to be, all at once.
    Open(Box<Open>),
    /// Something happens to a job.
    JobEvent {
        /// Which job.
        job: JobId,
        /// The attempt it happened to, if it is a provider's word.
        attempt: Option<u8>,
        /// What happened.
        event: Event,
    },
    /// Releases a job's hold if its deadline has passed, and says where the job is.
    ExpireHold {
        /// The id of the job.
        job: JobId,
    },
    /// Nothing more is wanted of a job that is over: it is shown to nobody, its words and the rows
    /// of its pictures go, and nothing is ever stored for it again. What it cost stays.
    Delete {
        /// The id of the job.
        job: JobId,
    },
    /// The person wants to be forgotten: their name goes, and all jobs are deleted, open ones too.
    /// What is open is canceled and goes on until it ends, since a provider may have it: nothing is
    /// stored for it, and what a provider finishes all the same is paid. Credits and the journal stay.
    Forget,
    /// Applies what is due, and says what there is.
    Balance,
    /// Says how much is used of what the account may ask for.
    Limits,
}

/// Credits to come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The account's name as its user's token has it, where that is known.
    pub subject: Option<String>,
    /// Whether there is to be an account from then on, if there is none yet.
    pub may_create: bool,
    /// The new package's name, if it is new.
    pub package: PackageId,
    /// Promo or paid.
    pub kind: PackageKind,
    /// Credits, at least one.
    pub credits: Credits,
    /// When it expires; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// The grant's idempotency key.
    pub reference: String,
}

/// Credits to claw back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clawback {
    /// From which package.
    pub package: PackageId,
    /// Credits, at least one.
    pub credits: Credits,
    /// Why, for whoever reads the books.
    pub reason: String,
    /// The clawback's idempotency key.
    pub reference: String,
}

/// A job to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Its id.
    pub job: JobId,
    /// What is asked for.
    pub request: GenerationRequest,
    /// The model that is asked first: another one if the circuit of that provider is open.
    pub first: String,
    /// The user's name for the request.
    pub idempotency_key: Option<String>,
}

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The credits are there.
    Granted {
        /// The package.
        package: Package,
        /// What came in.
        receipt: Receipt,
        /// Whether there was no account before this grant.
        account_created: bool,
    },
    /// The credits are clawed back.
    ClawedBack {
        /// From what, and what is left.
        receipt: Receipt,
    },
    /// The job is there, and has to be dispatched by whoever asked for it.
    Opened(Opened),
    /// The same request was made before, and this is its job.
    SameJob {
        /// The id of the job.
        job: JobId,
    },
    /// The event acted.
    Moved {
        /// Where the job is now.
        state: StateName,
        /// The ordinal of its current attempt.
        attempt: u8,
        /// How many pictures were asked for.
        count: u8,
        /// Where the provider has its pictures, while it is being stored.
        results: Vec<String>,
        /// Whether its user wants it stopped: whoever knows its task asks the provider.
        is_unwanted: bool,
        /// Where it was before.
        from: StateName,
        /// Whether its user has deleted it, and nothing may be stored for it.
        is_deleted: bool,
    },
    /// The event did not act, and nothing changed.
    Unmoved {
        /// Where the job is.
        state: StateName,
    },
    /// The job is deleted, now or before.
    Deleted,
    /// The person is forgotten.
    Forgotten {
        /// Their jobs that are open still, and were not canceled before.
        open: Vec<JobId>,
    },
    /// What there is.
    Balance {
        /// What can be frozen.
        available: Credits,
        /// What is frozen.
        held: Credits,
        /// As of when.
        now: Timestamp,
    },
    /// How much is used of each limit that there is.
    Limits(Vec<Usage>),
    /// The command is not carried out, and nothing changed but what was due anyway.
    Refused(Refused),
}

/// A job that came to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// What was frozen.
    pub amount: Credits,
    /// When its hold was opened.
    pub opened_at: Timestamp,
    /// When its hold expires.
    pub deadline: Timestamp,
    /// From which packages.
    pub receipt: Receipt,
}

/// Why a command is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// The ledger says no.
    #[error(transparent)]
    Ledger(#[from] Refusal),
    /// As much was asked for as may be, or as much of it came to nothing.
    #[error(transparent)]
    RateLimited(#[from] LimitReached),
    /// The idempotency key, or the grant's reference, was used for another request.
    #[error("the key was used for another request")]
    KeyReused,
    /// The idempotency key was used for a job that was deleted since.
    #[error("the job of the key was deleted")]
    KeyOfDeleted,
    /// An upload is not there, not this account's, or expired.
    #[error("the upload in `{field}` is not there")]
    UploadMissing {
        /// `photo` or `garment`.
        field: String,
    },
    /// The provider that is to be asked fails again and again, and is left alone for a while.
    #[error("the provider rests")]
    CircuitOpen,
    /// Nothing was ever granted to the account, so there is none.
    #[error("there is no such account")]
    NoSuchAccount,
    /// The job is not over yet.
    #[error("the job is open")]
    StillOpen,
    /// The account has no such job.
    #[error("there is no such job")]
    NoSuchJob,
}
