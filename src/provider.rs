//! The outside services that make the pictures, each as a codec.
//!
//! A [`Provider`] builds requests and reads answers; it never touches the network, a clock or the
//! store. To add one, write a file in the order of [`replicate`] with the helpers of `wire`, list it
//! in [`PROVIDERS`], and put its possible answers into `tests/conformance`.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

use crate::domain::health::Health;
use crate::domain::job::FailureCode;
use crate::domain::model::Model;
use crate::domain::options::Options;
use crate::domain::time::Timestamp;
use crate::standard_webhooks;

mod capabilities;
mod cost;
pub mod evolink;
pub mod fal;
pub mod fashn;
pub mod generic;
pub mod kie;
pub mod kling;
mod prompt;
pub mod replicate;
pub mod runware;
mod signing_secret;
mod wire;

pub use crate::standard_webhooks::BadSignature;
pub use capabilities::Capabilities;
pub use cost::Cost;
pub use signing_secret::SigningSecret;

/// All providers. `PROVIDER` selects the default.
pub const PROVIDERS: &[&dyn Provider] = &[
    &evolink::EvoLink,
    &fal::Fal,
    &replicate::Replicate,
    &fashn::Fashn,
    &kling::Kling,
    &kie::Kie,
    &runware::Runware,
    &generic::Generic,
];

/// The provider with this name, such as `evolink`.
pub fn by_name(name: &str) -> Option<&'static dyn Provider> {
    PROVIDERS
        .iter()
        .copied()
        .find(|provider| provider.name() == name)
}

/// The model with this id, such as `evolink/nano-banana-2-lite`, of any provider.
pub fn model(id: &str) -> Option<&'static Model> {
    PROVIDERS
        .iter()
        .flat_map(|provider| provider.models())
        .find(|model| model.id == id)
}

/// A request to a provider.
pub type Request = http::Request<Bytes>;

/// A provider's answer, with its whole body.
pub type Response = http::Response<Bytes>;

/// One provider's wire format.
pub trait Provider: Send + Sync {
    /// Its name in configuration, in model ids and in callback addresses: lower case letters.
    fn name(&self) -> &'static str;

    /// Its models; the first is its default.
    fn models(&self) -> &'static [Model];

    /// Its base URL, without a trailing slash. `<NAME>_BASE_URL` overrides it.
    fn base_url(&self) -> &'static str;

    /// The hosts its results come from; `*.example.com` stands for any subdomain of example.com.
    fn result_hosts(&self) -> &'static [&'static str];

    /// How long its runs, callback retries and results last.
    fn timing(&self) -> Timing;

    /// What it can do besides making pictures.
    fn capabilities(&self) -> Capabilities;

    /// The request that submits a job.
    fn create(&self, access: &Access, submission: &Submission<'_>) -> Result<Request, http::Error>;

    /// Reads the answer to [`Provider::create`].
    fn read_created(&self, response: &Response) -> Created;

    /// The request that reads a task's status.
    fn task(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error>;

    /// Reads the answer to [`Provider::task`].
    fn read_task(&self, response: &Response) -> Report;

    /// The request that reads a task's result, after [`Report::Finished`].
    fn result(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error> {
        self.task(access, task)
    }

    /// Reads the answer to [`Provider::result`].
    fn read_result(&self, response: &Response) -> Report {
        self.read_task(response)
    }

    /// Reads a callback whose token has been verified already. If the provider signs its callbacks,
    /// one without a good signature is refused.
    fn read_callback(
        &self,
        access: &Access,
        callback: &Callback<'_>,
    ) -> Result<CallbackReport, BadSignature>;

    /// The kind of secret that its callbacks are signed with. While the operator has not set that
    /// secret, every callback is refused.
    fn signing_secret(&self) -> SigningSecret {
        SigningSecret::None
    }

    /// Where it publishes the keys its callbacks are signed with, as a JSON Web Key Set.
    fn callback_keys(&self, _: &Access) -> Option<String> {
        None
    }

    /// The request that asks it to stop a task; `None` without [`Capabilities::cancel`].
    fn cancel(&self, _: &Access, _: &Task<'_>) -> Option<Result<Request, http::Error>> {
        None
    }

    /// Reads the answer to [`Provider::cancel`]. What it says of a task that keeps running is
    /// trusted as much as an answer to [`Provider::task`].
    fn read_canceled(&self, response: &Response) -> Report {
        self.read_task(response)
    }

    /// The request that looks a task up by our reference, [`Submission::reference`]; `None` without
    /// [`Capabilities::find`].
    fn find(&self, _: &Access, _reference: &str) -> Option<Result<Request, http::Error>> {
        None
    }

    /// Reads the answer to [`Provider::find`]: the provider's id of the task, and the task's
    /// status.
    fn read_found(&self, response: &Response) -> (Option<String>, Report) {
        (None, self.read_task(response))
    }
}

/// A provider's address and keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The base URL, without a trailing slash.
    pub base_url: String,
    /// The operator's key.
    pub api_key: String,
    /// The secrets that its callbacks are signed with: two while one replaces the other, none if
    /// the operator has set none.
    pub webhook_secrets: Vec<String>,
}

/// How long a provider's runs, callback retries and results last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The longest that a generation may take.
    pub longest_run: Duration,
    /// The callback retry window: from the first try to the end of the last one, timeouts included.
    pub callback_retry_window: Duration,
    /// How long it keeps its results.
    pub results_kept: Duration,
}

