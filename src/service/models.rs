//! What is on offer.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Atelier;
use crate::domain::model::Listing;
use crate::domain::time::Timestamp;

/// Anybody may ask for the models, as often as they like: the database is asked once in this while.
const REMEMBERED: Duration = Duration::from_secs(5);

/// A model on offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The model, as it is sold.
    pub listing: Listing,
    /// Whether its provider takes jobs right now, as far as is known.
    pub is_available: bool,
}

/// The providers that rest, as the database last said.
#[derive(Debug, Default)]
pub(super) struct Resting(Mutex<Answer>);

#[derive(Debug, Default)]
struct Answer {
    providers: Vec<String>,
    /// When the database was last asked, whatever came of it.
    asked_at: Option<Timestamp>,
}

impl Resting {
    fn lock(&self) -> MutexGuard<'_, Answer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is time to ask again. Whoever is told so asks, and the others go by what is known.
    fn is_due(&self, now: Timestamp) -> bool {
        let mut answer = self.lock();
        let is_recent = |at: Timestamp| now.since(at) < REMEMBERED && at <= now;
        let is_due = !answer.asked_at.is_some_and(is_recent);
        if is_due {
            answer.asked_at = Some(now);
        }
        is_due
    }
}

impl Atelier {
    /// The models on offer, the default one first.
    pub async fn models(&self) -> Vec<Offer> {
        let now = self.now();
        if self.isolate.resting().is_due(now) {
            let asked = self.store.open_circuits(now).await;
            match asked {
                Ok(providers) => self.isolate.resting().lock().providers = providers,
                Err(error) => log::warn!("event=circuit_state_unavailable error=\"{error}\""),
            }
        }
        let resting = self.isolate.resting().lock().providers.clone();
        let offer = |listing: Listing| Offer {
            is_available: !resting.iter().any(|name| name == listing.model.provider),
            listing,
        };
        self.config.models().into_iter().map(offer).collect()
    }
}
