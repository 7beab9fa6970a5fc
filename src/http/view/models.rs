//! What a generation is made from, with what, and at which price.

use serde::Serialize;

use super::Time;
use crate::config::Retention;
use crate::domain::credits::Credits;
use crate::domain::id::{PackageId, UploadId};
use crate::domain::model::{PictureLimits, Takes};
use crate::domain::options::SupportedOptions;
use crate::domain::picture::PictureFormat;
use crate::service::{Offer, Quote, Upload};

/// An uploaded picture, of a person or a garment.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Upload"))]
pub(in crate::http) struct UploadView {
    /// The id to send as `photo` or `garment`.
    id: UploadId,
    /// The format, which is told from the bytes.
    content_type: PictureFormat,
    /// The size of the stored file, in bytes.
    bytes: u64,
    /// The width, in pixels.
    width: u32,
    /// The height, in pixels.
    height: u32,
    /// Until when it can be used in a request; it is removed afterwards.
    expires_at: Time,
}

impl From<&Upload> for UploadView {
    fn from(upload: &Upload) -> Self {
        Self {
            id: upload.id,
            content_type: upload.head.format,
            bytes: upload.bytes,
            width: upload.head.width,
            height: upload.head.height,
            expires_at: Time(upload.expires_at),
        }
    }
}

/// The models that can be used.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Models {
    /// The default model first.
    pub(in crate::http) models: Vec<OfferView>,
    /// How long pictures are kept.
    pub(in crate::http) kept_for: KeptFor,
}

/// How long pictures are kept before they are removed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct KeptFor {
    /// How long an upload is kept, in seconds.
    upload_seconds: u64,
    /// How long a finished picture is kept, in seconds; null if it is kept until it is deleted.
    image_seconds: Option<u64>,
}

impl From<Retention> for KeptFor {
    fn from(retention: Retention) -> Self {
        Self {
            upload_seconds: retention.uploads.as_secs(),
            image_seconds: retention.results.map(|age| age.as_secs()),
        }
    }
}

/// A model that can be used.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Model"))]
pub(in crate::http) struct OfferView {
    /// The id to send as `model`, such as `evolink/nano-banana-2-lite`.
    id: &'static str,
    /// The outside service that runs it.
    provider: &'static str,
    /// Which inputs it takes.
    takes: Takes,
    /// The pictures it works with, photo and garment alike; any other is refused with 422.
    pictures: PictureLimits,
    /// The values of `aspect_ratio` it takes, width to height, such as `3:4`; empty if it takes none.
    aspect_ratios: &'static [&'static str],
    /// The most pictures it makes for one request.
    max_count: u8,
    /// The longest prompt it takes, in characters; 0 if it takes none.
    max_prompt_characters: usize,
    /// The price of one picture, in credits.
    credits_per_image: Credits,
    /// How long a generation usually takes, in seconds.
    typical_seconds: u64,
    /// Which `options` it supports.
    options: SupportedOptions,
    /// Whether its provider takes jobs right now, as far as is known.
    available: bool,
}

impl From<&Offer> for OfferView {
    fn from(offer: &Offer) -> Self {
        let model = offer.listing.model;
        Self {
            id: model.id,
            provider: model.provider,
            takes: model.takes,
            pictures: model.pictures,
            aspect_ratios: model.aspect_ratios,
            max_count: model.max_count,
            max_prompt_characters: model.max_prompt_chars,
            credits_per_image: offer.listing.credits_per_image,
            typical_seconds: model.typical.as_secs(),
            options: model.supported,
            available: offer.is_available,
        }
    }
}

/// What a generation would cost now. Nothing is reserved.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Quote"))]
pub(in crate::http) struct QuoteView {
    /// The price, in credits.
    credits: Credits,
    /// How many credits the account can use.
    available: Credits,
    /// Whether they are enough.
    enough: bool,
    /// What it would take of each package, in the order in which they are consumed; all there is, if
    /// that is not enough.
    from: Vec<Share>,
    /// The id of the model that would be used.
    model: &'static str,
}

/// Credits of one package.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Share {
    /// The package.
    package: PackageId,
    /// How many of its credits.
    credits: Credits,
    /// When these expire; null if they never do.
    expires_at: Option<Time>,
}

impl From<&Quote> for QuoteView {
    fn from(quote: &Quote) -> Self {
        let shares = quote.from.iter().map(|item| Share {
            package: item.package,
            credits: item.amount,
            expires_at: item.expires_at.map(Time),
        });
        Self {
            credits: quote.credits,
            available: quote.available,
            enough: quote.is_enough(),
            from: shares.collect(),
            model: quote.model,
        }
    }
}
