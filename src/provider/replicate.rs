//! Replicate: models of many owners, run as predictions.
//!
//! - Create, read, cancel: <https://replicate.com/docs/reference/http>
//! - Statuses: <https://replicate.com/docs/topics/predictions/lifecycle>
//! - Callbacks: <https://replicate.com/docs/topics/webhooks/receive-webhook>
//! - Limits: <https://replicate.com/docs/topics/predictions/rate-limits>
//! - Models: <https://replicate.com/google/nano-banana-2>, and so on
//!
//! Its callbacks are signed according to Standard Webhooks, and their body is the prediction. The
//! shape of `output` depends on the model: null, a URL, or a list or an object of URLs. A content
//! refusal has no field of its own, only a message. Results are kept for one hour.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::wire::{
    at, down, escaped, misconfigured, model_missing, object, rate_limited, refused_in_words,
    says_content_refused, succeeded, text, unknown, unreadable, with_json,
};
use super::{
    Access, BadSignature, Callback, CallbackReport, Capabilities, Created, Provider, Report,
    Request, Response, SigningSecret, Submission, Task, Timing, prompt, wire,
};
use crate::domain::credits::Credits;
use crate::domain::job::FailureCode;
use crate::domain::model::{Model, Need, PictureLimits, Takes};
use crate::domain::options::{Category, SupportedOptions};
use crate::domain::usd::Usd;

/// The codec for Replicate's API.
#[derive(Debug, Clone, Copy)]
pub struct Replicate;

// ---- Models

/// Prices are those on each model's page in November 2026.
const NANO_BANANA: Model = Model {
    id: "replicate/nano-banana",
    provider: "replicate",
    vendor_id: "google/nano-banana",
    takes: Takes {
        photo: Need::Required,
        garment: Need::Optional,
        prompt: Need::Optional,
    },
    pictures: PictureLimits::ANY,
    aspect_ratios: &[
        "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9",
    ],
    supported: SupportedOptions {
        category: prompt::CATEGORIES,
        ..SupportedOptions::NONE
    },
    max_count: 1,
    max_prompt_chars: prompt::MAX_WISHES_CHARS,
    credits_per_image: Credits::of(4),
    vendor_price: Some(Usd::millionths(39_000)),
    typical: Duration::from_secs(20),
    non_commercial: false,
};

/// Not an official model, so its version has to be given.
const IDM_VTON: &str =
    "cuuupid/idm-vton:0513734a452173b8173e907e3a59d19a36266e55b48528559432bd21c7d7e985";

/// The default is the Nano Banana that Google has not shut down. Google shut down Nano Banana 2 on
/// 29 October 2026; the vendor does not say whether another model serves that id, or whether it has
/// Nano Banana 2.1. `MODEL_OVERRIDES` gives a model another id without a release.
const MODELS: &[Model] = &[
    NANO_BANANA,
    Model {
        id: "replicate/nano-banana-2",
        vendor_id: "google/nano-banana-2",
        credits_per_image: Credits::of(6),
        vendor_price: Some(Usd::millionths(67_000)),
        typical: Duration::from_secs(25),
        ..NANO_BANANA
    },
    Model {
        id: "replicate/nano-banana-pro",
        vendor_id: "google/nano-banana-pro",
        credits_per_image: Credits::of(13),
        // At 2K, its default.
        vendor_price: Some(Usd::millionths(150_000)),
        typical: Duration::from_secs(45),
        ..NANO_BANANA
    },
    // Licensed under CC BY-NC-SA 4.0.
    Model {
        id: "replicate/idm-vton",
        vendor_id: IDM_VTON,
        takes: Takes {
            photo: Need::Required,
            garment: Need::Required,
            prompt: Need::Optional,
        },
        aspect_ratios: &[],
        supported: SupportedOptions {
            category: &[Category::Tops, Category::Bottoms, Category::OnePieces],
            seed: true,
            ..SupportedOptions::NONE
        },
        max_prompt_chars: 500,
        credits_per_image: Credits::of(3),
        // Billed per GPU second; about 17 s.
        vendor_price: Some(Usd::millionths(24_000)),
        typical: Duration::from_secs(25),
        non_commercial: true,
        ..NANO_BANANA
    },
];

