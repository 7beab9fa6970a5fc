//! An account's credits, and their history.

use std::sync::Arc;
use std::time::Duration;

use super::User;
use super::accounts::AccountReader;
use super::configured::Catalog;
use super::error::{Error, unexpected};
use crate::domain::account::Reply;
use crate::domain::credits::Credits;
use crate::domain::ledger::Package;
use crate::domain::time::Timestamp;
use crate::ports::Clock;
use crate::store::{HistoryEntry, Reader};

/// Credits that expire within this while are said to expire soon.
const SOON: Duration = Duration::from_hours(7 * 24);

/// A balance that is not enough for so many of the default model's pictures is said to be low.
const LOW_PICTURES: u8 = 3;

/// What an account has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementOfCredits {
    /// What can be frozen.
    pub available: Credits,
    /// What is frozen.
    pub held: Credits,
    /// In the order of consumption, then those that are used up.
    pub packages: Vec<Package>,
    /// What is lost if it is not used soon.
    pub expiring_soon: ExpiringSoon,
    /// Whether what is left is soon used up.
    pub low_balance: LowBalance,
    /// What was used, or still may be, of credits whose money went back.
    pub shortage: Credits,
}

/// What is lost if it is not used soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiringSoon {
    /// Credits, at least one.
    pub credits: Credits,
    /// The first of it.
    pub next_expiry: Option<Timestamp>,
    /// What counts as soon.
    pub within: Duration,
}

/// Whether what is left is soon used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LowBalance {
    /// Below this many credits.
    pub below: Credits,
    /// Whether it is.
    pub is_low: bool,
}

/// A page of an account's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Newest first.
    pub entries: Vec<HistoryEntry>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<u64>,
}

/// Tells what accounts have.
pub struct CreditStatements {
    account: AccountReader,
    store: Reader,
    catalog: Catalog,
    clock: Arc<dyn Clock>,
}

impl CreditStatements {
    pub(super) fn new(
        account: AccountReader,
        store: Reader,
        catalog: Catalog,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            account,
            store,
            catalog,
            clock,
        }
    }

    /// What an account has: (1) as the database has it; (2) if something is due, which is an expiry or the end of a
    /// hold, its object records that first, and it is read again.
    pub async fn show(&self, user: &User) -> Result<StatementOfCredits, Error> {
        let account = user.account;
        let mut now = self.clock.now();
        let (mut packages, deadline) = self.store.packages(account).await?; // (1)
        let expires = |package: &Package| !package.remaining.is_zero() && package.is_expired(now);
        if packages.iter().any(expires) || deadline.is_some_and(|deadline| deadline <= now) {
            now = match self.account.balance(account).await? {
                Reply::Balance { now, .. } => now,
                other => return Err(unexpected(&other)),
            };
            (packages, _) = self.store.packages(account).await?; // (2)
        }
        let usable = packages.iter().filter(|package| !package.is_expired(now));
        let available = sum(usable.map(|package| package.remaining))?;
        let held = sum(packages.iter().map(|package| package.held))?;
        let shortage = sum(packages.iter().map(Package::spent_shortage))?;
        packages.sort_by_key(|package| (!package.is_open(), package.burn_order()));
        let soon = packages
            .iter()
            .filter(|package| !package.remaining.is_zero() && !package.is_expired(now));
        let soon: Vec<_> = soon
            .filter_map(|package| Some((package.credits_expire_at()?, package.remaining)))
            .filter(|(expiry, _)| *expiry <= now.plus(SOON))
            .collect();
        let credits = sum(soon.iter().map(|(_, credits)| *credits))?;
        let price = self
            .catalog
            .models()
            .first()
            .map(|listing| listing.credits_per_image);
        let below = price.unwrap_or_default().times(LOW_PICTURES);
        let below = below.map_err(|error| Error::Internal(error.to_string()))?;
        let low_balance = LowBalance {
            below,
            is_low: available < below,
        };
        let next_expiry = soon.iter().map(|(expiry, _)| *expiry).min();
        let expiring_soon = ExpiringSoon {
            credits,
            next_expiry,
            within: SOON,
        };
        Ok(StatementOfCredits {
            available,
            held,
            packages,
            expiring_soon,
            low_balance,
            shortage,
        })
    }

    /// An account's journal, newest first, from before row `cursor`.
    pub async fn history(
        &self,
        user: &User,
        cursor: Option<u64>,
        limit: u8,
    ) -> Result<Statement, Error> {
        let one_more = limit.saturating_add(1);
        let mut entries = self
            .store
            .history(user.account, cursor.unwrap_or(u64::MAX), one_more)
            .await?;
        let more = entries.len() > usize::from(limit);
        entries.truncate(limit.into());
        let next_cursor = entries.last().filter(|_| more).map(|entry| entry.seq);
        Ok(Statement {
            entries,
            next_cursor,
        })
    }
}

fn sum(credits: impl Iterator<Item = Credits>) -> Result<Credits, Error> {
    Credits::sum(credits).map_err(|error| Error::Internal(error.to_string()))
}
