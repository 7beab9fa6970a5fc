//! What a generation would cost, and which packages would pay for it.

use std::sync::Arc;

use super::candidates::Requests;
use super::configured::Catalog;
use super::{Error, User};
use crate::domain::account::Refused;
use crate::domain::credits::{Credits, OutOfRange};
use crate::domain::id::UploadId;
use crate::domain::job::QuoteRequest;
use crate::domain::ledger::{Draft, HoldItem, Rules};
use crate::ports::Clock;
use crate::store::Reader;

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
    /// The id of the model that would make it.
    pub model: &'static str,
}

impl Quote {
    /// Whether the account could pay it.
    pub fn is_enough(&self) -> bool {
        self.available >= self.credits
    }
}

/// Prices requests. It reads, and can change nothing.
pub struct Quotes {
    requests: Requests,
    catalog: Catalog,
    store: Reader,
    rules: Rules,
    clock: Arc<dyn Clock>,
}

impl Quotes {
    pub(super) fn new(
        requests: Requests,
        catalog: Catalog,
        store: Reader,
        rules: Rules,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            requests,
            catalog,
            store,
            rules,
            clock,
        }
    }

    /// Prices a generation, and says what a freeze would take: (1) check the request and its uploads as
    /// a generation would, or, while no photo is chosen, the model and the count alone; (2) open a
    /// draft on the account's rows, in which whatever is due is applied; (3) ask it for the shares, and
    /// drop it. Nothing is written, and nothing is promised: the price is frozen with the hold. A
    /// quote ignores what is temporary: too few credits, too many open jobs, open circuits.
    pub async fn quote(&self, user: &User, request: &QuoteRequest) -> Result<Quote, Error> {
        let account = user.account;
        let out_of_range = |error: OutOfRange| Error::Internal(error.to_string());
        let (model, price, wanted) = if let Some(generation) = request.generation() {
            let checked = self.requests.check(account, &generation).await?;
            let wanted = [
                ("garment", checked.request.garment),
                ("photo", Some(checked.request.photo)),
            ];
            (checked.model().id, checked.price(), wanted)
        } else {
            let models = self.catalog.models();
            let (model, price) = request.price(&models).map_err(Error::Invalid)?;
            (model, price, [("garment", None), ("photo", None)])
        };
        let credits = price.map_err(out_of_range)?;
        let now = self.clock.now();
        let uploads: Vec<_> = wanted.iter().filter_map(|(_, upload)| *upload).collect();
        let (state, usable) = self.store.load_with_uploads(account, &uploads, now).await?;
        let is_missing =
            |upload: &Option<UploadId>| upload.is_some_and(|upload| !usable.contains(&upload));
        if let Some((field, _)) = wanted.iter().find(|(_, upload)| is_missing(upload)) {
            let field = (*field).into();
            return Err(Refused::UploadMissing { field }.into()); // (1)
        }
        let draft = Draft::open(&state.book, self.rules, now);
        let draft = draft.map_err(|refusal| Error::Internal(refusal.to_string()))?; // (2)
        Ok(Quote {
            credits,
            available: draft.available().map_err(out_of_range)?,
            from: draft.shares(credits).map_err(out_of_range)?, // (3)
            model,
        })
    }
}
