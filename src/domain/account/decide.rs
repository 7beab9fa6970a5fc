//! Deciding each command: reading what memory does not have, and leaving the rest to the domain.

use super::Keeper;
use crate::account::advance::advance;
use crate::account::command::{Adjust, Command, Grant, Refused, Reply};
use crate::account::decision::{Adjustment, Commit};
use crate::account::memory::{Memory, OpenJob};
use crate::domain::credits::Credits;
use crate::domain::id::JobId;
use crate::domain::job::{Event, State};
use crate::domain::ledger::{self, Closing, Draft, Receipt, Refusal};
use crate::domain::time::Timestamp;
use crate::store::StoreError;

/// A command decided: what to write, what is then true, and what to answer.
pub(super) struct Decision {
    pub(super) commit: Commit,
    pub(super) after: Memory,
    pub(super) reply: Reply,
}

impl Decision {
    /// Whether neither credits nor a job move, so that no guard of the database is touched.
    pub(super) fn moves_nothing(&self) -> bool {
        self.commit.changes.is_empty() && self.commit.moved.is_empty()
    }
}

impl Keeper {
    pub(super) async fn decide(
        &self,
        memory: &Memory,
        command: &Command,
        now: Timestamp,
        in_doubt: bool,
    ) -> Result<Decision, StoreError> {
        let draft = Draft::open(&memory.book, self.rules, now);
        let draft = match draft {
            Ok(draft) => draft,
            Err(refusal) => return Ok(self.nothing(memory, Reply::Refused(refusal.into()))),
        };
        match command {
            Command::Grant(grant) => self.grant(memory, draft, grant).await,
            Command::Adjust(adjust) => self.adjust(memory, draft, adjust).await,
            Command::Open(open) => self.open(memory, draft, open, in_doubt).await,
            Command::Advance {
                job,
                attempt,
                event,
            } => self.advance(memory, draft, *job, *attempt, event).await,
            Command::EndStale { job } => self.end_stale_job(memory, draft, *job).await,
            Command::Delete { job } => self.delete(memory, draft, *job).await,
            Command::Forget => Ok(self.forget(memory, draft)),
            Command::Balance => Ok(self.due(memory, draft, balance)),
            Command::Limits => {
                let usage = memory.recent.usage(self.limits, draft.now());
                Ok(self.due(memory, draft, |_| Reply::Limits(usage)))
            }
        }
    }

    /// Says where a job is, whose hold was released by now if it was stale.
    async fn end_stale_job(
        &self,
        memory: &Memory,
        draft: Draft<'_>,
        id: JobId,
    ) -> Result<Decision, StoreError> {
        let reply = match self.job(memory, id).await? {
            Some(job) => Reply::Unmoved { state: job.state },
            None => Reply::Refused(Refused::NoSuchJob),
        };
        Ok(self.due(memory, draft, |_| reply))
    }

    /// A job: one with an open hold from memory, any other from the database.
    pub(super) async fn job(
        &self,
        memory: &Memory,
        id: JobId,
    ) -> Result<Option<OpenJob>, StoreError> {
        if let Some(job) = memory.jobs.get(&id) {
            return Ok(Some(job.clone()));
        }
        let job = self.store.job(self.account, id).await?;
        Ok(job.as_ref().map(OpenJob::from))
    }

    async fn grant(
        &self,
        memory: &Memory,
        mut draft: Draft<'_>,
        grant: &Grant,
    ) -> Result<Decision, StoreError> {
        if let Some(granted) = self.store.granted(&grant.reference).await? {
            let (account, package) = (granted.account, granted.package);
            let same = account == self.account
                && (package.granted, package.kind, package.expires_at)
                    == (grant.credits, grant.kind, grant.expires_at);
            let receipt = Receipt::of_grant(&package);
            let reply = if same {
                Reply::Granted {
                    package,
                    receipt,
                    account_created: granted.is_first,
                }
            } else {
                Reply::Refused(Refused::KeyReused)
            };
            return Ok(self.due(memory, draft, |_| reply));
        }
        let is_new = memory.is_new();
        if is_new && !grant.may_create {
            return Ok(self.due(memory, draft, |_| no_account()));
        }
        let granted = draft.grant(ledger::Grant {
            package: grant.package,
            kind: grant.kind,
            credits: grant.credits,
            expires_at: grant.expires_at,
        });
        let reply = match (granted, draft.book().packages.last()) {
            (Ok(receipt), Some(package)) => Reply::Granted {
                package: *package,
                receipt,
                account_created: is_new,
            },
            (Err(refusal), _) => Reply::Refused(refusal.into()),
            (Ok(_), None) => Reply::Refused(Refusal::OutOfRange.into()),
        };
        let granted = matches!(reply, Reply::Granted { .. });
        let mut decision = self.due(memory, draft, |_| reply);
        decision.commit.grant = granted.then(|| grant.clone());
        Ok(decision)
    }

