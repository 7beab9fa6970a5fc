//! Deciding whether a job may be opened.

use super::{Deciding, Decision, refused};
use crate::domain::account::changes::{NewAttempt, Write};
use crate::domain::account::command::{Open, Opened, Refused, Reply};
use crate::domain::account::facts::{EarlierJob, Facts, Need};
use crate::domain::account::state::AccountState;
use crate::domain::credits::Credits;
use crate::domain::job::{HoldTimes, Lifecycle};
use crate::domain::ledger::{Draft, Freeze, Hold, Receipt, Refusal};
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
        let receipt = match self.freeze(&mut draft, open) {
            Ok(receipt) => receipt, // (2)
            Err(refusal) => {
                let known = opened_before(self.state, self.facts, open)?; // (1)
                let reply = known.unwrap_or_else(|| refused(refusal));
                return Ok(self.dropping(&draft, reply));
            }
        };
        let now = draft.now();
        if let Err(reached) = self.state.recent.check(self.policy.limits, now) {
            return self.limited(open, reached, now); // (3)
        }
        Ok(self.opened(draft, open, receipt)) // (4)
    }

    /// Reserves the price of a job. Jobs that wait for an operator don't count as open.
    fn freeze(&self, draft: &mut Draft<'_>, open: &Open) -> Result<Receipt, Refusal> {
        let now = draft.now();
        let jobs = self.state.jobs.values();
        draft.leave_out_of_limit(jobs.filter(|job| !job.counts_as_open(now)).count());
        draft.freeze(Freeze {
            job: open.job,
            amount: price(open)?,
        })
    }

    fn opened(&self, draft: Draft<'_>, open: &Open, receipt: Receipt) -> Decision {
        let times = self.times(draft.now());
        let amount = price(open).unwrap_or_default();
        let reply = opened(amount, times, receipt, false);
        let request = &open.request;
        let job = Lifecycle::opened(request.count, request.credits_per_image, times);
        self.answer(draft, reply).writing(rows(open, job))
    }

    fn times(&self, now: Timestamp) -> HoldTimes {
        HoldTimes {
            opened_at: now,
            deadline: now.plus(self.policy.rules.hold_ttl),
        }
    }

    /// The answer to a request that a limit refuses.
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
        let refused = self.missing_upload(open, now)?;
        let refused = refused.unwrap_or_else(|| reached.into());
        Ok(self.nothing(Reply::Refused(refused)))
    }

    /// An upload of a request that cannot be used, as the database would refuse it.
    fn missing_upload(&self, open: &Open, at: Timestamp) -> Result<Option<Refused>, Need> {
        let (photo, garment) = (open.request.photo, open.request.garment);
        let need = || Need::MissingUpload { photo, garment, at };
        let missing = self.facts.missing_upload.known(need)?;
        Ok(missing.map(|field| Refused::UploadMissing {
            field: (*field).into(),
        }))
    }
}

fn price(open: &Open) -> Result<Credits, Refusal> {
    let request = &open.request;
    Ok(request.credits_per_image.times(request.count)?)
}

fn opened(amount: Credits, times: HoldTimes, receipt: Receipt, should_stop: bool) -> Reply {
    Reply::Opened(Opened {
        amount,
        opened_at: times.opened_at,
        deadline: times.deadline,
        receipt,
        should_stop,
    })
}

/// The rows of a new job and its first attempt.
fn rows(open: &Open, job: Lifecycle) -> [Write; 2] {
    let attempt = NewAttempt {
        job: open.job,
        ordinal: job.attempt,
        model: open.first.clone(),
    };
    let open = Box::new(open.clone());
    [Write::Open(open, job), Write::NewAttempt(attempt)]
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
    let own = state.book.hold(earlier.job);
    let own = own.filter(|hold| hold.job == open.job);
    let opened_again = |hold| opened_again(hold, state.jobs.get(&open.job));
    Ok(Some(
        own.map_or_else(|| same_job(earlier, open), opened_again),
    ))
}

/// The first answer to a job that is open, which may have been canceled, or deleted with all that its user has,
/// while the answer was on its way.
fn opened_again(hold: &Hold, job: Option<&Lifecycle>) -> Reply {
    let times = HoldTimes {
        opened_at: hold.opened_at,
        deadline: hold.deadline,
    };
    let receipt = Receipt::of_freeze(&hold.items).unwrap_or_default();
    let should_stop = job.is_some_and(Lifecycle::should_stop);
    opened(hold.amount, times, receipt, should_stop)
}

fn same_job(earlier: &EarlierJob, open: &Open) -> Reply {
    match &earlier.fingerprint {
        None => refused(Refused::KeyOfDeleted),
        Some(known) if *known == open.request.fingerprint => Reply::SameJob { job: earlier.job },
        Some(_) => refused(Refused::KeyReused),
    }
}
