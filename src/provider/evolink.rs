//! EvoLink: one API in front of many image models.
//!
//! - Create: <https://docs.evolink.ai/en/api-manual/image-series/nanobanana/nanobanana-2-image-generate>
//! - Task: <https://docs.evolink.ai/en/api-manual/task-management/get-task-detail>
//! - Error codes: <https://docs.evolink.ai/en/api-manual/task-management/error-codes>
//! - Seedream: <https://evolink.ai/seedream-4>
//!
//! Its callbacks are not signed, so one is only a hint: the task is read. `error.code` is a string
//! in its current documents and a number in older ones. Results live for 24 hours.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::wire::{
    broken, busy, escaped, excerpt, no_such_model, operators_trouble, picture_refused, refused,
    speaks_of_a_picture, unknown, with_json,
};
use super::{
    Access, BadSignature, Callback, CallbackReport, Cost, Created, Provider, Report, Request,
    Response, Submission, Task, Timing, prompt, wire,
};
use crate::domain::job::FailureCode;
use crate::domain::model::Model;

mod models;

use models::{LITE, MODELS, NANO_BANANA_2, PRO};

/// The codec.
#[derive(Debug, Clone, Copy)]
pub struct EvoLink;

impl Provider for EvoLink {
    fn name(&self) -> &'static str {
        "evolink"
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    fn base_url(&self) -> &'static str {
        "https://api.evolink.ai"
    }

    /// Seen in its documents' samples; it publishes no list. `RESULT_HOSTS` adds to it.
    fn result_hosts(&self) -> &'static [&'static str] {
        &["files.evolink.ai", "cdn.evolink.ai"]
    }

    fn timing(&self) -> Timing {
        Timing {
            longest_run: Duration::from_mins(30),
            // Four calls of at most 10 s each, with 1, 2 and 4 s between them.
            callback_retry_window: Duration::from_secs(4 * 10 + 1 + 2 + 4),
            results_kept: Duration::from_hours(24),
        }
    }

    // ---- Create

    fn create(&self, access: &Access, submission: &Submission<'_>) -> Result<Request, http::Error> {
        let pictures: Vec<_> = [Some(submission.photo_url), submission.garment_url]
            .into_iter()
            .flatten()
            .collect();
        let (model, count) = (submission.model, submission.count);
        let mut body = json!({
            "model": submission.vendor_id,
            "prompt": prompt::dress_several(submission),
            "image_urls": pictures,
            "size": submission.aspect_ratio.unwrap_or("auto"),
            "quality": quality(model),
            // The most it may make: how many it does make, the words say.
            "n": (model.max_count > 1).then_some(count),
            "callback_url": submission.callback_url,
        });
        if let Some(fields) = body.as_object_mut() {
            fields.retain(|_, said| !said.is_null());
        }
        with_json(
            request(access, Method::POST, "/v1/images/generations"),
            &body,
        )
    }

    fn read_created(&self, response: &Response) -> Created {
        let status = response.status();
        if status.is_success() {
            let Some(task) = TaskBody::read(response.body()) else {
                return unknown(response);
            };
            let cost = Cost::of(task.usage.get("credits_reserved").unwrap_or(&Value::Null));
            return match task.id() {
                Some(task_id) => Created::Accepted { task_id, cost },
                None => unknown(response),
            };
        }
        match status {
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY => {
                let error = error_of(response).unwrap_or_default();
                let message = error.get("message").and_then(Value::as_str);
                match code_of(&error).as_str() {
                    "content_policy_violation" => refused(response, FailureCode::ContentRefused),
                    "image_processing_error" | "image_dimension_mismatch" => {
                        picture_refused(response)
                    }
                    _ if speaks_of_a_picture(message.unwrap_or_default()) => {
                        picture_refused(response)
                    }
                    _ => refused(response, FailureCode::InputRefused),
                }
            }
            StatusCode::FORBIDDEN if error_is(response, "model_access_denied") => {
                no_such_model(response)
            }
            StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN => {
                operators_trouble(response)
            }
            StatusCode::NOT_FOUND => no_such_model(response),
            StatusCode::TOO_MANY_REQUESTS => busy(response),
            // Its own error body says that it did not take the job; a gateway's page says nothing.
            status if status.is_server_error() && error_of(response).is_some() => broken(response),
            _ => unknown(response),
        }
    }

    // ---- Task

    fn task(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error> {
        let path = format!("/v1/tasks/{}", escaped(task.id));
        request(access, Method::GET, &path).body(Bytes::new())
    }

    fn read_task(&self, response: &Response) -> Report {
        let unreadable = || Report::Unreadable {
            detail: excerpt(response),
        };
        match response.status() {
            StatusCode::NOT_FOUND => Report::NotFound,
            // What is no name of a task at all is none of its tasks either.
            StatusCode::BAD_REQUEST if error_is(response, "invalid_task_id") => Report::NotFound,
            status if status.is_success() => {
                TaskBody::read(response.body()).map_or_else(unreadable, |task| task.report())
            }
            _ => unreadable(),
        }
    }

    // ---- Callback

    fn read_callback(
        &self,
        _: &Access,
        callback: &Callback<'_>,
    ) -> Result<CallbackReport, BadSignature> {
        let task = TaskBody::read(callback.body);
        Ok(CallbackReport::Unverified {
            task_id: task.and_then(|task| task.id()),
        })
    }
}

