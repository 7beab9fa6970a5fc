//! KIE: one API in front of many models.
//!
//! - Create: <https://docs.kie.ai/market/google/nano-banana-2>, whose fields Nano Banana 2.1 has,
//!   <https://docs.kie.ai/market/google/nano-banana-edit>,
//!   <https://docs.kie.ai/market/google/pro-image-to-image>
//! - Task: <https://docs.kie.ai/market/common/get-task-detail>
//! - Signature: <https://docs.kie.ai/common-api/webhook-verification>
//!
//! An answer may have status 200 and still be an error: its `code` tells. A callback's signature
//! covers the task's id and the timestamp but not the body, so the callback stays unverified, and
//! the task is read. A failed task gives its reason in words; no code for refused content is
//! documented. `aspect_ratio` was once called `image_size`.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

use super::wire::{
    at, down, escaped, misconfigured, model_missing, number, object, rate_limited,
    refused_in_words, says_content_refused, strings, succeeded, text, unknown, unreadable,
    with_json,
};
use super::{
    Access, BadSignature, Callback, CallbackReport, Capabilities, Cost, Created, Provider, Report,
    Request, Response, SigningSecret, Submission, Task, Timing, prompt, wire,
};
use crate::domain::credits::Credits;
use crate::domain::job::FailureCode;
use crate::domain::model::{Model, Need, PictureLimits, Takes};
use crate::domain::options::SupportedOptions;
use crate::domain::usd::Usd;
use crate::standard_webhooks::header;

/// The codec for KIE's API.
#[derive(Debug, Clone, Copy)]
pub struct Kie;

// ---- Models

const NANO_BANANA: &str = "google/nano-banana-edit";

/// Prices at 1K in November 2026: 4 of the vendor's credits, of $0.005 each, and 18 for Pro.
const NANO_BANANA_2_1: Model = Model {
    id: "kie/nano-banana-2.1",
    provider: "kie",
    vendor_id: "nano-banana-2-1",
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
    vendor_price: Some(Usd::millionths(20_000)),
    typical: Duration::from_secs(30),
    non_commercial: false,
};

const MODELS: &[Model] = &[
    NANO_BANANA_2_1,
    Model {
        id: "kie/nano-banana",
        vendor_id: NANO_BANANA,
        ..NANO_BANANA_2_1
    },
    Model {
        id: "kie/nano-banana-pro",
        vendor_id: "nano-banana-pro",
        credits_per_image: Credits::of(8),
        vendor_price: Some(Usd::millionths(90_000)),
        typical: Duration::from_mins(1),
        ..NANO_BANANA_2_1
    },
];