    async fn adjust(
        &self,
        memory: &Memory,
        mut draft: Draft<'_>,
        adjust: &Adjust,
    ) -> Result<Decision, StoreError> {
        if let Some((account, before, receipt)) = self.store.adjusted(&adjust.reference).await? {
            let same = account == self.account && before == *adjust;
            let refused = Reply::Refused(Refused::KeyReused);
            let reply = if same {
                Reply::Adjusted { receipt }
            } else {
                refused
            };
            return Ok(self.due(memory, draft, |_| reply));
        }
        if memory.is_new() {
            return Ok(self.due(memory, draft, |_| no_account()));
        }
        let (package, amount) = (adjust.package, adjust.credits);
        let receipt = match draft.adjust(ledger::Adjust { package, amount }) {
            Ok(receipt) => receipt,
            Err(refusal) => return Ok(self.due(memory, draft, |_| Reply::Refused(refusal.into()))),
        };
        let line = receipt.0.first().copied();
        let mut decision = self.due(memory, draft, |_| Reply::Adjusted { receipt });
        decision.commit.adjustment = line.map(|line| Adjustment {
            adjust: adjust.clone(),
            remaining_before: line.remaining_before,
            expires_at: line.expires_at,
        });
        Ok(decision)
    }

    async fn advance(
        &self,
        memory: &Memory,
        mut draft: Draft<'_>,
        id: JobId,
        attempt: Option<u8>,
        event: &Event,
    ) -> Result<Decision, StoreError> {
        let Some(job) = self.job(memory, id).await? else {
            return Ok(self.due(memory, draft, |_| Reply::Refused(Refused::NoSuchJob)));
        };
        note_loss(memory, id, event);
        let effect = match advance(&mut draft, id, &job, attempt, event) {
            Ok(effect) => effect,
            Err(refusal) => return Ok(self.due(memory, draft, |_| Reply::Refused(refusal.into()))),
        };
        let mut decision = self.due(memory, draft, |_| effect.reply);
        if let Some(moved) = effect.moved {
            let task_id = effect
                .attempt
                .as_ref()
                .and_then(|told| told.task_id.clone());
            decision.after.follow(&moved, task_id);
            decision.after.note_end(&moved, &memory.book);
            decision.commit.moved.push(moved);
        }
        if let Event::Stored { images } = event
            && matches!(
                decision.reply,
                Reply::Moved {
                    state: State::Completed,
                    is_deleted: false,
                    ..
                }
            )
        {
            let asked = images.iter().take(job.count.into());
            decision.commit.images = asked.map(|image| (id, *image)).collect();
        }
        decision.commit.new_attempt = effect.new_attempt;
        decision.commit.attempt = effect.attempt;
        Ok(decision)
    }

    /// Commits a draft as it stands, and answers.
    pub(super) fn due(
        &self,
        memory: &Memory,
        draft: Draft<'_>,
        reply: impl FnOnce(&Draft<'_>) -> Reply,
    ) -> Decision {
        let reply = reply(&draft);
        let now = draft.now();
        let (changes, book) = draft.finish();
        let mut jobs = memory.jobs.clone();
        for closed in changes
            .closed
            .iter()
            .filter(|closed| closed.closing == Closing::Stale)
        {
            jobs.remove(&closed.job);
        }
        let commit = Commit::of_due(self.account, now, changes, memory);
        let recent = memory.recent.clone();
        let mut after = Memory { book, jobs, recent };
        for moved in &commit.moved {
            after.note_end(moved, &memory.book);
        }
        Decision {
            commit,
            after,
            reply,
        }
    }

    /// Changes nothing, and answers.
    pub(super) fn nothing(&self, memory: &Memory, reply: Reply) -> Decision {
        let commit = Commit::of_due(
            self.account,
            memory.book.head.at,
            ledger::Changes::default(),
            memory,
        );
        Decision {
            commit,
            after: memory.clone(),
            reply,
        }
    }

    /// A refusal, unless the request was granted before: then its job is the answer, whatever has
    /// become of it.
    pub(super) async fn known_or(
        &self,
        memory: &Memory,
        command: &Command,
        refused: Refused,
    ) -> Result<Reply, StoreError> {
        let known = match command {
            Command::Open(open) => self.opened_before(memory, open).await?,
            Command::Grant(_)
            | Command::Adjust(_)
            | Command::Advance { .. }
            | Command::EndStale { .. }
            | Command::Delete { .. }
            | Command::Forget
            | Command::Balance
            | Command::Limits => None,
        };
        Ok(known.unwrap_or(Reply::Refused(refused)))
    }
}

const fn no_account() -> Reply {
    Reply::Refused(Refused::NoSuchAccount)
}

/// Its user pays at most what is held: what a job costs above that is the operator's, who is told.
fn note_loss(memory: &Memory, id: JobId, event: &Event) {
    let (Event::Accepted { cost, .. } | Event::Succeeded { cost, .. }) = event else {
        return;
    };
    let held = memory.book.hold(id).map(|hold| hold.amount);
    if let (Some(cost), Some(held)) = (*cost, held)
        && let Ok(loss) = cost.minus(held)
        && !loss.is_zero()
    {
        log::warn!("{id} costs {cost} credits and holds {held}: {loss} are the operator's loss");
    }
}

pub(super) fn balance(draft: &Draft<'_>) -> Reply {
    let now = draft.now();
    let available = draft.book().available(now).unwrap_or_default();
    let held = draft.book().packages.iter().map(|package| package.held);
    let held = Credits::sum(held).unwrap_or_default();
    Reply::Balance {
        available,
        held,
        now,
    }
}
