//! What a request may say beside its pictures and words, and which of it a model heeds.

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
pub struct Choices {
    /// The values of `category` it supports; empty if it supports none.
    pub category: &'static [Category],
    /// The values of `garment_photo` it supports; empty if it supports none.
    pub garment_photo: &'static [GarmentPhoto],
    /// The values of `quality` it supports; empty if it supports none.
    pub quality: &'static [Quality],
    /// Whether it supports `seed`.
    pub seed: bool,
}

impl Choices {
    /// None of them.
    pub const NONE: Self = Self {
        category: &[],
        garment_photo: &[],
        quality: &[],
        seed: false,
    };
}

impl Options {
    /// Those of them that a model heeds.
    #[must_use]
    pub fn within(self, choices: &Choices) -> Self {
        Self {
            category: self.category.filter(|of| choices.category.contains(of)),
            garment_photo: self
                .garment_photo
                .filter(|of| choices.garment_photo.contains(of)),
            quality: self.quality.filter(|of| choices.quality.contains(of)),
            seed: self.seed.filter(|_| choices.seed),
        }
    }

    /// The first that a model does not heed, by its name.
    pub fn first_unsupported(self, choices: &Choices) -> Option<&'static str> {
        let Self {
            category,
            garment_photo,
            quality,
            seed,
        } = self.within(choices);
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
    fn a_model_heeds_what_it_declares() {
        let choices = Choices {
            category: &[Category::Tops],
            seed: true,
            ..Choices::NONE
        };
        let said = Options {
            category: Some(Category::Bottoms),
            garment_photo: Some(GarmentPhoto::Flat),
            quality: None,
            seed: Some(7),
        };
        assert_eq!(said.first_unsupported(&choices), Some("options.category"));
        let heeded = Options {
            seed: Some(7),
            ..Options::default()
        };
        assert_eq!(said.within(&choices), heeded);
        assert_eq!(heeded.first_unsupported(&choices), None);
    }

    #[test]
    fn each_option_alone_is_unheeded_by_its_name() {
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
            assert_eq!(said.first_unsupported(&Choices::NONE), Some(name));
            let all = Choices {
                category: &[Category::Tops],
                garment_photo: &[GarmentPhoto::Worn],
                quality: &[Quality::Best],
                seed: true,
            };
            assert_eq!(
                (said.first_unsupported(&all), said.within(&all)),
                (None, said)
            );
        }
    }
}
