//! The JSON of tasks (`docs.kie.ai/market/common/get-task-detail`).

use serde_json::{Value, json};

use crate::{
    clock,
    task::{Snapshot, State},
};

/// The `failCode` of a task whose prompt or pictures are at fault. It is its callback's code too.
pub(crate) const INPUT_AT_FAULT: &str = "400";

/// What create answers.
pub(crate) fn accepted(id: &str) -> Value {
    json!({ "code": 200, "msg": "success", "data": { "taskId": id } })
}

/// What the task's address answers.
pub(crate) fn answer(task: &Snapshot) -> Value {
    json!({ "code": 200, "msg": "success", "data": record(task) })
}

/// What the callback says: the same record under a code of its own.
pub(crate) fn callback(task: &Snapshot) -> Value {
    let (code, message) = match &task.state {
        State::Queued | State::Running(_) => (200, "Playground task is running."),
        State::Completed(_) => (200, "Playground task completed successfully."),
        State::Failed(failure) if failure.code == INPUT_AT_FAULT => (400, failure.message.as_str()),
        State::Failed(_) | State::Canceled => (501, "Playground task failed."),
    };
    json!({ "code": code, "msg": message, "data": record(task) })
}

/// A task. `resultJson` and `param` are JSON in a string; the times are in milliseconds.
fn record(task: &Snapshot) -> Value {
    let state = match &task.state {
        State::Queued => "waiting",
        State::Running(_) => "generating",
        State::Completed(_) => "success",
        State::Failed(_) | State::Canceled => "fail",
    };
    let urls = |urls: &Vec<String>| json!({ "resultUrls": urls }).to_string();
    let (results, failure, spent) = match &task.state {
        State::Queued | State::Running(_) | State::Canceled => (None, None, 0.0),
        State::Completed(results) => (Some(urls(results)), None, task.generation.price),
        State::Failed(failure) => (None, Some(failure), 0.0),
    };
    let (created, ended) = (
        clock::unix_millis(task.created),
        task.ended.map(clock::unix_millis),
    );
    json!({
        "taskId": task.id,
        "model": task.generation.model,
        "state": state,
        "param": task.generation.body.to_string(),
        "resultJson": results,
        "failCode": failure.map(|failure| &failure.code),
        "failMsg": failure.map(|failure| &failure.message),
        "costTime": ended.map(|ended| ended.saturating_sub(created)),
        "completeTime": ended,
        "createTime": created,
        "creditsConsumed": spent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Failure;

    fn said(state: State) -> Value {
        callback(&Snapshot::sample(
            "task_google_1",
            "nano-banana-pro",
            1_757_165_031,
            state,
        ))
    }

    /// The two shapes that the documentation shows; a receiver is written against them.
    #[test]
    fn the_documented_callbacks() {
        let mut body = json!({
            "code": 200, "msg": "Playground task completed successfully.",
            "data": {
                "taskId": "task_google_1", "model": "nano-banana-pro", "state": "success",
                "param": "null", "resultJson": "{\"resultUrls\":[\"http://h/x.png\"]}",
                "failCode": null, "failMsg": null, "costTime": null, "completeTime": null,
                "createTime": 1_757_165_031_000_u64, "creditsConsumed": 1.0
            }
        });
        assert_eq!(
            said(State::Completed(vec!["http://h/x.png".to_owned()])),
            body
        );
        body["code"] = json!(501);
        body["msg"] = json!("Playground task failed.");
        body["data"]["state"] = json!("fail");
        body["data"]["resultJson"] = Value::Null;
        body["data"]["failCode"] = json!("500");
        body["data"]["failMsg"] = json!("no");
        body["data"]["creditsConsumed"] = json!(0.0);
        let failure = Failure {
            code: "500".to_owned(),
            message: "no".to_owned(),
        };
        assert_eq!(said(State::Failed(failure)), body);
    }
}
