//! Generation requests: as received, as stored, and with the model that serves them.

mod pictures;
mod quote;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::credits::{Credits, OutOfRange};
use crate::domain::field_error::FieldError;
use crate::domain::id::UploadId;
use crate::domain::model::{Listing, Model, Need};
use crate::domain::options::Options;
use crate::domain::words::is_blank;

pub use pictures::Pictures;
pub use quote::QuoteRequest;

/// A generation request. Unknown fields are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(rename = "GenerationRequest")
)]
pub struct RequestBody {
    /// The photo of the person: the id of an upload.
    #[cfg_attr(test, schemars(with = "UploadId"))]
    pub photo: String,
    /// The picture of the garment: the id of an upload. Either this or a prompt is needed.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Option<UploadId>"))]
    pub garment: Option<String>,
    /// The garment or further wishes in words, up to `max_prompt_characters` of the model.
    #[serde(default)]
    pub prompt: Option<String>,
    /// Width to height, one of the model's `aspect_ratios`, such as `3:4`. By default the photo's own.
    #[serde(default)]
    pub aspect_ratio: Option<String>,
    /// How many pictures to make: 1, the default, to `max_count` of the model. Not null.
    #[serde(default = "one")]
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub count: u8,
    /// The id of a model of `GET /v1/models`. By default the first one there.
    #[serde(default)]
    pub model: Option<String>,
    /// Further wishes that the model supports.
    #[serde(default)]
    pub options: Options,
}

const fn one() -> u8 {
    1
}

impl RequestBody {
    /// SHA-256 over the request, in base64url: what makes two requests under one idempotency key
    /// the same.
    pub fn fingerprint(&self) -> String {
        let Self {
            photo,
            garment,
            prompt,
            aspect_ratio,
            count,
            model,
            options,
        } = self;
        // A tuple's JSON is unambiguous, and does not change with the struct's field names.
        let content =
            serde_json::json!([photo, garment, prompt, aspect_ratio, count, model, options]);
        URL_SAFE_NO_PAD.encode(Sha256::digest(content.to_string()))
    }
}

/// A generation request, as it was checked and quoted: once, for the command that opens its job, the job
/// and its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationRequest {
    /// The model that was asked for, or the default.
    pub model: String,
    /// The person's photo.
    pub photo: UploadId,
    /// A picture of the garment.
    pub garment: Option<UploadId>,
    /// The garment, or wishes, in words; never empty.
    pub prompt: Option<String>,
    /// Width to height; one of the model's.
    pub aspect_ratio: Option<String>,
    /// Further options.
    pub options: Options,
    /// How many pictures, 1 to the model's most.
    pub count: u8,
    /// The price of one, as quoted.
    pub credits_per_image: Credits,
    /// The hash of the request as it arrived; empty once its job was deleted.
    pub fingerprint: String,
}

/// A request that a model can serve. There is no other way to make one than [`CheckedRequest::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedRequest {
    /// The request.
    pub request: GenerationRequest,
    /// The model that makes it, as it is sold.
    pub listing: Listing,
    _checked: (),
}

impl CheckedRequest {
    /// Checks a request against the available models, the first of which is the default. All errors
    /// are reported together.
    pub fn check(body: &RequestBody, models: &[Listing]) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let photo = upload("photo", &body.photo, &mut errors);
        let garment = body
            .garment
            .as_ref()
            .and_then(|id| upload("garment", id, &mut errors));
        let prompt = body.prompt.as_deref().map(str::trim);
        let prompt = prompt.filter(|words| !is_blank(words));
        let listing = match find(body.model.as_deref(), models) {
            Ok(listing) => listing,
            Err(error) => {
                errors.push(error);
                return Err(errors);
            }
        };
        let asked = Asked {
            has_garment: body.garment.is_some(),
            prompt,
            aspect_ratio: body.aspect_ratio.as_deref(),
            count: body.count,
            options: body.options,
        };
        asked.compare(listing.model, &mut errors);
        match photo {
            Some(photo) if errors.is_empty() => Ok(Self {
                request: GenerationRequest {
                    model: listing.model.id.into(),
                    photo,
                    garment,
                    prompt: prompt.map(Into::into),
                    aspect_ratio: body.aspect_ratio.clone(),
                    count: body.count,
                    options: body.options,
                    credits_per_image: listing.credits_per_image,
                    fingerprint: body.fingerprint(),
                },
                listing: listing.clone(),
                _checked: (),
            }),
            _ => Err(errors),
        }
    }

    /// The same request at another model, if that can serve it, at the price it was quoted for. Options
    /// that it does not support are wishes that cannot be had there.
    #[must_use]
    pub fn at(&self, listing: &Listing) -> Option<Self> {
        let model = listing.model;
        let request = GenerationRequest {
            model: model.id.into(),
            options: self.request.options.retain_supported(&model.supported),
            ..self.request.clone()
        };
        let mut errors = Vec::new();
        Asked::of(&request).compare(model, &mut errors);
        errors.is_empty().then(|| Self {
            request,
            listing: listing.clone(),
            _checked: (),
        })
    }

    /// The model that makes it.
    pub const fn model(&self) -> &'static Model {
        self.listing.model
    }

    /// The price of all its pictures.
    pub fn price(&self) -> Result<Credits, OutOfRange> {
        self.request.credits_per_image.times(self.request.count)
    }
}

