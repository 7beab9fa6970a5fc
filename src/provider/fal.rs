//! fal: a queue in front of many models, each with its own input format.
//!
//! - Queue: <https://fal.ai/docs/documentation/model-apis/inference/queue>
//! - Callbacks: <https://fal.ai/docs/documentation/model-apis/inference/webhooks>
//! - A model's errors: <https://fal.ai/docs/documentation/model-apis/errors>
//! - The queue's own errors: <https://fal.ai/docs/documentation/model-apis/request-errors>
//! - Models: <https://fal.ai/models>, and `libs/client/src/types/endpoints.ts` of
//!   <https://github.com/fal-ai/fal-js>
//!
//! A task that is `COMPLETED` may have failed: only its result tells. A task's paths contain only
//! the first two segments of the model's id, as in the vendor's client. Here they are part of the
//! task's id, taken from the answer to the submission, so that a task can be read after its model
//! was given another id; callbacks leave them out. Callbacks are signed with Ed25519.
//! `gateway_request_id` changes when fal retries by itself; `request_id` does not. `detail` is a
//! list of errors if it comes from a model, and a string otherwise.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;

use super::wire::{
    at, down, escaped, misconfigured, model_missing, object, picture_refused, rate_limited,
    refused, succeeded, text, unknown, unreadable, with_json,
};
use super::{
    Access, BadSignature, Callback, CallbackReport, Capabilities, Cost, Created, Provider, Report,
    Request, Response, Submission, Task, Timing, wire,
};
use crate::domain::job::FailureCode;
use crate::domain::model::Model;

mod input;
mod models;
mod signature;
mod task;

use models::MODELS;

/// The codec for fal's queue.
#[derive(Debug, Clone, Copy)]
pub struct Fal;

