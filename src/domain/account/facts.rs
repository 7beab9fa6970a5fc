//! What only the database knows, and which command needs it.

use super::command::Clawback;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId, OrderId, UploadId};
use crate::domain::job::Lifecycle;
use crate::domain::ledger::{Package, Receipt};
use crate::domain::money::Currency;
use crate::domain::order;
use crate::domain::time::Timestamp;

/// Something that the database has or does not have, once it was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fact<T> {
    /// It was not read yet.
    #[default]
    Unread,
    /// It does not exist.
    Absent,
    /// It exists.
    Present(T),
}

impl<T> Fact<T> {
    /// What was read; otherwise, what has to be read first.
    pub fn known(&self, need: impl FnOnce() -> Need) -> Result<Option<&T>, Need> {
        match self {
            Self::Unread => Err(need()),
            Self::Absent => Ok(None),
            Self::Present(known) => Ok(Some(known)),
        }
    }
}

impl<T> From<Option<T>> for Fact<T> {
    fn from(read: Option<T>) -> Self {
        read.map_or(Self::Absent, Self::Present)
    }
}

/// What was read for one command, beside the account's state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether the command may have been carried out before: a batch of it was refused, or its answer lost.
    pub may_have_happened: bool,
    /// A job without an open hold.
    pub job: Fact<Lifecycle>,
    /// The grant of a reference.
    pub grant: Fact<EarlierGrant>,
    /// The clawback of a reference.
    pub clawback: Fact<EarlierClawback>,
    /// The job of an id or an idempotency key.
    pub earlier_job: Fact<EarlierJob>,
    /// The field of a request whose upload cannot be used: `photo` or `garment`.
    pub missing_upload: Fact<&'static str>,
    /// An order.
    pub order: Fact<OrderFact>,
    /// What a checkout depends on.
    pub checkout: Fact<CheckoutFact>,
}

/// A fact to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// [`Facts::job`]
    Job(JobId),
    /// [`Facts::grant`]
    Grant {
        /// The grant's idempotency key.
        reference: String,
    },
    /// [`Facts::clawback`]
    Clawback {
        /// The clawback's idempotency key.
        reference: String,
    },
    /// [`Facts::earlier_job`]: the job of this id or, if there is none, of this key.
    EarlierJob {
        /// The id that a new job would have.
        job: JobId,
        /// The request's idempotency key.
        key: Option<String>,
    },
    /// [`Facts::missing_upload`]
    MissingUpload {
        /// The person's photo.
        photo: UploadId,
        /// A picture of the garment.
        garment: Option<UploadId>,
        /// When they have to be usable.
        at: Timestamp,
    },
    /// The account's state itself, read anew: it differs from what a fact says.
    FreshState,
    /// [`Facts::order`]
    Order(OrderId),
    /// [`Facts::checkout`], which is always present.
    Checkout {
        /// The id that a new order would have.
        order: OrderId,
        /// The request's idempotency key.
        key: Option<String>,
        /// The id of the offer.
        offer: String,
        /// What it is to be paid in.
        currency: Currency,
    },
}

/// An order, and the package of its credits once they are granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFact {
    /// What was ordered.
    pub terms: order::Terms,
    /// Its life.
    pub lifecycle: order::Lifecycle,
    /// Its package, as it is now.
    pub package: Option<Package>,
}

/// What a checkout depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckoutFact {
    /// The order of the same id or idempotency key.
    pub earlier: Option<EarlierOrder>,
    /// An order of the same offer, in the same currency, that can still be paid.
    pub open: Option<OrderId>,
    /// The credits that are still to be taken back, and were or may be spent.
    pub shortage: Credits,
    /// Whether a payment is disputed.
    pub is_disputed: bool,
}

/// An order that was made before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierOrder {
    /// The id of the order.
    pub order: OrderId,
    /// The id of its offer.
    pub offer: String,
    /// The currency of its price.
    pub currency: String,
}

/// A grant that was made before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierGrant {
    /// The account.
    pub account: AccountId,
    /// Its package, as it is now.
    pub package: Package,
    /// Whether it created the account.
    pub is_first: bool,
}

/// A clawback that was made before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierClawback {
    /// The account.
    pub account: AccountId,
    /// The clawback, as requested.
    pub clawback: Clawback,
    /// The receipt of what it took.
    pub receipt: Receipt,
}

/// A job that was opened before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierJob {
    /// The id of the job.
    pub job: JobId,
    /// The hash of its request; `None` if it was deleted since.
    pub fingerprint: Option<String>,
}
