//! The outside services that make the pictures, each as a codec.
//!
//! A [`Provider`] builds requests and reads answers; it never touches the network, a clock or the
//! store. To add one, write one file in the order of [`evolink`], and name it in [`PROVIDERS`].

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use crate::domain::job::FailureCode;
use crate::domain::model::Model;

pub mod evolink;
mod prompt;

/// The providers there are. `PROVIDER` names the default one.
pub const PROVIDERS: &[&dyn Provider] = &[&evolink::EvoLink];

/// The provider of that name.
pub fn by_name(name: &str) -> Option<&'static dyn Provider> {
    PROVIDERS
        .iter()
        .copied()
        .find(|provider| provider.name() == name)
}

/// The model of that id, of whichever provider.
pub fn model(id: &str) -> Option<&'static Model> {
    PROVIDERS
        .iter()
        .flat_map(|provider| provider.models())
        .find(|model| model.id == id)
}

/// A request to a provider.
pub type Request = http::Request<Bytes>;

/// A provider's answer, its body read whole.
pub type Response = http::Response<Bytes>;

/// One provider's wire format.
pub trait Provider: Send + Sync {
    /// Its name in configuration, in model ids and in callback addresses: lower case letters.
    fn name(&self) -> &'static str;

    /// Its models; the first is its default.
    fn models(&self) -> &'static [Model];

    /// Its address, unless `<NAME>_BASE_URL` overrides it; without a slash at the end.
    fn base_url(&self) -> &'static str;

    /// The hosts its results come from; `*.example.com` is any name below example.com.
    fn result_hosts(&self) -> &'static [&'static str];

    /// How long things take with it.
    fn timing(&self) -> Timing;

    /// The request that submits a job.
    fn create(&self, access: &Access, submission: &Submission<'_>) -> Result<Request, http::Error>;

    /// Reads the answer to [`Provider::create`].
    fn read_created(&self, response: &Response) -> Created;

    /// The request that asks how a task is.
    fn task(&self, access: &Access, task_id: &str) -> Result<Request, http::Error>;

    /// Reads the answer to [`Provider::task`].
    fn read_task(&self, response: &Response) -> Report;

    /// Reads a callback, whose address was right already.
    fn read_callback(
        &self,
        access: &Access,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Word, BadSignature>;
}

/// How to reach a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Without a slash at the end.
    pub base_url: String,
    /// The operator's key.
    pub api_key: String,
    /// The secret its callbacks are signed with, where it signs them.
    pub webhook_secret: Option<String>,
}

/// How long things take with a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The longest a generation has to be waited for.
    pub longest_run: Duration,
    /// From its first callback to its last retry, timeouts included.
    pub callback_ladder: Duration,
    /// How long it keeps its results.
    pub results_kept: Duration,
}

/// A job, as a provider needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submission<'a> {
    /// Who makes it.
    pub model: &'a Model,
    /// Where the person's photo can be read.
    pub photo_url: &'a str,
    /// Where the garment's picture can be read.
    pub garment_url: Option<&'a str>,
    /// The garment, or wishes, in words.
    pub prompt: Option<&'a str>,
    /// Width to height; one of the model's.
    pub aspect_ratio: Option<&'a str>,
    /// How many pictures.
    pub count: u8,
    /// Where to call back.
    pub callback_url: &'a str,
}

/// What a provider answered to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// It has the job.
    Accepted {
        /// Its name for it.
        task_id: String,
    },
    /// It will not do this job, now or later, and nobody else should be asked.
    Refused {
        /// What the user is told.
        reason: FailureCode,
        /// What it said.
        detail: String,
    },
    /// It certainly did not take the job, for a reason that is not the job's: another provider may.
    Unavailable {
        /// What it said.
        detail: String,
        /// Whether the operator has to do something: pay, or mend the key.
        operator: bool,
    },
    /// It may or may not have taken the job.
    Unknown {
        /// What it said.
        detail: String,
    },
}

/// What a provider says of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// Not finished. Also for any status that is not known here.
    Running {
        /// How far, 0 to 100, if it says.
        percent: Option<u8>,
    },
    /// Finished.
    Succeeded {
        /// Where the pictures are; at least one.
        results: Vec<String>,
    },
    /// Came to nothing.
    Failed {
        /// What the user is told.
        reason: FailureCode,
        /// What it said.
        detail: String,
    },
    /// Stopped at our request.
    Canceled,
    /// It knows no such task.
    NotFound,
    /// It did not say: its answer was an error, or cannot be read. Nothing follows from it.
    Unreadable {
        /// What it said.
        detail: String,
    },
}

/// What a callback is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// The task should be read: nothing proves the callback's body.
    Hint {
        /// The provider's name for the task, as far as the body has one.
        task_id: Option<String>,
    },
    /// The provider signed the body.
    Proven {
        /// The provider's name for the task.
        task_id: String,
        /// What it says of it.
        report: Report,
    },
}

/// A callback whose signature is missing, wrong or cannot be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the callback's signature is not the provider's")]
pub struct BadSignature;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEFAULT_HOLD_TTL;

    #[test]
    fn names_and_models_are_unique_and_belong_together() {
        let mut ids: Vec<_> = PROVIDERS
            .iter()
            .flat_map(|provider| provider.models())
            .map(|model| model.id)
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        for provider in PROVIDERS {
            assert!(!provider.models().is_empty());
            for model in provider.models() {
                assert_eq!(model.provider, provider.name());
                assert!(model.id.starts_with(&format!("{}/", provider.name())));
                assert!(model.max_count >= 1 && !model.credits_per_image.is_zero());
            }
        }
    }

    /// A hold that is stale before the provider's last callback would turn paid pictures into
    /// gifts.
    #[test]
    fn a_hold_outlives_the_slowest_provider_and_its_whole_ladder() {
        for provider in PROVIDERS {
            let Timing {
                longest_run,
                callback_ladder,
                results_kept,
            } = provider.timing();
            assert!(
                DEFAULT_HOLD_TTL > longest_run + callback_ladder,
                "{}",
                provider.name()
            );
            assert!(results_kept > callback_ladder, "{}", provider.name());
        }
    }
}
