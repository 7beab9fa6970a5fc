//! Replicate's predictions API, as its documentation has it (`replicate.com/docs`, October 2026).

mod create;
mod error;
mod generation;
mod input;
mod models;
mod predictions;
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
    signing::{self, Headers, Signing},
    task::{Failure, FailureKind, Snapshot},
    world::World,
};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/predictions", post(create::by_version))
        .route(
            "/v1/models/{owner}/{name}/predictions",
            post(create::by_model),
        )
        .route("/v1/predictions/{id}", get(predictions::show))
        .route("/v1/predictions/{id}/cancel", post(predictions::cancel))
}

/// The vendor says that the backoff grows, and that the last attempt comes about a minute after the
/// end: these pauses are 60 s in total.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
    Duration::from_secs(30),
];
/// The vendor says "a few seconds".
const TIMEOUT: Duration = Duration::from_secs(5);

/// The protocol's side of a task.
#[derive(Debug)]
pub(crate) struct Replicate;

impl Protocol for Replicate {
    fn name(&self) -> &'static str {
        "replicate"
    }

    fn task_id(&self, created: u64, serial: u64) -> String {
        ids::base32(&format!("replicate {created} {serial}"))
    }

    fn callback(&self, task: &Snapshot, base_url: &str) -> Value {
        wire::prediction(task, base_url)
    }

    fn sign(&self, signing: &Signing<'_>) -> Headers {
        signing::standard_webhooks(signing)
    }

    fn retries(&self) -> Retries {
        Retries {
            pauses: &PAUSES,
            timeout: TIMEOUT,
        }
    }

    /// A prediction shows only the message; its code, if there is one, is at the end.
    fn failure(&self, kind: FailureKind) -> Failure {
        let (code, problem) = match kind {
            FailureKind::Service => (
                "E1000",
                "Prediction failed for an unknown reason. It might help to try again.",
            ),
            FailureKind::Refused => (
                "E005",
                "The input or output was flagged as sensitive. Please try again with different inputs.",
            ),
            FailureKind::Input => ("", "The input image cannot be read."),
        };
        let message = if code.is_empty() {
            problem.to_owned()
        } else {
            format!("{problem} ({code})")
        };
        Failure {
            code: code.to_owned(),
            message,
        }
    }
}
