//! The models, and what each takes: from the vendor's page of each model, below
//! `docs.fashn.ai/api-reference`, and from the types of its own client (npm `fashn` 0.11,
//! `resources/predictions.d.ts`).

use crate::schema::{
    Field,
    Kind::{Choice, Flag, Integer, Picture, Text},
    anything, optional, required,
};

/// What a model takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    pub(crate) id: &'static str,
    pub(crate) inputs: &'static [Field],
    /// The inputs with pictures: the person's before the garment's.
    pub(crate) pictures: &'static [&'static str],
    /// The input for how many pictures to make.
    pub(crate) count: &'static str,
    pub(crate) price: Price,
}

/// What one picture costs, in credits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Price {
    /// Always this.
    Flat(f64),
    /// Of Try-On Max, 2 to 5: 2 at 1k in the balanced mode, one more for each step of `resolution`,
    /// and one more in the quality mode. The stored copies of the vendor's page differ, and the one
    /// of spring says 4 whatever is asked for; callers of summer were billed 3 at 2k, balanced.
    ByResolution,
    /// Of Edit: 1 in the fast mode, 2 in the balanced one, 3 in the quality one.
    ByMode,
}

/// The longest text of an input, in characters. The vendor names none.
const TEXT: usize = 10_000;

/// The values of `aspect_ratio`.
const RATIOS: Field = optional(
    "aspect_ratio",
    Choice(&[
        "21:9", "1:1", "4:3", "3:2", "2:3", "5:4", "4:5", "3:4", "16:9", "9:16",
    ]),
);
/// A bad address fails the prediction, not the call.
const PICTURE: crate::schema::Kind = Picture(anything);
const FORMATS: Field = optional("output_format", Choice(&["png", "jpeg"]));
const RESOLUTIONS: Field = optional("resolution", Choice(&["1k", "2k", "4k"]));
const BASE64: Field = optional("return_base64", Flag);
const SEED: Field = optional("seed", Integer(0, 4_294_967_295));
const IMAGES: Field = optional("num_images", Integer(1, 4));

const TRYON: &[Field] = &[
    required("model_image", PICTURE),
    required("garment_image", PICTURE),
    optional(
        "category",
        Choice(&["auto", "tops", "bottoms", "one-pieces"]),
    ),
    optional("segmentation_free", Flag),
    optional("mode", Choice(&["performance", "balanced", "quality"])),
    optional("garment_photo_type", Choice(&["auto", "flat-lay", "model"])),
    optional(
        "moderation_level",
        Choice(&["conservative", "permissive", "none"]),
    ),
    optional("num_samples", Integer(1, 4)),
    FORMATS,
    BASE64,
    SEED,
];
const TRYON_MAX: &[Field] = &[
    required("model_image", PICTURE),
    required("product_image", PICTURE),
    optional("prompt", Text(TEXT)),
    RATIOS,
    optional("generation_mode", Choice(&["balanced", "quality"])),
    RESOLUTIONS,
    IMAGES,
    FORMATS,
    BASE64,
    SEED,
];
const EDIT: &[Field] = &[
    required("image", PICTURE),
    optional("image_context", PICTURE),
    optional("mask", PICTURE),
    required("prompt", Text(TEXT)),
    RATIOS,
    optional("generation_mode", Choice(&["fast", "balanced", "quality"])),
    RESOLUTIONS,
    IMAGES,
    FORMATS,
    BASE64,
    SEED,
];

const MODELS: [Model; 3] = [
    Model {
        id: "tryon-v1.6",
        inputs: TRYON,
        pictures: &["model_image", "garment_image"],
        count: "num_samples",
        price: Price::Flat(1.0),
    },
    Model {
        id: "tryon-max",
        inputs: TRYON_MAX,
        pictures: &["model_image", "product_image"],
        count: "num_images",
        price: Price::ByResolution,
    },
    Model {
        id: "edit",
        inputs: EDIT,
        pictures: &["image", "image_context"],
        count: "num_images",
        price: Price::ByMode,
    },
];

impl Price {
    /// The price of one picture of these settings.
    pub(crate) fn of(self, resolution: Option<&str>, mode: Option<&str>) -> f64 {
        let is_quality = mode == Some("quality");
        match self {
            Self::Flat(credits) => credits,
            Self::ByResolution => {
                let steps = match resolution {
                    Some("2k") => 1.0,
                    Some("4k") => 2.0,
                    _ => 0.0,
                };
                2.0 + steps + f64::from(u8::from(is_quality))
            }
            Self::ByMode if is_quality => 3.0,
            Self::ByMode if mode == Some("balanced") => 2.0,
            Self::ByMode => 1.0,
        }
    }
}

/// Finds a model by its name.
pub(crate) fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn try_on_max_costs_2_to_5_by_resolution_and_mode() {
        let price = |resolution, mode| Price::ByResolution.of(Some(resolution), Some(mode));
        for (resolution, mode, credits) in [
            ("1k", "balanced", 2.0),
            ("1k", "quality", 3.0),
            ("2k", "balanced", 3.0),
            ("4k", "balanced", 4.0),
            ("4k", "quality", 5.0),
        ] {
            assert!((price(resolution, mode) - credits).abs() < f64::EPSILON);
        }
        assert_eq!(find("tryon-max").unwrap().price, Price::ByResolution);
        assert!((Price::ByResolution.of(None, None) - 2.0).abs() < f64::EPSILON);
    }
}