/// One submission of a job: all that a codec needs to build its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submission<'a> {
    /// The model, as its codec declares it.
    pub model: &'static Model,
    /// The vendor's id of that model: the declared one, unless an override replaces it.
    pub vendor_id: &'a str,
    /// Our reference, unique to this submission.
    pub reference: &'a str,
    /// A URL of the person's photo.
    pub photo_url: &'a str,
    /// A URL of the garment's picture.
    pub garment_url: Option<&'a str>,
    /// The prompt: the garment in words, or further wishes.
    pub prompt: Option<&'a str>,
    /// Width to height, such as `3:4`; one that the model supports.
    pub aspect_ratio: Option<&'a str>,
    /// Further options, reduced to those that the model supports.
    pub options: Options,
    /// How many pictures to make.
    pub count: u8,
    /// The URL to call back.
    pub callback_url: &'a str,
}

/// What a request about a task needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task<'a> {
    /// The provider's id of the task.
    pub id: &'a str,
    /// The vendor's id of its model; `None` where only a callback tells of the task.
    pub vendor_id: Option<&'a str>,
}

/// A callback as it was received.
#[derive(Debug, Clone, Copy)]
pub struct Callback<'a> {
    /// The headers of the request.
    pub headers: &'a HeaderMap,
    /// The raw body, which signatures are computed over.
    pub body: &'a [u8],
    /// When it was received.
    pub now: Timestamp,
    /// The keys at [`Provider::callback_keys`], each a JSON Web Key.
    pub keys: &'a [Value],
}

impl Callback<'_> {
    /// Checks a signature of Standard Webhooks by one of these secrets.
    fn verify(&self, secrets: &[String]) -> Result<(), BadSignature> {
        let keys = secrets
            .iter()
            .filter_map(|secret| standard_webhooks::key(secret));
        standard_webhooks::verify(keys, self.headers, self.body, self.now)
    }

    /// Checks that a signed timestamp, in Unix seconds, is recent: fal and Kie have the tolerance of
    /// Standard Webhooks, too.
    fn is_recent(&self, timestamp: &str) -> Result<(), BadSignature> {
        standard_webhooks::check_recent(timestamp, self.now)
    }
}

/// What a provider answered to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// It has accepted the job.
    Accepted {
        /// The provider's id of the task.
        task_id: String,
        /// What it charges for the task, if it says so at this point.
        cost: Option<Cost>,
    },
    /// It refuses this job for good, and no other provider should be asked.
    Refused {
        /// What the user is told.
        reason: FailureCode,
        /// The start of its answer, for operators.
        detail: String,
    },
    /// It certainly did not take the job, because of a picture's format or size: another provider
    /// may take it.
    PictureRefused {
        /// The start of its answer, for operators.
        detail: String,
    },
    /// It certainly did not take the job, for a reason other than the job itself: another provider
    /// may take it.
    Unavailable {
        /// The start of its answer, for operators.
        detail: String,
        /// Why it did not.
        cause: Unavailable,
    },
    /// It may or may not have taken the job.
    Unknown {
        /// The start of its answer, for operators.
        detail: String,
    },
}

/// Why a provider did not take a job that another one may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unavailable {
    /// The key is wrong or the account has no credit left: it takes no job at all until the
    /// operator acts.
    Misconfigured,
    /// It does not have this model, or not for this key. It may take jobs for other models.
    ModelMissing,
    /// Too many requests or too many tasks at once.
    RateLimited,
    /// It failed by itself, or is under maintenance.
    Down,
}

impl Unavailable {
    /// What this says about the provider's health, if anything: a rate limit says nothing.
    pub const fn health(self) -> Option<Health> {
        match self {
            Self::Misconfigured => Some(Health::NeedsOperator),
            Self::Down => Some(Health::Failing),
            Self::ModelMissing | Self::RateLimited => None,
        }
    }
}

/// What the user is told of a refusal or failure, whatever code the vendor gives it. Each picture was
/// intact when it was uploaded, so one that could not be fetched from its address is our fault, not the
/// photo's.
pub fn reason_told(reason: FailureCode, detail: &str) -> FailureCode {
    match reason {
        FailureCode::InputRefused | FailureCode::GenerationFailed
            if wire::says_not_fetched(detail) =>
        {
            FailureCode::InputUnreachable
        }
        _ => reason,
    }
}

/// A task's status, as its provider reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// Not finished. An unknown status counts as running, too.
    Running {
        /// The progress in percent, 0 to 100, if it is reported.
        percent: Option<u8>,
    },
    /// Finished; the outcome has to be read with [`Provider::result`].
    Finished,
    /// Finished, with pictures.
    Succeeded {
        /// The URLs of the pictures; at least one.
        results: Vec<String>,
        /// What the provider charged for the task, if it says so.
        cost: Option<Cost>,
    },
    /// Finished, without pictures.
    Failed {
        /// What the user is told.
        reason: FailureCode,
        /// The start of its answer, for operators.
        detail: String,
    },
    /// Canceled at our request.
    Canceled,
    /// The provider knows no such task.
    NotFound,
    /// The answer was an error, or cannot be read: it says nothing about the task.
    Unreadable {
        /// The start of its answer, for operators.
        detail: String,
    },
}

/// What a callback says, and whether that is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallbackReport {
    /// No signature covers the body, or the body leaves something out: the task has to be read.
    Unverified {
        /// The provider's id of the task, if the body has one.
        task_id: Option<String>,
    },
    /// The provider's signature covers the body.
    Verified {
        /// The provider's id of the task.
        task_id: String,
        /// The task's status.
        report: Report,
    },
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
