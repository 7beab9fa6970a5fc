//! The JSON of predictions.

use serde_json::{Value, json};

use crate::task::{Snapshot, State};

/// Below this share of the work, in percent, a prediction that has started waits in the queue.
const WAITING_PERCENT: u8 = 20;
/// Ends that are statuses of their own: they name no error. The vendor's client has them in its
/// types; here they come about by hand alone.
const WITHOUT_ERROR: [&str; 2] = ["canceled", "time_out"];

/// What a run answers.
pub(crate) fn accepted(id: &str) -> Value {
    json!({ "id": id, "error": null })
}

/// What a prediction's address answers.
pub(crate) fn prediction(task: &Snapshot) -> Value {
    let (status, output, error) = match &task.state {
        State::Queued => ("starting", None, None),
        State::Running(..WAITING_PERCENT) => ("in_queue", None, None),
        State::Running(_) => ("processing", None, None),
        State::Completed(results) => ("completed", Some(results), None),
        State::Canceled => ("canceled", None, None),
        State::Failed(failure) if WITHOUT_ERROR.contains(&failure.code.as_str()) => {
            (failure.code.as_str(), None, None)
        }
        State::Failed(failure) => {
            let error = json!({ "name": failure.code, "message": failure.message });
            ("failed", None, Some(error))
        }
    };
    json!({ "id": task.id, "status": status, "output": output, "error": error })
}

/// What its webhook is told: the same, without an empty `output`.
pub(crate) fn webhook(task: &Snapshot) -> Value {
    let mut body = prediction(task);
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|name, value| name != "output" || !value.is_null());
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Failure;

    const ID: &str = "123a87b9-4129-4bb3-be18-9c9fb5bd7fc1-u1";

    fn sample(state: State) -> Snapshot {
        Snapshot::sample(ID, "tryon-v1.6", 1_757_165_031, state)
    }

    fn failed(name: &str) -> Snapshot {
        sample(State::Failed(Failure {
            code: name.to_owned(),
            message: "no".to_owned(),
        }))
    }

    /// The two shapes that the documentation shows; a receiver is written against them.
    #[test]
    fn the_documented_shapes() {
        let address = "http://127.0.0.1:1/files/output_0.png";
        let completed = sample(State::Completed(vec![address.to_owned()]));
        let expected =
            json!({ "id": ID, "status": "completed", "output": [address], "error": null });
        assert_eq!(prediction(&completed), expected);
        assert_eq!(webhook(&completed), expected);

        let error = json!({ "name": "ContentModerationError", "message": "no" });
        let refused = failed("ContentModerationError");
        assert_eq!(
            prediction(&refused),
            json!({ "id": ID, "status": "failed", "output": null, "error": error })
        );
        assert_eq!(
            webhook(&refused),
            json!({ "id": ID, "status": "failed", "error": error })
        );
    }

    #[test]
    fn every_status() {
        let statuses = [
            (sample(State::Queued), "starting"),
            (sample(State::Running(19)), "in_queue"),
            (sample(State::Running(20)), "processing"),
            (sample(State::Canceled), "canceled"),
            (failed("canceled"), "canceled"),
            (failed("time_out"), "time_out"),
        ];
        for (task, status) in statuses {
            assert_eq!(
                prediction(&task),
                json!({ "id": ID, "status": status, "output": null, "error": null })
            );
        }
    }
}
