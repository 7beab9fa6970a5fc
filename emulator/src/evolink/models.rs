//! The models, and what each takes. From the vendor's page of each model, below
//! `docs.evolink.ai/en/api-manual/image-series`.
//!
//! Where a page names no limit, that of the most similar model is used; prices are plausible, not
//! the vendor's.

use crate::{
    inputs,
    schema::{
        Field,
        Kind::{Choice, Flag, Integer, Object, Picture, Pictures, Text},
        optional, required,
    },
};

/// What a model takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    pub(crate) id: &'static str,
    /// The ratios that `size` may name; `auto` is one where it is listed.
    pub(crate) ratios: &'static [&'static str],
    /// Where `size` may be `WxH`, what its sides and area must keep to.
    pub(crate) pixels: Option<Pixels>,
    /// The values of `quality`; none where there is no such parameter.
    pub(crate) qualities: &'static [&'static str],
    /// The values of `resolution`, likewise.
    pub(crate) resolutions: &'static [&'static str],
    /// The fewest and the most input pictures.
    pub(crate) images: (usize, usize),
    /// The most that one input picture may weigh, in MB.
    pub(crate) image_megabytes: u64,
    /// The most pictures that one call may ask for with `n`.
    pub(crate) most: u32,
    /// Whether `n` is only an upper limit, and the prompt says how many to make
    /// (`doubao-seedream-4.0`'s page, on `n`).
    pub(crate) counts_by_words: bool,
    /// The longest prompt, in characters.
    pub(crate) prompt_characters: usize,
    /// The parameters that few models have.
    pub(crate) more: &'static [Field],
    /// Credits per picture.
    pub(crate) price: f64,
}

/// The bounds of a `size` in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pixels {
    pub(crate) least_side: u32,
    pub(crate) most_side: u32,
    /// Both sides are multiples of this.
    pub(crate) step: u32,
    pub(crate) least_area: u64,
    pub(crate) most_area: u64,
}

const COMMON: &[&str] = &[
    "auto", "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9",
];
const NANO_BANANA_2: &[&str] = &[
    "auto", "1:1", "1:4", "4:1", "1:8", "8:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16",
    "16:9", "21:9",
];
const NANO_BANANA: &[&str] = &["auto", "1:1", "2:3", "3:2", "4:3", "3:4", "16:9", "9:16"];
const GPT: &[&str] = &[
    "auto", "1:1", "1:2", "2:1", "1:3", "3:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16",
    "16:9", "9:21", "21:9",
];
const RENDERING: &[&str] = &["low", "medium", "high"];

const fn pixels(least_side: u32, most_side: u32) -> Pixels {
    Pixels {
        least_side,
        most_side,
        step: 1,
        least_area: 0,
        most_area: u64::MAX,
    }
}

const GPT_PIXELS: Option<Pixels> = Some(Pixels {
    least_side: 16,
    most_side: 3840,
    step: 16,
    least_area: 655_360,
    most_area: 8_294_400,
});

/// What most models have in common.
const BASE: Model = Model {
    id: "",
    ratios: COMMON,
    pixels: None,
    qualities: &[],
    resolutions: &[],
    images: (0, 14),
    image_megabytes: 10,
    most: 1,
    counts_by_words: false,
    prompt_characters: 2000,
    more: &[],
    price: 5.0,
};

/// The longest callback URL or `size`, in characters; both are checked more closely later.
const ADDRESS: usize = 4096;

impl Model {
    /// Everything that its body may hold.
    pub(crate) fn fields(&self) -> Vec<Field> {
        let (fewest, most) = self.images;
        let always = [
            required("model", Text(ADDRESS)),
            required("prompt", Text(self.prompt_characters)),
            optional("size", Text(ADDRESS)),
            optional("callback_url", Text(ADDRESS)),
        ];
        let pictures = Field {
            required: fewest > 0,
            ..optional("image_urls", Pictures(fewest, most, inputs::is_web))
        };
        let some = [
            (most > 0, pictures),
            (
                !self.qualities.is_empty(),
                optional("quality", Choice(self.qualities)),
            ),
            (
                !self.resolutions.is_empty(),
                optional("resolution", Choice(self.resolutions)),
            ),
            (
                self.most > 1,
                optional("n", Integer(1, i64::from(self.most))),
            ),
        ];
        let some = some
            .into_iter()
            .filter_map(|(has, field)| has.then_some(field));
        always
            .into_iter()
            .chain(some)
            .chain(self.more.iter().copied())
            .collect()
    }
}

