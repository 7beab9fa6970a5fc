//! FASHN: models made for trying clothes on.
//!
//! - Create and status: <https://docs.fashn.ai/api-overview/api-fundamentals>
//! - Callbacks: <https://docs.fashn.ai/api-overview/webhooks>
//! - Errors: <https://docs.fashn.ai/api-overview/error-handling>
//! - Models: <https://docs.fashn.ai/api-reference/tryon-v1-6>,
//!   <https://docs.fashn.ai/api-reference/tryon-max>, <https://docs.fashn.ai/api-reference/edit>; the
//!   values of their fields as in <https://github.com/fashn-AI/fashn-typescript-sdk>
//! - How long results are kept: <https://docs.fashn.ai/api-overview/data-retention-privacy>
//!
//! Its callbacks are not signed, so one is only a hint: the task is read. An error of its API (a
//! string in `error`) means that nothing was run; an error of a run is an object with a name, and
//! comes with status 200. It charges for no run that failed. It has no way to stop a run.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use super::wire::{
    at, broken, busy, escaped, name, no_such_model, object, operators_trouble, refused_in_words,
    strings, succeeded, unknown, unreadable, with_json,
};
use super::{
    Access, BadSignature, Callback, CallbackReport, Capabilities, Cost, Created, Provider, Report,
    Request, Response, Submission, Task, Timing, prompt, wire,
};
use crate::domain::credits::Credits;
use crate::domain::job::FailureCode;
use crate::domain::model::{Model, Need, PictureLimits, Takes};
use crate::domain::options::{Category, Choices, GarmentPhoto, Options, Quality};
use crate::domain::usd::Usd;

/// The codec.
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
/// underwear, swimwear and revealing outfits. The photo may be of somebody who never agreed to be
/// seen in them, and nobody here can tell; a refusal costs nothing.
pub(super) const MODERATION: &str = "conservative";

/// A credit of the vendor is $0.075 (November 2026). Try-on and Edit take one for a picture, Max two
/// in the mode and size that it is asked for.
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
        choices: Choices {
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
        choices: Choices {
            seed: true,
            ..Choices::NONE
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
        choices: Choices {
            category: prompt::CATEGORIES,
            seed: true,
            ..Choices::NONE
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

    /// It publishes no list: the first is that of its documents' samples, the second the one that
    /// results have come from since 2 September 2026. `RESULT_HOSTS` adds to it.
    fn result_hosts(&self) -> &'static [&'static str] {
        &["cdn.fashn.ai", "media.fashn.ai"]
    }

    fn timing(&self) -> Timing {
        Timing {
            // It names no limit. Its slowest model takes up to 2 min for a picture, so four one
            // after the other take 8; as much again to wait for one of the account's six places.
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
            return match (name(at(&body, "/id")), error) {
                (Some(task_id), _) => Created::Accepted {
                    task_id,
                    cost: None,
                },
                // "Error message if prediction failed to start", says the vendor's client.
                (None, Some(_)) => broken(response),
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
                operators_trouble(response)
            }
            StatusCode::TOO_MANY_REQUESTS if error == Some("OutOfCredits") => {
                operators_trouble(response)
            }
            StatusCode::NOT_FOUND => no_such_model(response),
            StatusCode::TOO_MANY_REQUESTS => busy(response),
            // Its own error says that nothing was run; a gateway's page says nothing.
            status if status.is_server_error() && error.is_some() => broken(response),
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
            task_id: name(at(&task, "/id")),
        })
    }
}

fn request(access: &Access, method: Method, path: &str) -> http::request::Builder {
    wire::request(access, method, path, "Bearer")
}

/// What a model is told; what was not said is left to the vendor. Where the price depends on size
/// and mode, both are fixed at the cheapest, so that a picture always costs the same.
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

/// What a task says, if it says anything.
fn report(task: &Value, headers: &HeaderMap) -> Option<Report> {
    let report = match at(task, "/status").as_str()? {
        "completed" => {
            let mut results = strings(at(task, "/output"));
            // We never ask for pictures inside the answer.
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

/// The errors that the user can do something about; all others are the provider's own trouble.
fn reason_of(error: &str) -> FailureCode {
    match error {
        // The last is usually a content restriction further up, says the vendor.
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