impl Provider for Fal {
    fn name(&self) -> &'static str {
        "fal"
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    fn base_url(&self) -> &'static str {
        "https://queue.fal.run"
    }

    /// From the samples in its documentation; it publishes no list. `RESULT_HOSTS` adds hosts.
    fn result_hosts(&self) -> &'static [&'static str] {
        &["fal.media", "*.fal.media"]
    }

    fn timing(&self) -> Timing {
        Timing {
            longest_run: Duration::from_mins(30),
            // It retries for about an hour with growing pauses; the last call takes at most 120 s.
            callback_retry_window: Duration::from_mins(60 + 2),
            // The shortest time that its pages name.
            results_kept: Duration::from_hours(7 * 24),
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            cancel: true,
            signed_callbacks: true,
            ..Capabilities::NONE
        }
    }

    // ---- Create

    fn create(&self, access: &Access, submission: &Submission<'_>) -> Result<Request, http::Error> {
        let callback = escaped(submission.callback_url);
        let path = format!("/{}?fal_webhook={callback}", submission.vendor_id);
        with_json(request(access, Method::POST, &path), &input::of(submission))
    }

    fn read_created(&self, response: &Response) -> Created {
        let status = response.status();
        let body = object(response.body()).unwrap_or_default();
        match status {
            status if status.is_success() => match text(at(&body, "/request_id")) {
                Some(request_id) => Created::Accepted {
                    task_id: task::id_of(&request_id, at(&body, "/status_url")),
                    cost: None,
                },
                None => unknown(response),
            },
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY => match reason_of(&[&body]) {
                FailureCode::ContentRefused => refused(response, FailureCode::ContentRefused),
                _ if types_of(&[&body]).any(is_of_a_picture) => picture_refused(response),
                _ => refused(response, FailureCode::InputRefused),
            },
            // 403 is also the answer to an account whose balance is used up.
            StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN => {
                misconfigured(response)
            }
            StatusCode::NOT_FOUND => model_missing(response),
            StatusCode::TOO_MANY_REQUESTS => rate_limited(response),
            // A timeout inside fal does not say whether the job was taken.
            StatusCode::GATEWAY_TIMEOUT => unknown(response),
            // An error body of its own means that it did not take the job; a gateway's error page
            // says nothing.
            status if status.is_server_error() && at(&body, "/error_type").is_string() => {
                down(response)
            }
            _ => unknown(response),
        }
    }

    // ---- Task

    fn task(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error> {
        task::request(access, Method::GET, task, "/status")
    }

    fn read_task(&self, response: &Response) -> Report {
        let body = object(response.body()).filter(|_| response.status().is_success());
        let Some(body) = body else {
            return gone_or_unreadable(response);
        };
        match at(&body, "/status").as_str() {
            Some("COMPLETED") if at(&body, "/error").is_null() => Report::Finished,
            Some("COMPLETED") => failure(&[&body]),
            _ => Report::Running { percent: None },
        }
    }

    fn result(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error> {
        task::request(access, Method::GET, task, "")
    }

    /// An error from a model is about the task, whatever its status, and so is any 422. All other
    /// errors are about this request alone.
    fn read_result(&self, response: &Response) -> Report {
        let Some(body) = object(response.body()) else {
            return gone_or_unreadable(response);
        };
        match response.status() {
            status if status.is_success() => {
                let units = response.headers().get("x-fal-billable-units");
                let units = units.and_then(|units| units.to_str().ok());
                output(&body, units.and_then(Cost::parse))
            }
            StatusCode::NOT_FOUND => Report::NotFound,
            StatusCode::UNPROCESSABLE_ENTITY => failure(&[&body]),
            _ if at(&body, "/detail").is_array() || is_canceled(&body) => failure(&[&body]),
            _ => gone_or_unreadable(response),
        }
    }

    // ---- Callback

    fn read_callback(
        &self,
        _: &Access,
        callback: &Callback<'_>,
    ) -> Result<CallbackReport, BadSignature> {
        signature::verify(callback)?;
        let body = object(callback.body).unwrap_or_default();
        let payload = at(&body, "/payload");
        let report = match at(&body, "/status").as_str() {
            Some("OK") if payload.is_object() => output(payload, None),
            Some("ERROR") => failure(&[payload, &body]),
            // What did not fit into the callback can still be read. The task's id is left out,
            // since only the job knows the model, and with it the path.
            _ => return Ok(CallbackReport::Unverified { task_id: None }),
        };
        Ok(match text(at(&body, "/request_id")) {
            Some(task_id) => CallbackReport::Verified { task_id, report },
            None => CallbackReport::Unverified { task_id: None },
        })
    }

    fn callback_keys(&self, access: &Access) -> Option<String> {
        let host = if access.base_url == self.base_url() {
            "https://rest.fal.ai"
        } else {
            &access.base_url
        };
        Some(format!("{host}/.well-known/jwks.json"))
    }

    // ---- Cancel

    fn cancel(&self, access: &Access, task: &Task<'_>) -> Option<Result<Request, http::Error>> {
        Some(task::request(access, Method::PUT, task, "/cancel"))
    }

    /// 202 means that the cancel was requested, 400 that it came too late: in both cases the task
    /// still has to end.
    fn read_canceled(&self, response: &Response) -> Report {
        match response.status() {
            StatusCode::ACCEPTED | StatusCode::BAD_REQUEST => Report::Running { percent: None },
            _ => gone_or_unreadable(response),
        }
    }
}

fn request(access: &Access, method: Method, path: &str) -> http::request::Builder {
    wire::request(access, method, path, "Key")
}

/// A model's output: the pictures in `images`, or the one in `image`. A picture that the model
/// blacked out itself is a refusal, not a success.
fn output(output: &Value, cost: Option<Cost>) -> Report {
    let is_true = |value: &Value| value.as_bool() == Some(true);
    let indecent = at(output, "/has_nsfw_concepts");
    if is_true(indecent) || indecent.as_array().into_iter().flatten().any(is_true) {
        return failed(FailureCode::ContentRefused, "has_nsfw_concepts");
    }
    let images = at(output, "/images").as_array().into_iter().flatten();
    let results = images
        .chain([at(output, "/image")])
        .filter_map(|image| at(image, "/url").as_str().map(String::from));
    succeeded(results.collect(), cost)
}

/// How a task failed, from the objects that may hold its error.
fn failure(said: &[&Value]) -> Report {
    if said.iter().any(|said| is_canceled(said)) {
        return Report::Canceled;
    }
    let fields = ["/error_type", "/error", "/detail"];
    let words = said
        .iter()
        .flat_map(|said| fields.map(|field| at(said, field)));
    let words: Vec<_> = words
        .filter(|words| !words.is_null())
        .map(Value::to_string)
        .collect();
    let start: String = words.join(" ").chars().take(300).collect();
    failed(reason_of(said), &start)
}

fn is_canceled(said: &Value) -> bool {
    at(said, "/error_type") == "client_cancelled"
}

fn failed(reason: FailureCode, detail: &str) -> Report {
    Report::Failed {
        reason,
        detail: detail.into(),
    }
}

/// A content refusal if any error is one, else an input refusal if any error is one; all other
/// errors are failures of the provider. Older models write `value_error.missing` and the like.
fn reason_of(said: &[&Value]) -> FailureCode {
    let reasons = types_of(said).filter_map(|kind| match kind {
        "content_policy_violation" => Some(FailureCode::ContentRefused),
        "image_too_small"
        | "image_too_large"
        | "image_load_error"
        | "file_download_error"
        | "file_too_large"
        | "face_detection_error"
        | "unsupported_image_format"
        | "feature_not_supported"
        | "value_error"
        | "type_error"
        | "missing"
        | "greater_than"
        | "less_than"
        | "one_of" => Some(FailureCode::InputRefused),
        _ => None,
    });
    reasons
        .min_by_key(|reason| *reason != FailureCode::ContentRefused)
        .unwrap_or(FailureCode::GenerationFailed)
}

/// The types of a model's errors, up to the first dot.
fn types_of<'a>(said: &'a [&'a Value]) -> impl Iterator<Item = &'a str> {
    let errors = said
        .iter()
        .filter_map(|said| at(said, "/detail").as_array());
    let types = errors.flatten().map(|error| at(error, "/type").as_str());
    types.filter_map(|kind| kind?.split('.').next())
}

/// Whether a type of error means that a picture's format or size is not supported.
fn is_of_a_picture(kind: &str) -> bool {
    matches!(
        kind,
        "image_too_small" | "image_too_large" | "file_too_large" | "unsupported_image_format"
    )
}

fn gone_or_unreadable(response: &Response) -> Report {
    match response.status() {
        StatusCode::NOT_FOUND => Report::NotFound,
        _ => unreadable(response),
    }
}

#[cfg(test)]
mod tests;
