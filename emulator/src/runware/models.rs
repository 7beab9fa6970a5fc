//! The models, and what each takes: from the vendor's page of each model, below
//! `runware.ai/docs/models`; prices in dollars, from there.

use crate::schema::{
    Field,
    Kind::{self, Any, Choice, Flag, Integer, Object, Objects, Pictures, Text},
    anything, optional, required,
};

/// What a model takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    pub(crate) id: &'static str,
    /// Beside [`COMMON`].
    pub(crate) fields: &'static [Field],
    pub(crate) references: References,
    /// The sizes that `width` and `height` may name, with pictures.
    pub(crate) sizes: &'static [(u32, u32)],
    /// Dollars for a picture made of one person and one garment.
    pub(crate) price: f64,
    /// Dollars for each further input picture.
    pub(crate) price_of_more: f64,
}

/// What `inputs.referenceImages` lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum References {
    /// Objects with a `role`: one person, up to so many garments, and up to so many poses.
    Roles { garments: usize, poses: usize },
    /// Addresses.
    Plain,
}

/// The longest text that is no prompt, in characters.
const TEXT: usize = 4096;
/// The shortest and the longest prompt of Nano Banana, in characters.
pub(crate) const LEAST_PROMPT: usize = 3;
const MOST_PROMPT: usize = 45_000;

/// What `imageInference` takes whatever the model is.
pub(crate) const COMMON: &[Field] = &[
    required("taskType", Text(TEXT)),
    required("taskUUID", Text(TEXT)),
    required("model", Text(TEXT)),
    optional("outputType", Choice(&["URL", "base64Data", "dataURI"])),
    optional("outputFormat", Choice(&["JPG", "PNG", "WEBP"])),
    optional("outputQuality", Integer(20, 99)),
    optional("numberResults", Integer(1, 20)),
    optional("includeCost", Flag),
    optional("deliveryMethod", Choice(&["sync", "async"])),
    optional("webhookURL", Text(TEXT)),
    optional("ttl", Integer(60, i64::MAX)),
    optional("seed", Integer(0, 2_147_483_647)),
    optional(
        "safety",
        Object(&[optional("checkContent", Flag), optional("mode", Any)]),
    ),
];

const fn role(roles: &'static [&'static str]) -> [Field; 2] {
    [
        required("image", Kind::Picture(anything)),
        required("role", Choice(roles)),
    ]
}

const WITH_POSE: &[Field] = &role(&["person", "garment", "pose"]);
const WITHOUT_POSE: &[Field] = &role(&["person", "garment"]);

const TRY_ON: &[Field] = &[
    optional("positivePrompt", Text(MOST_PROMPT)),
    required(
        "inputs",
        Object(&[required("referenceImages", Objects(2, 13, WITH_POSE))]),
    ),
    optional("settings", Object(&[optional("turbo", Flag)])),
];
const VTO: &[Field] = &[
    required("positivePrompt", Text(MOST_PROMPT)),
    required(
        "inputs",
        Object(&[required("referenceImages", Objects(2, 2, WITHOUT_POSE))]),
    ),
];
const PLAIN: Field = optional(
    "inputs",
    Object(&[optional("referenceImages", Pictures(0, 14, anything))]),
);
const WIDTH: Field = optional("width", Integer(1, 16_384));
const HEIGHT: Field = optional("height", Integer(1, 16_384));
const NANO_BANANA_2: &[Field] = &[
    required("positivePrompt", Text(MOST_PROMPT)),
    PLAIN,
    optional("resolution", Choice(&["0.5K", "1K", "2K", "4K"])),
    WIDTH,
    HEIGHT,
];
const NANO_BANANA_2_1: &[Field] = &[
    required("positivePrompt", Text(MOST_PROMPT)),
    PLAIN,
    optional("resolution", Choice(&["1K", "2K", "4K"])),
    WIDTH,
    HEIGHT,
    optional(
        "settings",
        Object(&[optional(
            "thinkingLevel",
            Choice(&["minimal", "medium", "high"]),
        )]),
    ),
];

/// The sizes of Nano Banana at 1K.
const SIZES: &[(u32, u32)] = &[
    (1024, 1024),
    (1264, 848),
    (848, 1264),
    (1200, 896),
    (896, 1200),
    (928, 1152),
    (1152, 928),
    (768, 1376),
    (1376, 768),
    (1584, 672),
];

const MODELS: &[Model] = &[
    Model {
        id: "prunaai:p-image@try-on",
        fields: TRY_ON,
        references: References::Roles {
            garments: 11,
            poses: 1,
        },
        sizes: &[],
        price: 0.015,
        price_of_more: 0.008,
    },
    Model {
        id: "bfl:flux@vto",
        fields: VTO,
        references: References::Roles {
            garments: 1,
            poses: 0,
        },
        sizes: &[],
        price: 0.0425,
        price_of_more: 0.0,
    },
    Model {
        id: "google:nano-banana@2.1",
        fields: NANO_BANANA_2_1,
        references: References::Plain,
        sizes: SIZES,
        price: 0.034,
        price_of_more: 0.0,
    },
    Model {
        id: "google:4@3",
        fields: NANO_BANANA_2,
        references: References::Plain,
        sizes: SIZES,
        price: 0.069,
        price_of_more: 0.000_28,
    },
];

/// Finds a model by its id.
pub(crate) fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}
