//! `EvoLink`'s image API, as its documentation has it (`docs.evolink.ai`, August 2026).

mod account;
mod callback_url;
mod create;
mod error;
mod models;
mod order;
mod size;
mod tasks;
mod wire;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use serde_json::Value;

use crate::{
    protocol::Protocol,
    task::{Failure, FailureKind, Snapshot},
    world::World,
};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/images/generations", post(create::create))
        .route("/v1/tasks/{id}", get(tasks::show))
        .route("/v1/credits", get(account::credits))
}

/// The protocol's side of a task.
#[derive(Debug)]
pub(crate) struct EvoLink;

impl Protocol for EvoLink {
    fn body(&self, task: &Snapshot) -> Value {
        wire::task(task)
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