const WEB_SEARCH: Field = optional("web_search", Flag);
const THINKING: Field = optional("thinking_level", Choice(&["auto", "min", "high"]));
const SEED: Field = optional("seed", Integer(0, 2_147_483_647));
const QWEN: &[Field] = &[
    optional("negative_prompt", Text(500)),
    optional("prompt_extend", Flag),
    optional("watermark", Flag),
    SEED,
];
const PRIORITY: &[Field] = &[optional("prompt_priority", Choice(&["standard", "fast"]))];
const STANDARD_PRIORITY: &[Field] = &[optional("prompt_priority", Choice(&["standard"]))];

pub(crate) const MODELS: &[Model] = &[
    Model {
        id: "gemini-3.1-flash-image-preview",
        ratios: NANO_BANANA_2,
        qualities: &["0.5K", "1K", "2K", "4K"],
        image_megabytes: 20,
        more: &[optional(
            "model_params",
            Object(&[WEB_SEARCH, optional("image_search", Flag), THINKING]),
        )],
        price: 8.7,
        ..BASE
    },
    Model {
        id: "gemini-3-pro-image-preview",
        qualities: &["1K", "2K", "4K"],
        image_megabytes: 20,
        more: &[optional("model_params", Object(&[WEB_SEARCH]))],
        price: 9.6,
        ..BASE
    },
    Model {
        id: "gemini-3.1-flash-lite-image",
        qualities: &["1K"],
        image_megabytes: 20,
        price: 2.4,
        ..BASE
    },
    Model {
        id: "nano-banana-beta",
        ratios: NANO_BANANA,
        images: (0, 5),
        price: 1.6,
        ..BASE
    },
    Model {
        id: "gpt-image-2",
        ratios: GPT,
        pixels: GPT_PIXELS,
        qualities: RENDERING,
        resolutions: &["1K", "2K", "4K"],
        images: (0, 16),
        image_megabytes: 50,
        most: 10,
        prompt_characters: 32_000,
        more: &[
            optional("background", Choice(&["opaque", "transparent"])),
            optional("mask_url", Picture(inputs::is_web)),
        ],
        price: 6.4,
        ..BASE
    },
    Model {
        id: "gpt-image-2-beta",
        ratios: GPT,
        resolutions: &["1K"],
        images: (0, 16),
        image_megabytes: 50,
        prompt_characters: 32_000,
        ..BASE
    },
    Model {
        id: "gpt-image-1.5",
        pixels: GPT_PIXELS,
        qualities: RENDERING,
        images: (0, 16),
        image_megabytes: 50,
        most: 4,
        ..BASE
    },
    Model {
        id: "doubao-seedream-4.0",
        pixels: Some(pixels(512, 4096)),
        qualities: &["1K", "2K", "4K"],
        most: 15,
        counts_by_words: true,
        more: PRIORITY,
        ..BASE
    },
    Model {
        id: "doubao-seedream-4.5",
        pixels: Some(pixels(512, 4096)),
        qualities: &["2K", "4K"],
        most: 15,
        counts_by_words: true,
        more: STANDARD_PRIORITY,
        ..BASE
    },
    Model {
        id: "doubao-seedream-5.0-lite",
        pixels: Some(pixels(512, 4096)),
        qualities: &["2K", "3K"],
        most: 15,
        counts_by_words: true,
        ..BASE
    },
    Model {
        id: "doubao-seedream-5.0-pro",
        pixels: Some(pixels(512, 4096)),
        qualities: &["1K", "2K"],
        images: (0, 10),
        image_megabytes: 30,
        ..BASE
    },
    Model {
        id: "qwen-image-edit",
        ratios: &["auto"],
        pixels: Some(pixels(512, 2048)),
        images: (1, 3),
        more: QWEN,
        ..BASE
    },
    Model {
        id: "qwen-image-edit-plus",
        ratios: &["auto"],
        pixels: Some(pixels(512, 2048)),
        images: (1, 3),
        most: 6,
        more: QWEN,
        ..BASE
    },
    Model {
        id: "wan2.5-image-to-image",
        ratios: &["auto"],
        images: (1, 2),
        most: 4,
        ..BASE
    },
    Model {
        id: "z-image-turbo",
        pixels: Some(pixels(376, 1536)),
        images: (0, 0),
        more: &[SEED, optional("nsfw_check", Flag)],
        price: 0.8,
        ..BASE
    },
];

/// Finds a model by its id; an old id is mapped onto the one that replaced it.
pub(crate) fn find(id: &str) -> Option<&'static Model> {
    let id = match id {
        "gemini-2.5-flash-image" => "nano-banana-beta",
        id => id,
    };
    MODELS.iter().find(|model| model.id == id)
}
