//! The options of a request, and which of them a model supports.

use serde::{Deserialize, Serialize};

/// The part of the outfit that the garment replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Category {
    /// Worn above the waist.
    Tops,
    /// Worn below the waist.
    Bottoms,
    /// A dress, overalls or a suit.
    OnePieces,
}

/// What the garment's picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum GarmentPhoto {
    /// A person who wears it.
    Worn,
    /// The garment alone.
    Flat,
}

/// Whether speed or quality matters more. The price is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Quality {
    /// As fast as possible.
    Fast,
    /// A balance of both.
    Balanced,
    /// As good as possible.
    Best,
}

/// Further wishes. What is absent or null, the model decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Options {
    /// The part of the outfit that the garment replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// What the garment's picture shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub garment_photo: Option<GarmentPhoto>,
    /// Whether speed or quality matters more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// The same seed gives the same picture, as far as the model allows: 0 to 4294967295.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
}

/// The options that a model supports. A request with any other is refused with 422.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SupportedOptions {
    /// The values of `category` it supports; empty if it supports none.
    pub category: &'static [Category],
    /// The values of `garment_photo` it supports; empty if it supports none.
    pub garment_photo: &'static [GarmentPhoto],
    /// The values of `quality` it supports; empty if it supports none.
    pub quality: &'static [Quality],
    /// Whether it supports `seed`.
    pub seed: bool,
}

impl SupportedOptions {
    /// None of them.
    pub const NONE: Self = Self {
        category: &[],
        garment_photo: &[],
        quality: &[],
        seed: false,
    };
}

impl Options {
    /// Those of them that a model supports.
    #[must_use]
    pub fn retain_supported(self, supported: &SupportedOptions) -> Self {
        Self {
            category: self.category.filter(|of| supported.category.contains(of)),
            garment_photo: self
                .garment_photo
                .filter(|of| supported.garment_photo.contains(of)),
            quality: self.quality.filter(|of| supported.quality.contains(of)),
            seed: self.seed.filter(|_| supported.seed),
        }
    }

    /// The first that a model does not support, by its name.
    pub fn first_unsupported(self, supported: &SupportedOptions) -> Option<&'static str> {
        let Self {
            category,
            garment_photo,
            quality,
            seed,
        } = self.retain_supported(supported);
        let lost = [
            ("options.category", category != self.category),
            ("options.garment_photo", garment_photo != self.garment_photo),
            ("options.quality", quality != self.quality),
            ("options.seed", seed != self.seed),
        ];
        lost.into_iter()
            .find_map(|(name, lost)| lost.then_some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_supports_what_it_declares() {
        let supported = SupportedOptions {
            category: &[Category::Tops],
            seed: true,
            ..SupportedOptions::NONE
        };
        let said = Options {
            category: Some(Category::Bottoms),
            garment_photo: Some(GarmentPhoto::Flat),
            quality: None,
            seed: Some(7),
        };
        assert_eq!(said.first_unsupported(&supported), Some("options.category"));
        let kept = Options {
            seed: Some(7),
            ..Options::default()
        };
        assert_eq!(said.retain_supported(&supported), kept);
        assert_eq!(kept.first_unsupported(&supported), None);
    }

    #[test]
    fn each_option_alone_is_unkept_by_its_name() {
        let none = Options::default();
        for (said, name) in [
            (
                Options {
                    category: Some(Category::Tops),
                    ..none
                },
                "options.category",
            ),
            (
                Options {
                    garment_photo: Some(GarmentPhoto::Worn),
                    ..none
                },
                "options.garment_photo",
            ),
            (
                Options {
                    quality: Some(Quality::Best),
                    ..none
                },
                "options.quality",
            ),
            (
                Options {
                    seed: Some(7),
                    ..none
                },
                "options.seed",
            ),
        ] {
            assert_eq!(said.first_unsupported(&SupportedOptions::NONE), Some(name));
            let all = SupportedOptions {
                category: &[Category::Tops],
                garment_photo: &[GarmentPhoto::Worn],
                quality: &[Quality::Best],
                seed: true,
            };
            assert_eq!(
                (said.first_unsupported(&all), said.retain_supported(&all)),
                (None, said)
            );
        }
    }
}
