//! The models, with prices as of November 2026.

use std::time::Duration;

use crate::domain::credits::Credits;
use crate::domain::model::{Model, Need, PictureLimits, Takes};
use crate::domain::options::SupportedOptions;
use crate::domain::usd::Usd;
use crate::provider::prompt;

pub(super) const P_IMAGE: &str = "prunaai:p-image@try-on";
pub(super) const FLUX: &str = "bfl:flux@vto";

const TRY_ON: Takes = Takes {
    photo: Need::Required,
    garment: Need::Required,
    prompt: Need::Optional,
};

const SEED: SupportedOptions = SupportedOptions {
    seed: true,
    ..SupportedOptions::NONE
};

/// The sizes in pixels that Nano Banana makes at 1K: a ratio is requested by its size.
pub(super) const SIZES: &[(&str, (u32, u32))] = &[
    ("1:1", (1024, 1024)),
    ("2:3", (848, 1264)),
    ("3:2", (1264, 848)),
    ("3:4", (896, 1200)),
    ("4:3", (1200, 896)),
    ("4:5", (928, 1152)),
    ("5:4", (1152, 928)),
    ("9:16", (768, 1376)),
    ("16:9", (1376, 768)),
    ("21:9", (1584, 672)),
];

pub(super) const MODELS: &[Model] = &[
    Model {
        id: "runware/p-image-tryon",
        provider: "runware",
        vendor_id: P_IMAGE,
        takes: TRY_ON,
        pictures: PictureLimits::ANY,
        // The result always has the photo's ratio.
        aspect_ratios: &[],
        supported: SEED,
        max_count: 4,
        max_prompt_chars: prompt::MAX_WISHES_CHARS,
        credits_per_image: Credits::of(2),
        // The price with one garment.
        vendor_price: Some(Usd::millionths(15_000)),
        typical: Duration::from_secs(10),
        non_commercial: false,
    },
    Model {
        id: "runware/flux-vto",
        provider: "runware",
        vendor_id: FLUX,
        takes: TRY_ON,
        pictures: PictureLimits::ANY,
        aspect_ratios: &[],
        supported: SupportedOptions {
            category: prompt::CATEGORIES,
            ..SEED
        },
        max_count: 4,
        max_prompt_chars: prompt::MAX_WISHES_CHARS,
        credits_per_image: Credits::of(4),
        // $0.0425 to $0.0475.
        vendor_price: Some(Usd::millionths(47_500)),
        typical: Duration::from_secs(20),
        non_commercial: false,
    },
    Model {
        id: "runware/nano-banana-2.1",
        provider: "runware",
        vendor_id: "google:nano-banana@2.1",
        takes: Takes {
            garment: Need::Optional,
            ..TRY_ON
        },
        pictures: PictureLimits::ANY,
        aspect_ratios: &[
            "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9",
        ],
        supported: SupportedOptions {
            category: prompt::CATEGORIES,
            ..SEED
        },
        max_count: 4,
        max_prompt_chars: prompt::MAX_WISHES_CHARS,
        credits_per_image: Credits::of(4),
        // Billed by tokens: about $0.034 at 1K with two input pictures.
        vendor_price: Some(Usd::millionths(38_000)),
        typical: Duration::from_secs(25),
        non_commercial: false,
    },
];
