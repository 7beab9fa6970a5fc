//! A request for a generation: as it arrives, and as it is once it has been checked.

mod field_error;
mod pictures;
mod quote;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::credits::{Credits, OutOfRange};
use super::id::UploadId;
use super::model::{Listing, Model, Need};
use super::options::Options;
use super::words::is_blank;

pub use field_error::FieldError;
pub use pictures::Pictures;
pub use quote::QuoteRequest;

/// A generation request. Unknown fields are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OrderRequest {
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

impl OrderRequest {
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

/// A request that a model can serve. There is no other way to make one than [`Order::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The person's photo.
    pub photo: UploadId,
    /// A picture of the garment.
    pub garment: Option<UploadId>,
    /// The garment, or wishes, in words; never empty.
    pub prompt: Option<String>,
    /// One of the model's.
    pub aspect_ratio: Option<String>,
    /// 1 to the model's most.
    pub count: u8,
    /// What else is wished, all of which the model heeds.
    pub options: Options,
    /// The model that makes it, as it is sold.
    pub listing: Listing,
    _checked: (),
}

impl Order {
    /// Checks a request against the models on offer, the first of which is the default. All that is
    /// wrong is said at once.
    pub fn check(request: &OrderRequest, models: &[Listing]) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let photo = upload("photo", &request.photo, &mut errors);
        let garment = request
            .garment
            .as_ref()
            .and_then(|id| upload("garment", id, &mut errors));
        let prompt = request
            .prompt
            .as_deref()
            .map(str::trim)
            .filter(|words| !is_blank(words))
            .map(String::from);
        let listing = match find(request.model.as_deref(), models) {
            Ok(listing) => listing,
            Err(error) => {
                errors.push(error);
                return Err(errors);
            }
        };
        compare(request, prompt.as_deref(), listing.model, &mut errors);
        match photo {
            Some(photo) if errors.is_empty() => Ok(Self {
                photo,
                garment,
                prompt,
                aspect_ratio: request.aspect_ratio.clone(),
                count: request.count,
                options: request.options,
                listing: listing.clone(),
                _checked: (),
            }),
            _ => Err(errors),
        }
    }

    /// The same order at another model, if that can serve it. Options that it does not heed are
    /// wishes that cannot be had there.
    #[must_use]
    pub fn at(&self, listing: &Listing) -> Option<Self> {
        let model = listing.model;
        let request = OrderRequest {
            photo: self.photo.to_string(),
            garment: self.garment.map(|garment| garment.to_string()),
            prompt: self.prompt.clone(),
            aspect_ratio: self.aspect_ratio.clone(),
            count: self.count,
            model: Some(model.id.into()),
            options: self.options.within(&model.choices),
        };
        Self::check(&request, std::slice::from_ref(listing)).ok()
    }

    /// The model that makes it.
    pub const fn model(&self) -> &'static Model {
        self.listing.model
    }

    /// What it costs.
    pub fn price(&self) -> Result<Credits, OutOfRange> {
        self.listing.credits_per_image.times(self.count)
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

/// What a model does not take of a request, and what it needs beside.
fn compare(
    request: &OrderRequest,
    prompt: Option<&str>,
    model: &Model,
    errors: &mut Vec<FieldError>,
) {
    need(
        "garment",
        model.takes.garment,
        request.garment.is_some(),
        errors,
    );
    need("prompt", model.takes.prompt, prompt.is_some(), errors);
    if request.garment.is_none() && prompt.is_none() {
        errors.push(FieldError::new(
            "garment",
            "a garment is needed, as a picture or as a prompt",
        ));
    }
    limits(request, prompt, model, errors);
}

/// What a model does not take of a request, whatever else it needs.
fn limits(
    request: &OrderRequest,
    prompt: Option<&str>,
    model: &Model,
    errors: &mut Vec<FieldError>,
) {
    let limit = model.max_prompt_chars;
    if model.takes.prompt != Need::Unsupported
        && prompt.is_some_and(|words| words.chars().count() > limit)
    {
        errors.push(FieldError::new(
            "prompt",
            format!("is longer than {limit} characters"),
        ));
    }
    let ratio = request.aspect_ratio.as_deref();
    if ratio.is_some_and(|ratio| !model.aspect_ratios.contains(&ratio)) {
        let offered = model.aspect_ratios.join(", ");
        let message = if offered.is_empty() {
            "is not taken by this model".into()
        } else {
            format!("is not one of {offered}")
        };
        errors.push(FieldError::new("aspect_ratio", message));
    }
    if !(1..=model.max_count).contains(&request.count) {
        let most = model.max_count;
        errors.push(FieldError::new(
            "count",
            format!("must be 1 to {most} with this model"),
        ));
    }
    if let Some(option) = request.options.unheeded(&model.choices) {
        errors.push(FieldError::new(option, "is not taken by this model"));
    }
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
