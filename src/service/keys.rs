//! Public keys that others publish, as JSON Web Key Sets.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::{Atelier, Error};
use crate::domain::time::Timestamp;

/// How long keys are believed.
const KEYS_TTL: Duration = Duration::from_hours(1);

/// A key that is not known makes us look again, but not more often than this.
const KEYS_PAUSE: Duration = Duration::from_mins(1);

const KEYS_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

#[derive(Default)]
struct Known {
    keys: Vec<Value>,
    /// When the keys came.
    at: Timestamp,
    /// When we last looked, whatever came of it.
    looked_at: Option<Timestamp>,
}

/// The keys that this isolate knows, by their address: plain data, never held over an await.
static KNOWN: Mutex<BTreeMap<String, Known>> = Mutex::new(BTreeMap::new());

fn known() -> MutexGuard<'static, BTreeMap<String, Known>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Atelier {
    /// The keys of an address that are known and still believed.
    pub(super) fn known_keys(&self, url: &str) -> Vec<Value> {
        let now = self.now();
        let known = known();
        let known = known.get(url);
        let known = known.filter(|known| now.since(known.at) < KEYS_TTL);
        known.map(|known| known.keys.clone()).unwrap_or_default()
    }

    /// The keys as they are published now; `None` if we looked a moment ago, and those we have are
    /// to be believed. If looking fails, those are kept for their time.
    pub(super) async fn look_up_keys(&self, url: &str) -> Result<Option<Vec<Value>>, Error> {
        let now = self.now();
        {
            let mut known = known();
            let known = known.entry(url.into()).or_default();
            let is_believed = !known.keys.is_empty() && now.since(known.at) < KEYS_TTL;
            let looked_at = known.looked_at;
            match looked_at.is_some_and(|at| now.since(at) < KEYS_PAUSE) {
                true if is_believed => return Ok(None),
                true => {
                    let problem = format!("{url}: its keys could not be had a moment ago");
                    return Err(Error::ProviderUnavailable(problem));
                }
                // Whoever has no key to go by looks with all the others that come before the answer.
                false if is_believed => known.looked_at = Some(now),
                false => {}
            }
        }
        let found = self.fetch_keys(url).await;
        let mut known = known();
        let known = known.entry(url.into()).or_default();
        known.looked_at = Some(now);
        let found = found.map_err(|error| Error::ProviderUnavailable(format!("{url}: {error}")))?;
        (known.keys, known.at) = (found.keys, now);
        Ok(Some(known.keys.clone()))
    }

    async fn fetch_keys(&self, url: &str) -> Result<KeySet, String> {
        let request = http::Request::get(url).body(Bytes::new());
        let request = request.map_err(|error| error.to_string())?;
        let answer = self.ports.http.send(request, KEYS_TIMEOUT).await;
        let answer = answer.map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("answers {}", answer.status()));
        }
        let set: KeySet =
            serde_json::from_slice(answer.body()).map_err(|error| error.to_string())?;
        if set.keys.is_empty() {
            return Err("publishes no keys".into());
        }
        Ok(set)
    }
}
