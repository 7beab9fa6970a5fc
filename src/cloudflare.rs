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
mod glue;
mod log;
mod mail;
mod object;
mod panics;
mod r2;
mod rate_limit;
mod reconciler;
mod runtime;
mod signatures;
mod stored;

use std::time::Duration;

use futures::future::{Either, select};
use futures::poll;
use std::pin::pin;
use std::task::Poll;
use wasm_bindgen::{JsCast, JsValue};
use worker::Delay;
use worker::js_sys::Error as JsError;

/// What a future gives, if it does so in time. One that does not is dropped. A timer is only made for one
/// that has to be waited for.
async fn within<T>(time: Duration, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    if let Poll::Ready(value) = poll!(future.as_mut()) {
        return Some(value);
    }
    match select(future, pin!(Delay::from(time))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}

/// A time as JavaScript's timers take it.
fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
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

/// The first line of what JavaScript threw.
fn thrown(error: &JsValue) -> String {
    let message = error.dyn_ref::<JsError>().map(JsError::message);
    let text = message.map_or_else(|| error.as_string(), |message| message.as_string());
    let text = text.unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}
