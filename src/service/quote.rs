//! What a generation would cost, and whose credits would pay for it.

use super::{Atelier, Error};
use crate::domain::account::Refused;
use crate::domain::credits::{Credits, OutOfRange};
use crate::domain::id::{AccountId, UploadId};
use crate::domain::job::QuoteRequest;
use crate::domain::ledger::{Draft, HoldItem};

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
    /// Prices a generation, and says what a freeze would take: (1) check the request and its uploads as
    /// a generation would, or, while no photo is chosen, the model and the count alone; (2) open a
    /// draft on the account's rows, in which whatever is due is applied; (3) ask it for the shares, and
    /// drop it. Nothing is written, and nothing is promised: the price is frozen with the hold. What
    /// keeps a generation waiting for a while is no part of it: too few credits, too many open jobs,
    /// providers that take none.
    pub async fn quote(&self, account: AccountId, request: &QuoteRequest) -> Result<Quote, Error> {
        let out_of_range = |error: OutOfRange| Error::Internal(error.to_string());
        let (model, price, wanted) = if let Some(generation) = request.generation() {
            let checked = self.check(account, &generation).await?;
            let wanted = [
                ("garment", checked.request.garment),
                ("photo", Some(checked.request.photo)),
            ];
            (checked.model().id, checked.price(), wanted)
        } else {
            let models = self.config.models();
            let (model, price) = request.price(&models).map_err(Error::Invalid)?;
            (model, price, [("garment", None), ("photo", None)])
        };
        let credits = price.map_err(out_of_range)?;
        let now = self.now();
        let uploads: Vec<_> = wanted.iter().filter_map(|(_, upload)| *upload).collect();
        let (memory, usable) = self.store.load_with_uploads(account, &uploads, now).await?;
        let is_missing =
            |upload: &Option<UploadId>| upload.is_some_and(|upload| !usable.contains(&upload));
        if let Some((field, _)) = wanted.iter().find(|(_, upload)| is_missing(upload)) {
            let field = (*field).into();
            return Err(Refused::UploadMissing { field }.into()); // (1)
        }
        let draft = Draft::open(&memory.book, self.config.rules, now);
        let draft = draft.map_err(|refusal| Error::Internal(refusal.to_string()))?; // (2)
        let (book, now) = (draft.book(), draft.now());
        Ok(Quote {
            credits,
            available: book.available(now).map_err(out_of_range)?,
            from: book.shares(credits, now).map_err(out_of_range)?, // (3)
            model,
        })
    }
}
