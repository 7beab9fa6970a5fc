//! FASHN: models made for virtual try-on.
//!
//! - Create and status: <https://docs.fashn.ai/api-overview/api-fundamentals>
//! - Callbacks: <https://docs.fashn.ai/api-overview/webhooks>
//! - Errors: <https://docs.fashn.ai/api-overview/error-handling>
//! - Models: <https://docs.fashn.ai/api-reference/tryon-v1-6>,
//!   <https://docs.fashn.ai/api-reference/tryon-max>, <https://docs.fashn.ai/api-reference/edit>; the
//!   values of their fields as in <https://github.com/fashn-AI/fashn-typescript-sdk>
//! - How long results are kept: <https://docs.fashn.ai/api-overview/data-retention-privacy>
//!
//! Its callbacks are not signed, so each is unverified, and the task is read. An error of its API
//! (a string in `error`) means that nothing was run; an error of a run is an object with a name,
//! and comes with status 200. A failed run is not charged. A run cannot be canceled.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use super::wire::{
    at, down, escaped, misconfigured, model_missing, object, rate_limited, refused_in_words,
    strings, succeeded, text, unknown, unreadable, with_json,
};
use super::{
    Access, BadSignature, Callback, CallbackReport, Capabilities, Cost, Created, Provider, Report,
    Request, Response, Submission, Task, Timing, prompt, wire,
};
use crate::domain::credits::Credits;
use crate::domain::job::FailureCode;
use crate::domain::model::{Model, Need, PictureLimits, Takes};
use crate::domain::options::{Category, GarmentPhoto, Options, Quality, SupportedOptions};
use crate::domain::usd::Usd;

/// The codec for FASHN's API.
#[derive(Debug, Clone, Copy)]
pub struct Fashn;

// ---- Models

const TRYON: &str = "tryon-v1.6";
const TRYON_MAX: &str = "tryon-max";
const EDIT: &str = "edit";

const RATIOS: &[&str] = &[
    "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9",
];

/// How strict the vendor is about the garment, here and through fal: `conservative` leaves out
/// underwear, swimwear and revealing outfits. The person in the photo may never have agreed to be
/// seen in them, and we cannot tell; a refusal costs nothing.
pub(super) const MODERATION: &str = "conservative";

/// One of the vendor's credits is $0.075 (November 2026). Try-on and Edit take one per picture, Max
/// two in the mode and size that are requested here.
const MODELS: &[Model] = &[
    Model {
        id: "fashn/tryon-v1.6",
        provider: "fashn",
        vendor_id: TRYON,
        takes: Takes {
            photo: Need::Required,
            garment: Need::Required,
            prompt: Need::Unsupported,
        },
        pictures: PictureLimits::ANY,
        // Always 864 by 1296.
        aspect_ratios: &[],
        supported: SupportedOptions {
            category: &[Category::Tops, Category::Bottoms, Category::OnePieces],
            garment_photo: &[GarmentPhoto::Worn, GarmentPhoto::Flat],
            quality: &[Quality::Fast, Quality::Balanced, Quality::Best],
            seed: true,
        },
        max_count: 4,
        max_prompt_chars: 0,
        credits_per_image: Credits::of(7),
        vendor_price: Some(Usd::millionths(75_000)),
        typical: Duration::from_secs(10),
        non_commercial: false,
    },
    Model {
        id: "fashn/tryon-max",
        provider: "fashn",
        vendor_id: TRYON_MAX,
        takes: Takes {
            photo: Need::Required,
            garment: Need::Required,
            prompt: Need::Optional,
        },
        pictures: PictureLimits::ANY,
        aspect_ratios: RATIOS,
        supported: SupportedOptions {
            seed: true,
            ..SupportedOptions::NONE
        },
        max_count: 4,
        max_prompt_chars: prompt::MAX_WISHES_CHARS,
        credits_per_image: Credits::of(13),
        vendor_price: Some(Usd::millionths(150_000)),
        typical: Duration::from_secs(40),
        non_commercial: false,
    },
    Model {
        id: "fashn/edit",
        provider: "fashn",
        vendor_id: EDIT,
        takes: Takes {
            photo: Need::Required,
            garment: Need::Unsupported,
            prompt: Need::Required,
        },
        pictures: PictureLimits::ANY,
        aspect_ratios: RATIOS,
        supported: SupportedOptions {
            category: prompt::CATEGORIES,
            seed: true,
            ..SupportedOptions::NONE
        },
        max_count: 4,
        max_prompt_chars: prompt::MAX_WISHES_CHARS,
        credits_per_image: Credits::of(7),
        vendor_price: Some(Usd::millionths(75_000)),
        typical: Duration::from_secs(25),
        non_commercial: false,
    },
];

