//! The endpoints, and what each takes. From the types of fal's own client (`fal-ai/fal-js`,
//! `libs/client/src/types/endpoints.ts`); prices are in dollars, from the pages of the models.

use crate::schema::{
    Field,
    Kind::{Choice, ChoiceOr, Flag, Integer, Number, Picture, Pictures, Text},
    anything, optional, required,
};

/// What an endpoint takes and gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    pub(crate) id: &'static str,
    /// The fields with the input pictures' addresses: the person's first, then the garment's, or
    /// [`LIST`] for all of them.
    pub(crate) pictures: &'static [&'static str],
    /// All that its input may hold, beside [`SYNC_MODE`].
    pub(crate) fields: &'static [Field],
    /// The field for how many pictures are wanted, and the most that it takes.
    pub(crate) count: Option<(&'static str, u32)>,
    /// Whether the result has a list `images`; otherwise it has one `image`.
    pub(crate) several: bool,
    /// What else the result has.
    pub(crate) extras: &'static [&'static str],
    /// Dollars per picture.
    pub(crate) price: f64,
}

/// The field that lists the input pictures, where they have no field each.
pub(crate) const LIST: &str = "image_urls";
/// The field for the words. Endpoints that have it require it.
pub(crate) const PROMPT: &str = "prompt";
/// All endpoints have it: whether the result is to come as data URIs. Here it is taken and does nothing.
pub(crate) const SYNC_MODE: Field = optional("sync_mode", Flag);

/// The longest prompt that is taken, in characters. The types name none.
const PROMPT_CHARACTERS: usize = 50_000;
const WORDS: Field = required(PROMPT, Text(PROMPT_CHARACTERS));
const PICTURE: crate::schema::Kind = Picture(anything);
const SEED: Field = optional("seed", Integer(0, 4_294_967_295));
const SAFETY_CHECKER: Field = optional("enable_safety_checker", Flag);
const RATIOS: Field = optional(
    "aspect_ratio",
    Choice(&[
        "auto", "21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16",
    ]),
);
const MANY_RATIOS: Field = optional(
    "aspect_ratio",
    Choice(&[
        "auto", "21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16", "4:1",
        "1:4", "8:1", "1:8",
    ]),
);
const FORMATS: Field = optional("output_format", Choice(&["jpeg", "png", "webp"]));
const TWO_FORMATS: Field = optional("output_format", Choice(&["png", "jpeg"]));
const TOLERANCE: Field = optional("safety_tolerance", Choice(&["1", "2", "3", "4", "5", "6"]));
const UP_TO_FOUR: Field = optional("num_images", Integer(1, 4));
const SIZE: Field = optional(
    "image_size",
    ChoiceOr(
        &[
            "square_hd",
            "square",
            "portrait_4_3",
            "portrait_16_9",
            "landscape_4_3",
            "landscape_16_9",
            "auto_2K",
            "auto_4K",
        ],
        &[
            required("width", Integer(1, 14_142)),
            required("height", Integer(1, 14_142)),
        ],
    ),
);

const fn pictures(most: usize) -> Field {
    required(LIST, Pictures(0, most, anything))
}

/// What most endpoints that take words have in common.
const EDIT: Model = Model {
    id: "",
    pictures: &[LIST],
    fields: &[],
    count: Some(("num_images", 4)),
    several: true,
    extras: &["description"],
    price: 0.04,
};

/// What most endpoints that take a person and a garment have in common.
const TRY_ON: Model = Model {
    id: "",
    pictures: &["human_image_url", "garment_image_url"],
    fields: &[],
    count: None,
    several: false,
    extras: &[],
    price: 0.07,
};

