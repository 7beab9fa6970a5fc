//! Kling AI's virtual try-on, Kolors, as its documentation has it (`klingai.com/document-api`,
//! October 2026).
//!
//! It has no prompt, so its hashtags come from the garment's picture, and it cannot cancel.

mod create;
mod error;
mod external;
mod generation;
mod pictures;
mod tasks;
mod wire;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use serde_json::Value;

use crate::{
    clock,
    protocol::{Ack, Protocol, Retries},
    signing::{self, Headers, Signing},
    task::{Failure, FailureKind, Snapshot},
    world::World,
};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/images/kolors-virtual-try-on", post(create::create))
        .route("/v1/images/kolors-virtual-try-on/{id}", get(tasks::show))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

/// The largest body: base64 makes 4 bytes of 3, so this holds two pictures of 10 MiB.
const BODY_BYTES: usize = 28 * 1024 * 1024;
/// The vendor does not say whether and when it retries.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
];
/// The vendor does not document this either.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The protocol's side of a task.
#[derive(Debug)]
pub(crate) struct Kling;

impl Protocol for Kling {
    fn name(&self) -> &'static str {
        "kling"
    }

    /// Eighteen digits. The last eight do not repeat within a hundred million tasks: multiplying by
    /// a number that is prime to the modulus only shuffles.
    fn task_id(&self, created: u64, serial: u64) -> String {
        const ENDINGS: u64 = 100_000_000;
        const SHUFFLE: u64 = 61_803_399;
        let ending = (serial % ENDINGS).wrapping_mul(SHUFFLE) % ENDINGS;
        format!("{created:010}{ending:08}")
    }

    fn callback(&self, task: &Snapshot, _base_url: &str) -> Value {
        wire::task(task, clock::now())
    }

    /// As if a webhook secret were set in the vendor's console.
    fn sign(&self, signing: &Signing<'_>) -> Headers {
        signing::standard_webhooks(signing)
    }

    fn retries(&self) -> Retries {
        Retries {
            pauses: &PAUSES,
            timeout: TIMEOUT,
        }
    }

    fn ack(&self, status: u16) -> Ack {
        match status {
            200 => Ack::Taken,
            _ => Ack::Again,
        }
    }

    /// A task shows only the message.
    fn failure(&self, kind: FailureKind) -> Failure {
        let (code, message) = match kind {
            FailureKind::Service => ("5000", "Internal error, please try again later"),
            FailureKind::Refused => (
                "1301",
                "Failure to pass the risk control system: the content may be at risk",
            ),
            FailureKind::Input => ("1201", "Image is invalid"),
        };
        Failure {
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_long_digits_that_do_not_repeat() {
        let ids: HashSet<String> = (0..5_000)
            .map(|serial| Kling.task_id(1_762_419_687, serial))
            .collect();
        assert_eq!(ids.len(), 5_000);
        for id in ids {
            assert!(
                id.len() == 18 && id.bytes().all(|byte| byte.is_ascii_digit()),
                "{id}"
            );
        }
    }
}
