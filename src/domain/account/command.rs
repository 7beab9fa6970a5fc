//! What an account object can be told, and what it answers. Both travel as JSON between our own
//! parts. While a version is being deployed, the one before is at the other end of some calls: a field
//! that is new since the last release has a default, which is what that version meant.

use serde::{Deserialize, Serialize};

use crate::domain::credits::Credits;
use crate::domain::id::{JobId, OrderId, PackageId};
use crate::domain::job::{Event, GenerationRequest, StateName};
use crate::domain::ledger::{Package, PackageKind, Receipt, Refusal};
use crate::domain::limits::{LimitReached, Usage};
use crate::domain::order;
use crate::domain::time::Timestamp;

/// A command. Every command is idempotent: a repeated grant, clawback or open gives the first reply, and a
/// repeated event gives the job's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Credits come in.
    Grant(Grant),
    /// Credits are clawed back.
    Clawback(Clawback),
    /// A job is opened with its hold and its first attempt, in one batch.
    Open(Box<Open>),
    /// Something happens to a job.
    JobEvent {
        /// The id of the job.
        job: JobId,
        /// The attempt that it is about, if it comes from a provider.
        attempt: Option<u8>,
        /// The event.
        event: Event,
    },
    /// Releases a job's hold if its deadline has passed, and says where the job is.
    ExpireHold {
        /// The id of the job.
        job: JobId,
    },
    /// A job that is over is deleted: it is no longer shown, its prompt and the rows of its
    /// pictures are removed, and nothing is stored for it again. What it cost stays.
    Delete {
        /// The id of the job.
        job: JobId,
    },
    /// Forgets the person: the subject of their token goes, and all jobs are deleted, open ones too.
    /// What is open is canceled and goes on until it ends, since a provider may have it: nothing is
    /// stored for it, and what a provider still finishes is charged. Credits and the journal stay.
    Forget,
    /// Applies what is due, and returns the balance.
    Balance,
    /// Returns how much of the account's limits is used.
    Limits,
    /// Ask whether a job awaits the results of this task. They are stored under the job's name, so nothing of
    /// another task may be.
    Awaits {
        /// The id of the job.
        job: JobId,
        /// The ordinal of the attempt.
        attempt: u8,
        /// The provider's id of the task.
        task_id: String,
    },
    /// Somebody wants to buy an offer.
    Checkout(Box<Checkout>),
    /// Something happens to an order. The money that it brings or takes moves credits in the same batch.
    OrderEvent {
        /// The id of the order.
        order: OrderId,
        /// The event.
        event: order::Event,
        /// The id of the package, if its credits are granted by this.
        package: PackageId,
    },
}

/// An order to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// The id of the order, if it is new.
    pub order: OrderId,
    /// What is ordered.
    pub terms: order::Terms,
    /// The user's idempotency key.
    pub idempotency_key: Option<String>,
    /// Whether it is refused while credits are still to be taken back, or a payment is disputed.
    pub refuses_debtors: bool,
}

/// Credits to come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The subject (`sub`) of the user's token, where that is known.
    pub subject: Option<String>,
    /// Whether an account may be created, if there is none yet.
    pub may_create: bool,
    /// The id of the new package, if the grant is new.
    pub package: PackageId,
    /// Promo or paid.
    pub kind: PackageKind,
    /// Credits, at least one.
    pub credits: Credits,
    /// When it expires; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// The grant's idempotency key.
    pub reference: String,
    /// The operator who grants it; `None` if nobody does, as for a welcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// What is claimed with it for good: if any of it was claimed before, nothing is granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
}

/// Credits to claw back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clawback {
    /// The id of the package.
    pub package: PackageId,
    /// Credits, at least one.
    pub credits: Credits,
    /// The reason, for operators.
    pub reason: String,
    /// The clawback's idempotency key.
    pub reference: String,
    /// The operator who takes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
}

impl Clawback {
    /// Whether it is the same clawback, whoever asks for it.
    pub fn is_same(&self, other: &Self) -> bool {
        let what = |it: &Self| {
            (
                it.package,
                it.credits,
                it.reason.clone(),
                it.reference.clone(),
            )
        };
        what(self) == what(other)
    }
}

