//! The outside services that make the pictures, each as a codec.
//!
//! A [`Provider`] builds requests and reads answers; it never touches the network, a clock or the
//! store. To add one, write one file in the order of [`replicate`], with the helpers of `wire`, name
//! it in [`PROVIDERS`], and put what it may answer into `tests/conformance`.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

use crate::domain::health::Health;
use crate::domain::job::FailureCode;
use crate::domain::model::Model;
use crate::domain::number;
use crate::domain::options::Options;
use crate::domain::time::Timestamp;

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
mod standard_webhooks;
mod wire;

pub use capabilities::Capabilities;
pub use cost::Cost;
pub use signing_secret::SigningSecret;

/// The providers there are. `PROVIDER` names the default one.
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

    /// What can be asked of it besides making pictures.
    fn capabilities(&self) -> Capabilities;

    /// The request that submits a job.
    fn create(&self, access: &Access, submission: &Submission<'_>) -> Result<Request, http::Error>;

    /// Reads the answer to [`Provider::create`].
    fn read_created(&self, response: &Response) -> Created;

    /// The request that asks how a task is.
    fn task(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error>;

    /// Reads the answer to [`Provider::task`].
    fn read_task(&self, response: &Response) -> Report;

    /// The request that asks what a task came to, after [`Report::Finished`].
    fn result(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error> {
        self.task(access, task)
    }

    /// Reads the answer to [`Provider::result`].
    fn read_result(&self, response: &Response) -> Report {
        self.read_task(response)
    }

    /// Reads a callback, whose address was right already. A provider that signs is believed only
    /// by its signature.
    fn read_callback(
        &self,
        access: &Access,
        callback: &Callback<'_>,
    ) -> Result<CallbackReport, BadSignature>;

    /// The secret of the operator's that its callbacks are signed with, without which none is
    /// believed.
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

    /// Reads the answer to [`Provider::cancel`]. What it says of a task that goes on all the same
    /// is worth as much as the answer to [`Provider::task`].
    fn read_canceled(&self, response: &Response) -> Report {
        self.read_task(response)
    }

    /// The request that looks a task up by our reference, [`Submission::reference`]; `None` without
    /// [`Capabilities::find`].
    fn find(&self, _: &Access, _reference: &str) -> Option<Result<Request, http::Error>> {
        None
    }

    /// Reads the answer to [`Provider::find`]: the provider's name for the task, and how it is.
    fn read_found(&self, response: &Response) -> (Option<String>, Report) {
        (None, self.read_task(response))
    }
}

/// How to reach a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Without a slash at the end.
    pub base_url: String,
    /// The operator's key.
    pub api_key: String,
    /// The secrets its callbacks are signed with, where it signs them: several while one takes the
    /// other's place, none if the operator has set none.
    pub webhook_secrets: Vec<String>,
}

/// How long things take with a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The longest a generation has to be waited for.
    pub longest_run: Duration,
    /// From its first callback to its last retry, timeouts included.
    pub callback_retry_window: Duration,
    /// How long it keeps its results.
    pub results_kept: Duration,
}

/// A job, as a provider needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submission<'a> {
    /// The model, which says how it is asked.
    pub model: &'static Model,
    /// As the provider names that model now: it need not be what the model declares.
    pub vendor_id: &'a str,
    /// Our reference: no other submission has it.
    pub reference: &'a str,
    /// Where the person's photo can be read.
    pub photo_url: &'a str,
    /// Where the garment's picture can be read.
    pub garment_url: Option<&'a str>,
    /// The garment, or wishes, in words.
    pub prompt: Option<&'a str>,
    /// Width to height; one of the model's.
    pub aspect_ratio: Option<&'a str>,
    /// What else was said, of what the model supports.
    pub options: Options,
    /// How many pictures.
    pub count: u8,
    /// Where to call back.
    pub callback_url: &'a str,
}

