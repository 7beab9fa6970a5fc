//! What can be asked for: a provider's model, what it takes and what a picture costs.

use std::time::Duration;

use serde::Serialize;

use super::credits::Credits;
use super::options::Choices;

/// Whether a model needs an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Need {
    /// Refused without it.
    Required,
    /// Used if it is there.
    Optional,
    /// Refused with it.
    Unsupported,
}

/// What a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Takes {
    /// The person's photo.
    pub photo: Need,
    /// A picture of the garment.
    pub garment: Need,
    /// Words.
    pub prompt: Need,
}

/// The provider of a model, by the model's id.
pub fn provider_of(id: &str) -> &str {
    id.split_once('/').map_or(id, |(provider, _)| provider)
}

/// One model of one provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// As users name it, `provider/model`.
    pub id: &'static str,
    /// The provider's name, the part before the slash.
    pub provider: &'static str,
    /// As the provider names it.
    pub vendor_id: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// The ratios of width to height it can be asked for.
    pub aspect_ratios: &'static [&'static str],
    /// Which options it heeds.
    pub choices: Choices,
    /// How many pictures it makes at once.
    pub max_count: u8,
    /// How long a prompt may be, in characters.
    pub max_prompt_chars: usize,
    /// What a picture costs.
    pub credits_per_image: Credits,
    /// How long it usually takes.
    pub typical: Duration,
    /// Whether its licence forbids that anybody earns by it.
    pub non_commercial: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_provider_is_the_part_before_the_slash() {
        assert_eq!(provider_of("fal/nano-banana"), "fal");
        assert_eq!(provider_of("fal"), "fal");
    }
}
