//! EvoLink: one API in front of many image models.
//!
//! - Create: <https://docs.evolink.ai/en/api-manual/image-series/nanobanana/nanobanana-2-image-generate>
//! - Task: <https://docs.evolink.ai/en/api-manual/task-management/get-task-detail>
//! - Error codes: <https://docs.evolink.ai/en/api-manual/task-management/error-codes>
//!
//! Its callbacks are not signed, so one is only a hint: the task is read. `error.code` is a string
//! in its current documents and a number in older ones. Results live for 24 hours.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Access, BadSignature, Created, Provider, Report, Request, Response, Submission, Timing, Word,
    prompt,
};
use crate::domain::credits::Credits;
use crate::domain::job::FailureCode;
use crate::domain::model::{Model, Need, Takes};

/// The codec.
#[derive(Debug, Clone, Copy)]
pub struct EvoLink;

// ---- Models

const EDIT: Takes = Takes {
    photo: Need::Required,
    garment: Need::Optional,
    prompt: Need::Optional,
};

const GEMINI_RATIOS: &[&str] = &[
    "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9",
];
const SEEDREAM_RATIOS: &[&str] = &["1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9"];

const MODELS: &[Model] = &[
    Model {
        id: "evolink/nano-banana-2",
        provider: "evolink",
        vendor_id: "gemini-3.1-flash-image-preview",
        takes: EDIT,
        aspect_ratios: GEMINI_RATIOS,
        max_count: 1,
        max_prompt_chars: 2000,
        credits_per_image: Credits::of(4),
        typical: Duration::from_secs(25),
    },
    Model {
        id: "evolink/nano-banana-pro",
        provider: "evolink",
        vendor_id: "gemini-3-pro-image-preview",
        takes: EDIT,
        aspect_ratios: GEMINI_RATIOS,
        max_count: 1,
        max_prompt_chars: 2000,
        credits_per_image: Credits::of(8),
        typical: Duration::from_secs(45),
    },
    Model {
        id: "evolink/seedream-4",
        provider: "evolink",
        vendor_id: "doubao-seedream-4.0",
        takes: EDIT,
        aspect_ratios: SEEDREAM_RATIOS,
        max_count: 4,
        max_prompt_chars: 2000,
        credits_per_image: Credits::of(3),
        typical: Duration::from_secs(30),
    },
];

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
            callback_ladder: Duration::from_secs(4 * 10 + 1 + 2 + 4),
            results_kept: Duration::from_hours(24),
        }
    }

    // ---- Create

    fn create(&self, access: &Access, submission: &Submission<'_>) -> Result<Request, http::Error> {
        let pictures: Vec<_> = [Some(submission.photo_url), submission.garment_url]
            .into_iter()
            .flatten()
            .collect();
        let mut body = json!({
            "model": submission.model.vendor_id,
            "prompt": prompt::dress(submission),
            "image_urls": pictures,
            "size": submission.aspect_ratio.unwrap_or("auto"),
            "callback_url": submission.callback_url,
        });
        if let (Some(fields), true) = (body.as_object_mut(), submission.model.max_count > 1) {
            fields.insert("n".into(), submission.count.into());
        }
        request(access, Method::POST, "/v1/images/generations")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body.to_string()))
    }

    fn read_created(&self, response: &Response) -> Created {
        let status = response.status();
        if status.is_success() {
            return match Task::read(response.body()).and_then(|task| task.id()) {
                Some(task_id) => Created::Accepted { task_id },
                None => Created::Unknown {
                    detail: excerpt(response),
                },
            };
        }
        let detail = excerpt(response);
        match (status, error_of(response)) {
            (
                StatusCode::BAD_REQUEST
                | StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::UNPROCESSABLE_ENTITY,
                error,
            ) => {
                let refused = error.map(|error| reason_of(&code_of(&error)));
                let reason = refused.filter(|reason| *reason == FailureCode::ContentRefused);
                Created::Refused {
                    reason: reason.unwrap_or(FailureCode::InputRefused),
                    detail,
                }
            }
            (
                StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN,
                _,
            ) => Created::Unavailable {
                detail,
                operator: true,
            },
            (StatusCode::NOT_FOUND | StatusCode::TOO_MANY_REQUESTS, _) => Created::Unavailable {
                detail,
                operator: false,
            },
            // Its own error body says that it did not take the job; a gateway's page says nothing.
            (_, Some(_)) if status.is_server_error() => Created::Unavailable {
                detail,
                operator: false,
            },
            _ => Created::Unknown { detail },
        }
    }

    // ---- Task

    fn task(&self, access: &Access, task_id: &str) -> Result<Request, http::Error> {
        request(
            access,
            Method::GET,
            &format!("/v1/tasks/{}", path_segment(task_id)),
        )
        .body(Bytes::new())
    }

    fn read_task(&self, response: &Response) -> Report {
        let unreadable = || Report::Unreadable {
            detail: excerpt(response),
        };
        match response.status() {
            StatusCode::NOT_FOUND => Report::NotFound,
            status if status.is_success() => {
                Task::read(response.body()).map_or_else(unreadable, |task| task.report())
            }
            _ => unreadable(),
        }
    }

    // ---- Callback

    fn read_callback(&self, _: &Access, _: &HeaderMap, body: &[u8]) -> Result<Word, BadSignature> {
        let task = Task::read(body);
        Ok(Word::Hint {
            task_id: task.and_then(|task| task.id()),
        })
    }
}

fn request(access: &Access, method: Method, path: &str) -> http::request::Builder {
    http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", access.base_url))
        .header(header::AUTHORIZATION, format!("Bearer {}", access.api_key))
}

/// A task id as one segment of a path, whatever is in it.
fn path_segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The start of an answer, for operators.
fn excerpt(response: &Response) -> String {
    let text = String::from_utf8_lossy(response.body());
    let start: String = text.chars().take(300).collect();
    format!("{}: {start}", response.status().as_u16())
}

// ---- Wire types: lenient, since vendors vary them. One odd field must not hide the others.

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Task {
    id: Value,
    status: Value,
    progress: Value,
    results: Value,
    result_data: Value,
    error: Value,
}

impl Task {
    fn read(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        value
            .is_object()
            .then(|| serde_json::from_value(value).ok())?
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
                Report::Succeeded { results }
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

/// The error in an answer that has the documented shape of one.
fn error_of(response: &Response) -> Option<Value> {
    let body: Value = serde_json::from_slice(response.body()).ok()?;
    body.get("error").filter(|error| error.is_object()).cloned()
}

#[cfg(test)]
mod tests;
