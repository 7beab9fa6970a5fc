//! What an isolate keeps from one request to the next: plain data, never held over an await.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;

use super::Error;
use super::models::OpenCircuits;
use crate::domain::id::AccountId;
use crate::domain::time::Timestamp;
use crate::ports::Clock;

/// How many bytes of uploads are in memory at once. Each is there up to three times while it is stripped
/// and stored: 72 MiB of the 128 that an isolate has.
const UPLOAD_CAPACITY: u64 = 24 * 1024 * 1024;

/// How many bytes of large callbacks: eight of the largest, which are read and no more.
const CALLBACK_CAPACITY: u64 = 8 * 1024 * 1024;

/// How long what was read may be worked on before its capacity counts as free. When a client hangs up the
/// request is dropped, and nothing tells that it has ended.
const WORK_ENDS: Duration = Duration::from_secs(30);

/// How often a body that waits for capacity tries to reserve it.
const WAIT_STEP: Duration = Duration::from_millis(100);

/// How often an upload tries at most: for 10 s.
const MOST_TRIES: u32 = 100;

/// How often a callback does: for 3 s, of the 10 that a provider waits at the least. It sends it again.
const MOST_TRIES_OF_A_CALLBACK: u32 = 30;

/// Who sends a body that needs capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// A user, who may send one large body at a time: so none of them keeps the others out.
    Account(AccountId),
    /// An image provider, whose token is ours: callbacks have their own capacity.
    Provider,
}

impl Sender {
    const fn capacity(self) -> u64 {
        match self {
            Self::Account(_) => UPLOAD_CAPACITY,
            Self::Provider => CALLBACK_CAPACITY,
        }
    }

    const fn tries(self) -> u32 {
        match self {
            Self::Account(_) => MOST_TRIES,
            Self::Provider => MOST_TRIES_OF_A_CALLBACK,
        }
    }

    const fn shares_with(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Account(_), Self::Account(_)) | (Self::Provider, Self::Provider)
        )
    }
}

/// All that an isolate keeps. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Isolate(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    circuits: OpenCircuits,
    capacity: Mutex<Capacity>,
}

#[derive(Debug, Default)]
struct Capacity {
    taken: Vec<Taken>,
    last: u64,
}

#[derive(Debug)]
struct Taken {
    number: u64,
    sender: Sender,
    bytes: u64,
    until: Timestamp,
}

impl Capacity {
    /// Reserves capacity, if there is enough, and its account has none yet. A body alone always has enough.
    fn take(
        &mut self,
        sender: Sender,
        bytes: u64,
        (now, until): (Timestamp, Timestamp),
    ) -> Option<u64> {
        self.taken.retain(|taken| taken.until > now);
        let is_own = |taken: &Taken| taken.sender == sender;
        if matches!(sender, Sender::Account(_)) && self.taken.iter().any(is_own) {
            return None;
        }
        let all = self.taken.iter();
        let sharing = all.filter(|taken| taken.sender.shares_with(sender));
        let in_use = sharing
            .map(|taken| taken.bytes)
            .fold(0, u64::saturating_add);
        if in_use > 0 && in_use.saturating_add(bytes) > sender.capacity() {
            return None;
        }
        self.last = self.last.wrapping_add(1);
        self.taken.push(Taken {
            number: self.last,
            sender,
            bytes,
            until,
        });
        Some(self.last)
    }
}

/// Capacity for a body, until this is dropped.
#[derive(Debug)]
pub struct Reserved {
    isolate: Isolate,
    number: u64,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut capacity = self.isolate.capacity();
        capacity.taken.retain(|taken| taken.number != self.number);
    }
}

impl Isolate {
    pub(super) fn circuits(&self) -> &OpenCircuits {
        &self.0.circuits
    }

    fn capacity(&self) -> MutexGuard<'_, Capacity> {
        self.0
            .capacity
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Capacity and time for the bodies of requests.
pub struct Bodies {
    isolate: Isolate,
    clock: Arc<dyn Clock>,
}

impl Bodies {
    pub(super) fn new(isolate: Isolate, clock: Arc<dyn Clock>) -> Self {
        Self { isolate, clock }
    }

    /// Ends after a while.
    pub fn sleep(&self, while_: Duration) -> BoxFuture<'static, ()> {
        self.clock.sleep(while_)
    }

    /// Waits until there is capacity for a body of `bytes`, which takes at most `time` to come.
    pub async fn reserve(
        &self,
        sender: Sender,
        bytes: u64,
        time: Duration,
    ) -> Result<Reserved, Error> {
        let began = self.clock.now();
        for _ in 0..sender.tries() {
            let now = self.clock.now();
            let until = now.plus(time).plus(WORK_ENDS);
            if let Some(number) = self.isolate.capacity().take(sender, bytes, (now, until)) {
                let isolate = self.isolate.clone();
                return Ok(Reserved { isolate, number });
            }
            self.sleep(WAIT_STEP).await;
        }
        let waited = self.clock.now().since(began);
        Err(Error::Overloaded(format!("no capacity after {waited:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second.saturating_mul(1000))
    }

    fn account(byte: u8) -> Sender {
        Sender::Account(AccountId::from_bytes([byte; 16]))
    }

    #[test]
    fn as_many_bodies_as_there_is_capacity_for_are_taken_in() {
        let mut capacity = Capacity::default();
        let time = (at(0), at(60));
        let first = capacity.take(account(1), 10 * MIB, time);
        let second = capacity.take(account(2), 10 * MIB, time);
        assert!(first.is_some() && second.is_some() && first != second);
        assert_eq!(capacity.take(account(3), 10 * MIB, time), None);
        assert!(capacity.take(account(3), 4 * MIB, time).is_some());
        assert_eq!(capacity.take(account(4), 1, (at(59), at(60))), None);
        // Nothing told that these had ended.
        let later = (at(60), at(61));
        assert!(capacity.take(account(1), 100 * MIB, later).is_some());
        assert_eq!(capacity.take(account(2), 1, later), None);
    }

    #[test]
    fn an_account_sends_one_large_body_at_a_time_and_callbacks_have_their_own() {
        let mut capacity = Capacity::default();
        let time = (at(0), at(60));
        assert!(capacity.take(account(1), MIB, time).is_some());
        assert_eq!(capacity.take(account(1), 1, time), None);
        assert!(capacity.take(account(2), 20 * MIB, time).is_some());
        for _ in 0..8 {
            assert!(capacity.take(Sender::Provider, MIB, time).is_some());
        }
        assert_eq!(capacity.take(Sender::Provider, 1, time), None);
        assert!(capacity.take(account(3), MIB, time).is_some());
    }

    #[test]
    fn capacity_that_is_returned_is_free() {
        let isolate = Isolate::default();
        let time = (at(0), at(60));
        let number = isolate.capacity().take(account(1), 20 * MIB, time).unwrap();
        let reserved = Reserved {
            isolate: isolate.clone(),
            number,
        };
        assert_eq!(isolate.capacity().take(account(2), 20 * MIB, time), None);
        drop(reserved);
        assert!(
            isolate
                .capacity()
                .take(account(2), 20 * MIB, time)
                .is_some()
        );
    }
}
