//! A custom provider: any service that speaks the small protocol of `docs/generic-provider.md`.
//!
//! `GENERIC_BASE_URL` is its address, and `RESULT_HOSTS` has the hosts of its pictures. Its
//! callbacks have the same body as a task that is read, and are signed according to Standard
//! Webhooks. A task can be looked up by our reference, and canceled.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::wire::{
    at, down, escaped, misconfigured, number, object, picture_refused, rate_limited, refused,
    strings, succeeded, text, unknown, unreadable, with_json,
};
use super::{
    Access, BadSignature, Callback, CallbackReport, Capabilities, Cost, Created, Provider, Report,
    Request, Response, SigningSecret, Submission, Task, Timing, prompt, wire,
};
use crate::domain::credits::Credits;
use crate::domain::job::FailureCode;
use crate::domain::model::{Model, Need, PictureLimits, Takes};
use crate::domain::options::{GarmentPhoto, Quality, SupportedOptions};

/// The codec for the generic protocol.
#[derive(Debug, Clone, Copy)]
pub struct Generic;

// ---- Models

const MODELS: &[Model] = &[Model {
    id: "generic/default",
    provider: "generic",
    vendor_id: "default",
    takes: Takes {
        photo: Need::Required,
        garment: Need::Optional,
        prompt: Need::Optional,
    },
    pictures: PictureLimits::ANY,
    aspect_ratios: &["1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9"],
    supported: SupportedOptions {
        category: prompt::CATEGORIES,
        garment_photo: &[GarmentPhoto::Worn, GarmentPhoto::Flat],
        quality: &[Quality::Fast, Quality::Balanced, Quality::Best],
        seed: true,
    },
    max_count: 4,
    max_prompt_chars: 2000,
    credits_per_image: Credits::of(4),
    vendor_price: None,
    typical: Duration::from_secs(30),
    non_commercial: false,
}];

impl Provider for Generic {
    fn name(&self) -> &'static str {
        "generic"
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    /// A placeholder that never resolves: `GENERIC_BASE_URL` has to be set.
    fn base_url(&self) -> &'static str {
        "https://generic.invalid"
    }

    /// A placeholder that never resolves: `RESULT_HOSTS` has to be set.
    fn result_hosts(&self) -> &'static [&'static str] {
        &["generic.invalid"]
    }

    /// The limits that the protocol sets for a service.
    fn timing(&self) -> Timing {
        Timing {
            longest_run: Duration::from_mins(30),
            callback_retry_window: Duration::from_mins(10),
            results_kept: Duration::from_hours(1),
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            cancel: true,
            find: true,
            signed_callbacks: true,
        }
    }

    // ---- Create

    fn create(&self, access: &Access, submission: &Submission<'_>) -> Result<Request, http::Error> {
        let body = json!({
            "reference": submission.reference,
            "photo_url": submission.photo_url,
            "garment_url": submission.garment_url,
            "prompt": submission.prompt,
            "aspect_ratio": submission.aspect_ratio,
            "options": submission.options,
            "count": submission.count,
            "callback_url": submission.callback_url,
        });
        with_json(request(access, Method::POST, "/jobs"), &body)
    }

    fn read_created(&self, response: &Response) -> Created {
        let body = object(response.body()).unwrap_or_default();
        let code = at(&body, "/error/code").as_str();
        match (response.status(), code) {
            (status, _) if status.is_success() => match text(at(&body, "/id")) {
                Some(task_id) => Created::Accepted {
                    task_id,
                    cost: Cost::of(at(&body, "/cost")),
                },
                None => unknown(response),
            },
            (_, Some("content_refused")) => refused(response, FailureCode::ContentRefused),
            (_, Some("input_refused")) => refused(response, FailureCode::InputRefused),
            (_, Some("picture_refused")) => picture_refused(response),
            (
                StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN,
                _,
            ) => misconfigured(response),
            (StatusCode::TOO_MANY_REQUESTS, _) => rate_limited(response),
            // An error body of its own means that it did not take the job; a gateway's error page
            // says nothing.
            (_, Some(_)) => down(response),
            _ => unknown(response),
        }
    }

    // ---- Task

    fn task(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error> {
        of_task(access, Method::GET, task.id, "")
    }

    fn read_task(&self, response: &Response) -> Report {
        match (response.status(), object(response.body())) {
            (StatusCode::NOT_FOUND, _) => Report::NotFound,
            (status, Some(body)) if status.is_success() => {
                report(&body).unwrap_or_else(|| unreadable(response))
            }
            _ => unreadable(response),
        }
    }

    // ---- Callback

    fn signing_secret(&self) -> SigningSecret {
        SigningSecret::StandardWebhooks
    }

    fn read_callback(
        &self,
        access: &Access,
        callback: &Callback<'_>,
    ) -> Result<CallbackReport, BadSignature> {
        callback.verify(&access.webhook_secrets)?;
        let body = object(callback.body).unwrap_or_default();
        let task_id = text(at(&body, "/id"));
        Ok(match (task_id, report(&body)) {
            (Some(task_id), Some(report)) => CallbackReport::Verified { task_id, report },
            (task_id, _) => CallbackReport::Unverified { task_id },
        })
    }

    // ---- Cancel

    fn cancel(&self, access: &Access, task: &Task<'_>) -> Option<Result<Request, http::Error>> {
        Some(of_task(access, Method::POST, task.id, "/cancel"))
    }

    // ---- Find

    fn find(&self, access: &Access, reference: &str) -> Option<Result<Request, http::Error>> {
        Some(of_task(access, Method::GET, reference, ""))
    }

    fn read_found(&self, response: &Response) -> (Option<String>, Report) {
        let body = object(response.body()).unwrap_or_default();
        match self.read_task(response) {
            Report::NotFound => (None, Report::NotFound),
            report => (text(at(&body, "/id")), report),
        }
    }
}

fn request(access: &Access, method: Method, path: &str) -> http::request::Builder {
    wire::request(access, method, path, "Bearer")
}

fn of_task(access: &Access, method: Method, id: &str, what: &str) -> Result<Request, http::Error> {
    let path = format!("/jobs/{}{what}", escaped(id));
    request(access, method, &path).body(Bytes::new())
}

/// A task's status, from its JSON; `None` if it has none.
fn report(body: &Value) -> Option<Report> {
    Some(match at(body, "/status").as_str()? {
        "succeeded" => succeeded(strings(at(body, "/results")), Cost::of(at(body, "/cost"))),
        "failed" => Report::Failed {
            reason: match at(body, "/error/code").as_str() {
                Some("content_refused") => FailureCode::ContentRefused,
                Some("input_refused" | "picture_refused") => FailureCode::InputRefused,
                _ => FailureCode::GenerationFailed,
            },
            detail: at(body, "/error").to_string(),
        },
        "canceled" => Report::Canceled,
        _ => Report::Running {
            percent: number(at(body, "/progress"))
                .and_then(|percent| u8::try_from(percent).ok())
                .filter(|percent| *percent <= 100),
        },
    })
}
