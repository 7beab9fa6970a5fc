//! The JSON of predictions: what create, the prediction's address and its callbacks all say.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::models;
use crate::{
    clock,
    task::{Snapshot, State},
};

/// What an official model's version is said to be.
const HIDDEN: &str = "hidden";

pub(crate) fn prediction(task: &Snapshot, base_url: &str) -> Value {
    let generation = &task.generation;
    let address = format!("{base_url}/v1/predictions/{}", task.id);
    let (status, output, error) = match &task.state {
        State::Queued => ("starting", Value::Null, Value::Null),
        State::Running(_) => ("processing", Value::Null, Value::Null),
        State::Completed(results) => ("succeeded", json!(results.first()), Value::Null),
        State::Failed(failure) => ("failed", Value::Null, json!(failure.message)),
        State::Canceled => ("canceled", Value::Null, Value::Null),
    };
    let version = models::find(&generation.model).and_then(|model| model.version);
    let mut body = json!({
        "id": task.id,
        "model": generation.model,
        "version": version.unwrap_or(HIDDEN),
        "input": generation.body.get("input"),
        "output": output,
        "logs": "",
        "error": error,
        "status": status,
        "created_at": clock::iso8601(task.created),
        "data_removed": false,
        "source": "api",
        "urls": {
            "get": address,
            "cancel": format!("{address}/cancel"),
            "web": format!("https://replicate.com/p/{}", task.id),
        },
    });
    if let Some(fields) = body.as_object_mut() {
        fields.append(&mut times(task));
    }
    body
}

/// When the work began and ended, and how long it took; nothing of what has not happened.
fn times(task: &Snapshot) -> Map<String, Value> {
    let mut times = Map::new();
    if task.state == State::Queued {
        return times;
    }
    let mut tell = |name: &str, value| times.insert(name.to_owned(), value);
    tell("started_at", json!(clock::iso8601(task.created)));
    if !matches!(task.state, State::Running(_)) {
        let ended = task.ended.unwrap_or(task.created);
        let seconds = seconds_between(task.created, ended);
        tell("completed_at", json!(clock::iso8601(ended)));
        tell(
            "metrics",
            json!({ "predict_time": seconds, "total_time": seconds }),
        );
    }
    times
}

fn seconds_between(start: SystemTime, end: SystemTime) -> f64 {
    end.duration_since(start)
        .map_or(0.0, |took| took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Failure;

    fn showing(state: State) -> Value {
        let id = "gm3qorzdhgbfurvjtvhg6dckhu";
        let task = Snapshot::sample(id, "google/nano-banana-2", 1_791_367_200, state);
        prediction(&task, "http://127.0.0.1:1/replicate")
    }

    /// The shape that the documentation shows; a receiver is written against it.
    #[test]
    fn the_documented_shape() {
        let id = "gm3qorzdhgbfurvjtvhg6dckhu";
        let address = format!("http://127.0.0.1:1/replicate/v1/predictions/{id}");
        assert_eq!(
            showing(State::Queued),
            json!({
                "id": id, "model": "google/nano-banana-2", "version": "hidden",
                "input": null, "output": null, "logs": "", "error": null, "status": "starting",
                "created_at": "2026-10-07T10:00:00.000Z", "data_removed": false, "source": "api",
                "urls": {
                    "get": address, "cancel": format!("{address}/cancel"),
                    "web": format!("https://replicate.com/p/{id}")
                }
            })
        );
    }

    #[test]
    fn each_end_has_its_output_or_its_error() {
        let address = "http://127.0.0.1:1/files/x.png";
        let failure = Failure {
            code: "E005".to_owned(),
            message: "no (E005)".to_owned(),
        };
        let cases = [
            (
                State::Completed(vec![address.to_owned()]),
                json!(["succeeded", address, null]),
            ),
            (
                State::Completed(Vec::new()),
                json!(["succeeded", null, null]),
            ),
            (State::Failed(failure), json!(["failed", null, "no (E005)"])),
            (State::Canceled, json!(["canceled", null, null])),
        ];
        for (state, expected) in cases {
            let body = showing(state);
            assert_eq!(
                json!([body["status"], body["output"], body["error"]]),
                expected
            );
            assert_eq!(body["completed_at"], "2026-10-07T10:00:00.000Z");
        }
    }
}
