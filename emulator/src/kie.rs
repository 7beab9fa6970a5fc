//! KIE's market of models, as its documentation has it (`docs.kie.ai`, October 2026).

mod create;
mod error;
mod generation;
mod models;
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
    protocol::{Ack, Protocol, Retries},
    signing::{self, Headers, Signing},
    task::{Failure, FailureKind, Snapshot},
    world::World,
};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/api/v1/jobs/createTask", post(create::create))
        .route("/api/v1/jobs/recordInfo", get(tasks::show))
}

/// After three failures in a row it is given up. KIE does not publish its pauses.
const PAUSES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(30)];

/// The protocol's side of a task.
#[derive(Debug)]
pub(crate) struct Kie;

impl Protocol for Kie {
    fn name(&self) -> &'static str {
        "kie"
    }

    fn task_id(&self, created: u64, serial: u64) -> String {
        format!("task_google_{created}{}", ids::suffix(serial))
    }

    fn callback(&self, task: &Snapshot, _base_url: &str) -> Value {
        wire::callback(task)
    }

    /// HMAC over the task's id and the time (`docs.kie.ai/common-api/webhook-verification`). The
    /// body is not covered, so the signature stays valid if it is changed. The key is the text of
    /// the secret, whatever it begins with.
    fn sign(&self, signing: &Signing<'_>) -> Headers {
        let timestamp = signing.timestamp().to_string();
        let key = signing.settings.webhook_secret.as_bytes();
        let signed = [signing.task_id.as_bytes(), b".", timestamp.as_bytes()];
        let signature = signing::hmac_sha256(key, &signed);
        vec![
            ("x-webhook-timestamp", timestamp),
            ("x-webhook-signature", signature),
        ]
    }

    fn retries(&self) -> Retries {
        Retries {
            pauses: &PAUSES,
            timeout: Duration::from_secs(15),
        }
    }

    /// Only 200 counts as delivered.
    fn ack(&self, status: u16) -> Ack {
        match status {
            200 => Ack::Taken,
            _ => Ack::Again,
        }
    }

    fn failure(&self, kind: FailureKind) -> Failure {
        let (code, message) = match kind {
            FailureKind::Service => ("500", "Internal error, please try again later."),
            FailureKind::Refused => (
                wire::INPUT_AT_FAULT,
                "Your prompt was flagged by Website as violating content policies",
            ),
            FailureKind::Input => (wire::INPUT_AT_FAULT, "Failed to fetch the image."),
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
    use crate::{clock, settings::Settings};

    /// From another implementation, so that a receiver can pin it as well.
    #[test]
    fn a_signature_pinned() {
        let headers = Kie.sign(&Signing {
            settings: &Settings::default(),
            task_id: "task_google_1757165031ab12cd34",
            message_id: "any",
            at: clock::at(1_757_165_031),
            body: b"not covered",
        });
        assert_eq!(
            headers,
            [
                ("x-webhook-timestamp", "1757165031".to_owned()),
                (
                    "x-webhook-signature",
                    "9ZGm3xVKu+C0SSU5a/AUYgaIZROjBSzQwZddZsPJjaw=".to_owned()
                )
            ]
        );
    }

    #[test]
    fn three_attempts_are_all() {
        assert_eq!(Kie.retries().pauses.len(), 2);
    }
}
