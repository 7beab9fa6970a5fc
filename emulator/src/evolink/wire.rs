//! The JSON of tasks.

use serde_json::{Value, json};

use crate::{
    clock,
    task::{Snapshot, State, Task},
};

const OBJECT: &str = "image.generation.task";

/// The answer of create.
pub(crate) fn accepted(task: &Task, estimated_seconds: u64) -> Value {
    json!({
        "id": task.id,
        "object": OBJECT,
        "type": "image",
        "model": task.generation.model,
        "created": clock::unix_seconds(task.created),
        "status": "pending",
        "progress": 0,
        "task_info": { "can_cancel": true, "estimated_time": estimated_seconds },
        "usage": {
            "billing_rule": "per_call",
            "credits_reserved": task.generation.price,
            "user_group": "default",
        },
    })
}

/// The task's JSON, in answers and callbacks.
pub(crate) fn task(task: &Snapshot) -> Value {
    let (status, progress) = match &task.state {
        State::Queued => ("pending", 0),
        State::Running(percent) => ("processing", *percent),
        State::Completed(_) => ("completed", 100),
        State::Failed(_) | State::Canceled => ("failed", 0),
    };
    let open = matches!(task.state, State::Queued | State::Running(_));
    let mut body = json!({
        "id": task.id,
        "object": OBJECT,
        "type": "image",
        "model": task.generation.model,
        "created": clock::unix_seconds(task.created),
        "status": status,
        "progress": progress,
        "task_info": { "can_cancel": open },
    });
    let ending = match &task.state {
        State::Queued | State::Running(_) => None,
        State::Completed(results) => Some(("results", json!(results))),
        State::Failed(failure) => Some(error(&failure.code, &failure.message)),
        State::Canceled => Some(error("request_cancelled", "The request was cancelled.")),
    };
    if let (Some((name, value)), Some(fields)) = (ending, body.as_object_mut()) {
        fields.insert(name.to_owned(), value);
    }
    body
}

fn error(code: &str, message: &str) -> (&'static str, Value) {
    (
        "error",
        json!({ "code": code, "message": message, "type": "task_error" }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Failure;

    fn showing(state: State) -> Value {
        task(&Snapshot::sample(
            "task-unified-1757165031-ab12cd34",
            "gemini-3.1-flash-image-preview",
            1_757_165_031,
            state,
        ))
    }

    /// The two shapes that the documentation shows; a receiver is written against them.
    #[test]
    fn the_documented_shapes() {
        let address = "http://127.0.0.1:1/files/x.png";
        assert_eq!(
            showing(State::Completed(vec![address.to_owned()])),
            json!({
                "id": "task-unified-1757165031-ab12cd34", "object": "image.generation.task",
                "type": "image", "model": "gemini-3.1-flash-image-preview",
                "created": 1_757_165_031, "status": "completed", "progress": 100,
                "results": [address], "task_info": { "can_cancel": false }
            })
        );
        let failure = Failure {
            code: "content_policy_violation".to_owned(),
            message: "no".to_owned(),
        };
        assert_eq!(
            showing(State::Failed(failure)),
            json!({
                "id": "task-unified-1757165031-ab12cd34", "object": "image.generation.task",
                "type": "image", "model": "gemini-3.1-flash-image-preview",
                "created": 1_757_165_031, "status": "failed", "progress": 0,
                "error": {
                    "code": "content_policy_violation", "message": "no", "type": "task_error"
                },
                "task_info": { "can_cancel": false }
            })
        );
    }
}
