//! The endpoints, and what each takes. From the types of fal's own client (`fal-ai/fal-js`,
//! `libs/client/src/types/endpoints.ts`); prices are in dollars, from the pages of the models.

/// What an endpoint takes and gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    pub(crate) id: &'static str,
    /// The fields with the input pictures' addresses: the person's first, then the garment's, or
    /// [`LIST`] for all of them.
    pub(crate) pictures: &'static [&'static str],
    /// All fields that must be there.
    pub(crate) required: &'static [&'static str],
    /// The fields that take one of a few values.
    pub(crate) choices: &'static [Choice],
    /// The field for how many pictures are wanted, and the most that it takes.
    pub(crate) count: Option<(&'static str, u32)>,
    /// Whether the result has a list `images`; otherwise it has one `image`.
    pub(crate) several: bool,
    /// What else the result has.
    pub(crate) extras: &'static [&'static str],
    /// Dollars per picture.
    pub(crate) price: f64,
}

/// A field and its values.
pub(crate) type Choice = (&'static str, &'static [&'static str]);

/// The field that lists the input pictures, where they have no field each.
pub(crate) const LIST: &str = "image_urls";
/// The field for the words. Endpoints that have it require it.
pub(crate) const PROMPT: &str = "prompt";

/// What most endpoints that take words have in common.
const EDIT: Model = Model {
    id: "",
    pictures: &[LIST],
    required: &[PROMPT, LIST],
    choices: &[],
    count: None,
    several: true,
    extras: &[],
    price: 0.04,
};

/// What most endpoints that take a person and a garment have in common.
const TRY_ON: Model = Model {
    id: "",
    pictures: &["human_image_url", "garment_image_url"],
    required: &["human_image_url", "garment_image_url"],
    choices: &[],
    count: None,
    several: false,
    extras: &[],
    price: 0.07,
};

const MODELS: &[Model] = &[
    Model {
        id: "fal-ai/fashn/tryon/v1.6",
        pictures: &["model_image", "garment_image"],
        required: &["model_image", "garment_image"],
        choices: &[
            ("category", &["tops", "bottoms", "one-pieces", "auto"]),
            ("mode", &["performance", "balanced", "quality"]),
            ("garment_photo_type", &["auto", "model", "flat-lay"]),
            ("moderation_level", &["none", "permissive", "conservative"]),
            ("output_format", &["png", "jpeg"]),
        ],
        count: Some(("num_samples", 4)),
        several: true,
        price: 0.075,
        ..TRY_ON
    },
    Model {
        id: "fal-ai/kling/v1-5/kolors-virtual-try-on",
        ..TRY_ON
    },
    Model {
        id: "fal-ai/leffa/virtual-tryon",
        required: &["human_image_url", "garment_image_url", "garment_type"],
        choices: &[
            ("garment_type", &["upper_body", "lower_body", "dresses"]),
            ("output_format", &["png", "jpeg"]),
        ],
        extras: &["seed", "has_nsfw_concepts"],
        price: 0.04,
        ..TRY_ON
    },
    Model {
        id: "fal-ai/nano-banana/edit",
        choices: &[
            (
                "aspect_ratio",
                &[
                    "auto", "21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16",
                ],
            ),
            ("output_format", &["jpeg", "png", "webp"]),
            ("safety_tolerance", &["1", "2", "3", "4", "5", "6"]),
        ],
        count: Some(("num_images", 4)),
        extras: &["description"],
        price: 0.039,
        ..EDIT
    },
    Model {
        id: "fal-ai/bytedance/seedream/v4.5/edit",
        choices: &[(
            "image_size",
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
        )],
        count: Some(("num_images", 6)),
        extras: &["seed"],
        ..EDIT
    },
];

/// Finds an endpoint by its whole name.
pub(crate) fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}
