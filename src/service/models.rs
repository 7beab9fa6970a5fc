//! What is on offer.

use super::{Atelier, Error};
use crate::domain::model::Listing;

/// A model on offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The model, as it is sold.
    pub listing: Listing,
    /// Whether its provider takes jobs right now, as far as is known.
    pub is_available: bool,
}

impl Atelier {
    /// The models on offer, the default one first.
    pub async fn models(&self) -> Result<Vec<Offer>, Error> {
        let resting = self.store.resting_providers(self.now()).await?;
        let offer = |listing: Listing| Offer {
            is_available: !resting.iter().any(|name| name == listing.model.provider),
            listing,
        };
        Ok(self.config.models().into_iter().map(offer).collect())
    }
}
