//! The models, and what each takes: from the vendor's page of each model, below
//! `docs.fashn.ai/api-reference`, and from the types of its own client.

use Kind::{Base64, Choice, Count, Prompt, Ratio, Seed};

/// What a model takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    pub(crate) id: &'static str,
    /// Among them the person's picture before the garment's.
    pub(crate) inputs: &'static [Input],
    /// Credits per picture, whatever its quality.
    pub(crate) price: f64,
}

/// One of the `inputs`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) kind: Kind,
}

/// What an input may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// An address or a data URI. A bad one fails the prediction, not the call.
    Picture,
    Prompt,
    /// One of these.
    Choice(&'static [&'static str]),
    /// The shape of the result.
    Ratio,
    /// How many pictures to make: 1 to 4.
    Count,
    /// 0 to 2^32 - 1.
    Seed,
    /// Whether to return the pictures themselves.
    Base64,
}

const fn required(name: &'static str, kind: Kind) -> Input {
    Input {
        name,
        required: true,
        kind,
    }
}

const fn optional(name: &'static str, kind: Kind) -> Input {
    Input {
        name,
        required: false,
        kind,
    }
}

/// The values of `aspect_ratio`.
pub(crate) const RATIOS: &[&str] = &[
    "21:9", "1:1", "4:3", "3:2", "2:3", "5:4", "4:5", "3:4", "16:9", "9:16",
];
const FORMATS: Kind = Choice(&["png", "jpeg"]);
const RESOLUTIONS: Kind = Choice(&["1k", "2k", "4k"]);

const MODELS: [Model; 3] = [
    Model {
        id: "tryon-v1.6",
        inputs: &[
            required("model_image", Kind::Picture),
            required("garment_image", Kind::Picture),
            optional(
                "category",
                Choice(&["auto", "tops", "bottoms", "one-pieces"]),
            ),
            optional("mode", Choice(&["performance", "balanced", "quality"])),
            optional("garment_photo_type", Choice(&["auto", "flat-lay", "model"])),
            optional(
                "moderation_level",
                Choice(&["conservative", "permissive", "none"]),
            ),
            optional("num_samples", Count),
            optional("output_format", FORMATS),
            optional("return_base64", Base64),
            optional("seed", Seed),
        ],
        price: 1.0,
    },
    Model {
        id: "tryon-max",
        inputs: &[
            required("model_image", Kind::Picture),
            required("product_image", Kind::Picture),
            optional("prompt", Prompt),
            optional("aspect_ratio", Ratio),
            optional("generation_mode", Choice(&["balanced", "quality"])),
            optional("resolution", RESOLUTIONS),
            optional("num_images", Count),
            optional("output_format", FORMATS),
            optional("return_base64", Base64),
            optional("seed", Seed),
        ],
        price: 4.0,
    },
    Model {
        id: "edit",
        inputs: &[
            required("image", Kind::Picture),
            optional("image_context", Kind::Picture),
            required("prompt", Prompt),
            optional("aspect_ratio", Ratio),
            optional("generation_mode", Choice(&["fast", "balanced", "quality"])),
            optional("resolution", RESOLUTIONS),
            optional("num_images", Count),
            optional("output_format", FORMATS),
            optional("return_base64", Base64),
            optional("seed", Seed),
        ],
        price: 1.0,
    },
];

/// Finds a model by its name.
pub(crate) fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}
