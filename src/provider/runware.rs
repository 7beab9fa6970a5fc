//! Runware: one API in front of many models. Every request is a list of tasks.
//!
//! - Polling: <https://runware.ai/docs/platform/task-polling>
//! - Callbacks: <https://runware.ai/docs/platform/webhooks>
//! - Models: <https://runware.ai/docs/models/prunaai-p-image-try-on>,
//!   <https://runware.ai/docs/models/bfl-flux-virtual-try-on>,
//!   <https://runware.ai/docs/models/google-nano-banana-2>
//!
//! We choose a task's id, which has to be a UUID of version 4: it is derived from the submission's
//! reference, so that a task can be looked up even if the answer was lost. Callbacks are not signed,
//! so each is unverified, and the task is read. The pictures of one task call back one by one, and
//! the task is over when none of them is still processing. An error is an entry of `errors`, beside
//! or instead of `data`. No codes for why a task failed are documented, only messages. A task cannot
//! be canceled. Results are kept for seven days.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::wire::{
    at, down, excerpt, misconfigured, model_missing, object, picture_refused, rate_limited,
    refused, says_content_refused, says_picture_unsupported, succeeded, text, unknown, unreadable,
    with_json,
};
use super::{
    Access, BadSignature, Callback, CallbackReport, Capabilities, Cost, Created, Provider, Report,
    Request, Response, Submission, Task, Timing, wire,
};
use crate::domain::job::FailureCode;
use crate::domain::model::Model;

mod input;
mod models;

/// The codec for Runware's API.
#[derive(Debug, Clone, Copy)]
pub struct Runware;

impl Provider for Runware {
    fn name(&self) -> &'static str {
        "runware"
    }

    fn models(&self) -> &'static [Model] {
        models::MODELS
    }

    fn base_url(&self) -> &'static str {
        "https://api.runware.ai"
    }

    /// From the samples in its documentation; it publishes no list. `RESULT_HOSTS` adds hosts.
    fn result_hosts(&self) -> &'static [&'static str] {
        &["im.runware.ai"]
    }

    fn timing(&self) -> Timing {
        Timing {
            // It names no limit; this is another vendor's for image models.
            longest_run: Duration::from_mins(30),
            // It retries after 250 ms, then doubles the pause up to 8 s. How often is not
            // documented; an hour is more than most vendors do.
            callback_retry_window: Duration::from_hours(1),
            results_kept: Duration::from_hours(7 * 24),
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            find: true,
            ..Capabilities::NONE
        }
    }

    // ---- Create

    fn create(&self, access: &Access, submission: &Submission<'_>) -> Result<Request, http::Error> {
        let mut task = json!({
            "taskType": "imageInference",
            "taskUUID": task_uuid(submission.reference),
            "model": submission.vendor_id,
            "outputType": "URL",
            "outputFormat": "PNG",
            "numberResults": submission.count,
            "includeCost": true,
            "safety": {"checkContent": true},
            "deliveryMethod": "async",
            "webhookURL": submission.callback_url,
        });
        if let (Some(task), Value::Object(input)) = (task.as_object_mut(), input::of(submission)) {
            task.extend(input);
        }
        request(access, task)
    }

    /// An error's code and message decide first, then its status; an error with status 200 counts
    /// like one with 400.
    fn read_created(&self, response: &Response) -> Created {
        let body = object(response.body()).unwrap_or_default();
        let error = at(&body, "/errors/0");
        if response.status().is_success() && error.is_null() {
            return match text(at(&body, "/data/0/taskUUID")) {
                Some(task_id) => Created::Accepted {
                    task_id,
                    cost: None,
                },
                None => unknown(response),
            };
        }
        match response.status() {
            StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN => {
                misconfigured(response)
            }
            StatusCode::NOT_FOUND => model_missing(response),
            StatusCode::TOO_MANY_REQUESTS => rate_limited(response),
            // An error body of its own means that it did not take the job; a gateway's error page
            // says nothing.
            status if status.is_server_error() && error.is_object() => down(response),
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY => not_taken(response, error),
            status if status.is_success() => not_taken(response, error),
            _ => unknown(response),
        }
    }

    // ---- Task

    fn task(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error> {
        let poll = json!({"taskType": "getResponse", "taskUUID": task.id});
        request(access, poll)
    }

    fn read_task(&self, response: &Response) -> Report {
        let Some(body) = object(response.body()) else {
            return gone_or_unreadable(response);
        };
        // The request itself may be what failed.
        let errors = || at(&body, "/errors").as_array().into_iter().flatten();
        let of_request = errors().find(|error| at(error, "/taskType") == "getResponse");
        match of_request {
            Some(error) if says_not_found(error) => Report::NotFound,
            Some(_) => unreadable(response),
            None if response.status().is_success() => {
                report(&body).unwrap_or_else(|| unreadable(response))
            }
            None if errors().any(says_not_found) => Report::NotFound,
            None => gone_or_unreadable(response),
        }
    }

    // ---- Callback

    fn read_callback(
        &self,
        _: &Access,
        callback: &Callback<'_>,
    ) -> Result<CallbackReport, BadSignature> {
        let body = object(callback.body).unwrap_or_default();
        Ok(CallbackReport::Unverified {
            task_id: task_of(&body),
        })
    }

    // ---- Find

    fn find(&self, access: &Access, reference: &str) -> Option<Result<Request, http::Error>> {
        let task = Task {
            id: &task_uuid(reference),
            vendor_id: None,
        };
        Some(self.task(access, &task))
    }

    fn read_found(&self, response: &Response) -> (Option<String>, Report) {
        match self.read_task(response) {
            report @ (Report::NotFound | Report::Unreadable { .. }) => (None, report),
            report => {
                let body = object(response.body()).unwrap_or_default();
                (task_of(&body), report)
            }
        }
    }
}

