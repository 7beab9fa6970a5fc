//! FASHN's prediction API, as its documentation has it (`docs.fashn.ai`, October 2026).
//!
//! It cannot cancel. `return_base64` is refused, and `mask` is accepted and ignored.

mod create;
mod error;
mod generation;
mod models;
mod predictions;
mod wire;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use serde_json::Value;

use crate::{
    ids,
    protocol::{Protocol, Retries},
    task::{Failure, FailureKind, Snapshot},
    world::World,
};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/run", post(create::run))
        .route("/v1/status/{id}", get(predictions::show))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

/// The largest body: base64 makes 4 bytes of 3, so this holds a picture of 20 MiB and some more.
const BODY_BYTES: usize = 32 * 1024 * 1024;
/// "Up to 5 retries within approximately 5 minutes": these are 300 s in all.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(10),
    Duration::from_secs(20),
    Duration::from_secs(40),
    Duration::from_secs(80),
    Duration::from_secs(150),
];
/// The vendor names no limit; this is the usual one.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The protocol's side of a task.
#[derive(Debug)]
pub(crate) struct Fashn;

impl Protocol for Fashn {
    fn name(&self) -> &'static str {
        "fashn"
    }

    /// A UUID with a suffix, which is no UUID.
    fn task_id(&self, created: u64, serial: u64) -> String {
        format!("{}-u1", ids::uuid(&format!("fashn {created} {serial}")))
    }

    /// Its callbacks are not signed.
    fn callback(&self, task: &Snapshot, _base_url: &str) -> Value {
        wire::webhook(task)
    }

    fn retries(&self) -> Retries {
        Retries {
            pauses: &PAUSES,
            timeout: TIMEOUT,
        }
    }

    fn failure(&self, kind: FailureKind) -> Failure {
        let (name, message) = match kind {
            FailureKind::Service => (
                "PipelineError",
                "An unexpected error occurred while the pipeline was executed.",
            ),
            FailureKind::Refused => (
                "ContentModerationError",
                "Prohibited content was detected in the inputs.",
            ),
            FailureKind::Input => ("ImageLoadError", "An input image cannot be loaded."),
        };
        Failure {
            code: name.to_owned(),
            message: message.to_owned(),
        }
    }
}
