//! Kling: Kolors virtual try-on.
//!
//! - Keys: <https://klingai.com/document-api/api/get-started/authentication.md>
//! - Create and task: a copy of the vendor's page, confirmed by
//!   <https://s.apifox.cn/apidoc/docs-site/5442158/api-477113884> and
//!   <https://docs.crazyrouter.com/video/kling/advanced>
//! - Callbacks: <https://klingai.com/document-api/api/get-started/callbacks.md>
//!
//! A task can be looked up by our reference, `external_task_id`, in place of its own id. Callbacks
//! come at each change of status, in an older and a newer shape, and are signed according to
//! Standard Webhooks if the operator has set a secret. A failed task has no code, only a message. A
//! request about an unknown task succeeds, with a task that "failed".

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::wire::{
    at, down, escaped, misconfigured, model_missing, number, object, rate_limited, refused,
    refused_in_words, says_content_refused, succeeded, text, unknown, unreadable, with_json,
};
use super::{
    Access, BadSignature, Callback, CallbackReport, Capabilities, Cost, Created, Provider, Report,
    Request, Response, SigningSecret, Submission, Task, Timing, wire,
};
use crate::domain::credits::Credits;
use crate::domain::job::FailureCode;
use crate::domain::model::{Model, Need, PictureLimits, Takes};
use crate::domain::options::SupportedOptions;
use crate::domain::picture::PictureFormat;
use crate::domain::usd::Usd;

/// The codec for Kolors virtual try-on.
#[derive(Debug, Clone, Copy)]
pub struct Kling;

// ---- Models

const KOLORS_V1_5: Model = Model {
    id: "kling/kolors-v1-5",
    provider: "kling",
    vendor_id: "kolors-virtual-try-on-v1-5",
    takes: Takes {
        photo: Need::Required,
        garment: Need::Required,
        prompt: Need::Unsupported,
    },
    // "jpg/jpeg/png, at least 300 px a side", says the model's page.
    pictures: PictureLimits {
        formats: &[PictureFormat::Jpeg, PictureFormat::Png],
        min_side: 300,
        ..PictureLimits::ANY
    },
    aspect_ratios: &[],
    supported: SupportedOptions::NONE,
    max_count: 1,
    max_prompt_chars: 0,
    credits_per_image: Credits::of(6),
    // As of November 2026.
    vendor_price: Some(Usd::millionths(70_000)),
    typical: Duration::from_secs(30),
    non_commercial: false,
};

const MODELS: &[Model] = &[
    KOLORS_V1_5,
    Model {
        id: "kling/kolors-v1",
        vendor_id: "kolors-virtual-try-on-v1",
        ..KOLORS_V1_5
    },
];

const PATH: &str = "/v1/images/kolors-virtual-try-on";

