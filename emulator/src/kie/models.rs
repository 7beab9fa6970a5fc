//! The models, and what each takes. From `docs.kie.ai/market/google`; prices are plausible, not the
//! vendor's.

use crate::{
    inputs,
    schema::{
        Field,
        Kind::{Choice, Flag, Pictures, Text},
        optional, required,
    },
};

/// What a model takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    pub(crate) id: &'static str,
    /// All that its input may hold. `aspect_ratio` was called `image_size` until summer 2026;
    /// `image_size` is no longer read, and is refused here as a mistake.
    pub(crate) fields: &'static [Field],
    /// The field that lists the input pictures.
    pub(crate) pictures: &'static str,
    /// The most that one of them may weigh, in MB.
    pub(crate) image_megabytes: u64,
    /// Credits per picture.
    pub(crate) price: f64,
}

const RATIOS: Field = optional(
    "aspect_ratio",
    Choice(&[
        "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "auto",
    ]),
);
const MANY_RATIOS: Field = optional(
    "aspect_ratio",
    Choice(&[
        "1:1", "1:4", "1:8", "2:3", "3:2", "3:4", "4:1", "4:3", "4:5", "5:4", "8:1", "9:16",
        "16:9", "21:9", "auto",
    ]),
);
const RESOLUTIONS: Field = optional("resolution", Choice(&["1K", "2K", "4K"]));
const PNG_OR_JPG: Field = optional("output_format", Choice(&["png", "jpg"]));
const PNG_OR_JPEG: Field = optional("output_format", Choice(&["png", "jpeg"]));

const fn prompt(characters: usize) -> Field {
    required("prompt", Text(characters))
}

const fn image_input(most: usize) -> Field {
    optional("image_input", Pictures(0, most, inputs::is_web))
}

const MODELS: &[Model] = &[
    Model {
        id: "google/nano-banana-edit",
        fields: &[
            prompt(5_000),
            required("image_urls", Pictures(1, 10, inputs::is_web)),
            RATIOS,
            PNG_OR_JPEG,
        ],
        pictures: "image_urls",
        image_megabytes: 10,
        price: 4.0,
    },
    Model {
        id: "nano-banana-pro",
        fields: &[
            prompt(10_000),
            image_input(8),
            RATIOS,
            RESOLUTIONS,
            PNG_OR_JPG,
        ],
        pictures: "image_input",
        image_megabytes: 30,
        price: 18.0,
    },
    Model {
        id: "nano-banana-2",
        fields: &[
            prompt(20_000),
            image_input(14),
            MANY_RATIOS,
            RESOLUTIONS,
            PNG_OR_JPG,
            optional("google_search", Flag),
        ],
        pictures: "image_input",
        image_megabytes: 30,
        price: 8.0,
    },
    Model {
        id: "nano-banana-2-1",
        fields: &[
            prompt(20_000),
            image_input(14),
            MANY_RATIOS,
            RESOLUTIONS,
            PNG_OR_JPG,
            optional("google_search", Flag),
        ],
        pictures: "image_input",
        image_megabytes: 30,
        price: 8.0,
    },
];

/// Finds a model by its id.
pub(crate) fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}
