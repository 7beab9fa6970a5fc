//! Deciding whether a job may be opened.

use super::Keeper;
use super::decide::Decision;
use crate::account::command::{Open, Opened, Refused, Reply};
use crate::account::decision::NewAttempt;
use crate::account::memory::{Memory, OpenJob};
use crate::account::schedule::due_at;
use crate::domain::job::State;
use crate::domain::ledger::{Draft, Freeze, Receipt, Refusal};
use crate::store::StoreError;

impl Keeper {
    pub(super) async fn open(
        &self,
        memory: &Memory,
        mut draft: Draft<'_>,
        open: &Open,
        in_doubt: bool,
    ) -> Result<Decision, StoreError> {
        if in_doubt && let Some(reply) = self.opened_before(memory, open).await? {
            return Ok(self.due(memory, draft, |_| reply));
        }
        let Ok(amount) = open.credits_per_image.times(open.count) else {
            let refused = Reply::Refused(Refusal::OutOfRange.into());
            return Ok(self.due(memory, draft, |_| refused));
        };
        let waiting = memory.jobs.values().filter(|job| !job.counts(draft.now()));
        draft.leave_out_of_limit(waiting.count());
        let receipt = match draft.freeze(Freeze {
            job: open.job,
            amount,
        }) {
            Ok(receipt) => receipt,
            Err(refusal) => {
                let known = self.opened_before(memory, open).await?;
                let reply = known.unwrap_or(Reply::Refused(refusal.into()));
                return Ok(self.due(memory, draft, |_| reply));
            }
        };
        // After what is refused for want of credits, or of its pictures, which is not counted.
        if let Err(reached) = memory.recent.check(self.limits, draft.now()) {
            // Without a key it can only be the order itself, sent again while its job is open.
            let may_be_known =
                open.idempotency_key.is_some() || memory.jobs.contains_key(&open.job);
            let known = if may_be_known {
                self.opened_before(memory, open).await?
            } else {
                None
            };
            let wanted = [("garment", open.garment), ("photo", Some(open.photo))];
            let missing = self.store.missing_upload(self.account, wanted, draft.now());
            let refused = match missing.await? {
                Some(field) => Refused::UploadMissing {
                    field: field.into(),
                },
                None => reached.into(),
            };
            let reply = known.unwrap_or(Reply::Refused(refused));
            return Ok(self.nothing(memory, reply));
        }
        let (now, deadline) = (draft.now(), draft.now().plus(self.rules.hold_ttl));
        let reply = Reply::Opened(Opened {
            amount,
            opened_at: now,
            deadline,
            receipt,
        });
        let mut decision = self.due(memory, draft, |_| reply);
        decision.commit.opened = Some((
            open.clone(),
            due_at(State::Dispatching, 0, now, Some(deadline)),
        ));
        decision.commit.new_attempt = Some(NewAttempt {
            job: open.job,
            ordinal: 1,
            model: open.first.clone(),
        });
        let job = OpenJob {
            state: State::Dispatching,
            attempt: 1,
            task_id: None,
            count: open.count,
            credits_per_image: open.credits_per_image,
            checks: 0,
            missing: 0,
            storing_since: None,
            waiting_hosts: None,
            results: 0,
            cancel_requested: false,
            is_deleted: false,
        };
        decision.after.jobs.insert(open.job, job);
        decision.after.recent.ask(now, now);
        Ok(decision)
    }

    /// The answer to an order that has a job already: our own, whose answer was lost, or that of an
    /// earlier request under the same key.
    pub(super) async fn opened_before(
        &self,
        memory: &Memory,
        open: &Open,
    ) -> Result<Option<Reply>, StoreError> {
        let key = open.idempotency_key.as_deref();
        let Some((job, fingerprint)) = self
            .store
            .find_job(self.account, Some(open.job), key)
            .await?
        else {
            return Ok(None);
        };
        if job == open.job
            && let Some(hold) = memory.book.hold(job)
        {
            let receipt = Receipt::of_freeze(&hold.items).unwrap_or_default();
            let (amount, opened_at, deadline) = (hold.amount, hold.opened_at, hold.deadline);
            return Ok(Some(Reply::Opened(Opened {
                amount,
                opened_at,
                deadline,
                receipt,
            })));
        }
        Ok(Some(match fingerprint {
            None => Reply::Refused(Refused::KeyOfDeleted),
            Some(known) if known == open.fingerprint => Reply::SameJob { job },
            Some(_) => Reply::Refused(Refused::KeyReused),
        }))
    }
}
