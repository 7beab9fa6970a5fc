//! Deciding deletions.

use super::{Deciding, Decision, balance, refused};
use crate::domain::account::changes::{Deletion, Write};
use crate::domain::account::command::{Refused, Reply};
use crate::domain::account::facts::Need;
use crate::domain::id::JobId;
use crate::domain::ledger::Draft;

impl Deciding<'_> {
    /// Deletes a job that is over. Again, it changes nothing, also if it is open since its whole account
    /// was forgotten.
    pub(super) fn delete(&self, draft: Draft<'_>, id: JobId) -> Result<Decision, Need> {
        let Some(job) = self.job(id)? else {
            return Ok(self.answer(draft, refused(Refused::NoSuchJob)));
        };
        if job.is_deleted {
            return Ok(self.answer(draft, Reply::Deleted));
        }
        if job.is_open() {
            return Ok(self.answer(draft, refused(Refused::StillOpen)));
        }
        let deletion = Write::Delete(Deletion::Job(id));
        Ok(self.answer(draft, Reply::Deleted).writing([deletion]))
    }

    /// Forgets the person, and cancels open jobs. Repeated, it forgets what has been added since.
    pub(super) fn forget(&self, draft: Draft<'_>) -> Decision {
        let mut decision = self.due(draft, balance);
        let closed = &decision.changes.money.closed;
        let is_open = |id| closed.iter().all(|closed| closed.job != id);
        let open = self.state.jobs.iter();
        let open = open.filter(|(id, job)| is_open(**id) && !job.should_stop());
        let open = open.map(|(id, _)| *id).collect();
        decision.reply = Reply::Forgotten { open };
        decision.writing([Write::Delete(Deletion::Everything)])
    }
}
