//! The models, and the inputs that each takes: from the "Input schema" on the vendor's page of each
//! model's version, such as `replicate.com/google/nano-banana-2/versions/71516450…/api`.
//!
//! Where a page names no bound, the one of its nearest relative stands; prices are plausible, not
//! the vendor's.

use crate::{
    inputs,
    schema::{
        Field,
        Kind::{Choice, Flag, Integer, Picture, Pictures, Text},
        optional, required,
    },
};

/// What a model takes.
#[derive(Debug)]
pub(crate) struct Model {
    /// `owner/name`.
    pub(crate) id: &'static str,
    /// The one version that it is run by; none for the official models, whose version is hidden.
    pub(crate) version: Option<&'static str>,
    pub(crate) inputs: &'static [Field],
    /// Dollars per picture.
    pub(crate) price: f64,
}

/// The longest data URI, in characters: files of up to 256 KB may be sent in one.
const MAX_DATA_URI: usize = 256 * 1024 * 4 / 3 + 64;
/// The longest text, in characters. The schemas name none.
const TEXT: usize = 50_000;

const PROMPT: Field = required("prompt", Text(TEXT));
const IMAGES: Field = optional("image_input", Pictures(0, 14, is_picture));
const RATIOS: Field = optional(
    "aspect_ratio",
    Choice(&[
        "match_input_image",
        "1:1",
        "2:3",
        "3:2",
        "3:4",
        "4:3",
        "4:5",
        "5:4",
        "9:16",
        "16:9",
        "21:9",
    ]),
);
const MANY_RATIOS: Field = optional(
    "aspect_ratio",
    Choice(&[
        "match_input_image",
        "1:1",
        "1:4",
        "1:8",
        "2:3",
        "3:2",
        "3:4",
        "4:1",
        "4:3",
        "4:5",
        "5:4",
        "8:1",
        "9:16",
        "16:9",
        "21:9",
    ]),
);
const FORMATS: Field = optional("output_format", Choice(&["jpg", "png"]));
const RESOLUTIONS: Field = optional("resolution", Choice(&["1K", "2K", "4K"]));

/// The first one has neither resolutions nor searches.
const NANO_BANANA: &[Field] = &[PROMPT, IMAGES, RATIOS, FORMATS];
const NANO_BANANA_PRO: &[Field] = &[
    PROMPT,
    IMAGES,
    RATIOS,
    RESOLUTIONS,
    FORMATS,
    optional(
        "safety_filter_level",
        Choice(&[
            "block_only_high",
            "block_medium_and_above",
            "block_low_and_above",
        ]),
    ),
];
const NANO_BANANA_2: &[Field] = &[
    PROMPT,
    IMAGES,
    MANY_RATIOS,
    RESOLUTIONS,
    optional("google_search", Flag),
    optional("image_search", Flag),
    FORMATS,
];
const IDM_VTON: &[Field] = &[
    required("human_img", Picture(is_picture)),
    required("garm_img", Picture(is_picture)),
    optional("garment_des", Text(TEXT)),
    optional("category", Choice(&["upper_body", "lower_body", "dresses"])),
    optional("crop", Flag),
    optional("seed", Integer(i64::MIN, i64::MAX)),
    optional("steps", Integer(1, 40)),
    optional("force_dc", Flag),
    optional("mask_only", Flag),
];

/// The address of a picture, or a small data URI.
fn is_picture(address: &str) -> bool {
    inputs::is_web(address) || (inputs::is_data(address) && address.len() <= MAX_DATA_URI)
}

const MODELS: &[Model] = &[
    Model {
        id: "google/nano-banana",
        version: None,
        inputs: NANO_BANANA,
        price: 0.039,
    },
    Model {
        id: "google/nano-banana-pro",
        version: None,
        inputs: NANO_BANANA_PRO,
        price: 0.15,
    },
    Model {
        id: "google/nano-banana-2",
        version: None,
        inputs: NANO_BANANA_2,
        price: 0.067,
    },
    Model {
        id: "cuuupid/idm-vton",
        version: Some("0513734a452173b8173e907e3a59d19a36266e55b48528559432bd21c7d7e985"),
        inputs: IDM_VTON,
        price: 0.024,
    },
];

/// Finds a model by `owner/name`.
pub(crate) fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}

/// Finds a model by what `version` may say: `owner/name` of an official one, `owner/name:VERSION`
/// or `VERSION` of any other.
pub(crate) fn find_version(version: &str) -> Option<&'static Model> {
    let (id, hash) = match version.rsplit_once(':') {
        Some((id, hash)) => (Some(id), Some(hash)),
        None if version.contains('/') => (Some(version), None),
        None => (None, Some(version)),
    };
    MODELS
        .iter()
        .find(|model| model.version == hash && id.is_none_or(|id| id == model.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(version: &str) -> Option<&'static str> {
        find_version(version).map(|model| model.id)
    }

    #[test]
    fn versions_name_models_as_documented() {
        let hash = "0513734a452173b8173e907e3a59d19a36266e55b48528559432bd21c7d7e985";
        let try_on = Some("cuuupid/idm-vton");
        assert_eq!(found("google/nano-banana-2"), Some("google/nano-banana-2"));
        assert_eq!(found(&format!("cuuupid/idm-vton:{hash}")), try_on);
        assert_eq!(found(hash), try_on);
        assert_eq!(found("cuuupid/idm-vton"), None);
        assert_eq!(found(&format!("google/nano-banana-2:{hash}")), None);
        assert_eq!(found("nano-banana-2"), None);
    }
}
