//! The models that are sold.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::configured::Catalog;
use super::isolate::Isolate;
use crate::config::Retention;
use crate::domain::model::Listing;
use crate::domain::time::Timestamp;
use crate::ports::Clock;
use crate::store::Reader;

/// Anybody may ask for the models, as often as they like: the database is asked once in this while.
const REMEMBERED: Duration = Duration::from_secs(5);

/// A model, and whether it can be used now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The model, as it is sold.
    pub listing: Listing,
    /// Whether its provider takes jobs right now, as far as is known.
    pub is_available: bool,
}

/// The providers whose circuits are open, as the database last said.
#[derive(Debug, Default)]
pub(super) struct OpenCircuits(Mutex<Answer>);

#[derive(Debug, Default)]
struct Answer {
    providers: Vec<String>,
    /// When the database was last asked, whatever came of it.
    asked_at: Option<Timestamp>,
}

impl OpenCircuits {
    fn lock(&self) -> MutexGuard<'_, Answer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is time to ask again. The caller that gets `true` asks; the others use what is known.
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

/// Lists the models.
pub struct Models {
    catalog: Catalog,
    store: Reader,
    isolate: Isolate,
    kept_for: Retention,
    clock: Arc<dyn Clock>,
}

impl Models {
    pub(super) fn new(
        catalog: Catalog,
        store: Reader,
        isolate: Isolate,
        kept_for: Retention,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            catalog,
            store,
            isolate,
            kept_for,
            clock,
        }
    }

    /// How long pictures are kept, an upload as long as a job could be reading it.
    pub const fn kept_for(&self) -> Retention {
        self.kept_for
    }

    /// All of them, the default one first.
    pub async fn all(&self) -> Vec<Offer> {
        let now = self.clock.now();
        let circuits = self.isolate.circuits();
        if circuits.is_due(now) {
            let asked = self.store.open_circuits(now).await;
            match asked {
                Ok(providers) => circuits.lock().providers = providers,
                Err(error) => log::warn!("event=circuit_state_unavailable error=\"{error}\""),
            }
        }
        let open = circuits.lock().providers.clone();
        let offer = |listing: Listing| Offer {
            is_available: !open.iter().any(|name| name == listing.model.provider),
            listing,
        };
        self.catalog.models().into_iter().map(offer).collect()
    }
}
