//! The clock, randomness, and what goes on after the answer.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use worker::send::SendFuture;
use worker::{Context, Date, Delay, ScheduleContext};

use crate::domain::time::Timestamp;
use crate::ports::{Background, Clock, Random};

/// The runtime's clock, which stands still between two I/O operations.
pub(super) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX))
    }

    fn sleep(&self, while_: Duration) -> BoxFuture<'static, ()> {
        Box::pin(SendFuture::new(Delay::from(while_)))
    }
}

/// Web Crypto, by way of the `getrandom` crate.
pub(super) struct SystemRandom;

impl Random for SystemRandom {
    fn bits(&self) -> u128 {
        let mut bytes = [0; 16];
        // It fails only where there is no Web Crypto at all; then an id repeats, and is refused.
        if let Err(error) = getrandom::fill(&mut bytes) {
            log::error!("event=randomness_unavailable error=\"{error}\"");
        }
        u128::from_be_bytes(bytes)
    }
}

/// The `waitUntil` of a request.
pub(super) struct AfterFetch(pub(super) Arc<Context>);

impl Background for AfterFetch {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.wait_until(task);
    }
}

/// The `waitUntil` of a cron run.
pub(super) struct AfterCron(pub(super) worker::send::SendWrapper<ScheduleContext>);

impl Background for AfterCron {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.wait_until(task);
    }
}