/// A job to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The id of the job.
    pub job: JobId,
    /// The request.
    pub request: GenerationRequest,
    /// The first candidate's model: not the requested one if that provider's circuit is open.
    pub first: String,
    /// The user's idempotency key.
    pub idempotency_key: Option<String>,
}

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The credits were granted, now or before.
    Granted {
        /// The package.
        package: Package,
        /// The grant's receipt.
        receipt: Receipt,
        /// Whether there was no account before this grant.
        account_created: bool,
    },
    /// The credits are clawed back.
    ClawedBack {
        /// The clawback's receipt.
        receipt: Receipt,
    },
    /// The job was opened, and the caller has to dispatch it.
    Opened(Opened),
    /// The same request was made before, and this is its job.
    SameJob {
        /// The id of the job.
        job: JobId,
    },
    /// The event was applied.
    Moved {
        /// The job's state now.
        state: StateName,
        /// The ordinal of its current attempt.
        attempt: u8,
        /// The requested number of pictures.
        count: u8,
        /// The URLs of its results, while they are being stored.
        results: Vec<String>,
        /// Whether it is canceled or deleted: a caller that knows its task asks the provider to
        /// stop.
        should_stop: bool,
        /// The job's state before.
        from: StateName,
        /// Whether its user has deleted it, and nothing may be stored for it.
        is_deleted: bool,
    },
    /// The event was not applied, and nothing changed.
    Unmoved {
        /// The job's state.
        state: StateName,
    },
    /// The job is deleted, now or before.
    Deleted,
    /// The person is forgotten.
    Forgotten {
        /// Their jobs that are open still, and were not canceled before.
        open: Vec<JobId>,
    },
    /// The balance.
    Balance {
        /// The available credits.
        available: Credits,
        /// The held credits.
        held: Credits,
        /// As of when.
        now: Timestamp,
    },
    /// The use of each limit that is set.
    Limits(Vec<Usage>),
    /// The results of the task are awaited.
    Awaited {
        /// How many pictures were asked for.
        count: u8,
    },
    /// The order was made, now or before.
    Ordered {
        /// The id of the order.
        order: OrderId,
        /// Whether it is new.
        is_new: bool,
    },
    /// The event of an order was applied, now or before.
    OrderMoved {
        /// Its status now.
        status: order::Status,
        /// What it did to credits.
        receipt: Receipt,
        /// Whether it was applied now.
        is_news: bool,
    },
    /// The event of an order was not applied, and nothing changed.
    OrderUnmoved {
        /// Its status.
        status: order::Status,
        /// Why not.
        because: OrderUnmoved,
    },
    /// The command is not carried out, and nothing changed but what was due anyway.
    Refused(Refused),
}

/// Why an order's event was not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderUnmoved {
    /// It came too late to mean anything.
    Ignored,
    /// Money goes back that was not seen to arrive yet.
    NotPaidYet,
    /// It must not be: an operator has to look.
    Anomaly(String),
}

/// A job that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The frozen credits.
    pub amount: Credits,
    /// When its hold was opened.
    pub opened_at: Timestamp,
    /// When its hold expires.
    pub deadline: Timestamp,
    /// The packages that they came from.
    pub receipt: Receipt,
    /// Whether its user has canceled or deleted it by now, which only an answer that was given once more can tell:
    /// then it must not be submitted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub should_stop: bool,
}

/// Why a command is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// The ledger says no.
    #[error(transparent)]
    Ledger(#[from] Refusal),
    /// A limit on requests or failures is used up.
    #[error(transparent)]
    RateLimited(#[from] LimitReached),
    /// The idempotency key, or the grant's reference, was used for another request.
    #[error("the key was used for another request")]
    KeyReused,
    /// The idempotency key was used for a job that was deleted since.
    #[error("the job of the key was deleted")]
    KeyOfDeleted,
    /// An upload does not exist, is not this account's, or has expired.
    #[error("the upload in `{field}` is missing")]
    UploadMissing {
        /// `photo` or `garment`.
        field: String,
    },
    /// The circuit breaker of the provider is open.
    #[error("the provider's circuit breaker is open")]
    CircuitOpen,
    /// A claim of the grant was claimed before: its person was welcomed.
    #[error("its person was welcomed before")]
    AlreadyClaimed,
    /// An operator has blocked the account.
    #[error("the account is blocked")]
    Blocked,
    /// Nothing was ever granted to the account, so there is none.
    #[error("there is no such account")]
    NoSuchAccount,
    /// The job is not over yet.
    #[error("the job is open")]
    StillOpen,
    /// The account has no such job.
    #[error("there is no such job")]
    NoSuchJob,
    /// The account has no such order.
    #[error("there is no such order")]
    NoSuchOrder,
    /// Money of a purchase went back whose credits were spent.
    #[error("{credits} credits are still to be taken back")]
    Shortage {
        /// How many credits were spent, or may still be.
        credits: Credits,
    },
    /// A payment of the account is disputed.
    #[error("a payment is disputed")]
    Disputed,
}
