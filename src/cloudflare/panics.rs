//! Panics: told in the log with their file and line, and the JavaScript stack.
//!
//! None is expected. Should there be one, the request that met it is answered with a 500, and the
//! Worker goes on: it is built with `--panic-unwind`.

use std::sync::OnceLock;

use worker::Env;

use super::environment::lookup;
use crate::config::panic_at;

/// `PANIC_AT`, which an isolate reads once.
static PANIC_AT: OnceLock<Option<String>> = OnceLock::new();

/// Once per isolate; again, it changes nothing. It takes the place of `worker`'s own hook, which does
/// nothing else in a build that unwinds.
pub(super) fn install() {
    console_error_panic_hook::set_once();
}

/// Panics where it is called, if `PANIC_AT` is this place.
#[track_caller]
pub(super) fn rehearse(env: &Env, place: &str) {
    let wanted = PANIC_AT.get_or_init(|| panic_at(&lookup(env)));
    assert!(wanted.as_deref() != Some(place), "PANIC_AT is {place}");
}
