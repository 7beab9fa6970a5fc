//! EvoLink: one API in front of many image models.
//!
//! - Create: <https://docs.evolink.ai/en/api-manual/image-series/nanobanana/nanobanana-2-image-generate>
//! - Task: <https://docs.evolink.ai/en/api-manual/task-management/get-task-detail>
//! - Error codes: <https://docs.evolink.ai/en/api-manual/task-management/error-codes>
//! - Seedream: <https://evolink.ai/seedream-4>
//!
//! Its callbacks are not signed, so each is unverified, and the task is read. `error.code` is a
//! string in its current documentation and a number in older versions. Results are kept for 24
//! hours.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::wire::{
    at, down, escaped, misconfigured, model_missing, object, picture_refused, rate_limited,
    refused, says_picture_unsupported, strings, succeeded, text, unknown, unreadable, with_json,
};
use super::{
    Access, BadSignature, Callback, CallbackReport, Capabilities, Cost, Created, Provider, Report,
    Request, Response, Submission, Task, Timing, prompt, wire,
};
use crate::domain::job::FailureCode;
use crate::domain::model::Model;

mod models;

use models::{LITE, MODELS, NANO_BANANA_2, PRO};

/// The codec for EvoLink's API.
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

    /// From the samples in its documentation; it publishes no list. `RESULT_HOSTS` adds hosts.
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

    fn capabilities(&self) -> Capabilities {
        Capabilities::NONE
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
            // Only an upper limit: the prompt says how many to make.
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
        let body = object(response.body()).unwrap_or_default();
        let error = at(&body, "/error");
        match response.status() {
            status if status.is_success() => match text(at(&body, "/id")) {
                Some(task_id) => Created::Accepted {
                    task_id,
                    cost: Cost::of(at(&body, "/usage/credits_reserved")),
                },
                None => unknown(response),
            },
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY => {
                let message = at(error, "/message").as_str().unwrap_or_default();
                match code_of(error).as_str() {
                    "content_policy_violation" => refused(response, FailureCode::ContentRefused),
                    "image_processing_error" | "image_dimension_mismatch" => {
                        picture_refused(response)
                    }
                    _ if says_picture_unsupported(message) => picture_refused(response),
                    _ => refused(response, FailureCode::InputRefused),
                }
            }
            StatusCode::FORBIDDEN if code_of(error) == "model_access_denied" => {
                model_missing(response)
            }
            StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN => {
                misconfigured(response)
            }
            StatusCode::NOT_FOUND => model_missing(response),
            StatusCode::TOO_MANY_REQUESTS => rate_limited(response),
            // An error body of its own means that it did not take the job; a gateway's error page
            // says nothing.
            status if status.is_server_error() && error.is_object() => down(response),
            _ => unknown(response),
        }
    }

    // ---- Task

    fn task(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error> {
        let path = format!("/v1/tasks/{}", escaped(task.id));
        request(access, Method::GET, &path).body(Bytes::new())
    }

    fn read_task(&self, response: &Response) -> Report {
        match (response.status(), object(response.body())) {
            (StatusCode::NOT_FOUND, _) => Report::NotFound,
            // A malformed id is the id of no task.
            (StatusCode::BAD_REQUEST, Some(body))
                if code_of(at(&body, "/error")) == "invalid_task_id" =>
            {
                Report::NotFound
            }
            (status, Some(task)) if status.is_success() => report(&task),
            _ => unreadable(response),
        }
    }

    // ---- Callback

    fn read_callback(
        &self,
        _: &Access,
        callback: &Callback<'_>,
    ) -> Result<CallbackReport, BadSignature> {
        let task = object(callback.body).unwrap_or_default();
        Ok(CallbackReport::Unverified {
            task_id: text(at(&task, "/id")),
        })
    }
}

/// The size that a model's price is for. Without it the vendor makes 2K, which costs more where
/// there is a choice; Seedream's sizes all cost the same.
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

/// A task's status, from its JSON.
fn report(task: &Value) -> Report {
    match at(task, "/status").as_str() {
        Some("completed") => succeeded(results(task), None),
        Some("cancelled" | "canceled") => Report::Canceled,
        Some("failed") => {
            let error = at(task, "/error");
            match code_of(error).as_str() {
                "request_cancelled" => Report::Canceled,
                code => Report::Failed {
                    reason: reason_of(code),
                    detail: format!("{code}: {}", at(error, "/message")),
                },
            }
        }
        _ => Report::Running {
            percent: at(task, "/progress").as_f64().and_then(percent),
        },
    }
}

/// The URLs in `results`, or else those in `result_data`, which the vendor's own client reads.
fn results(task: &Value) -> Vec<String> {
    let results = strings(at(task, "/results"));
    if !results.is_empty() {
        return results;
    }
    let data = at(task, "/result_data").as_array().into_iter().flatten();
    data.flat_map(|one| strings(at(one, "/image_url")))
        .collect()
}

/// A whole number from 0 to 100; anything else counts as absent.
fn percent(progress: f64) -> Option<u8> {
    (0..=100).find(|percent| (f64::from(*percent) - progress).abs() <= 0.5)
}

/// An error's code: a string today, a number in older versions.
fn code_of(error: &Value) -> String {
    let code = at(error, "/code");
    code.as_str().map_or_else(|| code.to_string(), String::from)
}

/// Codes that the user can act on; all others are failures of the provider.
fn reason_of(code: &str) -> FailureCode {
    match code {
        "content_policy_violation" => FailureCode::ContentRefused,
        "invalid_parameters" | "image_processing_error" | "image_dimension_mismatch" => {
            FailureCode::InputRefused
        }
        _ => FailureCode::GenerationFailed,
    }
}

#[cfg(test)]
mod tests;