/// A task, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task<'a> {
    /// The provider's id of it.
    pub id: &'a str,
    /// As the provider names its model now. A callback does not say, so this is not known in
    /// answering one.
    pub vendor_id: Option<&'a str>,
}

/// A callback, as it came.
#[derive(Debug, Clone, Copy)]
pub struct Callback<'a> {
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, byte for byte.
    pub body: &'a [u8],
    /// When it came.
    pub now: Timestamp,
    /// The keys at [`Provider::callback_keys`], each a JSON Web Key.
    pub keys: &'a [Value],
}

impl Callback<'_> {
    /// How far a signed time may be from ours, either way: as Standard Webhooks and fal have it.
    const TOLERANCE_SECONDS: u64 = 300;

    /// Whether a signed time, in Unix seconds, is now. An old callback may be a replay.
    fn is_recent(&self, timestamp: &str) -> Result<(), BadSignature> {
        let signed_at = number::whole(timestamp).map_err(|_| BadSignature)?;
        let signed_at = i64::try_from(signed_at).map_err(|_| BadSignature)?;
        let away = self.now.seconds().abs_diff(signed_at);
        (away <= Self::TOLERANCE_SECONDS)
            .then_some(())
            .ok_or(BadSignature)
    }
}

/// What a provider answered to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// It has the job.
    Accepted {
        /// The provider's id of the task.
        task_id: String,
        /// What it will take for it, if it says so by now.
        cost: Option<Cost>,
    },
    /// It will not do this job, now or later, and nobody else should be asked.
    Refused {
        /// What the user is told.
        reason: FailureCode,
        /// What it said.
        detail: String,
    },
    /// It certainly did not take the job, since it does not work with pictures of this format or
    /// size: another provider may.
    PictureRefused {
        /// What it said.
        detail: String,
    },
    /// It certainly did not take the job, for a reason that is not the job's: another provider may.
    Unavailable {
        /// What it said.
        detail: String,
        /// Whose trouble it is.
        cause: Unavailable,
    },
    /// It may or may not have taken the job.
    Unknown {
        /// What it said.
        detail: String,
    },
}

/// Why a provider did not take a job that another one may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unavailable {
    /// The operator has to pay it, or to mend the key: it will take no job at all before that.
    Misconfigured,
    /// It does not have this model, or not for this key. It may take jobs for others.
    ModelMissing,
    /// It has as much to do as it takes at once.
    RateLimited,
    /// It is out of order.
    Down,
}

impl Unavailable {
    /// What it says of the provider's health, if anything: being asked too much is none.
    pub const fn health(self) -> Option<Health> {
        match self {
            Self::Misconfigured => Some(Health::NeedsOperator),
            Self::Down => Some(Health::Failing),
            Self::ModelMissing | Self::RateLimited => None,
        }
    }
}

/// What the user is told of a refusal or failure, whatever the vendor calls it: each picture was whole when
/// it was uploaded, so one that could not be had from its address is our fault, not the photo's.
pub fn reason_told(reason: FailureCode, detail: &str) -> FailureCode {
    match reason {
        FailureCode::InputRefused | FailureCode::GenerationFailed
            if wire::speaks_of_fetching(detail) =>
        {
            FailureCode::InputUnreachable
        }
        _ => reason,
    }
}

/// What a provider says of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// Not finished. Also for any status that is not known here.
    Running {
        /// How far, 0 to 100, if it says.
        percent: Option<u8>,
    },
    /// Over; what it came to is to be read by [`Provider::result`].
    Finished,
    /// Finished well.
    Succeeded {
        /// Where the pictures are; at least one.
        results: Vec<String>,
        /// What it took for it, if it says.
        cost: Option<Cost>,
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
pub enum CallbackReport {
    /// The task should be read: nothing proves the callback's body, or it does not say all.
    Unverified {
        /// The provider's name for the task, as far as the body has one.
        task_id: Option<String>,
    },
    /// The provider signed the body.
    Verified {
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
mod testing;
#[cfg(test)]
mod tests;