impl Provider for Kie {
    fn name(&self) -> &'static str {
        "kie"
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    fn base_url(&self) -> &'static str {
        "https://api.kie.ai"
    }

    /// From the samples in its documentation; it publishes no list. `RESULT_HOSTS` adds hosts.
    fn result_hosts(&self) -> &'static [&'static str] {
        &["*.aiquickdraw.com"]
    }

    fn timing(&self) -> Timing {
        Timing {
            // "Stop polling after 10-15 minutes", say its pages.
            longest_run: Duration::from_mins(15),
            // Three tries of 15 s, says a secondary source; the time between is not documented.
            callback_retry_window: Duration::from_hours(1),
            // 14 days on some pages, 24 hours on others.
            results_kept: Duration::from_hours(24),
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            signed_callbacks: true,
            ..Capabilities::NONE
        }
    }

    // ---- Create

    fn create(&self, access: &Access, submission: &Submission<'_>) -> Result<Request, http::Error> {
        let pictures: Vec<_> = [Some(submission.photo_url), submission.garment_url]
            .into_iter()
            .flatten()
            .collect();
        let prompt = prompt::dress(submission);
        let aspect_ratio = submission.aspect_ratio.unwrap_or("auto");
        let input = match submission.model.vendor_id {
            NANO_BANANA => json!({
                "prompt": prompt,
                "image_urls": pictures,
                "aspect_ratio": aspect_ratio,
                "output_format": "png",
            }),
            _ => json!({
                "prompt": prompt,
                "image_input": pictures,
                "aspect_ratio": aspect_ratio,
                "resolution": "1K",
                "output_format": "png",
            }),
        };
        let body = json!({
            "model": submission.vendor_id,
            "callBackUrl": submission.callback_url,
            "input": input,
        });
        with_json(
            request(access, Method::POST, "/api/v1/jobs/createTask"),
            &body,
        )
    }

    /// Its own code decides; the HTTP status does where there is none.
    fn read_created(&self, response: &Response) -> Created {
        let body = object(response.body()).unwrap_or_default();
        let own_code = number(at(&body, "/code"));
        match own_code.unwrap_or_else(|| response.status().as_u16().into()) {
            200 => match task_id(&body) {
                Some(task_id) => Created::Accepted {
                    task_id,
                    cost: None,
                },
                None => unknown(response),
            },
            400 | 413 | 422 => refused_in_words(response, message_of(&body)),
            401..=403 => misconfigured(response),
            404 => model_missing(response),
            // The limit of the account or of the key.
            429 | 433 => rate_limited(response),
            // An error of its own means that it did not take the job, 455 that it is under
            // maintenance; a gateway's error page says nothing.
            455 | 500 | 505 if own_code.is_some() => down(response),
            _ => unknown(response),
        }
    }

    // ---- Task

    fn task(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error> {
        let path = format!("/api/v1/jobs/recordInfo?taskId={}", escaped(task.id));
        request(access, Method::GET, &path).body(Bytes::new())
    }

    fn read_task(&self, response: &Response) -> Report {
        let body = object(response.body()).unwrap_or_default();
        match number(at(&body, "/code")) {
            // 501 means that the task failed, not the request about it.
            Some(200 | 501) => report(at(&body, "/data")).unwrap_or_else(|| unreadable(response)),
            Some(404) => Report::NotFound,
            Some(422) if message_of(&body) == "recordInfo is null" => Report::NotFound,
            None if response.status() == StatusCode::NOT_FOUND => Report::NotFound,
            _ => unreadable(response),
        }
    }

    // ---- Callback

    fn signing_secret(&self) -> SigningSecret {
        SigningSecret::Text
    }

    /// Checks a callback: (1) it has a time and a signature; (2) its timestamp, in Unix seconds, is
    /// recent, within a tolerance that the vendor does not specify; (3) it names a task; (4) one of
    /// the secrets verifies the signature. There are two secrets while one is being rotated.
    fn read_callback(
        &self,
        access: &Access,
        callback: &Callback<'_>,
    ) -> Result<CallbackReport, BadSignature> {
        let timestamp = header(callback.headers, "x-webhook-timestamp")?;
        let signature = header(callback.headers, "x-webhook-signature")?; // (1)
        let signature = STANDARD.decode(signature).map_err(|_| BadSignature)?;
        callback.is_recent(timestamp)?; // (2)
        let body = object(callback.body).ok_or(BadSignature)?;
        let task_id = task_id(&body).ok_or(BadSignature)?; // (3)
        let is_good = |mac: Hmac<Sha256>| {
            mac.chain_update(&task_id)
                .chain_update(".")
                .chain_update(timestamp)
                .verify_slice(&signature)
                .is_ok()
        };
        let mut macs = access
            .webhook_secrets
            .iter()
            .filter_map(|secret| keyed(secret));
        macs.any(is_good).then_some(()).ok_or(BadSignature)?; // (4)
        Ok(CallbackReport::Unverified {
            task_id: Some(task_id),
        })
    }
}

fn request(access: &Access, method: Method, path: &str) -> http::request::Builder {
    wire::request(access, method, path, "Bearer")
}

/// The key is the text of the secret. An empty one is refused: with it, anybody could sign.
fn keyed(secret: &str) -> Option<Hmac<Sha256>> {
    let key = Some(secret).filter(|secret| !secret.is_empty())?;
    Hmac::new_from_slice(key.as_bytes()).ok()
}

/// The task's id, under its current name or an older one.
fn task_id(body: &Value) -> Option<String> {
    text(at(body, "/data/taskId")).or_else(|| text(at(body, "/data/task_id")))
}

/// The message, under either of its two names.
fn message_of(body: &Value) -> &str {
    let message = at(body, "/msg").as_str();
    let message = message.or_else(|| at(body, "/message").as_str());
    message.unwrap_or_default()
}

/// A task's status, from its JSON; `None` if it has none.
fn report(task: &Value) -> Option<Report> {
    let report = match at(task, "/state").as_str()? {
        "success" => succeeded(results(task), Cost::of(at(task, "/creditsConsumed"))),
        "fail" => {
            let code = text(at(task, "/failCode")).unwrap_or_default();
            let message = at(task, "/failMsg").as_str().unwrap_or_default();
            Report::Failed {
                reason: reason_of(&code, message),
                detail: format!("{code}: {message}"),
            }
        }
        _ => Report::Running { percent: None },
    };
    Some(report)
}

/// The URLs in `resultJson`, which is JSON inside a string.
fn results(task: &Value) -> Vec<String> {
    let inside = at(task, "/resultJson");
    let parsed = inside
        .as_str()
        .and_then(|text| serde_json::from_slice::<Value>(text.as_bytes()).ok());
    strings(at(parsed.as_ref().unwrap_or(inside), "/resultUrls"))
}

/// Errors that the user can act on; all others are failures of the provider, even where it could
/// not pay or reach its own provider.
fn reason_of(code: &str, message: &str) -> FailureCode {
    match code {
        _ if says_content_refused(message) => FailureCode::ContentRefused,
        "400" | "422" => FailureCode::InputRefused,
        _ => FailureCode::GenerationFailed,
    }
}

#[cfg(test)]
mod tests;
