//! What a generation would cost, and whose credits would pay for it.

use super::{Atelier, Error};
use crate::domain::credits::{Credits, OutOfRange};
use crate::domain::id::AccountId;
use crate::domain::ledger::{Draft, HoldItem};
use crate::domain::order::OrderRequest;

/// What a generation would cost right now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its price.
    pub credits: Credits,
    /// What the account could freeze.
    pub available: Credits,
    /// What the freeze would take of each package, in the order of consumption; all there is, if
    /// that is not enough.
    pub from: Vec<HoldItem>,
    /// Who would make it.
    pub model: &'static str,
}

impl Quote {
    /// Whether the account could pay it.
    pub fn is_enough(&self) -> bool {
        self.available >= self.credits
    }
}

impl Atelier {
    /// Prices an order, and says what a freeze would take: (1) check the order as a generation
    /// would, but for uploads that are not there yet; (2) open a draft on the account's
    /// rows, in which whatever is due is applied; (3) ask it for the shares, and drop it. Nothing is
    /// written, and nothing is promised: the price is frozen with the hold.
    pub async fn quote(&self, account: AccountId, request: &OrderRequest) -> Result<Quote, Error> {
        let out_of_range = |error: OutOfRange| Error::Internal(error.to_string());
        let order = self.check(account, request).await?; // (1)
        let credits = order.price().map_err(out_of_range)?;
        let memory = self.store.load(account).await.map_err(Error::from)?;
        let draft = Draft::open(&memory.book, self.config.rules, self.now());
        let draft = draft.map_err(|refusal| Error::Internal(refusal.to_string()))?; // (2)
        let (book, now) = (draft.book(), draft.now());
        Ok(Quote {
            credits,
            available: book.available(now).map_err(out_of_range)?,
            from: book.shares(credits, now).map_err(out_of_range)?, // (3)
            model: order.model().id,
        })
    }
}
