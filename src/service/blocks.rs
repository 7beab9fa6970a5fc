//! Blocking accounts: they may make and buy nothing, and can still read and delete what they have.

use std::sync::Arc;

use super::selling::OpenCheckouts;
use super::{Error, Operator};
use crate::domain::id::AccountId;
use crate::ports::Clock;
use crate::store::{BlockWriter, Blocked};

/// Blocks accounts, and ends blocks.
pub struct Blocks {
    rows: BlockWriter,
    checkouts: Option<OpenCheckouts>,
    clock: Arc<dyn Clock>,
}

impl Blocks {
    pub(super) fn new(
        rows: BlockWriter,
        checkouts: Option<OpenCheckouts>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            rows,
            checkouts,
            clock,
        }
    }

    /// Blocks an account, for a reason that is kept with the operator's name. The database itself refuses its new jobs
    /// and uploads from then on; what is under way goes on. Its open checkouts are ended at their processors.
    pub async fn block(
        &self,
        operator: &Operator,
        account: AccountId,
        reason: &str,
    ) -> Result<Blocked, Error> {
        let now = self.clock.now();
        operator.check_is_fresh(now)?;
        let blocked = self
            .rows
            .block(account, reason, operator.name(), now)
            .await?;
        log::warn!(
            "event=account_blocked account={account} operator={}",
            operator.name()
        );
        if let Some(checkouts) = &self.checkouts {
            let sessions = checkouts.of(account).await?;
            checkouts.end(&sessions).await;
        }
        Ok(blocked)
    }

    /// Ends a block, if there is one.
    pub async fn unblock(&self, operator: &Operator, account: AccountId) -> Result<(), Error> {
        let now = self.clock.now();
        operator.check_is_fresh(now)?;
        if self.rows.unblock(account, operator.name(), now).await? {
            log::warn!(
                "event=account_unblocked account={account} operator={}",
                operator.name()
            );
            return Ok(());
        }
        Err(Error::NotFound)
    }
}
