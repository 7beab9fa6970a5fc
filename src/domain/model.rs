//! Models: what each supports, and its price.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use super::credits::Credits;
use super::options::SupportedOptions;
use super::picture::{MAX_SIDE, PictureFormat, PictureHead};
use super::usd::Usd;

/// The most pictures that any model makes at once.
pub const MAX_COUNT: u8 = 4;

/// Whether a model supports an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Need {
    /// A request without it is refused.
    Required,
    /// It is used if it is present.
    Optional,
    /// A request with it is refused.
    Unsupported,
}

/// The inputs that a model supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Takes {
    /// The photo of the person.
    pub photo: Need,
    /// The picture of the garment.
    pub garment: Need,
    /// The garment or further wishes in words.
    pub prompt: Need,
}

/// The pictures that a model supports, photo and garment alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PictureLimits {
    /// The formats it reads.
    pub formats: &'static [PictureFormat],
    /// The least length of the shorter side, in pixels.
    pub min_side: u32,
    /// The greatest length of the longer side, in pixels.
    pub max_side: u32,
}

impl PictureLimits {
    /// Every picture that can be uploaded at all.
    pub const ANY: Self = Self {
        formats: &[PictureFormat::Jpeg, PictureFormat::Png, PictureFormat::Webp],
        min_side: 1,
        max_side: MAX_SIDE,
    };

    /// Whether every picture that can be uploaded is supported.
    pub fn are_any(&self) -> bool {
        let Self {
            formats,
            min_side,
            max_side,
        } = Self::ANY;
        formats.iter().all(|format| self.formats.contains(format))
            && self.min_side <= min_side
            && self.max_side >= max_side
    }

    /// Why a picture is not supported, as a plain sentence without its subject; `None` if it is.
    pub fn problem(&self, picture: PictureHead) -> Option<String> {
        let PictureHead {
            format,
            width,
            height,
        } = picture;
        if !self.formats.contains(&format) {
            let formats: Vec<_> = self.formats.iter().map(|format| format.name()).collect();
            let (is, taken) = (format.name(), formats.join(" or "));
            return Some(format!("is {is}; this model takes {taken}"));
        }
        if width.min(height) < self.min_side {
            let least = self.min_side;
            return Some(format!(
                "is {width} by {height} pixels; this model needs at least {least} a side"
            ));
        }
        if width.max(height) > self.max_side {
            let most = self.max_side;
            return Some(format!(
                "is {width} by {height} pixels; this model takes at most {most} a side"
            ));
        }
        None
    }
}

/// The provider of a model, by the model's id.
pub fn provider_of(id: &str) -> &str {
    id.split_once('/').map_or(id, |(provider, _)| provider)
}

/// One model of one provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// The id in the API, `provider/model`.
    pub id: &'static str,
    /// The provider's name, the part before the slash.
    pub provider: &'static str,
    /// The vendor's id, unless `MODEL_OVERRIDES` replaces it.
    pub vendor_id: &'static str,
    /// The inputs that it supports.
    pub takes: Takes,
    /// The pictures that it supports.
    pub pictures: PictureLimits,
    /// The aspect ratios that it supports, width to height.
    pub aspect_ratios: &'static [&'static str],
    /// Which options it supports.
    pub supported: SupportedOptions,
    /// The most pictures that it makes for one request, up to [`MAX_COUNT`].
    pub max_count: u8,
    /// The longest prompt, in characters.
    pub max_prompt_chars: usize,
    /// The price of a picture, unless `MODEL_OVERRIDES` replaces it.
    pub credits_per_image: Credits,
    /// The vendor's price of a picture, two input pictures included; `None` if it is unknown, as
    /// for a custom provider.
    pub vendor_price: Option<Usd>,
    /// How long it usually takes.
    pub typical: Duration,
    /// Whether its licence forbids commercial use.
    pub non_commercial: bool,
}

/// A model as it is sold here: as declared, with the operator's overrides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The declared model; what it supports is never overridden.
    pub model: &'static Model,
    /// The vendor's id.
    pub vendor_id: Cow<'static, str>,
    /// The price of a picture.
    pub credits_per_image: Credits,
    /// The vendor's price of a picture, if it is known.
    pub vendor_price: Option<Usd>,
}

impl From<&'static Model> for Listing {
    fn from(model: &'static Model) -> Self {
        Self {
            model,
            vendor_id: Cow::Borrowed(model.vendor_id),
            credits_per_image: model.credits_per_image,
            vendor_price: model.vendor_price,
        }
    }
}

impl Listing {
    /// The vendor's price and ours at the list price of a credit, if ours is not above it.
    pub fn loss(&self) -> Option<(Usd, Usd)> {
        let ours = Usd::of(self.credits_per_image);
        let vendors = self.vendor_price?;
        (ours <= vendors).then_some((vendors, ours))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        aspect_ratios: &[],
        supported: SupportedOptions::NONE,
        max_count: 1,
        max_prompt_chars: 0,
        credits_per_image: Credits::of(4),
        vendor_price: None,
        typical: Duration::from_secs(20),
        non_commercial: false,
    };

    #[test]
    fn a_models_provider_is_the_part_before_the_slash() {
        assert_eq!(provider_of("fal/nano-banana"), "fal");
        assert_eq!(provider_of("fal"), "fal");
    }

    #[test]
    fn a_picture_is_within_the_limits_or_told_why_not() {
        let limits = PictureLimits {
            formats: &[PictureFormat::Jpeg, PictureFormat::Png],
            min_side: 300,
            max_side: 4000,
        };
        let problem = |format, width, height| {
            let head = PictureHead {
                format,
                width,
                height,
            };
            limits.problem(head)
        };
        let jpeg = PictureFormat::Jpeg;
        assert_eq!(problem(jpeg, 300, 4000), None);
        assert_eq!(
            problem(PictureFormat::Webp, 600, 800).as_deref(),
            Some("is WebP; this model takes JPEG or PNG")
        );
        assert_eq!(
            problem(jpeg, 800, 299).as_deref(),
            Some("is 800 by 299 pixels; this model needs at least 300 a side")
        );
        assert_eq!(
            problem(jpeg, 4001, 800).as_deref(),
            Some("is 4001 by 800 pixels; this model takes at most 4000 a side")
        );
        assert!(PictureLimits::ANY.are_any() && !limits.are_any());
    }

    /// One credit is sold for $0.0125.
    #[test]
    fn a_model_is_sold_at_a_loss_unless_its_price_is_above_the_vendors() {
        let listing = |vendor_price| Listing {
            model: &MODEL,
            vendor_id: "best".into(),
            credits_per_image: Credits::of(4),
            vendor_price,
        };
        let ours = Usd::millionths(50_000);
        for (vendors, is_loss) in [(49_999, false), (50_000, true), (50_001, true)] {
            let vendors = Usd::millionths(vendors);
            let loss = listing(Some(vendors)).loss();
            assert_eq!(loss, is_loss.then_some((vendors, ours)));
        }
        assert_eq!(listing(None).loss(), None);
    }

    #[test]
    fn limits_are_any_if_they_leave_out_nothing() {
        let any = PictureLimits::ANY;
        let wider = PictureLimits {
            min_side: 0,
            max_side: MAX_SIDE + 1,
            ..any
        };
        assert!(wider.are_any());
        let formats = &[PictureFormat::Jpeg, PictureFormat::Png];
        for narrower in [
            PictureLimits { formats, ..any },
            PictureLimits { min_side: 2, ..any },
            PictureLimits {
                max_side: MAX_SIDE - 1,
                ..any
            },
        ] {
            assert!(!narrower.are_any());
        }
    }
}