const FASHN: &[Field] = &[
    required("model_image", PICTURE),
    required("garment_image", PICTURE),
    optional(
        "category",
        Choice(&["tops", "bottoms", "one-pieces", "auto"]),
    ),
    optional("mode", Choice(&["performance", "balanced", "quality"])),
    optional("garment_photo_type", Choice(&["auto", "model", "flat-lay"])),
    optional(
        "moderation_level",
        Choice(&["none", "permissive", "conservative"]),
    ),
    optional("num_samples", Integer(1, 4)),
    optional("segmentation_free", Flag),
    TWO_FORMATS,
    SEED,
];
const LEFFA: &[Field] = &[
    required("human_image_url", PICTURE),
    required("garment_image_url", PICTURE),
    required(
        "garment_type",
        Choice(&["upper_body", "lower_body", "dresses"]),
    ),
    optional("num_inference_steps", Integer(1, 100)),
    optional("guidance_scale", Number(0, 20)),
    SAFETY_CHECKER,
    TWO_FORMATS,
    SEED,
];
const NANO_BANANA: &[Field] = &[
    WORDS,
    pictures(14),
    RATIOS,
    UP_TO_FOUR,
    FORMATS,
    TOLERANCE,
    SEED,
    optional("limit_generations", Flag),
];
const NANO_BANANA_PRO: &[Field] = &[
    WORDS,
    pictures(14),
    RATIOS,
    UP_TO_FOUR,
    FORMATS,
    TOLERANCE,
    SEED,
    optional("limit_generations", Flag),
    optional("resolution", Choice(&["1K", "2K", "4K"])),
    optional("enable_web_search", Flag),
    optional("system_prompt", Text(PROMPT_CHARACTERS)),
];
const NANO_BANANA_2: &[Field] = &[
    WORDS,
    pictures(14),
    MANY_RATIOS,
    UP_TO_FOUR,
    FORMATS,
    TOLERANCE,
    SEED,
    optional("limit_generations", Flag),
    optional("resolution", Choice(&["0.5K", "1K", "2K", "4K"])),
    optional("enable_web_search", Flag),
    optional("thinking_level", Choice(&["minimal", "high"])),
];
const NANO_BANANA_2_1: &[Field] = &[
    WORDS,
    pictures(14),
    MANY_RATIOS,
    UP_TO_FOUR,
    FORMATS,
    TOLERANCE,
    SEED,
    optional("limit_generations", Flag),
    optional("resolution", Choice(&["1K", "2K", "4K"])),
    optional("enable_web_search", Flag),
    optional("thinking_level", Choice(&["minimal", "medium", "high"])),
];
const SEEDREAM: &[Field] = &[
    WORDS,
    pictures(10),
    SIZE,
    optional("num_images", Integer(1, 6)),
    optional("max_images", Integer(1, 6)),
    SAFETY_CHECKER,
    SEED,
];

const MODELS: &[Model] = &[
    Model {
        id: "fal-ai/fashn/tryon/v1.6",
        pictures: &["model_image", "garment_image"],
        fields: FASHN,
        count: Some(("num_samples", 4)),
        several: true,
        price: 0.075,
        ..TRY_ON
    },
    Model {
        id: "fal-ai/kling/v1-5/kolors-virtual-try-on",
        fields: &[
            required("human_image_url", PICTURE),
            required("garment_image_url", PICTURE),
        ],
        ..TRY_ON
    },
    Model {
        id: "fal-ai/leffa/virtual-tryon",
        fields: LEFFA,
        extras: &["seed", "has_nsfw_concepts"],
        price: 0.04,
        ..TRY_ON
    },
    Model {
        id: "fal-ai/nano-banana/edit",
        fields: NANO_BANANA,
        price: 0.039,
        ..EDIT
    },
    Model {
        id: "fal-ai/nano-banana-pro/edit",
        fields: NANO_BANANA_PRO,
        price: 0.15,
        ..EDIT
    },
    Model {
        id: "fal-ai/nano-banana-2/edit",
        fields: NANO_BANANA_2,
        price: 0.08,
        ..EDIT
    },
    Model {
        id: "google/nano-banana-2.1/edit",
        fields: NANO_BANANA_2_1,
        ..EDIT
    },
    Model {
        id: "fal-ai/bytedance/seedream/v4/edit",
        fields: SEEDREAM,
        count: Some(("num_images", 6)),
        extras: &["seed"],
        price: 0.03,
        ..EDIT
    },
    Model {
        id: "fal-ai/bytedance/seedream/v4.5/edit",
        fields: SEEDREAM,
        count: Some(("num_images", 6)),
        extras: &["seed"],
        ..EDIT
    },
];

/// Finds an endpoint by its whole name.
pub(crate) fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}
