//! `EvoLink`'s image API, as its documentation has it (`docs.evolink.ai`, August 2026).

mod count;
mod create;
mod credits;
mod error;
mod generation;
mod models;
mod size;
mod tasks;
mod wire;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
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
        .route("/v1/images/generations", post(create::create))
        .route("/v1/tasks/{id}", get(tasks::show))
        .route("/v1/credits", get(credits::show))
}

/// How every task id begins.
const ID_PREFIX: &str = "task-unified-";
/// Three attempts follow the first.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// The protocol's side of a task.
#[derive(Debug)]
pub(crate) struct EvoLink;

impl Protocol for EvoLink {
    fn name(&self) -> &'static str {
        "evolink"
    }

    fn task_id(&self, created: u64, serial: u64) -> String {
        format!("{ID_PREFIX}{created}-{}", ids::suffix(serial))
    }

    /// Its callbacks are not signed.
    fn callback(&self, task: &Snapshot, _base_url: &str) -> Value {
        wire::task(task)
    }

    fn retries(&self) -> Retries {
        Retries {
            pauses: &PAUSES,
            timeout: Duration::from_secs(10),
        }
    }

    fn failure(&self, kind: FailureKind) -> Failure {
        let (code, message) = match kind {
            FailureKind::Service => (
                "service_error",
                "The service is temporarily unavailable. Please try again later.",
            ),
            FailureKind::Refused => (
                "content_policy_violation",
                "Content policy violation: photorealistic people detected.",
            ),
            FailureKind::Input => (
                "image_processing_error",
                "The input image cannot be processed.",
            ),
        };
        Failure {
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }
}
