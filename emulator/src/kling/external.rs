//! The callers' own ids of tasks, `external_task_id`: each may be used once.

use super::{Kling, error::ApiError};
use crate::{
    claim::Claim,
    protocol::Protocol,
    task::Snapshot,
    world::{Memory, World},
};

/// Claims an id that no task has and no other call claims.
pub(crate) fn claim<'a>(world: &'a World, id: &str) -> Result<Claim<'a>, ApiError> {
    let is_used = |memory: &Memory| task_id(memory, id).is_some();
    Claim::of(world, Kling.name(), id, is_used).ok_or_else(|| {
        let problem = format!("external_task_id already exists: {id}");
        ApiError::InvalidParameter(problem)
    })
}

/// Finds a task by its own id, or else by its caller's.
pub(crate) fn find(world: &World, id: &str) -> Option<Snapshot> {
    world.snapshot_at(&Kling, id).or_else(|| {
        let id = task_id(&world.memory(), id)?;
        world.snapshot_at(&Kling, &id)
    })
}

/// The id of the task to which its caller gave this one.
fn task_id(memory: &Memory, external_id: &str) -> Option<String> {
    let named = memory.created.iter().find(|task| {
        task.provider == Kling.name() && task.external_id.as_deref() == Some(external_id)
    });
    named.map(|task| task.id.clone())
}
