//! What is on offer.

use super::{Atelier, Error};
use crate::domain::model::Model;

/// A model on offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Which.
    pub model: &'static Model,
    /// Whether its provider takes jobs right now, as far as is known.
    pub is_available: bool,
}

impl Atelier {
    /// The models on offer, the default one first.
    pub async fn models(&self) -> Result<Vec<Offer>, Error> {
        let resting = self.store.resting_providers(self.now()).await?;
        let offer = |model: &'static Model| Offer {
            model,
            is_available: !resting.iter().any(|name| name == model.provider),
        };
        Ok(self.config.models().into_iter().map(offer).collect())
    }
}
