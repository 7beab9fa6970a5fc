//! The callers' own ids of tasks, at providers that accept each once.

use crate::world::{Memory, World};

/// Reserves an id while its task is being created. After that the task has it, if it was created.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    world: &'a World,
    key: String,
}

impl<'a> Claim<'a> {
    /// Claims an id at a provider, unless a task has it or another call claims it.
    pub(crate) fn of(
        world: &'a World,
        provider: &str,
        id: &str,
        is_used: impl FnOnce(&Memory) -> bool,
    ) -> Option<Self> {
        let key = format!("{provider} {id}");
        let claimed = world.change(|memory| !is_used(memory) && memory.claimed.insert(key.clone()));
        claimed.then_some(Self { world, key })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.world.change(|memory| memory.claimed.remove(&self.key));
    }
}
