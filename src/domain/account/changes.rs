//! What one batch writes.

use super::command::{Checkout, Clawback, Grant, Open};
use super::state::AccountState;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, JobId, OrderId, PackageId};
use crate::domain::job::{Event, Learned, Lifecycle, StoredImage, apply};
use crate::domain::ledger::{self, Closing};
use crate::domain::order;
use crate::domain::time::Timestamp;

/// Everything that a decision changes, in one batch or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The id of the account.
    pub account: AccountId,
    /// When it is written.
    pub now: Timestamp,
    /// The money.
    pub money: ledger::Changes,
    /// What is written beside it.
    pub writes: Vec<Write>,
}

/// One thing that a decision writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// The grant behind a new package.
    Grant(Grant),
    /// The clawback behind credits that went.
    Clawback(ClawbackRecord),
    /// A new job with its request and state; its hold is part of the money.
    Open(Box<Open>, Lifecycle),
    /// A job as it is now. The row must have the version before, or the whole batch is refused.
    Job(JobId, Lifecycle),
    /// A submission that is about to be made.
    NewAttempt(NewAttempt),
    /// What is learned about an attempt.
    Learned(JobId, u8, Learned),
    /// A callback that contradicted an attempt's final outcome.
    Anomaly(JobId, u8, String),
    /// A new picture of a job.
    Image(JobId, StoredImage),
    /// A deletion by its user.
    Delete(Deletion),
    /// A new order.
    Checkout(Box<Checkout>, order::Lifecycle),
    /// An order as it is now. The row must have the version before, or the whole batch is refused.
    Order(Box<OrderChange>),
    /// Something that must not happen to an order. The row must have this version, or the whole batch is refused: what
    /// does not fit one state may fit the next.
    OrderAnomaly(OrderId, u32, String),
}

/// A change of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderChange {
    /// The id of the order.
    pub order: OrderId,
    /// Its life.
    pub lifecycle: order::Lifecycle,
    /// The package of its credits, if they are granted now.
    pub granted: Option<PackageId>,
    /// The reversal that changed it.
    pub reversal: Option<order::Reversal>,
}

/// What a user deletes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// A job, which must be over, or the whole batch is refused.
    Job(JobId),
    /// Everything: all jobs, all uploads and the subject of the person's token.
    Everything,
}

/// A clawback, and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClawbackRecord {
    /// The clawback, as requested.
    pub clawback: Clawback,
    /// What the package had before it.
    pub remaining_before: Credits,
    /// When the package's credits expire.
    pub expires_at: Option<Timestamp>,
}

/// A submission that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttempt {
    /// The id of the job.
    pub job: JobId,
    /// 1 for the first.
    pub ordinal: u8,
    /// The id of the model.
    pub model: String,
}

impl Changes {
    /// What is due by now, and nothing else: the deadline of the jobs whose holds have expired.
    pub(super) fn of_due(
        account: AccountId,
        now: Timestamp,
        money: ledger::Changes,
        state: &AccountState,
    ) -> Self {
        let expired = money.closed.iter();
        let expired = expired.filter(|closed| closed.closing == Closing::Expired);
        let jobs = expired.filter_map(|closed| Some((closed.job, state.jobs.get(&closed.job)?)));
        let passed = jobs.filter_map(|(id, job)| {
            let passed = apply(job, job.attempt, &Event::DeadlinePassed, None, now);
            Some(Write::Job(id, passed.ok()?.job))
        });
        let writes = passed.collect();
        Self {
            account,
            now,
            money,
            writes,
        }
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.money.is_empty() && self.writes.is_empty()
    }

    /// Whether neither credits nor a job nor an order move, so that no guard of the database is touched.
    pub fn moves_nothing(&self) -> bool {
        let is_guarded = |write: &Write| matches!(write, Write::Order(_) | Write::Checkout(..));
        self.money.is_empty() && self.jobs().next().is_none() && !self.writes.iter().any(is_guarded)
    }

    /// The jobs that move, as they are now.
    pub fn jobs(&self) -> impl Iterator<Item = (JobId, &Lifecycle)> {
        self.writes.iter().filter_map(|write| match write {
            Write::Job(id, job) => Some((*id, job)),
            _ => None,
        })
    }
}
