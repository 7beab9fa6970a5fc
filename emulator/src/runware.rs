//! Runware's task API, as its documentation has it (`runware.ai/docs`, November 2026): arrays of
//! tasks, over HTTP and over a WebSocket at the same address.
//!
//! It cannot cancel, and its callbacks are not signed. Where the documentation is silent, it is as
//! strict as a caller must expect: a second task under the same UUID is refused, a UUID without a
//! task is an error, and a failed task calls its errors back.

mod error;
mod generation;
mod models;
mod socket;
mod tasks;
mod wire;

use std::{sync::Arc, time::Duration};

use axum::{Router, routing::post};
use serde_json::Value;

use crate::{
    ids,
    protocol::{Protocol, Retries},
    task::{Failure, FailureKind, Snapshot},
    world::World,
};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/v1", post(tasks::answer).get(socket::open))
}

/// 250 ms, then twice the pause before, 8 s at most. How many follow the first is not documented.
const PAUSES: [Duration; 8] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(8),
    Duration::from_secs(8),
];

/// The protocol's side of a task.
#[derive(Debug)]
pub(crate) struct Runware;

impl Protocol for Runware {
    fn name(&self) -> &'static str {
        "runware"
    }

    /// Only for tasks that do not exist: a real one has its caller's `taskUUID`.
    fn task_id(&self, created: u64, serial: u64) -> String {
        ids::uuid(&format!("runware {created} {serial}"))
    }

    fn is_named_by_caller(&self) -> bool {
        true
    }

    fn callback(&self, task: &Snapshot, _base_url: &str) -> Value {
        let mut all = wire::callbacks(task);
        if all.is_empty() {
            Value::Null
        } else {
            all.swap_remove(0)
        }
    }

    /// Each picture has its own callback.
    fn callbacks(&self, task: &Snapshot, _base_url: &str) -> Vec<Value> {
        wire::callbacks(task)
    }

    fn retries(&self) -> Retries {
        Retries {
            pauses: &PAUSES,
            timeout: Duration::from_secs(5),
        }
    }

    fn failure(&self, kind: FailureKind) -> Failure {
        let (code, message) = match kind {
            FailureKind::Service => (
                "timeoutProvider",
                "The provider did not answer in time. Please try again.",
            ),
            FailureKind::Refused => (
                "invalidProviderContent",
                "The content was flagged by the provider's safety moderation.",
            ),
            FailureKind::Input => (
                "invalidReferenceImages",
                "A reference image cannot be downloaded or read.",
            ),
        };
        Failure {
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }
}
