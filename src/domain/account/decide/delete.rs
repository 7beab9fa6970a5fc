//! Deciding what a user wants nothing more of.

use super::Keeper;
use super::decide::{Decision, balance};
use crate::account::command::{Refused, Reply};
use crate::account::decision::Forgotten;
use crate::account::memory::Memory;
use crate::domain::id::JobId;
use crate::domain::ledger::Draft;
use crate::store::StoreError;

impl Keeper {
    /// Deletes a job that is over. Again, it changes nothing, also if it is open since its whole account
    /// was forgotten.
    pub(super) async fn delete(
        &self,
        memory: &Memory,
        draft: Draft<'_>,
        id: JobId,
    ) -> Result<Decision, StoreError> {
        let job = self.job(memory, id).await?;
        let goes = job
            .as_ref()
            .is_some_and(|job| !job.state.is_open() && !job.is_deleted);
        let reply = match job {
            None => Reply::Refused(Refused::NoSuchJob),
            Some(job) if job.state.is_open() && !job.is_deleted => {
                Reply::Refused(Refused::StillOpen)
            }
            Some(_) => Reply::Deleted,
        };
        let mut decision = self.due(memory, draft, |_| reply);
        decision.commit.forgotten = goes.then_some(Forgotten::Job(id));
        Ok(decision)
    }

    /// Forgets the person, and takes back what is open. Again, it forgets what has come since.
    pub(super) fn forget(&self, memory: &Memory, draft: Draft<'_>) -> Decision {
        let mut decision = self.due(memory, draft, balance);
        let mut open = Vec::new();
        for (id, job) in &mut decision.after.jobs {
            if !job.is_taken_back() {
                open.push(*id);
            }
            job.is_deleted = true;
            job.cancel_requested = true;
        }
        decision.reply = Reply::Forgotten { open };
        decision.commit.forgotten = Some(Forgotten::Everything);
        decision
    }
}
