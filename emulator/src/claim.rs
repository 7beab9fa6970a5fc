//! The callers' own ids of tasks, at providers that take each once.

use crate::world::{Memory, World};

/// Keeps an id from being used by another call while its task is being made. After that the task
/// itself does, if it came to be.
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
