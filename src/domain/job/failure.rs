//! Why a job came to nothing, in words for the person who asked for it.

use serde::{Deserialize, Serialize};

/// Why a job has no pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum FailureCode {
    /// The provider's rules do not allow the pictures or the words.
    ContentRefused,
    /// The provider could not work with the pictures.
    InputRefused,
    /// The provider could not fetch the uploads.
    InputUnreachable,
    /// No provider could take the job.
    ProviderUnavailable,
    /// The provider tried and failed.
    GenerationFailed,
    /// The provider finished, but its pictures could not be fetched.
    ResultLost,
    /// Its user canceled it.
    Canceled,
    /// There was no result in time.
    TimedOut,
}

impl FailureCode {
    /// As it is written in rows and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ContentRefused => "content_refused",
            Self::InputRefused => "input_refused",
            Self::InputUnreachable => "input_unreachable",
            Self::ProviderUnavailable => "provider_unavailable",
            Self::GenerationFailed => "generation_failed",
            Self::ResultLost => "result_lost",
            Self::Canceled => "canceled",
            Self::TimedOut => "timed_out",
        }
    }

    /// What the user is told, in a plain sentence or two.
    pub const fn message(self) -> &'static str {
        match self {
            Self::ContentRefused => {
                "The picture service does not allow this photo or description. Try another one. You were not charged."
            }
            Self::InputRefused => {
                "The picture service could not work with these pictures. Try a sharper photo. You were not charged."
            }
            Self::InputUnreachable => {
                "We could not hand your pictures over to the picture service. That is our fault: please try again. You were not charged."
            }
            Self::ProviderUnavailable => {
                "The picture service cannot take jobs right now. Please try again shortly. You were not charged."
            }
            Self::GenerationFailed => {
                "The picture did not come out. Please try again. You were not charged."
            }
            Self::ResultLost => {
                "The picture was made but could not be fetched. You were not charged."
            }
            Self::Canceled => "Canceled. You were not charged.",
            Self::TimedOut => "The picture took too long. Your credits are back.",
        }
    }
}
