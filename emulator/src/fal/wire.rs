//! The JSON of requests (`docs.fal.ai/model-apis/model-endpoints/queue` and `/webhooks`).

use serde_json::{Value, json};

use super::outcome::Outcome;
use crate::{
    behaviour::CallbackFault,
    task::{Snapshot, State, Task},
};

/// The answer of submit.
pub(crate) fn accepted(task: &Task, base_url: &str) -> Value {
    let own = json!({ "gateway_request_id": task.id });
    with(status(&task.showing(State::Queued), base_url), own)
}

/// The answer of the status URL.
pub(crate) fn status(task: &Snapshot, base_url: &str) -> Value {
    let own = format!(
        "{base_url}/{}/requests/{}",
        app(&task.generation.model),
        task.id
    );
    let addresses = json!({
        "request_id": task.id,
        "response_url": own,
        "status_url": format!("{own}/status"),
        "cancel_url": format!("{own}/cancel"),
    });
    let shown = match (Outcome::of(task), &task.state) {
        (Some(outcome), _) => completed(task, &outcome),
        (None, State::Queued) => json!({ "status": "IN_QUEUE", "queue_position": 0 }),
        (None, _) => json!({ "status": "IN_PROGRESS", "logs": [] }),
    };
    with(addresses, shown)
}

/// A refusal by the model does not show here.
fn completed(task: &Snapshot, outcome: &Outcome) -> Value {
    let worked = task
        .ended
        .and_then(|ended| ended.duration_since(task.created).ok())
        .unwrap_or_default();
    let body = json!({
        "status": "COMPLETED",
        "logs": [],
        "metrics": { "inference_time": worked.as_secs_f64() },
    });
    match outcome {
        Outcome::Output(_) | Outcome::Refused(_) => body,
        Outcome::Broken { kind, detail, .. } => {
            with(body, json!({ "error": detail, "error_type": kind }))
        }
    }
}

/// The body of the webhook.
pub(crate) fn webhook(task: &Snapshot) -> Value {
    let said = match Outcome::of(task) {
        None => json!({ "status": "IN_PROGRESS" }),
        Some(Outcome::Output(_)) if task.behaviour.has(CallbackFault::NoPayload) => json!({
            "status": "OK",
            "payload": null,
            "payload_error": "The payload cannot be written as JSON.",
        }),
        Some(Outcome::Output(output)) => json!({ "status": "OK", "payload": output }),
        Some(outcome) => json!({
            "status": "ERROR",
            "error": format!("Invalid status code: {}", outcome.status()),
            "payload": outcome.body(),
        }),
    };
    let ids = json!({ "request_id": task.id, "gateway_request_id": task.id });
    with(ids, said)
}

/// An object with the fields of another added.
pub(crate) fn with(mut body: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (body.as_object_mut(), more) {
        fields.extend(more);
    }
    body
}

/// The first two parts of an endpoint's name.
pub(crate) fn app(endpoint: &str) -> String {
    endpoint.split('/').take(2).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Failure;

    const ID: &str = "764cabcf-b745-4b3e-ae38-1200304cf45b";

    fn sample(model: &str, state: State) -> Snapshot {
        Snapshot::sample(ID, model, 1_757_165_031, state)
    }

    /// A receiver is written against these two.
    #[test]
    fn the_documented_webhooks() {
        let address = "http://127.0.0.1:1/files/x.png".to_owned();
        let done = State::Completed(vec![address.clone()]);
        let kling = sample("fal-ai/kling/v1-5/kolors-virtual-try-on", done);
        assert_eq!(
            webhook(&kling),
            json!({
                "request_id": ID, "gateway_request_id": ID, "status": "OK",
                "payload": { "image": {
                    "url": address, "content_type": "image/png", "file_name": "x.png",
                    "file_size": null, "width": null, "height": null
                } }
            })
        );
        let refused = State::Failed(Failure {
            code: "content_policy_violation".to_owned(),
            message: "no".to_owned(),
        });
        assert_eq!(
            webhook(&sample("fal-ai/unknown", refused)),
            json!({
                "request_id": ID, "gateway_request_id": ID, "status": "ERROR",
                "error": "Invalid status code: 422",
                "payload": { "detail": [{
                    "loc": ["body"], "msg": "no", "type": "content_policy_violation",
                    "url": "https://docs.fal.ai/errors#content_policy_violation"
                }] }
            })
        );
    }

    #[test]
    fn a_cancel_is_an_error_of_the_client() {
        let canceled = sample("fal-ai/fashn/tryon/v1.6", State::Canceled);
        let body = webhook(&canceled);
        assert_eq!(body["payload"]["error_type"], "client_cancelled");
        let shown = status(&canceled, "http://h/fal");
        assert_eq!(shown["error_type"], "client_cancelled");
        assert_eq!(
            shown["response_url"],
            format!("http://h/fal/fal-ai/fashn/requests/{ID}")
        );
    }
}
