//! The models, and the inputs that each takes. From the vendor's page of each model.
//!
//! Where a page names no bound, the one of its nearest relative stands; prices are plausible, not
//! the vendor's.

/// What a model takes.
#[derive(Debug)]
pub(crate) struct Model {
    /// `owner/name`.
    pub(crate) id: &'static str,
    /// The one version that it is run by; none for the official models, whose version is hidden.
    pub(crate) version: Option<&'static str>,
    pub(crate) inputs: &'static [Input],
    /// Dollars per picture.
    pub(crate) price: f64,
}

/// One field of a model's input.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
}

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Text,
    /// The address of a picture, or a small data URI.
    Picture,
    /// At most this many of them.
    Pictures(usize),
    /// One of these.
    Choice(&'static [&'static str]),
    Flag,
    Integer,
}

const RATIOS: Kind = Kind::Choice(&[
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
]);
const FORMATS: Kind = Kind::Choice(&["jpg", "png"]);

const fn required(name: &'static str, kind: Kind) -> Input {
    Input {
        name,
        kind,
        required: true,
    }
}

const fn optional(name: &'static str, kind: Kind) -> Input {
    Input {
        name,
        kind,
        required: false,
    }
}

const NANO_BANANA: &[Input] = &[
    required("prompt", Kind::Text),
    optional("image_input", Kind::Pictures(14)),
    optional("aspect_ratio", RATIOS),
    optional("output_format", FORMATS),
];
const NANO_BANANA_PRO: &[Input] = &[
    required("prompt", Kind::Text),
    optional("image_input", Kind::Pictures(14)),
    optional("aspect_ratio", RATIOS),
    optional("resolution", Kind::Choice(&["1K", "2K", "4K"])),
    optional("output_format", FORMATS),
    optional(
        "safety_filter_level",
        Kind::Choice(&[
            "block_only_high",
            "block_medium_and_above",
            "block_low_and_above",
        ]),
    ),
];
const IDM_VTON: &[Input] = &[
    required("human_img", Kind::Picture),
    required("garm_img", Kind::Picture),
    optional("garment_des", Kind::Text),
    optional(
        "category",
        Kind::Choice(&["upper_body", "lower_body", "dresses"]),
    ),
    optional("crop", Kind::Flag),
    optional("seed", Kind::Integer),
    optional("steps", Kind::Integer),
    optional("force_dc", Kind::Flag),
    optional("mask_only", Kind::Flag),
];

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
        inputs: NANO_BANANA,
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
