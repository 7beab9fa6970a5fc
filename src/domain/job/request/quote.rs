//! A question for a price, which may come before anything is uploaded.

use serde::Deserialize;

use super::{Asked, RequestBody, find, one, upload};
use crate::domain::credits::{Credits, OutOfRange};
use crate::domain::field_error::FieldError;
use crate::domain::model::Listing;
use crate::domain::options::Options;

/// A generation request, or one whose pictures are not chosen yet: without a photo, the price is that
/// of the model and the count. Unknown fields are refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct QuoteRequest {
    /// The photo of the person: the id of an upload. Without it, the garment is not looked up either.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Option<crate::domain::id::UploadId>"))]
    pub photo: Option<String>,
    /// The picture of the garment: the id of an upload. Either this or a prompt is needed.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Option<crate::domain::id::UploadId>"))]
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

impl QuoteRequest {
    /// The generation that the price is asked for, or `None` while its photo is not chosen.
    pub fn generation(&self) -> Option<RequestBody> {
        let Self {
            photo,
            garment,
            prompt,
            aspect_ratio,
            count,
            model,
            options,
        } = self.clone();
        Some(RequestBody {
            photo: photo?,
            garment,
            prompt,
            aspect_ratio,
            count,
            model,
            options,
        })
    }

    /// The model of a generation whose photo is not chosen, and its price: what is said of the rest is
    /// checked against the model, and what is not said yet is not asked for.
    pub fn price(
        &self,
        models: &[Listing],
    ) -> Result<(&'static str, Result<Credits, OutOfRange>), Vec<FieldError>> {
        let listing = find(self.model.as_deref(), models).map_err(|error| vec![error])?;
        let mut errors = Vec::new();
        if let Some(garment) = &self.garment {
            // Whether it is there is not looked at; what cannot be an upload's id is refused all the same.
            upload("garment", garment, &mut errors);
        }
        let asked = Asked {
            has_garment: self.garment.is_some(),
            prompt: self.prompt.as_deref(),
            aspect_ratio: self.aspect_ratio.as_deref(),
            count: self.count,
            options: self.options,
        };
        asked.within_limits(listing.model, &mut errors);
        if errors.is_empty() {
            let price = listing.credits_per_image.times(self.count);
            Ok((listing.model.id, price))
        } else {
            Err(errors)
        }
    }
}
