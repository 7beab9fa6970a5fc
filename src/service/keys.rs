//! Public keys that others publish, as JSON Web Key Sets.
//!
//! Anybody can send a forged token, and so cause a look-up of its key. So there is one look-up at a time, and
//! a pause after each, which grows while they bring nothing new. Keys that cannot be read again are valid
//! for a day: while an issuer is down, its users can still sign in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::Error;
use crate::domain::time::Timestamp;
use crate::ports::{Clock, Http};

/// Keys that are older than this are read again when one is needed.
const FRESH: Duration = Duration::from_hours(1);

/// How long keys are valid if they cannot be read again.
const VALID_FOR: Duration = Duration::from_hours(24);

/// The pause after a look-up that brought something new, or the first that did not.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// The pause after many look-ups in a row that brought nothing new: 1, 2, 4 … 32, 60 s. A key that was
/// just published is found within it.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// After so many doublings the longest pause is reached.
const MOST_DOUBLINGS: u32 = 6;

const KEYS_TIMEOUT: Duration = Duration::from_secs(5);

/// The request that looks keys up may be dropped in the middle; its look-up counts as ended after this.
const LOOK_UP_ENDS: Duration = Duration::from_secs(6);

/// How often a request that waits for a look-up checks whether it has ended. It cannot be woken: in a Worker
/// no request may wait for what another one does.
const WAIT_STEP: Duration = Duration::from_millis(50);

/// Steps until a look-up has ended in any case.
const MOST_WAIT_STEPS: u32 = 120;

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

#[derive(Default)]
struct Known {
    keys: Vec<Value>,
    /// When the keys came.
    came_at: Timestamp,
    /// When the last look-up ended, whatever came of it.
    ended_at: Option<Timestamp>,
    /// When the look-up that is under way began.
    looking_since: Option<Timestamp>,
    /// Look-ups in a row that brought nothing new.
    without_news: u32,
}

/// What a request does that wants newer keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Look them up.
    Look,
    /// Wait for the look-up that is under way.
    Wait,
    /// Go by the keys that are known: the last look-up was a moment ago.
    Pause,
}

impl Known {
    /// What to do now. [`Turn::Look`] begins the look-up.
    fn turn(&mut self, now: Timestamp) -> Turn {
        if self.is_looking(now) {
            return Turn::Wait;
        }
        let ended = self.ended_at.map(|at| now.since(at));
        if ended.is_some_and(|ago| ago < self.pause()) {
            return Turn::Pause;
        }
        self.looking_since = Some(now);
        Turn::Look
    }

    fn is_looking(&self, now: Timestamp) -> bool {
        let since = self.looking_since;
        since.is_some_and(|since| now.since(since) < LOOK_UP_ENDS)
    }

    fn pause(&self) -> Duration {
        let doublings = self.without_news.saturating_sub(1).min(MOST_DOUBLINGS);
        let pause = SHORTEST_PAUSE.saturating_mul(1 << doublings);
        pause.min(LONGEST_PAUSE)
    }

    /// A look-up has ended.
    fn take(&mut self, found: Option<KeySet>, now: Timestamp) {
        self.looking_since = None;
        self.ended_at = Some(now);
        let is_new = found.as_ref().is_some_and(|set| set.keys != self.keys);
        self.without_news = if is_new {
            0
        } else {
            self.without_news.saturating_add(1)
        };
        if let Some(set) = found {
            (self.keys, self.came_at) = (set.keys, now);
        }
    }

    /// The keys, if there are any that are valid, and whether they are to be read again.
    fn valid(&self, now: Timestamp) -> Option<(Vec<Value>, bool)> {
        let age = now.since(self.came_at);
        let is_valid = !self.keys.is_empty() && age < VALID_FOR;
        is_valid.then(|| (self.keys.clone(), age >= FRESH))
    }
}

/// The keys that this isolate knows, by their address: plain data, never held over an await.
static KNOWN: Mutex<BTreeMap<String, Known>> = Mutex::new(BTreeMap::new());

fn known<T>(url: &str, use_of: impl FnOnce(&mut Known) -> T) -> T {
    let mut known: MutexGuard<'_, _> = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    use_of(known.entry(url.into()).or_default())
}

/// The keys of others, and the way to them.
#[derive(Clone)]
pub(super) struct Keys {
    http: Arc<dyn Http>,
    clock: Arc<dyn Clock>,
}

impl Keys {
    pub(super) fn new(http: Arc<dyn Http>, clock: Arc<dyn Clock>) -> Self {
        Self { http, clock }
    }

    /// The keys of an address: (1) those that are known; (2) old ones are read again first, by one request,
    /// while the others go by the old ones; (3) where none are valid, all wait for the one that looks.
    pub(super) async fn known(&self, url: &str) -> Result<Vec<Value>, Error> {
        match self.valid_keys(url) {
            Some((keys, false)) => return Ok(keys), // (1)
            Some((keys, true)) => {
                if known(url, |known| known.turn(self.clock.now())) != Turn::Look {
                    return Ok(keys);
                }
                if let Err(error) = self.look_up_keys(url).await {
                    log::warn!("event=keys_refresh_failed url={url} error=\"{error}\"");
                } // (2)
            }
            None => self.newest_keys(url).await?, // (3)
        }
        let keys = self.valid_keys(url).map(|(keys, _)| keys);
        let problem = || format!("{url}: its keys could not be had a moment ago");
        keys.ok_or_else(|| Error::ProviderUnavailable(problem()))
    }

    /// The keys as they are published now, if they differ from those that were tried. Within the pause after
    /// a look-up they are not read again.
    pub(super) async fn newer(
        &self,
        url: &str,
        tried: &[Value],
    ) -> Result<Option<Vec<Value>>, Error> {
        self.newest_keys(url).await?;
        let keys = self.valid_keys(url).map(|(keys, _)| keys);
        Ok(keys.filter(|keys| keys != tried))
    }

    fn valid_keys(&self, url: &str) -> Option<(Vec<Value>, bool)> {
        let now = self.clock.now();
        known(url, |known| known.valid(now))
    }

    /// Looks the keys up, or waits for a look-up that is under way, unless the last one was a moment ago.
    async fn newest_keys(&self, url: &str) -> Result<(), Error> {
        match known(url, |known| known.turn(self.clock.now())) {
            Turn::Pause => Ok(()),
            Turn::Look => {
                let looked_up = self.look_up_keys(url).await;
                looked_up.map_err(Error::ProviderUnavailable)
            }
            Turn::Wait => {
                for _ in 0..MOST_WAIT_STEPS {
                    if !known(url, |known| known.is_looking(self.clock.now())) {
                        break;
                    }
                    self.clock.sleep(WAIT_STEP).await;
                }
                Ok(())
            }
        }
    }

    async fn look_up_keys(&self, url: &str) -> Result<(), String> {
        let found = self.fetch_keys(url).await;
        let now = self.clock.now();
        let (set, outcome) = match found {
            Ok(set) => (Some(set), Ok(())),
            Err(error) => (None, Err(format!("{url}: {error}"))),
        };
        known(url, |known| known.take(set, now));
        outcome
    }

    async fn fetch_keys(&self, url: &str) -> Result<KeySet, String> {
        let request = http::Request::get(url).body(Bytes::new());
        let request = request.map_err(|error| error.to_string())?;
        let answer = self.http.send(request, KEYS_TIMEOUT).await;
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
