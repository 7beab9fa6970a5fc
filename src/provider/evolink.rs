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
            return match serde_json::from_slice::<Task>(response.body()) {
                Ok(Task {
                    id: Some(task_id), ..
                }) if !task_id.is_empty() => Created::Accepted { task_id },
                _ => Created::Unknown {
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
                let refused = error.map(|error| reason_of(&error.code()));
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
            status if status.is_success() => serde_json::from_slice::<Task>(response.body())
                .map_or_else(|_| unreadable(), Task::report),
            _ => unreadable(),
        }
    }

    // ---- Callback

    fn read_callback(&self, _: &Access, _: &HeaderMap, body: &[u8]) -> Result<Word, BadSignature> {
        let task = serde_json::from_slice::<Task>(body).ok();
        Ok(Word::Hint {
            task_id: task.and_then(|task| task.id),
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

// ---- Wire types: lenient, since vendors vary them.

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Task {
    id: Option<String>,
    status: Option<String>,
    progress: Option<f64>,
    results: Option<Vec<String>>,
    result_data: Option<Vec<ResultData>>,
    error: Option<TaskError>,
}

#[derive(Debug, Deserialize)]
struct ResultData {
    image_url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TaskError {
    code: Value,
    message: Value,
}

impl TaskError {
    fn code(&self) -> String {
        self.code
            .as_str()
            .map_or_else(|| self.code.to_string(), String::from)
    }
}

impl Task {
    fn report(self) -> Report {
        match self.status.as_deref() {
            Some("completed") => {
                let data = self
                    .result_data
                    .into_iter()
                    .flatten()
                    .filter_map(|data| data.image_url);
                let results = self
                    .results
                    .filter(|results| !results.is_empty())
                    .unwrap_or_else(|| data.collect());
                if results.is_empty() {
                    let detail = "completed without results".into();
                    return Report::Failed {
                        reason: FailureCode::GenerationFailed,
                        detail,
                    };
                }
                Report::Succeeded { results }
            }
            Some("failed" | "cancelled" | "canceled") => {
                let error = self.error.unwrap_or_default();
                let code = error.code();
                if self.status.as_deref() != Some("failed") || code == "request_cancelled" {
                    return Report::Canceled;
                }
                Report::Failed {
                    reason: reason_of(&code),
                    detail: format!("{code}: {}", error.message),
                }
            }
            _ => Report::Running {
                percent: self.progress.and_then(percent),
            },
        }
    }
}

/// A whole number from 0 to 100; anything else is as good as nothing.
fn percent(progress: f64) -> Option<u8> {
    (0..=100).find(|percent| (f64::from(*percent) - progress).abs() <= 0.5)
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

fn error_of(response: &Response) -> Option<TaskError> {
    #[derive(Deserialize)]
    struct Body {
        error: TaskError,
    }
    serde_json::from_slice::<Body>(response.body())
        .ok()
        .map(|body| body.error)
}

#[cfg(test)]
mod tests;
