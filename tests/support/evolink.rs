//! EvoLink's wire format, which the scripted providers of the stories and the random ones of the simulation
//! share.
//!
//! There are three stand-ins for a provider, since each is driven differently: a story says what happens next,
//! the simulation's seed decides it and checks what a provider gets, and the emulator is a server of its own
//! that speaks every vendor's format and refuses what the vendor would.

use serde_json::{Value, json};

/// The answer to an accepted submission. The simulation leaves out the id at times.
pub(crate) fn accepted(id: &Value) -> Value {
    json!({"id": id, "status": "pending"})
}

/// The answer to a submission that was not accepted.
pub(crate) fn error(code: &str) -> Value {
    json!({"error": {"code": code, "message": "…"}})
}

pub(crate) fn processing(id: &str, percent: u8) -> Value {
    json!({"id": id, "status": "processing", "progress": percent})
}

pub(crate) fn completed(id: &str, results: &[String]) -> Value {
    json!({"id": id, "status": "completed", "results": results})
}

pub(crate) fn failed(id: &str, code: &str) -> Value {
    let mut task = error(code);
    task["id"] = id.into();
    task["status"] = "failed".into();
    task
}

pub(crate) fn canceled(id: &str) -> Value {
    json!({"id": id, "status": "cancelled"})
}
