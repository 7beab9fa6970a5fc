//! Deciding whether a job may be opened.

use super::{Deciding, Decision, refused};
use crate::domain::account::changes::{NewAttempt, Write};
use crate::domain::account::command::{Open, Opened, Refused, Reply};
use crate::domain::account::facts::{Facts, Need};
use crate::domain::account::state::AccountState;
use crate::domain::job::{HoldTimes, Lifecycle};
use crate::domain::ledger::{Draft, Freeze, Receipt, Refusal};
use crate::domain::limits::LimitReached;
use crate::domain::time::Timestamp;

impl Deciding<'_> {
    /// Opens a job: (1) unless it was opened before; (2) its credits are frozen; (3) what is refused for
    /// want of credits, or of its pictures, does not count against a limit; (4) then it is there, with its
    /// hold and its first attempt.
    pub(super) fn open(&self, mut draft: Draft<'_>, open: &Open) -> Result<Decision, Need> {
        if self.facts.may_have_happened
            && let Some(reply) = opened_before(self.state, self.facts, open)?
        {
            return Ok(self.answer(draft, reply)); // (1)
        }
        let Ok(amount) = open.request.credits_per_image.times(open.request.count) else {
            return Ok(self.answer(draft, refused(Refusal::OutOfRange)));
        };
        let jobs = self.state.jobs.values();
        let waiting = jobs.filter(|job| !job.counts_as_open(draft.now()));
        draft.leave_out_of_limit(waiting.count());
        let freeze = Freeze {
            job: open.job,
            amount,
        };
        let receipt = match draft.freeze(freeze) {
            Ok(receipt) => receipt, // (2)
            Err(refusal) => {
                let known = opened_before(self.state, self.facts, open)?; // (1)
                return Ok(self.answer(draft, known.unwrap_or_else(|| refused(refusal))));
            }
        };
        let now = draft.now();
        if let Err(reached) = self.state.recent.check(self.policy.limits, now) {
            return self.limited(open, reached, now); // (3)
        }
        let times = HoldTimes {
            opened_at: now,
            deadline: now.plus(self.policy.rules.hold_ttl),
        };
        let reply = Reply::Opened(Opened {
            amount,
            opened_at: now,
            deadline: times.deadline,
            receipt,
        });
        let request = &open.request;
        let job = Lifecycle::opened(request.count, request.credits_per_image, times);
        let mut decision = self.answer(draft, reply); // (4)
        decision.changes.writes.extend([
            Write::Open(Box::new(open.clone()), job.clone()),
            Write::NewAttempt(NewAttempt {
                job: open.job,
                ordinal: job.attempt,
                model: open.first.clone(),
            }),
        ]);
        decision.after.jobs.insert(open.job, job);
        decision.after.recent.ask(now, now);
        Ok(decision)
    }

    /// What a request is told that a limit refuses.
    fn limited(
        &self,
        open: &Open,
        reached: LimitReached,
        now: Timestamp,
    ) -> Result<Decision, Need> {
        // Without a key it can only be the request itself, sent again while its job is open.
        let may_be_known =
            open.idempotency_key.is_some() || self.state.jobs.contains_key(&open.job);
        if may_be_known && let Some(reply) = opened_before(self.state, self.facts, open)? {
            return Ok(self.nothing(reply));
        }
        let missing = self.facts.missing_upload.known(|| Need::MissingUpload {
            photo: open.request.photo,
            garment: open.request.garment,
            at: now,
        })?;
        let refused = match missing {
            Some(field) => Refused::UploadMissing {
                field: (*field).into(),
            },
            None => reached.into(),
        };
        Ok(self.nothing(Reply::Refused(refused)))
    }
}

/// The answer to a request that has a job already: our own, whose answer was lost, or that of an
/// earlier request under the same key.
pub(super) fn opened_before(
    state: &AccountState,
    facts: &Facts,
    open: &Open,
) -> Result<Option<Reply>, Need> {
    let need = || Need::EarlierJob {
        job: open.job,
        key: open.idempotency_key.clone(),
    };
    let Some(earlier) = facts.earlier_job.known(need)? else {
        return Ok(None);
    };
    let job = earlier.job;
    if job == open.job
        && let Some(hold) = state.book.hold(job)
    {
        return Ok(Some(Reply::Opened(Opened {
            amount: hold.amount,
            opened_at: hold.opened_at,
            deadline: hold.deadline,
            receipt: Receipt::of_freeze(&hold.items).unwrap_or_default(),
        })));
    }
    Ok(Some(match &earlier.fingerprint {
        None => refused(Refused::KeyOfDeleted),
        Some(known) if *known == open.request.fingerprint => Reply::SameJob { job },
        Some(_) => refused(Refused::KeyReused),
    }))
}
