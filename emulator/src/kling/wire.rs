//! The JSON of tasks, in the older of the vendor's two shapes.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use serde_json::{Value, json};

use crate::{
    clock, ids,
    task::{Snapshot, State, Task},
};

/// The envelope around the data of a successful answer.
pub(crate) fn answer(data: &Value) -> Value {
    json!({ "code": 0, "message": "SUCCEED", "request_id": request_id(), "data": data })
}

/// A UUID, another one at each call.
pub(crate) fn request_id() -> String {
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    ids::uuid(&format!("kling request {serial}"))
}

/// The data that create answers.
pub(crate) fn accepted(task: &Task) -> Value {
    let created = clock::unix_millis(task.created);
    json!({
        "task_id": task.id,
        "task_status": "submitted",
        "created_at": created,
        "updated_at": created,
    })
}

/// The data at the address of no task.
pub(crate) fn unknown(id: &str) -> Value {
    json!({ "task_id": id, "task_status": "failed", "task_status_msg": "task not found" })
}

/// The data of a task, in answers and callbacks. `now` counts as the last change of an open task.
pub(crate) fn task(task: &Snapshot, now: SystemTime) -> Value {
    let (status, message) = match &task.state {
        State::Queued => ("submitted", ""),
        State::Running(_) => ("processing", ""),
        State::Completed(_) => ("succeed", ""),
        State::Failed(failure) => ("failed", failure.message.as_str()),
        State::Canceled => ("failed", "Task canceled"),
    };
    let updated = match task.state {
        State::Queued => task.created,
        _ => task.ended.unwrap_or(now),
    };
    let mut body = json!({
        "task_id": task.id,
        "task_status": status,
        "task_status_msg": message,
        "task_info": {},
        "task_result": {},
        "created_at": clock::unix_millis(task.created),
        "updated_at": clock::unix_millis(updated),
    });
    let mut put = |name: &str, value: Value| {
        if let Some(fields) = body.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
    };
    if let Some(id) = &task.generation.external_id {
        put("task_info", json!({ "external_task_id": id }));
    }
    if let State::Completed(results) = &task.state {
        put("task_result", json!({ "images": images(results) }));
        put(
            "final_unit_deduction",
            json!(task.generation.price.to_string()),
        );
    }
    body
}

fn images(results: &[String]) -> Vec<Value> {
    let numbered = results.iter().enumerate();
    numbered
        .map(|(index, url)| json!({ "index": index, "url": url }))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::task::Failure;

    const ID: &str = "815335657866002502";

    fn showing(state: State, external_id: Option<&str>) -> Value {
        let mut sample = Snapshot::sample(ID, "kolors-virtual-try-on-v1-5", 1_762_419_687, state);
        Arc::get_mut(&mut sample.generation).unwrap().external_id = external_id.map(str::to_owned);
        task(&sample, clock::at(1_762_419_699))
    }

    /// The shapes that the documentation and the vendor's own failures show; a receiver is written
    /// against them.
    #[test]
    fn the_documented_shapes() {
        let address = "http://127.0.0.1:1/files/x.png";
        assert_eq!(
            showing(State::Completed(vec![address.to_owned()]), Some("job-1")),
            json!({
                "task_id": ID, "task_status": "succeed", "task_status_msg": "",
                "task_info": { "external_task_id": "job-1" },
                "task_result": { "images": [{ "index": 0, "url": address }] },
                "final_unit_deduction": "1",
                "created_at": 1_762_419_687_000_u64, "updated_at": 1_762_419_699_000_u64
            })
        );
        let failure = Failure {
            code: "1301".to_owned(),
            message: "no".to_owned(),
        };
        assert_eq!(
            showing(State::Failed(failure), None),
            json!({
                "task_id": ID, "task_status": "failed", "task_status_msg": "no",
                "task_info": {}, "task_result": {},
                "created_at": 1_762_419_687_000_u64, "updated_at": 1_762_419_699_000_u64
            })
        );
    }

    #[test]
    fn every_status() {
        let created = json!(1_762_419_687_000_u64);
        let queued = showing(State::Queued, None);
        assert_eq!(
            (&queued["task_status"], &queued["updated_at"]),
            (&json!("submitted"), &created)
        );
        assert_eq!(
            showing(State::Running(50), None)["task_status"],
            "processing"
        );
        assert_eq!(showing(State::Canceled, None)["task_status"], "failed");
    }

    #[test]
    fn request_ids_do_not_repeat() {
        assert_ne!(request_id(), request_id());
    }
}
