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

/// A request as it arrives. Fields it does not know are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OrderRequest {
    /// The person's photo, an upload.
    #[cfg_attr(test, schemars(with = "UploadId"))]
    pub photo: String,
    /// A picture of the garment, an upload.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Option<UploadId>"))]
    pub garment: Option<String>,
    /// The garment, or wishes, in words.
    #[serde(default)]
    pub prompt: Option<String>,
    /// Width to height, such as `3:4`; without it, the photo's own.
    #[serde(default)]
    pub aspect_ratio: Option<String>,
    /// How many pictures; 1 if absent, and never null.
    #[serde(default = "one")]
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub count: u8,
    /// Which model, `provider/model`; without it, the default provider's first.
    #[serde(default)]
    pub model: Option<String>,
    /// What else is wished, of what the model heeds.
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
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::model::{PictureLimits, Takes};

    const MODEL: Model = Model {
        id: "house/best",
        provider: "house",
        vendor_id: "best",
        takes: Takes {
            photo: Need::Required,
            garment: Need::Optional,
            prompt: Need::Optional,
        },
        pictures: PictureLimits::ANY,
        aspect_ratios: &["1:1", "3:4"],
        choices: crate::domain::options::Choices::NONE,
        max_count: 2,
        max_prompt_chars: 10,
        credits_per_image: Credits::of(4),
        vendor_price: None,
        typical: Duration::from_secs(20),
        non_commercial: false,
    };

    /// Takes a picture of the garment, and no words.
    const BY_PICTURE: Model = Model {
        id: "next/strict",
        provider: "next",
        takes: Takes {
            photo: Need::Required,
            garment: Need::Required,
            prompt: Need::Unsupported,
        },
        aspect_ratios: &[],
        max_prompt_chars: 0,
        ..MODEL
    };

    fn check(json: &str) -> Result<Order, Vec<String>> {
        let request: OrderRequest =
            serde_json::from_str(json).map_err(|error| vec![error.to_string()])?;
        let fields =
            |errors: Vec<FieldError>| errors.into_iter().map(|error| error.field).collect();
        Order::check(&request, &[Listing::from(&MODEL)]).map_err(fields)
    }

    const PHOTO: &str = "upl_01M7V98KR00000000000000007";

    #[test]
    fn a_photo_and_words_are_enough() {
        let order = check(&format!(r#"{{"photo":"{PHOTO}","prompt":" red "}}"#)).unwrap();
        assert_eq!((order.prompt.as_deref(), order.count), (Some("red"), 1));
        assert_eq!(order.price(), Ok(Credits::of(4)));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let body = r#"{"photo":"me.png","model":"house/best","aspect_ratio":"7:1","count":3,"prompt":"a very long one",
            "options":{"seed":7}}"#;
        assert_eq!(
            check(body),
            Err(vec![
                "photo".into(),
                "prompt".into(),
                "aspect_ratio".into(),
                "count".into(),
                "options.seed".into()
            ])
        );
        assert_eq!(
            check(&format!(r#"{{"photo":"{PHOTO}","prompt":" "}}"#)),
            Err(vec!["garment".into()])
        );
        assert_eq!(
            check(&format!(r#"{{"photo":"{PHOTO}","model":"else/x"}}"#)),
            Err(vec!["model".into()])
        );
    }

    #[test]
    fn t40_a_count_that_is_no_count_is_refused() {
        for count in ["-5", "0", "1.5", "1e9", "\"4\"", "null", "256"] {
            assert!(
                check(&format!(
                    r#"{{"photo":"{PHOTO}","prompt":"red","count":{count}}}"#
                ))
                .is_err(),
                "{count}"
            );
        }
        assert!(
            check(&format!(
                r#"{{"photo":"{PHOTO}","prompt":"red","price":1}}"#
            ))
            .is_err()
        );
    }

    #[test]
    fn a_fingerprint_tells_requests_apart() {
        let of = |json: &str| {
            serde_json::from_str::<OrderRequest>(json)
                .unwrap()
                .fingerprint()
        };
        assert_eq!(
            of(r#"{"photo":"a","count":1}"#),
            of(r#"{"count":1,"photo":"a"}"#)
        );
        assert_ne!(
            of(r#"{"photo":"a","garment":"b"}"#),
            of(r#"{"photo":"a","prompt":"b"}"#)
        );
    }

    #[test]
    fn a_prompt_is_measured_in_characters() {
        let of = |prompt: &str| check(&format!(r#"{{"photo":"{PHOTO}","prompt":"{prompt}"}}"#));
        assert!(of("ääääääääää").is_ok());
        assert_eq!(of("äääääääääää"), Err(vec!["prompt".into()]));
    }

    #[test]
    fn a_model_gets_what_it_needs_and_nothing_that_it_does_not_take() {
        let errors = |rest: &str| {
            let json = format!(r#"{{"photo":"{PHOTO}",{rest}}}"#);
            let request = serde_json::from_str(&json).unwrap();
            let errors = Order::check(&request, &[Listing::from(&BY_PICTURE)]).err();
            errors.unwrap_or_default()
        };
        assert_eq!(
            errors(r#""prompt":"red","aspect_ratio":"3:4""#),
            [
                FieldError::new("garment", "is needed by this model"),
                FieldError::new("prompt", "is not taken by this model"),
                FieldError::new("aspect_ratio", "is not taken by this model")
            ]
        );
        assert_eq!(errors(&format!(r#""garment":"{PHOTO}""#)), []);
    }

    #[test]
    fn an_order_goes_to_another_model_if_that_can_serve_it() {
        let with = |rest: &str| check(&format!(r#"{{"photo":"{PHOTO}",{rest}}}"#)).unwrap();
        let order = with(&format!(r#""garment":"{PHOTO}","count":2"#));
        let by_picture = Listing::from(&BY_PICTURE);
        let same = Order {
            listing: by_picture.clone(),
            ..order.clone()
        };
        assert_eq!(order.at(&by_picture), Some(same));
        assert_eq!(with(r#""prompt":"red""#).at(&by_picture), None);
    }
}
