//! The models, with prices as of November 2026.

use std::time::Duration;

use crate::domain::credits::Credits;
use crate::domain::model::{Model, Need, PictureLimits, Takes};
use crate::domain::options::SupportedOptions;
use crate::domain::usd::Usd;
use crate::provider::prompt;

const EDIT: Takes = Takes {
    photo: Need::Required,
    garment: Need::Optional,
    prompt: Need::Optional,
};

/// The prompt names the part of the outfit. The vendor's `quality` is not an option, since it
/// changes the price: each model fixes it.
const SUPPORTED: SupportedOptions = SupportedOptions {
    category: prompt::CATEGORIES,
    ..SupportedOptions::NONE
};

const GEMINI_RATIOS: &[&str] = &[
    "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9",
];
const SEEDREAM_RATIOS: &[&str] = &["1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9"];

pub(super) const LITE: &str = "gemini-3.1-flash-lite-image";
pub(super) const NANO_BANANA_2: &str = "gemini-3.1-flash-image-preview";
pub(super) const PRO: &str = "gemini-3-pro-image-preview";

/// One of the vendor's credits is $0.0147: its page on Seedream gives $0.019 for 1.296 of them
/// (November 2026).
///
/// The default is the Nano Banana that Google has not shut down. Google shut down the ids with
/// `-preview` on 25 June 2026 and Nano Banana 2 on 29 October 2026. The vendor's pages still name
/// both; they don't say whether another model serves them, or whether Nano Banana 2.1 will be
/// added. `MODEL_OVERRIDES` gives a model another id without a release.
pub(super) const MODELS: &[Model] = &[
    Model {
        id: "evolink/nano-banana-2-lite",
        provider: "evolink",
        vendor_id: LITE,
        takes: EDIT,
        pictures: PictureLimits::ANY,
        aspect_ratios: GEMINI_RATIOS,
        supported: SUPPORTED,
        max_count: 1,
        max_prompt_chars: prompt::MAX_WISHES_CHARS,
        credits_per_image: Credits::of(4),
        // 2.4 of its credits.
        vendor_price: Some(Usd::millionths(35_200)),
        typical: Duration::from_secs(20),
        non_commercial: false,
    },
    Model {
        id: "evolink/nano-banana-2",
        provider: "evolink",
        vendor_id: NANO_BANANA_2,
        takes: EDIT,
        pictures: PictureLimits::ANY,
        aspect_ratios: GEMINI_RATIOS,
        supported: SUPPORTED,
        max_count: 1,
        max_prompt_chars: prompt::MAX_WISHES_CHARS,
        credits_per_image: Credits::of(6),
        // Google's own price at 1K; the vendor does not publish its own.
        vendor_price: Some(Usd::millionths(67_000)),
        typical: Duration::from_secs(25),
        non_commercial: false,
    },
    Model {
        id: "evolink/nano-banana-pro",
        provider: "evolink",
        vendor_id: PRO,
        takes: EDIT,
        pictures: PictureLimits::ANY,
        aspect_ratios: GEMINI_RATIOS,
        supported: SUPPORTED,
        max_count: 1,
        max_prompt_chars: prompt::MAX_WISHES_CHARS,
        credits_per_image: Credits::of(12),
        // 9.6 of its credits, at 1K and 2K alike.
        vendor_price: Some(Usd::millionths(141_000)),
        typical: Duration::from_secs(45),
        non_commercial: false,
    },
    Model {
        id: "evolink/seedream-4",
        provider: "evolink",
        vendor_id: "doubao-seedream-4.0",
        takes: EDIT,
        pictures: PictureLimits::ANY,
        aspect_ratios: SEEDREAM_RATIOS,
        supported: SUPPORTED,
        max_count: 4,
        max_prompt_chars: prompt::MAX_WISHES_CHARS,
        credits_per_image: Credits::of(3),
        vendor_price: Some(Usd::millionths(19_000)),
        typical: Duration::from_secs(30),
        non_commercial: false,
    },
];
