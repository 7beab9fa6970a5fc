//! What a provider's protocol must give so that the shared machinery can run its tasks.

use serde_json::Value;

use crate::task::{Failure, FailureKind, Snapshot};

/// One provider's wire protocol. Its routes are merged in `Emulator::start`; the rest is here.
pub(crate) trait Protocol: std::fmt::Debug + Send + Sync {
    /// A task as its status address and its callback show it.
    fn body(&self, task: &Snapshot) -> Value;

    /// The provider's own code and words for a kind of failure.
    fn failure(&self, kind: FailureKind) -> Failure;
}
