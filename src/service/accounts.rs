//! The account objects by effect. All commands go through one port, which only these types have: each sends
//! some of them, and a use case that has one of these types can send no others.

use std::sync::Arc;

use crate::domain::account::{Clawback, Command, Grant, Open, Reply};
use crate::domain::id::{AccountId, JobId};
use crate::domain::job::{AttemptId, Event};
use crate::ports::{AccountUnavailable, Accounts};
use crate::redact;

/// Commands that ask for nothing: the account applies what is due, and tells how it stands.
#[derive(Clone)]
pub(super) struct AccountReader(Arc<dyn Accounts>);

impl AccountReader {
    pub(super) fn new(accounts: Arc<dyn Accounts>) -> Self {
        Self(accounts)
    }

    /// What can be frozen, and what is frozen. Credits that have expired are recorded.
    pub(super) async fn balance(&self, account: AccountId) -> Result<Reply, AccountUnavailable> {
        self.0.call(account, Command::Balance).await
    }

    /// How much is used of the limits that the account counts.
    pub(super) async fn limits(&self, account: AccountId) -> Result<Reply, AccountUnavailable> {
        self.0.call(account, Command::Limits).await
    }

    /// Has a job's hold released if it has expired, whatever the account remembers.
    pub(super) async fn expire_hold(
        &self,
        account: AccountId,
        job: JobId,
    ) -> Result<Reply, AccountUnavailable> {
        self.0.call(account, Command::ExpireHold { job }).await
    }
}

/// Events of jobs. What they do to a job and its hold, the account decides.
#[derive(Clone)]
pub(super) struct JobEvents(Arc<dyn Accounts>);

impl JobEvents {
    pub(super) fn new(accounts: Arc<dyn Accounts>) -> Self {
        Self(accounts)
    }

    /// How many pictures of a task its job awaits; `None` if that is not known to be its own, or not awaited.
    pub(super) async fn awaited(&self, attempt: AttemptId, task_id: &str) -> Option<u8> {
        let command = Command::Awaits {
            job: attempt.job,
            attempt: attempt.ordinal,
            task_id: task_id.into(),
        };
        match self.0.call(attempt.account, command).await {
            Ok(Reply::Awaited { count }) => Some(count),
            Ok(_) | Err(_) => None,
        }
    }

    /// Tells the account what happened to a job, or to one of its attempts. Links and tokens are taken out
    /// of a vendor's words before they are stored.
    pub(super) async fn tell(
        &self,
        account: AccountId,
        (job, attempt): (JobId, Option<u8>),
        mut event: Event,
    ) -> Result<Reply, AccountUnavailable> {
        if let Some(detail) = event.detail_mut() {
            *detail = redact::stored(detail);
        }
        let command = Command::JobEvent {
            job,
            attempt,
            event,
        };
        self.0.call(account, command).await
    }
}

/// Opening jobs, and abandoning what was opened and never submitted.
#[derive(Clone)]
pub(super) struct Openings {
    accounts: Arc<dyn Accounts>,
    events: JobEvents,
}

impl Openings {
    pub(super) fn new(accounts: Arc<dyn Accounts>, events: JobEvents) -> Self {
        Self { accounts, events }
    }

    pub(super) async fn open(
        &self,
        account: AccountId,
        open: &Open,
    ) -> Result<Reply, AccountUnavailable> {
        let command = Command::Open(Box::new(open.clone()));
        self.accounts.call(account, command).await
    }

    /// Ends a job whose first attempt was never submitted.
    pub(super) async fn abandon(
        &self,
        account: AccountId,
        job: JobId,
        detail: &str,
    ) -> Result<Reply, AccountUnavailable> {
        let detail = detail.into();
        let event = Event::Abandoned { detail };
        self.events.tell(account, (job, Some(1)), event).await
    }
}

/// Moving credits in and out.
pub(super) struct CreditMoves(Arc<dyn Accounts>);

impl CreditMoves {
    pub(super) fn new(accounts: Arc<dyn Accounts>) -> Self {
        Self(accounts)
    }

    pub(super) async fn grant(
        &self,
        account: AccountId,
        grant: Grant,
    ) -> Result<Reply, AccountUnavailable> {
        self.0.call(account, Command::Grant(grant)).await
    }

    pub(super) async fn claw_back(
        &self,
        account: AccountId,
        clawback: Clawback,
    ) -> Result<Reply, AccountUnavailable> {
        self.0.call(account, Command::Clawback(clawback)).await
    }
}

/// Emptying what is personal of a job, or of all that an account has.
pub(super) struct Erasures(Arc<dyn Accounts>);

impl Erasures {
    pub(super) fn new(accounts: Arc<dyn Accounts>) -> Self {
        Self(accounts)
    }

    pub(super) async fn delete(
        &self,
        account: AccountId,
        job: JobId,
    ) -> Result<Reply, AccountUnavailable> {
        self.0.call(account, Command::Delete { job }).await
    }

    pub(super) async fn forget(&self, account: AccountId) -> Result<Reply, AccountUnavailable> {
        self.0.call(account, Command::Forget).await
    }
}