impl Provider for Kling {
    fn name(&self) -> &'static str {
        "kling"
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    fn base_url(&self) -> &'static str {
        "https://api-singapore.klingai.com"
    }

    /// From samples; it publishes no list. `RESULT_HOSTS` adds hosts.
    fn result_hosts(&self) -> &'static [&'static str] {
        &["*.klingai.com", "*.inkwai.com", "*.kwimgs.com"]
    }

    fn timing(&self) -> Timing {
        Timing {
            // It names no limit; this is another vendor's for image models.
            longest_run: Duration::from_mins(30),
            // Whether and how often it retries is not documented; an hour is more than most vendors
            // do.
            callback_retry_window: Duration::from_hours(1),
            results_kept: Duration::from_hours(30 * 24),
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            find: true,
            signed_callbacks: true,
            ..Capabilities::NONE
        }
    }

    // ---- Create

    fn create(&self, access: &Access, submission: &Submission<'_>) -> Result<Request, http::Error> {
        let body = json!({
            "model_name": submission.vendor_id,
            "human_image": submission.photo_url,
            "cloth_image": submission.garment_url,
            "callback_url": submission.callback_url,
            "external_task_id": submission.reference,
        });
        with_json(request(access, Method::POST, PATH), &body)
    }

    /// Its own code decides; the HTTP status does where the code is missing or unknown.
    fn read_created(&self, response: &Response) -> Created {
        let body = object(response.body()).unwrap_or_default();
        match number(at(&body, "/code")) {
            Some(0) => match text(at(&body, "/data/task_id")) {
                Some(task_id) => Created::Accepted {
                    task_id,
                    cost: None,
                },
                None => unknown(response),
            },
            // The key; the account and its resource packs; the IP address.
            Some(1000..=1004 | 1100..=1102 | 1304) => misconfigured(response),
            Some(1200 | 1201) => refused_in_words(response, message_of(&body)),
            Some(1300 | 1301) => refused(response, FailureCode::ContentRefused),
            // Not entitled; no such method or model.
            Some(1103 | 1202 | 1203) => model_missing(response),
            Some(1302 | 1303) => rate_limited(response),
            // 5002, an internal timeout, does not say whether the job was taken.
            Some(5000 | 5001) => down(response),
            _ => match response.status() {
                StatusCode::BAD_REQUEST
                | StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::UNPROCESSABLE_ENTITY => refused_in_words(response, message_of(&body)),
                StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN => {
                    misconfigured(response)
                }
                StatusCode::NOT_FOUND => model_missing(response),
                StatusCode::TOO_MANY_REQUESTS => rate_limited(response),
                _ => unknown(response),
            },
        }
    }

    // ---- Task

    fn task(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error> {
        let path = format!("{PATH}/{}", escaped(task.id));
        request(access, Method::GET, &path).body(Bytes::new())
    }

    fn read_task(&self, response: &Response) -> Report {
        let body = object(response.body()).unwrap_or_default();
        match (response.status(), number(at(&body, "/code"))) {
            (StatusCode::NOT_FOUND, _) | (_, Some(1202 | 1203)) => Report::NotFound,
            (status, Some(0)) if status.is_success() => {
                report(at(&body, "/data")).unwrap_or_else(|| unreadable(response))
            }
            _ => unreadable(response),
        }
    }

    // ---- Callback

    fn signing_secret(&self) -> SigningSecret {
        SigningSecret::StandardWebhooks
    }

    /// A success without pictures stays unverified, so that the task is read: samples of the newer
    /// shape leave them out.
    fn read_callback(
        &self,
        access: &Access,
        callback: &Callback<'_>,
    ) -> Result<CallbackReport, BadSignature> {
        callback.verify(&access.webhook_secrets)?;
        let task = object(callback.body).unwrap_or_default();
        let task_id = text(at(&task, "/task_id")).or_else(|| text(at(&task, "/id")));
        let is_bare = is_success(&task) && results(&task).is_empty();
        Ok(match (task_id, report(&task)) {
            (Some(task_id), Some(report)) if !is_bare => {
                CallbackReport::Verified { task_id, report }
            }
            (task_id, _) => CallbackReport::Unverified { task_id },
        })
    }

    // ---- Find

    fn find(&self, access: &Access, reference: &str) -> Option<Result<Request, http::Error>> {
        let task = Task {
            id: reference,
            vendor_id: None,
        };
        Some(self.task(access, &task))
    }

    /// An answer about an unknown task repeats the id that was asked for, which is then not a
    /// task's id.
    fn read_found(&self, response: &Response) -> (Option<String>, Report) {
        let report = self.read_task(response);
        if matches!(report, Report::NotFound | Report::Unreadable { .. }) {
            return (None, report);
        }
        let body = object(response.body()).unwrap_or_default();
        (text(at(&body, "/data/task_id")), report)
    }
}

fn request(access: &Access, method: Method, path: &str) -> http::request::Builder {
    wire::request(access, method, path, "Bearer")
}

/// The message that says why a submission was not taken.
fn message_of(body: &Value) -> &str {
    at(body, "/message").as_str().unwrap_or_default()
}

/// A field under its older name, or else under its newer one.
fn either<'a>(task: &'a Value, older: &str, newer: &str) -> &'a Value {
    match at(task, older) {
        Value::Null => at(task, newer),
        value => value,
    }
}

fn is_success(task: &Value) -> bool {
    let status = either(task, "/task_status", "/status").as_str();
    matches!(status, Some("succeed" | "succeeded"))
}

/// The URLs of the pictures.
fn results(task: &Value) -> Vec<String> {
    let pictures = either(task, "/task_result/images", "/outputs").as_array();
    let addresses = pictures.into_iter().flatten();
    addresses
        .filter_map(|picture| text(at(picture, "/url")))
        .collect()
}

/// A task's status, from its JSON in the older or newer shape; `None` if it has none. What the
/// newer shape's `billing` holds is not documented.
fn report(task: &Value) -> Option<Report> {
    let status = either(task, "/task_status", "/status").as_str()?;
    let message = either(task, "/task_status_msg", "/message").as_str();
    let message = message.unwrap_or_default();
    let report = match status {
        _ if is_success(task) => {
            succeeded(results(task), Cost::of(at(task, "/final_unit_deduction")))
        }
        "failed" if message.trim().eq_ignore_ascii_case("task not found") => Report::NotFound,
        "failed" => Report::Failed {
            reason: reason_of(message),
            detail: format!("failed: {message}"),
        },
        _ => Report::Running { percent: None },
    };
    Some(report)
}

/// No code is documented for why a task failed, so its message decides. "Image pixel is invalid"
/// has been seen: <https://github.com/QuantumNous/new-api/pull/2532>.
fn reason_of(message: &str) -> FailureCode {
    if says_content_refused(message) {
        FailureCode::ContentRefused
    } else if message.starts_with("Image ") && message.ends_with(" is invalid") {
        FailureCode::InputRefused
    } else {
        FailureCode::GenerationFailed
    }
}

#[cfg(test)]
mod tests;
