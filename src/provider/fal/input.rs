//! Each model's input, as in `libs/client/src/types/endpoints.ts` of
//! <https://github.com/fal-ai/fal-js>. `sync_mode` is never set: with it, results come as data
//! instead of URLs.

use serde_json::{Value, json};

use super::models::{FASHN, KOLORS, NANO_BANANA_2_1, SEEDREAM};
use crate::domain::options::{Category, GarmentPhoto, Quality};
use crate::provider::fashn::MODERATION as FASHN_MODERATION;
use crate::provider::{Submission, prompt};

/// The input of a submission's model.
pub(super) fn of(submission: &Submission<'_>) -> Value {
    let options = submission.options;
    let pictures: Vec<_> = [Some(submission.photo_url), submission.garment_url]
        .into_iter()
        .flatten()
        .collect();
    let mut input = match submission.model.vendor_id {
        FASHN => json!({
            "model_image": submission.photo_url,
            "garment_image": submission.garment_url,
            "category": options.category.map_or("auto", |category| match category {
                Category::Tops => "tops",
                Category::Bottoms => "bottoms",
                Category::OnePieces => "one-pieces",
            }),
            "garment_photo_type": options.garment_photo.map_or("auto", |photo| match photo {
                GarmentPhoto::Worn => "model",
                GarmentPhoto::Flat => "flat-lay",
            }),
            "mode": options.quality.map_or("balanced", |quality| match quality {
                Quality::Fast => "performance",
                Quality::Balanced => "balanced",
                Quality::Best => "quality",
            }),
            "moderation_level": FASHN_MODERATION,
            "num_samples": submission.count,
        }),
        KOLORS => json!({
            "human_image_url": submission.photo_url,
            "garment_image_url": submission.garment_url,
        }),
        SEEDREAM => json!({
            "prompt": prompt::dress(submission),
            "image_urls": pictures,
            "image_size": "auto_2K",
            "num_images": submission.count,
        }),
        NANO_BANANA_2_1 => json!({
            "prompt": prompt::dress(submission),
            "image_urls": pictures,
            "aspect_ratio": submission.aspect_ratio.unwrap_or("auto"),
            "resolution": "1K",
            "num_images": submission.count,
        }),
        _ => json!({
            "prompt": prompt::dress(submission),
            "image_urls": pictures,
            "aspect_ratio": submission.aspect_ratio.unwrap_or("auto"),
            "num_images": submission.count,
        }),
    };
    if let (Some(fields), Some(seed)) = (input.as_object_mut(), options.seed) {
        fields.insert("seed".into(), seed.into());
    }
    input
}
