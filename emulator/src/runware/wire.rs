//! The JSON of tasks: entries of `data` and of `errors`.

use serde_json::{Value, json};

use crate::{
    ids,
    task::{Failure, Snapshot, State},
};

const TASK_TYPE: &str = "imageInference";
/// What each result says that its seed was.
const SEED: u32 = 42;

/// What an answer or a callback says.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Said {
    pub(crate) data: Vec<Value>,
    pub(crate) errors: Vec<Value>,
}

impl Said {
    pub(crate) fn data(entry: Value) -> Self {
        Self {
            data: vec![entry],
            errors: Vec::new(),
        }
    }

    pub(crate) fn extend(&mut self, more: Self) {
        self.data.extend(more.data);
        self.errors.extend(more.errors);
    }

    /// An answer's body: either list is left out where it is empty and the other is not.
    pub(crate) fn body(self) -> Value {
        match (self.data.is_empty(), self.errors.is_empty()) {
            (_, true) => json!({ "data": self.data }),
            (true, false) => json!({ "errors": self.errors }),
            (false, false) => json!({ "data": self.data, "errors": self.errors }),
        }
    }
}

/// What create answers at once, and every entry begins with.
pub(crate) fn accepted(id: &str) -> Value {
    json!({ "taskType": TASK_TYPE, "taskUUID": id })
}

/// A task as `getResponse` tells it: an entry for each picture asked for. A picture that did not come
/// out is an error.
pub(crate) fn told(task: &Snapshot) -> Said {
    let count = usize::try_from(task.generation.count).unwrap_or(usize::MAX);
    match &task.state {
        State::Queued | State::Running(_) => Said {
            data: vec![entry(task, json!({ "status": "processing" })); count],
            errors: Vec::new(),
        },
        State::Completed(results) => {
            let missing = count.saturating_sub(results.len());
            Said {
                data: successes(task, results),
                errors: vec![
                    error(task, "inferenceError", "The image could not be generated.");
                    missing
                ],
            }
        }
        State::Failed(Failure { code, message }) => Said {
            data: Vec::new(),
            errors: vec![error(task, code, message); count],
        },
        State::Canceled => Said {
            data: Vec::new(),
            errors: vec![error(task, "taskCanceled", "The task was canceled."); count],
        },
    }
}

/// What is called back: each entry alone, a result as it stands, an error in its list.
pub(crate) fn callbacks(task: &Snapshot) -> Vec<Value> {
    let Said { data, errors } = told(task);
    let errors = errors.into_iter().map(|error| json!({ "errors": [error] }));
    data.into_iter().chain(errors).collect()
}

/// A task's request and its answer, as `getTaskDetails` tells them.
pub(crate) fn details(task: &Snapshot) -> Value {
    json!({
        "taskType": "getTaskDetails",
        "taskUUID": task.id,
        "request": task.generation.body,
        "response": told(task).body(),
    })
}

fn successes(task: &Snapshot, results: &[String]) -> Vec<Value> {
    let generation = &task.generation;
    let yes = Some(&Value::Bool(true));
    let cost = (generation.body.get("includeCost") == yes)
        .then(|| generation.price / f64::from(generation.count.max(1)));
    let safety = generation.body.get("safety");
    let is_checked = safety.and_then(|safety| safety.get("checkContent")) == yes;
    let result = |(index, url): (usize, &String)| {
        let always = json!({
            "status": "success",
            "imageUUID": ids::uuid(&format!("{} {index}", task.id)),
            "imageURL": url,
            "seed": SEED,
        });
        let asked_for = [
            ("cost", cost.map(|cost| json!(cost))),
            ("NSFWContent", is_checked.then_some(json!(false))),
        ];
        let asked_for = asked_for
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        entry(task, with(always, asked_for))
    };
    results.iter().enumerate().map(result).collect()
}

fn error(task: &Snapshot, code: &str, message: &str) -> Value {
    entry(
        task,
        json!({ "status": "error", "code": code, "message": message }),
    )
}

/// What is said of a task, with its type and its UUID.
fn entry(task: &Snapshot, more: Value) -> Value {
    let Value::Object(more) = more else {
        return more;
    };
    with(accepted(&task.id), more)
}

/// An object with more fields.
fn with(mut object: Value, more: impl IntoIterator<Item = (String, Value)>) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.extend(more);
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "764cabcf-b745-4b3e-ae38-1200304cf45b";

    fn sample(state: State) -> Snapshot {
        Snapshot::sample(ID, "google:nano-banana@2.1", 1_757_165_031, state)
    }

    /// The shapes that the documentation shows; a receiver is written against them.
    #[test]
    fn the_documented_shapes() {
        let address = "http://127.0.0.1:1/files/x.png";
        assert_eq!(
            told(&sample(State::Running(50))).body(),
            json!({ "data": [
                { "taskType": "imageInference", "taskUUID": ID, "status": "processing" }
            ] })
        );
        let done = sample(State::Completed(vec![address.to_owned()]));
        let result = json!({
            "taskType": "imageInference", "taskUUID": ID, "status": "success",
            "imageUUID": ids::uuid(&format!("{ID} 0")), "imageURL": address, "seed": 42
        });
        assert_eq!(told(&done).body(), json!({ "data": [result] }));
        assert_eq!(callbacks(&done), [result]);
        let failed = sample(State::Failed(Failure {
            code: "timeoutProvider".to_owned(),
            message: "no".to_owned(),
        }));
        let error = json!({
            "taskType": "imageInference", "taskUUID": ID, "status": "error",
            "code": "timeoutProvider", "message": "no"
        });
        assert_eq!(told(&failed).body(), json!({ "errors": [error] }));
        assert_eq!(callbacks(&failed), [json!({ "errors": [error] })]);
    }

    #[test]
    fn a_picture_that_is_missing_is_an_error() {
        let said = told(&sample(State::Completed(Vec::new())));
        assert_eq!((said.data.len(), said.errors.len()), (0, 1));
    }
}
