//! The small parts of the world: the clock, randomness, pauses, background work, and the transcript
//! of what went out.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use atelier::domain::time::Timestamp;
use atelier::ports::{Background, Clock, Random};
use futures::future::BoxFuture;
use futures::poll;

/// A clock that stands still until it is set forward, unless each reading advances it.
#[derive(Debug, Default)]
pub(crate) struct HandWoundClock {
    millis: AtomicI64,
    per_reading: AtomicI64,
}

impl HandWoundClock {
    pub(crate) fn at(millis: i64) -> Self {
        Self {
            millis: millis.into(),
            per_reading: 0.into(),
        }
    }

    pub(crate) fn advance(&self, while_: Duration) {
        let millis = i64::try_from(while_.as_millis()).unwrap();
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) fn set(&self, moment: Timestamp) {
        self.millis.store(moment.millis(), Ordering::SeqCst);
    }

    /// From now on each reading advances it by so much.
    pub(crate) fn advance_per_reading(&self, millis: i64) {
        self.per_reading.store(millis, Ordering::SeqCst);
    }
}

impl Clock for HandWoundClock {
    fn now(&self) -> Timestamp {
        let step = self.per_reading.load(Ordering::SeqCst);
        Timestamp::from_millis(self.millis.fetch_add(step, Ordering::SeqCst))
    }

    /// Yields to the executor once per tenth of a second; the clock stands still.
    fn sleep(&self, while_: Duration) -> BoxFuture<'static, ()> {
        let mut left = while_.as_millis().div_ceil(100) + 1;
        Box::pin(poll_fn(move |context| {
            left -= 1;
            if left == 0 {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }))
    }
}

/// Numbers that are the same in every run.
#[derive(Debug, Default)]
pub(crate) struct SeededRandom(AtomicU64);

impl From<u64> for SeededRandom {
    fn from(seed: u64) -> Self {
        Self(AtomicU64::new(seed << 32))
    }
}

impl Random for SeededRandom {
    fn bits(&self) -> u128 {
        let (high, low) = (scramble(&self.0), scramble(&self.0));
        u128::from(high) << 64 | u128::from(low)
    }
}

/// `SplitMix64`.
fn scramble(state: &AtomicU64) -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut z = state.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// How long each call to the outside takes, in polls of the executor: one, unless shuffled. So
/// concurrent calls interleave, and differently for each seed.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    state: AtomicU64,
    spread: AtomicU64,
}

impl Pauses {
    pub(crate) fn shuffle(&self, seed: u64) {
        self.state.store(seed, Ordering::SeqCst);
        self.spread.store(5, Ordering::SeqCst);
    }

    pub(crate) async fn pause(&self) {
        let spread = self.spread.load(Ordering::SeqCst).max(1);
        turns(1 + scramble(&self.state) % spread).await;
    }
}

/// Yields to the executor so many times.
pub(super) async fn turns(mut left: u64) {
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Background work (`waitUntil`), which the story runs or drops.
#[derive(Default)]
pub(crate) struct SteppedBackground(Mutex<VecDeque<BoxFuture<'static, ()>>>);

impl SteppedBackground {
    /// The oldest task that still waits.
    pub(crate) fn next(&self) -> Option<BoxFuture<'static, ()>> {
        self.0.lock().unwrap().pop_front()
    }

    /// The process is killed: all background work is dropped.
    pub(crate) fn kill(&self) {
        let killed = std::mem::take(&mut *self.0.lock().unwrap());
        drop(killed);
    }
}

impl Background for SteppedBackground {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.lock().unwrap().push_back(task);
    }
}

/// Polls a future at most so many times. Returns whether it finished.
pub(crate) async fn advance<F: Future + Unpin>(turns: usize, future: &mut F) -> bool {
    for _ in 0..turns {
        if poll!(&mut *future).is_ready() {
            return true;
        }
    }
    false
}

/// The transcript of what went out, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Transcript(Arc<Mutex<Vec<String>>>);

impl Transcript {
    pub(crate) fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}
