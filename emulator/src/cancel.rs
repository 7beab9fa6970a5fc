//! Canceling a task, for all providers.

use std::sync::Arc;

use crate::{callback, protocol::Protocol, task::Phase, world::World};

/// The outcome of a cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CancelOutcome {
    /// It is accepted. Under `#cancelrace` the task still continues.
    Canceled,
    /// The task had ended.
    AlreadyOver,
    /// The provider has no such task.
    Unknown,
}

/// Ends an open task of this provider as canceled, and calls back.
pub(crate) fn cancel(world: &Arc<World>, protocol: &dyn Protocol, id: &str) -> CancelOutcome {
    let Some(task) = world.task_at(protocol, id) else {
        return CancelOutcome::Unknown;
    };
    if task.phase != Phase::Open {
        return CancelOutcome::AlreadyOver;
    }
    if task.behaviour.cancel_race {
        return CancelOutcome::Canceled;
    }
    if !world.end(id, Phase::Canceled) {
        return CancelOutcome::AlreadyOver;
    }
    let announcing = Arc::clone(world);
    world.spawn(async move { callback::announce(&announcing, &task.id).await });
    CancelOutcome::Canceled
}