impl Provider for Replicate {
    fn name(&self) -> &'static str {
        "replicate"
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    fn base_url(&self) -> &'static str {
        "https://api.replicate.com"
    }

    /// <https://replicate.com/docs/topics/predictions/output-files>
    fn result_hosts(&self) -> &'static [&'static str] {
        &["replicate.delivery", "*.replicate.delivery"]
    }

    fn timing(&self) -> Timing {
        Timing {
            longest_run: Duration::from_mins(30),
            // The last call comes about a minute after the end and waits a few seconds, taken as
            // 10.
            callback_retry_window: Duration::from_secs(60 + 10),
            results_kept: Duration::from_hours(1),
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
        let body = json!({
            "version": submission.vendor_id,
            "input": input(submission),
            "webhook": submission.callback_url,
            "webhook_events_filter": ["completed"],
        });
        with_json(request(access, Method::POST, "/v1/predictions"), &body)
    }

    fn read_created(&self, response: &Response) -> Created {
        let body = object(response.body()).unwrap_or_default();
        match response.status() {
            status if status.is_success() => match text(at(&body, "/id")) {
                Some(task_id) => Created::Accepted {
                    task_id,
                    cost: None,
                },
                None => unknown(response),
            },
            // A version that was removed, or is not for this account, is not the user's fault.
            StatusCode::UNPROCESSABLE_ENTITY
                if at(&body, "/title") == "Invalid version or not permitted" =>
            {
                model_missing(response)
            }
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY => {
                refused_in_words(response, at(&body, "/detail").as_str().unwrap_or_default())
            }
            StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN => {
                misconfigured(response)
            }
            StatusCode::NOT_FOUND => model_missing(response),
            StatusCode::TOO_MANY_REQUESTS => rate_limited(response),
            // An error body of its own means that it did not take the job; a gateway's error page
            // says nothing.
            status if status.is_server_error() && at(&body, "/detail").is_string() => {
                down(response)
            }
            _ => unknown(response),
        }
    }

    // ---- Task

    fn task(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error> {
        let path = format!("/v1/predictions/{}", escaped(task.id));
        request(access, Method::GET, &path).body(Bytes::new())
    }

    fn read_task(&self, response: &Response) -> Report {
        let body = object(response.body()).filter(|_| response.status().is_success());
        match (response.status(), body) {
            (_, Some(prediction)) => report(&prediction),
            (StatusCode::NOT_FOUND, None) => Report::NotFound,
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
        let prediction = object(callback.body).unwrap_or_default();
        Ok(match text(at(&prediction, "/id")) {
            Some(task_id) => CallbackReport::Verified {
                task_id,
                report: report(&prediction),
            },
            None => CallbackReport::Unverified { task_id: None },
        })
    }

    // ---- Cancel

    fn cancel(&self, access: &Access, task: &Task<'_>) -> Option<Result<Request, http::Error>> {
        let path = format!("/v1/predictions/{}/cancel", escaped(task.id));
        Some(request(access, Method::POST, &path).body(Bytes::new()))
    }
}

fn request(access: &Access, method: Method, path: &str) -> http::request::Builder {
    wire::request(access, method, path, "Bearer")
}

/// A model's input. IDM-VTON has a field for everything; the others read the prompt.
fn input(submission: &Submission<'_>) -> Value {
    let options = submission.options;
    if submission.model.vendor_id != IDM_VTON {
        let pictures: Vec<_> = [Some(submission.photo_url), submission.garment_url]
            .into_iter()
            .flatten()
            .collect();
        return json!({
            "prompt": prompt::dress(submission),
            "image_input": pictures,
            "aspect_ratio": submission.aspect_ratio.unwrap_or("match_input_image"),
        });
    }
    let mut input = json!({
        "human_img": submission.photo_url,
        "garm_img": submission.garment_url,
        "garment_des": submission.prompt.unwrap_or("the garment"),
        "category": match options.category {
            None | Some(Category::Tops) => "upper_body",
            Some(Category::Bottoms) => "lower_body",
            Some(Category::OnePieces) => "dresses",
        },
    });
    if let (Some(fields), Some(seed)) = (input.as_object_mut(), options.seed) {
        fields.insert("seed".into(), seed.into());
    }
    input
}

/// A prediction's status. It is `aborted` if it was canceled before it began.
fn report(prediction: &Value) -> Report {
    match at(prediction, "/status").as_str() {
        Some("succeeded") => succeeded(addresses(at(prediction, "/output")), None),
        Some("failed") => {
            let error = at(prediction, "/error");
            let error = error.as_str().map_or_else(|| error.to_string(), Into::into);
            Report::Failed {
                reason: reason_of(&error),
                detail: error.chars().take(300).collect(),
            }
        }
        Some("canceled" | "aborted") => Report::Canceled,
        _ => Report::Running { percent: None },
    }
}

/// The URLs in an output, at any depth.
fn addresses(output: &Value) -> Vec<String> {
    match output {
        Value::String(text) if text.starts_with("http") => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(addresses).collect(),
        Value::Object(fields) => fields.values().flat_map(addresses).collect(),
        _ => Vec::new(),
    }
}

/// Why a prediction failed, as far as its message tells.
fn reason_of(error: &str) -> FailureCode {
    if error.contains("(E005)") || says_content_refused(error) {
        FailureCode::ContentRefused
    } else {
        FailureCode::GenerationFailed
    }
}

#[cfg(test)]
mod tests;
