//! Why a job failed, in words for its user.

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
                "The model doesn't allow this photo or description. Try another one. You were not charged."
            }
            Self::InputRefused => {
                "The model couldn't use these photos. Try a sharper one of one person facing the camera. You were not charged."
            }
            Self::InputUnreachable => {
                "We couldn't get your photos to the model's provider. That was our fault: please try again. You were not charged."
            }
            Self::ProviderUnavailable => {
                "The model isn't available right now. Try again in a few minutes. You were not charged."
            }
            Self::GenerationFailed => {
                "The picture couldn't be made. Trying again usually works. You were not charged."
            }
            Self::ResultLost => {
                "The picture was made, but we couldn't retrieve it. Please try again. You were not charged."
            }
            Self::Canceled => "Canceled. You were not charged.",
            Self::TimedOut => "The picture took too long. Your credits were returned.",
        }
    }
}