/// The size that a model's price is for; without it the vendor makes 2K, which costs more where
/// there is a choice. Seedream's sizes all cost the same.
fn quality(model: &Model) -> Option<&'static str> {
    match model.vendor_id {
        LITE | NANO_BANANA_2 => Some("1K"),
        PRO => Some("2K"),
        _ => None,
    }
}

fn request(access: &Access, method: Method, path: &str) -> http::request::Builder {
    wire::request(access, method, path, "Bearer")
}

// ---- Wire types: lenient, since vendors vary them. One odd field must not hide the others.

#[derive(Debug)]
struct TaskBody {
    id: Value,
    status: Value,
    progress: Value,
    results: Value,
    result_data: Value,
    error: Value,
    usage: Value,
}

impl TaskBody {
    fn read(body: &[u8]) -> Option<Self> {
        let mut body: Map<String, Value> = serde_json::from_slice(body).ok()?;
        let mut field = |name| body.remove(name).unwrap_or_default();
        Some(Self {
            id: field("id"),
            status: field("status"),
            progress: field("progress"),
            results: field("results"),
            result_data: field("result_data"),
            error: field("error"),
            usage: field("usage"),
        })
    }

    fn id(&self) -> Option<String> {
        self.id
            .as_str()
            .filter(|id| !id.is_empty())
            .map(String::from)
    }

    fn report(&self) -> Report {
        match self.status.as_str() {
            Some("completed") => {
                let results = self.results();
                if results.is_empty() {
                    let detail = "completed without results".into();
                    return Report::Failed {
                        reason: FailureCode::GenerationFailed,
                        detail,
                    };
                }
                Report::Succeeded {
                    results,
                    cost: None,
                }
            }
            Some("cancelled" | "canceled") => Report::Canceled,
            Some("failed") => {
                let code = code_of(&self.error);
                if code == "request_cancelled" {
                    return Report::Canceled;
                }
                let detail = format!(
                    "{code}: {}",
                    self.error.get("message").unwrap_or(&Value::Null)
                );
                Report::Failed {
                    reason: reason_of(&code),
                    detail,
                }
            }
            _ => Report::Running {
                percent: self.progress.as_f64().and_then(percent),
            },
        }
    }

    /// The addresses in `results`, or else those in `result_data`, which the vendor's own client knows.
    fn results(&self) -> Vec<String> {
        let strings = |values: &Value, field: Option<&str>| {
            let values = values.as_array().into_iter().flatten();
            let strings = values.filter_map(|value| {
                field
                    .map_or(Some(value), |field| value.get(field))?
                    .as_str()
            });
            strings.map(String::from).collect::<Vec<_>>()
        };
        let results = strings(&self.results, None);
        if results.is_empty() {
            strings(&self.result_data, Some("image_url"))
        } else {
            results
        }
    }
}

/// A whole number from 0 to 100; anything else is as good as nothing.
fn percent(progress: f64) -> Option<u8> {
    (0..=100).find(|percent| (f64::from(*percent) - progress).abs() <= 0.5)
}

/// An error's code, which is a string now and was a number once.
fn code_of(error: &Value) -> String {
    let code = error.get("code").unwrap_or(&Value::Null);
    code.as_str().map_or_else(|| code.to_string(), String::from)
}

/// The codes that the user can do something about; all others are the provider's own trouble.
fn reason_of(code: &str) -> FailureCode {
    match code {
        "content_policy_violation" => FailureCode::ContentRefused,
        "invalid_parameters" | "image_processing_error" | "image_dimension_mismatch" => {
            FailureCode::InputRefused
        }
        _ => FailureCode::GenerationFailed,
    }
}

fn error_is(response: &Response, code: &str) -> bool {
    error_of(response).is_some_and(|error| code_of(&error) == code)
}

/// The error in an answer that has the documented shape of one.
fn error_of(response: &Response) -> Option<Value> {
    let body: Value = serde_json::from_slice(response.body()).ok()?;
    body.get("error").filter(|error| error.is_object()).cloned()
}

#[cfg(test)]
mod tests;
