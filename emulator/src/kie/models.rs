//! The models, and what each takes. From `docs.kie.ai/market/google`; prices are plausible, not the
//! vendor's.

/// What a model takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    pub(crate) id: &'static str,
    /// The field that lists the input pictures.
    pub(crate) pictures: &'static str,
    /// The fewest and the most of them.
    pub(crate) images: (usize, usize),
    /// The most that one of them may weigh, in MB.
    pub(crate) image_megabytes: u64,
    /// The field for the result's shape: one of [`RATIOS`].
    pub(crate) ratio: &'static str,
    /// The other fields that take one of a few values.
    pub(crate) choices: &'static [(&'static str, &'static [&'static str])],
    /// The longest prompt, in characters.
    pub(crate) prompt_characters: usize,
    /// Credits per picture.
    pub(crate) price: f64,
}

/// The shapes of a result.
pub(crate) const RATIOS: &[&str] = &[
    "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "auto",
];

const MODELS: &[Model] = &[
    Model {
        id: "google/nano-banana-edit",
        pictures: "image_urls",
        images: (1, 10),
        image_megabytes: 10,
        ratio: "image_size",
        choices: &[("output_format", &["png", "jpeg"])],
        prompt_characters: 5_000,
        price: 4.0,
    },
    Model {
        id: "nano-banana-pro",
        pictures: "image_input",
        images: (0, 8),
        image_megabytes: 30,
        ratio: "aspect_ratio",
        choices: &[
            ("resolution", &["1K", "2K", "4K"]),
            ("output_format", &["png", "jpg"]),
        ],
        prompt_characters: 10_000,
        price: 18.0,
    },
];

/// Finds a model by its id.
pub(crate) fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}
