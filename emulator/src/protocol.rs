//! What a provider's protocol must give so that the shared machinery can run its tasks.

use std::time::Duration;

use serde_json::Value;

use crate::{
    signing::{Headers, Sealing},
    task::{Failure, FailureKind, Order, Snapshot},
};

/// One provider's wire protocol. Its routes are in the table of `providers`; the rest is here.
pub(crate) trait Protocol: std::fmt::Debug + Send + Sync {
    /// The name that its routes are nested under.
    fn name(&self) -> &'static str;

    /// The id of a new task. `created` is in Unix seconds, `serial` never repeats.
    fn task_id(&self, created: u64, serial: u64) -> String;

    /// Whether a task's id is the one that its caller gave it.
    fn is_named_by_caller(&self) -> bool {
        false
    }

    /// What a callback says of a task. `base_url` is where the provider's own routes begin.
    fn callback(&self, task: &Snapshot, base_url: &str) -> Value;

    /// The callbacks that tell a task's end, one after the other: one, unless each picture has its
    /// own.
    fn callbacks(&self, task: &Snapshot, base_url: &str) -> Vec<Value> {
        vec![self.callback(task, base_url)]
    }

    /// The headers that prove a callback, over the exact bytes that are sent. The one with the
    /// signature itself has a name that ends in `signature`. A provider that signs nothing gives
    /// none.
    fn sign(&self, _sealing: &Sealing<'_>) -> Headers {
        Headers::new()
    }

    /// How often and how patiently a terminal callback is attempted.
    fn ladder(&self) -> Ladder;

    /// What an answer's status means to the sender of a callback.
    fn ack(&self, status: u16) -> Ack {
        match status {
            200..=299 => Ack::Taken,
            _ => Ack::Again,
        }
    }

    /// What the model finds wrong with an order's input when it runs, where create takes anything.
    fn flaw(&self, _order: &Order) -> Option<Failure> {
        None
    }

    /// The provider's own code and words for a kind of failure.
    fn failure(&self, kind: FailureKind) -> Failure;
}

/// The attempts at a terminal callback. `Settings` may put another in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ladder {
    /// The pauses between attempts: one less than there are attempts.
    pub(crate) pauses: &'static [Duration],
    /// How long one attempt may take.
    pub(crate) timeout: Duration,
}

/// What the receiver's answer leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ack {
    /// The callback is delivered.
    Taken,
    /// It is attempted again.
    Again,
    /// It is given up at once.
    GivenUp,
}
