//! fal's queue API, as its documentation has it (`docs.fal.ai`, October 2026).

mod create;
mod error;
mod generation;
mod keys;
mod models;
mod outcome;
mod size;
mod tasks;
mod wire;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    routing::{get, post, put},
};
use serde_json::Value;

use crate::{
    ids,
    protocol::{Ack, Protocol, Retries},
    signing::{Headers, Signing},
    task::{Failure, FailureKind, Generation, Snapshot},
    world::World,
};

/// A request's own addresses have only the first two parts of its endpoint's name.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/.well-known/jwks.json", get(keys::show))
        .route("/{owner}/{app}", post(create::submit))
        .route("/{owner}/{app}/{*more}", post(create::submit))
        .route("/{owner}/{app}/requests/{id}", get(tasks::result))
        .route("/{owner}/{app}/requests/{id}/status", get(tasks::status))
        .route("/{owner}/{app}/requests/{id}/cancel", put(tasks::cancel))
}

/// Ten attempts follow the first: 7 s, and each pause twice the one before, come to 2 h. fal does
/// not publish its pauses.
const PAUSES: [Duration; 10] = [
    Duration::from_secs(7),
    Duration::from_secs(14),
    Duration::from_secs(28),
    Duration::from_secs(56),
    Duration::from_secs(112),
    Duration::from_secs(224),
    Duration::from_secs(448),
    Duration::from_secs(896),
    Duration::from_secs(1792),
    Duration::from_secs(3584),
];

/// The protocol's side of a request.
#[derive(Debug)]
pub(crate) struct Fal;

impl Protocol for Fal {
    fn name(&self) -> &'static str {
        "fal"
    }

    fn task_id(&self, created: u64, serial: u64) -> String {
        ids::uuid(&format!("fal {created} {serial}"))
    }

    fn callback(&self, task: &Snapshot, _base_url: &str) -> Value {
        wire::webhook(task)
    }

    fn sign(&self, signing: &Signing<'_>) -> Headers {
        keys::sign(signing)
    }

    fn retries(&self) -> Retries {
        Retries {
            pauses: &PAUSES,
            timeout: Duration::from_secs(15),
        }
    }

    /// A redirect is neither followed nor retried.
    fn ack(&self, status: u16) -> Ack {
        match status {
            200..=299 => Ack::Taken,
            300..=399 => Ack::GivenUp,
            _ => Ack::Again,
        }
    }

    /// The queue accepts any input; only the model checks it.
    fn flaw(&self, generation: &Generation) -> Option<Failure> {
        generation::problems(generation)
            .into_iter()
            .next()
            .map(|problem| Failure {
                code: problem.kind.to_owned(),
                message: problem.message,
            })
    }

    fn failure(&self, kind: FailureKind) -> Failure {
        let (code, message) = match kind {
            FailureKind::Service => ("runner_server_error", "The runner failed unexpectedly."),
            FailureKind::Refused => (
                "content_policy_violation",
                "The content could not be processed because it was flagged by a content checker.",
            ),
            FailureKind::Input => ("file_download_error", "Failed to download the file."),
        };
        Failure {
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_grow_and_come_to_two_hours() {
        assert!(PAUSES.windows(2).all(|two| two[1] == two[0] * 2));
        let all: Duration = PAUSES.iter().sum();
        assert_eq!(all.as_secs() / 60, 119);
    }
}
