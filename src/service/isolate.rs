//! What an isolate keeps from one request to the next: plain data, never held over an await.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::models::Resting;
use super::{Atelier, Error};
use crate::domain::time::Timestamp;

/// How many bytes of large bodies are taken in at once. Each is there up to three times while it is
/// stripped and stored: 72 MiB of the 128 that an isolate has.
const ROOM: u64 = 24 * 1024 * 1024;

/// How long what was read may be worked on before its room counts as free. Whoever hangs up takes the
/// request with them, and nobody says that it has ended.
const WORK_ENDS: Duration = Duration::from_secs(30);

/// How often a body that waits for room looks whether there is some.
const WAIT_STEP: Duration = Duration::from_millis(100);

/// How often it looks at most: for 10 s.
const MOST_LOOKS: u32 = 100;

/// All of it. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Isolate(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    resting: Resting,
    room: Mutex<Room>,
}

#[derive(Debug, Default)]
struct Room {
    taken: Vec<Taken>,
    last: u64,
}

#[derive(Debug)]
struct Taken {
    number: u64,
    bytes: u64,
    until: Timestamp,
}

impl Room {
    /// Takes room, if there is enough. A body alone always has enough.
    fn take(&mut self, bytes: u64, now: Timestamp, until: Timestamp) -> Option<u64> {
        self.taken.retain(|taken| taken.until > now);
        let sizes = self.taken.iter().map(|taken| taken.bytes);
        let in_use = sizes.fold(0, u64::saturating_add);
        if in_use > 0 && in_use.saturating_add(bytes) > ROOM {
            return None;
        }
        self.last = self.last.wrapping_add(1);
        self.taken.push(Taken {
            number: self.last,
            bytes,
            until,
        });
        Some(self.last)
    }
}

/// Room for a body, until this is dropped.
#[derive(Debug)]
pub struct Reserved {
    isolate: Isolate,
    number: u64,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut room = self.isolate.room();
        room.taken.retain(|taken| taken.number != self.number);
    }
}

impl Isolate {
    pub(super) fn resting(&self) -> &Resting {
        &self.0.resting
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.0.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Atelier {
    /// Waits until there is room for a body of so many bytes, which takes at most `time` to come.
    pub async fn room_for(&self, bytes: u64, time: Duration) -> Result<Reserved, Error> {
        let began = self.now();
        for _ in 0..MOST_LOOKS {
            let now = self.now();
            let until = now.plus(time).plus(WORK_ENDS);
            if let Some(number) = self.isolate.room().take(bytes, now, until) {
                let isolate = self.isolate.clone();
                return Ok(Reserved { isolate, number });
            }
            self.sleep(WAIT_STEP).await;
        }
        let waited = self.now().since(began);
        Err(Error::Overloaded(format!("no room after {waited:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second.saturating_mul(1000))
    }

    #[test]
    fn as_many_bodies_as_there_is_room_for_are_taken_in() {
        let mut room = Room::default();
        let first = room.take(10 * MIB, at(0), at(60));
        let second = room.take(10 * MIB, at(0), at(60));
        assert!(first.is_some() && second.is_some() && first != second);
        assert_eq!(room.take(10 * MIB, at(0), at(60)), None);
        assert!(room.take(4 * MIB, at(0), at(60)).is_some());
        assert_eq!(room.take(1, at(59), at(60)), None);
        // Nobody said that these had ended.
        assert!(room.take(100 * MIB, at(60), at(61)).is_some());
        assert_eq!(room.take(1, at(60), at(61)), None);
    }

    #[test]
    fn room_that_is_given_back_is_free() {
        let isolate = Isolate::default();
        let number = isolate.room().take(20 * MIB, at(0), at(60)).unwrap();
        let reserved = Reserved {
            isolate: isolate.clone(),
            number,
        };
        assert_eq!(isolate.room().take(20 * MIB, at(0), at(60)), None);
        drop(reserved);
        assert!(isolate.room().take(20 * MIB, at(0), at(60)).is_some());
    }
}
