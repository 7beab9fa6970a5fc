//! The callers' own ids of tasks, `external_task_id`: each may be used once.

use super::{Kling, error::ApiError};
use crate::{
    protocol::Protocol,
    task::Snapshot,
    world::{Memory, World},
};

/// Keeps an id from being used by another call while its task is being made. After that the task
/// itself does, if it came to be.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    world: &'a World,
    id: String,
}

impl<'a> Claim<'a> {
    /// Claims an id that no task has and no other call claims.
    pub(crate) fn of(world: &'a World, id: &str) -> Result<Self, ApiError> {
        let claimed = world
            .change(|memory| task_id(memory, id).is_none() && memory.claimed.insert(id.to_owned()));
        if claimed {
            let id = id.to_owned();
            Ok(Self { world, id })
        } else {
            let problem = format!("external_task_id already exists: {id}");
            Err(ApiError::InvalidParameter(problem))
        }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.world.change(|memory| memory.claimed.remove(&self.id));
    }
}

/// Finds a task by its own id, or else by its caller's.
pub(crate) fn find(world: &World, id: &str) -> Option<Snapshot> {
    world.snapshot_at(&Kling, id).or_else(|| {
        let id = task_id(&world.look(), id)?;
        world.snapshot_at(&Kling, &id)
    })
}

/// The id of the task that its caller calls by this one.
fn task_id(memory: &Memory, external_id: &str) -> Option<String> {
    let named = memory.created.iter().find(|task| {
        task.provider == Kling.name() && task.external_id.as_deref() == Some(external_id)
    });
    named.map(|task| task.id.clone())
}