/// What of a request depends on its model.
#[derive(Clone, Copy)]
struct Asked<'a> {
    has_garment: bool,
    prompt: Option<&'a str>,
    aspect_ratio: Option<&'a str>,
    count: u8,
    options: Options,
}

impl<'a> Asked<'a> {
    fn of(request: &'a GenerationRequest) -> Self {
        Self {
            has_garment: request.garment.is_some(),
            prompt: request.prompt.as_deref(),
            aspect_ratio: request.aspect_ratio.as_deref(),
            count: request.count,
            options: request.options,
        }
    }

    /// Fields that the model does not support, and required ones that are missing.
    fn compare(self, model: &Model, errors: &mut Vec<FieldError>) {
        need("garment", model.takes.garment, self.has_garment, errors);
        need("prompt", model.takes.prompt, self.prompt.is_some(), errors);
        if !self.has_garment && self.prompt.is_none() {
            errors.push(FieldError::new(
                "garment",
                "a garment is needed, as a picture or as a prompt",
            ));
        }
        self.within_limits(model, errors);
    }

    /// Fields that the model does not support.
    fn within_limits(self, model: &Model, errors: &mut Vec<FieldError>) {
        let limit = model.max_prompt_chars;
        let is_too_long = |words: &str| words.chars().count() > limit;
        if model.takes.prompt != Need::Unsupported && self.prompt.is_some_and(is_too_long) {
            let message = format!("is longer than {limit} characters");
            errors.push(FieldError::new("prompt", message));
        }
        let is_unknown = |ratio| !model.aspect_ratios.contains(&ratio);
        if self.aspect_ratio.is_some_and(is_unknown) {
            let offered = model.aspect_ratios.join(", ");
            let message = if offered.is_empty() {
                "is not taken by this model".into()
            } else {
                format!("is not one of {offered}")
            };
            errors.push(FieldError::new("aspect_ratio", message));
        }
        if !(1..=model.max_count).contains(&self.count) {
            let most = model.max_count;
            errors.push(FieldError::new(
                "count",
                format!("must be 1 to {most} with this model"),
            ));
        }
        if let Some(option) = self.options.first_unsupported(&model.supported) {
            errors.push(FieldError::new(option, "is not taken by this model"));
        }
    }
}

/// The model that is asked for, or the first.
fn find<'a>(wanted: Option<&str>, models: &'a [Listing]) -> Result<&'a Listing, FieldError> {
    models
        .iter()
        .find(|listing| wanted.is_none_or(|id| id == listing.model.id))
        .ok_or_else(|| FieldError::new("model", "is not one of GET /v1/models"))
}

fn upload(field: &str, id: &str, errors: &mut Vec<FieldError>) -> Option<UploadId> {
    let id = id.parse();
    if id.is_err() {
        errors.push(FieldError::new(field, "is not the id of an upload"));
    }
    id.ok()
}

fn need(field: &str, need: Need, given: bool, errors: &mut Vec<FieldError>) {
    match (need, given) {
        (Need::Required, false) => errors.push(FieldError::new(field, "is needed by this model")),
        (Need::Unsupported, true) => {
            errors.push(FieldError::new(field, "is not taken by this model"));
        }
        (Need::Required, true) | (Need::Unsupported, false) | (Need::Optional, _) => {}
    }
}

#[cfg(test)]
mod tests;