impl Provider for Fashn {
    fn name(&self) -> &'static str {
        "fashn"
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    fn base_url(&self) -> &'static str {
        "https://api.fashn.ai"
    }

    /// It publishes no list: the first is from the samples in its documentation, the second is the
    /// one that results have come from since 2 September 2026. `RESULT_HOSTS` adds hosts.
    fn result_hosts(&self) -> &'static [&'static str] {
        &["cdn.fashn.ai", "media.fashn.ai"]
    }

    fn timing(&self) -> Timing {
        Timing {
            // It names no limit. Its slowest model takes up to 2 min per picture, so four in
            // sequence take 8; as much again to wait for one of the account's six slots.
            longest_run: Duration::from_mins(16),
            // Up to 5 retries, within about 5 min.
            callback_retry_window: Duration::from_mins(5),
            results_kept: Duration::from_hours(72),
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::NONE
    }

    // ---- Create

    fn create(&self, access: &Access, submission: &Submission<'_>) -> Result<Request, http::Error> {
        let callback_url = escaped(submission.callback_url);
        let path = format!("/v1/run?webhook_url={callback_url}");
        let body = json!({
            "model_name": submission.vendor_id,
            "inputs": inputs(submission),
        });
        with_json(request(access, Method::POST, &path), &body)
    }

    fn read_created(&self, response: &Response) -> Created {
        let body = object(response.body()).unwrap_or_default();
        let error = at(&body, "/error").as_str();
        let status = response.status();
        if status.is_success() {
            return match (text(at(&body, "/id")), error) {
                (Some(task_id), _) => Created::Accepted {
                    task_id,
                    cost: None,
                },
                // "Error message if prediction failed to start", says the vendor's client.
                (None, Some(_)) => down(response),
                (None, None) => unknown(response),
            };
        }
        match status {
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY => {
                refused_in_words(response, at(&body, "/message").as_str().unwrap_or_default())
            }
            StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN => {
                misconfigured(response)
            }
            StatusCode::TOO_MANY_REQUESTS if error == Some("OutOfCredits") => {
                misconfigured(response)
            }
            StatusCode::NOT_FOUND => model_missing(response),
            StatusCode::TOO_MANY_REQUESTS => rate_limited(response),
            // An error of its own means that nothing was run; a gateway's error page says nothing.
            status if status.is_server_error() && error.is_some() => down(response),
            _ => unknown(response),
        }
    }

    // ---- Task

    fn task(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error> {
        let path = format!("/v1/status/{}", escaped(task.id));
        request(access, Method::GET, &path).body(Bytes::new())
    }

    fn read_task(&self, response: &Response) -> Report {
        match (response.status(), object(response.body())) {
            (StatusCode::NOT_FOUND, _) => Report::NotFound,
            (status, Some(task)) if status.is_success() => {
                report(&task, response.headers()).unwrap_or_else(|| unreadable(response))
            }
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

fn request(access: &Access, method: Method, path: &str) -> http::request::Builder {
    wire::request(access, method, path, "Bearer")
}

/// A model's input; options that were not set are left to the vendor. Where the price depends on
/// size and mode, both are fixed at the cheapest, so that a picture always costs the same.
fn inputs(submission: &Submission<'_>) -> Value {
    let Options {
        category,
        garment_photo,
        quality,
        seed,
    } = submission.options;
    let mut inputs = match submission.model.vendor_id {
        TRYON => json!({
            "model_image": submission.photo_url,
            "garment_image": submission.garment_url,
            "category": category.map(|category| match category {
                Category::Tops => "tops",
                Category::Bottoms => "bottoms",
                Category::OnePieces => "one-pieces",
            }),
            "garment_photo_type": garment_photo.map(|garment_photo| match garment_photo {
                GarmentPhoto::Worn => "model",
                GarmentPhoto::Flat => "flat-lay",
            }),
            "mode": quality.map(|quality| match quality {
                Quality::Fast => "performance",
                Quality::Balanced => "balanced",
                Quality::Best => "quality",
            }),
            "moderation_level": MODERATION,
            "num_samples": submission.count,
        }),
        TRYON_MAX => json!({
            "model_image": submission.photo_url,
            "product_image": submission.garment_url,
            "prompt": submission.prompt,
            "aspect_ratio": submission.aspect_ratio,
            "generation_mode": "balanced",
            "resolution": "1k",
            "num_images": submission.count,
        }),
        _ => json!({
            "image": submission.photo_url,
            "prompt": prompt::dress(submission),
            "aspect_ratio": submission.aspect_ratio,
            "generation_mode": "fast",
            "resolution": "1k",
            "num_images": submission.count,
        }),
    };
    if let Some(fields) = inputs.as_object_mut() {
        fields.insert("output_format".into(), "png".into());
        fields.insert("seed".into(), seed.into());
        fields.retain(|_, said| !said.is_null());
    }
    inputs
}

/// A task's status, from its JSON; `None` if it has none.
fn report(task: &Value, headers: &HeaderMap) -> Option<Report> {
    let report = match at(task, "/status").as_str()? {
        "completed" => {
            let mut results = strings(at(task, "/output"));
            // Pictures inside the answer are dropped; we never ask for them.
            results.retain(|result| !result.starts_with("data:"));
            let credits = headers.get("x-fashn-credits-used");
            let cost = credits.and_then(|credits| Cost::parse(credits.to_str().ok()?));
            succeeded(results, cost)
        }
        status @ ("failed" | "time_out") => {
            let error = at(task, "/error/name").as_str().unwrap_or_default();
            let message = at(task, "/error/message").as_str().unwrap_or_default();
            Report::Failed {
                reason: reason_of(error),
                detail: format!("{status}: {error}: {message}"),
            }
        }
        "canceled" | "cancelled" => Report::Canceled,
        _ => Report::Running { percent: None },
    };
    Some(report)
}

/// Errors that the user can act on; all others are failures of the provider.
fn reason_of(error: &str) -> FailureCode {
    match error {
        // The last is usually a content restriction of an upstream model, the vendor says.
        "ContentModerationError" | "NSFWError" | "ThirdPartyError" => FailureCode::ContentRefused,
        "ImageLoadError"
        | "PoseError"
        | "PhotoTypeError"
        | "InputValidationError"
        | "LoRALoadError" => FailureCode::InputRefused,
        _ => FailureCode::GenerationFailed,
    }
}

#[cfg(test)]
mod tests;
