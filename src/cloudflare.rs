//! Where Atelier meets Cloudflare: each port's adapter, the objects' shells, and the events.
//!
//! On Workers nothing is ever sent to another thread, and JavaScript's values cannot be. What
//! wraps them as if they could (`SendFuture`, `SendWrapper`) is used here and nowhere else.

mod accounts;
mod body;
mod d1;
mod download;
mod environment;
mod events;
mod fetch;
mod log;
mod object;
mod panics;
mod r2;
mod reconciler;
mod runtime;
mod signatures;
mod stored;

use std::time::Duration;

use futures::future::{Either, select};
use std::pin::pin;
use worker::Delay;

/// What a future gives, if it does so in time. One that does not is dropped.
async fn within<T>(time: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(Delay::from(time))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}

/// The first line of an error. `worker::Error` prints a stack after it, and printing a `D1Error`
/// in any other way than by its cause ends the request.
fn text_of(error: &worker::Error) -> String {
    let text = match error {
        worker::Error::D1(error) => error.cause(),
        other => other.to_string(),
    };
    text.lines().next().unwrap_or_default().to_owned()
}