/// A request with one task.
fn request(access: &Access, task: Value) -> Result<Request, http::Error> {
    let tasks = Value::Array(vec![task]);
    with_json(wire::request(access, Method::POST, "/v1", "Bearer"), &tasks)
}

/// A submission's UUID: the first 16 bytes of the SHA-256 of its reference, with the six bits of
/// version 4 set.
fn task_uuid(reference: &str) -> String {
    let hash = Sha256::digest(reference);
    let bytes = hash.iter().take(16);
    let number = bytes.fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    let number = (number & !(0xf << 76)) | (0x4 << 76);
    let number = (number & !(0x3 << 62)) | (0x2 << 62);
    let digits = format!("{number:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

/// The id of the task that a body is about, be it one result, or a list of results or errors.
fn task_of(body: &Value) -> Option<String> {
    ["/taskUUID", "/data/0/taskUUID", "/errors/0/taskUUID"]
        .into_iter()
        .find_map(|place| text(at(body, place)))
}

/// Why a submission was not taken, from an error's code and message: the operator's key or balance,
/// the content, a picture or the prompt, or else something that the model does not take.
fn not_taken(response: &Response, error: &Value) -> Created {
    let text = |field| at(error, field).as_str().unwrap_or_default();
    let (code, message, parameter) = (text("/code"), text("/message"), text("/parameter"));
    let code = code.to_ascii_lowercase();
    let is_of = |word: &str| parameter.to_ascii_lowercase().contains(word);
    if code.contains("apikey") || code.contains("insufficient") {
        misconfigured(response)
    } else if is_content_refusal(&code, message) {
        refused(response, FailureCode::ContentRefused)
    } else if is_of("image") && says_picture_unsupported(message) {
        picture_refused(response)
    } else if is_of("image") || is_of("prompt") {
        refused(response, FailureCode::InputRefused)
    } else {
        model_missing(response)
    }
}

/// Whether an error is a content refusal.
fn is_content_refusal(code: &str, message: &str) -> bool {
    let said = format!("{code} {message}").to_ascii_lowercase();
    let words = ["moderat", "nsfw", "safety"];
    says_content_refused(message) || words.iter().any(|word| said.contains(word))
}

/// Whether an error says that there is no such task. Its code is not documented.
fn says_not_found(error: &Value) -> bool {
    let text = |field| at(error, field).as_str().unwrap_or_default();
    let said = format!("{} {}", text("/code"), text("/message")).to_ascii_lowercase();
    ["notfound", "not found", "no task", "unknown task"]
        .iter()
        .any(|words| said.contains(words))
}

/// A task's status, from its entries; `None` without any. It runs as long as one of them does, and
/// pictures that were made count even if others failed.
fn report(body: &Value) -> Option<Report> {
    let entries = |field| at(body, field).as_array().into_iter().flatten();
    let is_over =
        |entry: &&Value| matches!(at(entry, "/status").as_str(), Some("success" | "error"));
    let mut made = entries("/data").peekable();
    let mut errors = entries("/errors").peekable();
    if made.peek().is_none() && errors.peek().is_none() {
        return None;
    }
    let made: Vec<_> = made.collect();
    if !made.iter().all(is_over) {
        return Some(Report::Running { percent: None });
    }
    let is_indecent = |entry: &Value| at(entry, "/NSFWContent").as_bool() == Some(true);
    let results = made.iter().filter(|entry| !is_indecent(entry));
    let results: Vec<_> = results
        .filter_map(|entry| text(at(entry, "/imageURL")))
        .collect();
    if !results.is_empty() {
        return Some(succeeded(results, cost(&made)));
    }
    if made.iter().any(|entry| is_indecent(entry)) {
        return Some(failed(FailureCode::ContentRefused, "NSFWContent"));
    }
    let error = errors.next().or_else(|| made.first().copied())?;
    let text = |field| at(error, field).as_str().unwrap_or_default();
    let (code, message) = (text("/code"), text("/message"));
    let reason = if is_content_refusal(code, message) {
        FailureCode::ContentRefused
    } else if says_picture_unsupported(message) {
        FailureCode::InputRefused
    } else {
        FailureCode::GenerationFailed
    };
    Some(failed(reason, &format!("{code}: {message}")))
}

/// The total cost of the pictures, in dollars; `None` unless each has a cost.
fn cost(made: &[&Value]) -> Option<Cost> {
    let costs = made.iter().map(|entry| Cost::of(at(entry, "/cost")));
    let costs: Option<u64> = costs.map(|cost| cost.map(|Cost(cost)| cost)).sum();
    costs.map(Cost)
}

fn failed(reason: FailureCode, detail: &str) -> Report {
    Report::Failed {
        reason,
        detail: detail.chars().take(300).collect(),
    }
}

fn gone_or_unreadable(response: &Response) -> Report {
    match response.status() {
        StatusCode::NOT_FOUND => Report::NotFound,
        _ => Report::Unreadable {
            detail: excerpt(response),
        },
    }
}

#[cfg(test)]
mod tests;
