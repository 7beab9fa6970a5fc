//! What a provider's protocol implements, so that the shared code can run its tasks.

use std::time::Duration;

use serde_json::Value;

use crate::{
    signing::{Headers, Signing},
    task::{Failure, FailureKind, Generation, Snapshot},
};

/// One provider's wire protocol, without its routes, which are in the table of `providers`.
pub(crate) trait Protocol: std::fmt::Debug + Send + Sync {
    /// The name that its routes are nested under.
    fn name(&self) -> &'static str;

    /// The id of a new task. `created` is in Unix seconds, `serial` never repeats.
    fn task_id(&self, created: u64, serial: u64) -> String;

    /// Whether the caller chooses a task's id.
    fn is_named_by_caller(&self) -> bool {
        false
    }

    /// The body of a callback about a task. `base_url` is the prefix of the provider's routes.
    fn callback(&self, task: &Snapshot, base_url: &str) -> Value;

    /// The callbacks about a task's end, in order: one, unless each picture has its own.
    fn callbacks(&self, task: &Snapshot, base_url: &str) -> Vec<Value> {
        vec![self.callback(task, base_url)]
    }

    /// The headers that sign a callback, over the exact bytes that are sent. The name of the header
    /// with the signature ends in `signature`. Empty if the provider does not sign.
    fn sign(&self, _signing: &Signing<'_>) -> Headers {
        Headers::new()
    }

    /// The retries of a terminal callback.
    fn retries(&self) -> Retries;

    /// What the status of an answer means to the sender of a callback.
    fn ack(&self, status: u16) -> Ack {
        match status {
            200..=299 => Ack::Taken,
            _ => Ack::Again,
        }
    }

    /// What the model finds wrong with an input when it runs, where create accepts anything.
    fn flaw(&self, _generation: &Generation) -> Option<Failure> {
        None
    }

    /// The provider's own code and words for a kind of failure.
    fn failure(&self, kind: FailureKind) -> Failure;
}

/// The attempts at a terminal callback, which `Settings` may override.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retries {
    /// The pauses between attempts, one fewer than attempts.
    pub(crate) pauses: &'static [Duration],
    /// How long one attempt may take.
    pub(crate) timeout: Duration,
}

/// What the receiver's answer leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ack {
    /// The callback is delivered.
    Taken,
    /// It is retried.
    Again,
    /// It is given up at once.
    GivenUp,
}
