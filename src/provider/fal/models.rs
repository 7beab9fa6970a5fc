//! The models, with the prices on their pages in November 2026.

use std::time::Duration;

use crate::domain::credits::Credits;
use crate::domain::model::{Model, Need, PictureLimits, Takes};
use crate::domain::options::{Category, GarmentPhoto, Quality, SupportedOptions};
use crate::domain::picture::PictureFormat;
use crate::domain::usd::Usd;
use crate::provider::prompt;

const TRY_ON: Takes = Takes {
    photo: Need::Required,
    garment: Need::Required,
    prompt: Need::Unsupported,
};

const EDIT: Takes = Takes {
    photo: Need::Required,
    garment: Need::Optional,
    prompt: Need::Optional,
};

const EDIT_SUPPORTED: SupportedOptions = SupportedOptions {
    category: prompt::CATEGORIES,
    seed: true,
    ..SupportedOptions::NONE
};

pub(super) const FASHN: &str = "fal-ai/fashn/tryon/v1.6";
pub(super) const KOLORS: &str = "fal-ai/kling/v1-5/kolors-virtual-try-on";
const NANO_BANANA: &str = "fal-ai/nano-banana/edit";
pub(super) const NANO_BANANA_2_1: &str = "google/nano-banana-2.1/edit";
pub(super) const SEEDREAM: &str = "fal-ai/bytedance/seedream/v4.5/edit";

const GEMINI_RATIOS: &[&str] = &[
    "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9",
];

/// This is Kling's model; fal does not repeat its limits.
const KOLORS_PICTURES: PictureLimits = PictureLimits {
    formats: &[PictureFormat::Jpeg, PictureFormat::Png],
    min_side: 300,
    ..PictureLimits::ANY
};

pub(super) const MODELS: &[Model] = &[
    Model {
        id: "fal/fashn-tryon",
        provider: "fal",
        vendor_id: FASHN,
        takes: TRY_ON,
        pictures: PictureLimits::ANY,
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
        typical: Duration::from_secs(15),
        non_commercial: false,
    },
    Model {
        id: "fal/kolors",
        provider: "fal",
        vendor_id: KOLORS,
        takes: TRY_ON,
        pictures: KOLORS_PICTURES,
        aspect_ratios: &[],
        supported: SupportedOptions::NONE,
        max_count: 1,
        max_prompt_chars: 0,
        credits_per_image: Credits::of(6),
        vendor_price: Some(Usd::millionths(70_000)),
        typical: Duration::from_secs(20),
        non_commercial: false,
    },
    Model {
        id: "fal/nano-banana",
        provider: "fal",
        vendor_id: NANO_BANANA,
        takes: EDIT,
        pictures: PictureLimits::ANY,
        aspect_ratios: GEMINI_RATIOS,
        supported: EDIT_SUPPORTED,
        max_count: 4,
        max_prompt_chars: prompt::MAX_WISHES_CHARS,
        credits_per_image: Credits::of(4),
        vendor_price: Some(Usd::millionths(39_800)),
        typical: Duration::from_secs(20),
        non_commercial: false,
    },
    Model {
        id: "fal/seedream",
        provider: "fal",
        vendor_id: SEEDREAM,
        takes: EDIT,
        pictures: PictureLimits::ANY,
        aspect_ratios: &[],
        supported: EDIT_SUPPORTED,
        max_count: 4,
        max_prompt_chars: prompt::MAX_WISHES_CHARS,
        credits_per_image: Credits::of(4),
        vendor_price: Some(Usd::millionths(40_000)),
        typical: Duration::from_secs(30),
        non_commercial: false,
    },
    Model {
        id: "fal/nano-banana-2.1",
        provider: "fal",
        vendor_id: NANO_BANANA_2_1,
        takes: EDIT,
        pictures: PictureLimits::ANY,
        aspect_ratios: GEMINI_RATIOS,
        supported: EDIT_SUPPORTED,
        max_count: 4,
        max_prompt_chars: prompt::MAX_WISHES_CHARS,
        credits_per_image: Credits::of(4),
        // Billed by tokens: its own example of an edit with two pictures, at 1K.
        vendor_price: Some(Usd::millionths(44_000)),
        typical: Duration::from_secs(25),
        non_commercial: false,
    },
];
