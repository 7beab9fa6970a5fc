//! Carrying out commands: remember, decide, commit; and when in doubt, forget and look.

mod decide;
mod forget;
mod open;

use std::sync::Arc;

use futures::lock::Mutex;

use super::command::{Command, Refused, Reply};
use super::decision::Commit;
use super::memory::Memory;
use crate::domain::id::AccountId;
use crate::domain::ledger::{Draft, Rules};
use crate::domain::limits::Limits;
use crate::domain::time::Timestamp;
use crate::ports::{AccountUnavailable, Clock};
use crate::store::{CommitError, Store};
use decide::balance;

/// How often a command is decided before it is given up: one try, one after a conflict or a lost
/// answer, and one more, since a twin that is still alive may win twice.
const TRIES: usize = 3;

/// Keeps one account. Its mutex is its own, so it is only ever waited for within one object.
pub struct Keeper {
    account: AccountId,
    store: Store,
    clock: Arc<dyn Clock>,
    rules: Rules,
    limits: Limits,
    memory: Mutex<Option<Memory>>,
}

impl Keeper {
    /// A keeper that remembers nothing yet.
    pub fn new(
        account: AccountId,
        store: Store,
        clock: Arc<dyn Clock>,
        (rules, limits): (Rules, Limits),
    ) -> Self {
        Self {
            account,
            store,
            clock,
            rules,
            limits,
            memory: Mutex::new(None),
        }
    }

    /// Carries out a command, one at a time: (1) recall the account, or load it; (2) end what is
    /// stale; (3) decide; (4) commit; (5) if a batch was refused or its answer lost, forget, and
    /// begin again with a look at whether it happened; (6) what moves nothing is judged again on
    /// the database's rows, if it was judged from memory: it commits nothing that the database could
    /// refuse, so nothing else would show that the memory is stale. But for a limit that is used up: a
    /// stale memory knows of fewer orders than there are, never of more.
    pub async fn handle(&self, command: &Command) -> Result<Reply, AccountUnavailable> {
        let mut remembered = self.memory.lock().await;
        let mut trouble = None;
        for _ in 0..TRIES {
            match self
                .attempt(remembered.take(), command, trouble.is_some())
                .await
            {
                Ok(Some((memory, reply))) => {
                    *remembered = Some(memory);
                    return Ok(reply);
                }
                Ok(None) => {} // (6)
                Err(error) => {
                    log::warn!("account {}: {error}; looking again", self.account); // (5)
                    trouble = Some(error.to_string());
                }
            }
        }
        Err(AccountUnavailable(trouble.unwrap_or_default()))
    }

    async fn attempt(
        &self,
        remembered: Option<Memory>,
        command: &Command,
        in_doubt: bool,
    ) -> Result<Option<(Memory, Reply)>, CommitError> {
        let from_memory = remembered.is_some();
        let memory = match remembered {
            Some(memory) => memory, // (1)
            None => self.store.load(self.account, self.clock.now()).await?,
        };
        let now = self.clock.now();
        let memory = self.end_stale(memory, now).await?; // (2)
        let decision = self.decide(&memory, command, now, in_doubt).await?; // (3)
        if from_memory
            && decision.moves_nothing()
            && !matches!(command, Command::Balance | Command::Limits)
            && !matches!(decision.reply, Reply::Refused(Refused::RateLimited(_)))
        {
            return Ok(None);
        }
        match self.commit(&decision.commit).await {
            Ok(()) => Ok(Some((decision.after, decision.reply))), // (4)
            Err(error) => {
                let refused = match error {
                    CommitError::UploadMissing { field } => Refused::UploadMissing { field },
                    CommitError::ProviderResting => Refused::ProviderResting,
                    CommitError::Conflict(_) | CommitError::Lost(_) => return Err(error),
                };
                let reply = self.known_or(&memory, command, refused).await?;
                Ok(Some((memory, reply)))
            }
        }
    }

    /// Releases stale holds, and ends their jobs, in a batch of its own, so that no command meets
    /// them half-way: what is decided after it is decided as of the same moment.
    async fn end_stale(&self, memory: Memory, clock: Timestamp) -> Result<Memory, CommitError> {
        let now = clock.max(memory.book.head.at);
        if !memory.book.holds.iter().any(|hold| hold.deadline <= now) {
            return Ok(memory);
        }
        let Ok(draft) = Draft::open(&memory.book, self.rules, now) else {
            return Ok(memory);
        };
        let decision = self.due(&memory, draft, balance);
        self.commit(&decision.commit).await?;
        Ok(decision.after)
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        if commit.is_empty() {
            Ok(())
        } else {
            self.store.commit(commit).await
        }
    }
}
