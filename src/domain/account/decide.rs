//! Deciding each command, on the account's state and on the facts it asks for.

mod delete;
mod money;
mod open;
mod order;

use super::changes::{Changes, NewAttempt, Write};
use super::command::{Command, Refused, Reply};
use super::facts::{Facts, Need};
use super::state::AccountState;
use crate::domain::credits::Credits;
use crate::domain::id::JobId;
use crate::domain::job::{Applied, Event, HoldEffect, Lifecycle, NotApplied, StateName, apply};
use crate::domain::ledger::{self, Draft, Refusal, Rules};
use crate::domain::limits::Limits;
use crate::domain::time::Timestamp;

/// The rules for every account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The rules of the ledger.
    pub rules: Rules,
    /// The limits on requests.
    pub limits: Limits,
}

/// A decision on a command: the changes, and the reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The changes to commit.
    pub changes: Changes,
    /// What to answer once they are written.
    pub reply: Reply,
    /// Whether the command itself changes nothing, but only what was due anyway.
    pub only_due: bool,
    /// What a job costs the operator above what its user pays.
    pub operator_loss: Option<OperatorLoss>,
}

impl Decision {
    /// The same, with what the command itself writes.
    fn writing(mut self, writes: impl IntoIterator<Item = Write>) -> Self {
        self.changes.writes.extend(writes);
        self.only_due = false;
        self
    }
}

/// A loss of the operator's: the cost of a job above its hold, since a user pays at most the hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatorLoss {
    /// The id of the job.
    pub job: JobId,
    /// What its provider charges, in credits.
    pub cost: Credits,
    /// What is held for it.
    pub held: Credits,
}

/// Decides a command at `now`, or returns the [`Need`] that has to be read first. Call [`expire_holds`] before: if an
/// expired hold were still open, its job would be written twice.
pub fn decide(
    policy: &Policy,
    state: &AccountState,
    facts: &Facts,
    command: &Command,
    now: Timestamp,
) -> Result<Decision, Need> {
    let deciding = Deciding {
        policy,
        state,
        facts,
    };
    let draft = match Draft::open(&state.book, policy.rules, now) {
        Ok(draft) => draft,
        Err(refusal) => return Ok(deciding.nothing(refused(refusal))),
    };
    match command {
        Command::Grant(grant) => deciding.grant(draft, grant),
        Command::Clawback(clawback) => deciding.claw_back(draft, clawback),
        Command::Open(open) => deciding.open(draft, open),
        Command::JobEvent {
            job,
            attempt,
            event,
        } => deciding.job_event(draft, *job, *attempt, event),
        Command::ExpireHold { job } => deciding.expire_hold(draft, *job),
        Command::Delete { job } => deciding.delete(draft, *job),
        Command::Forget => Ok(deciding.forget(draft)),
        Command::Balance => Ok(deciding.due(draft, balance)),
        Command::Limits => {
            let usage = state.recent.usage(policy.limits, draft.now());
            Ok(deciding.answer(draft, Reply::Limits(usage)))
        }
        Command::Awaits {
            job,
            attempt,
            task_id,
        } => {
            let awaiting = state.jobs.get(job);
            let awaiting = awaiting.filter(|job| job.awaits(*attempt, task_id));
            let reply = awaiting.map_or_else(
                || refused(Refused::NoSuchJob),
                |job| Reply::Awaited { count: job.count },
            );
            Ok(deciding.answer(draft, reply))
        }
        Command::Checkout(checkout) => deciding.checkout(draft, checkout),
        Command::OrderEvent {
            order,
            event,
            package,
        } => deciding.order_event(draft, *order, event, *package),
    }
}

/// Releases the holds whose deadline has passed, and ends their jobs; `None` if there are none.
pub fn expire_holds(policy: &Policy, state: &AccountState, now: Timestamp) -> Option<Decision> {
    let now = now.max(state.book.head.at);
    let mut holds = state.book.holds.iter();
    holds.find(|hold| hold.deadline <= now)?;
    let draft = Draft::open(&state.book, policy.rules, now).ok()?;
    let facts = Facts::default();
    let deciding = Deciding {
        policy,
        state,
        facts: &facts,
    };
    Some(deciding.due(draft, balance))
}

/// The reply to a command whose batch the database refused. If an earlier attempt of the command had succeeded,
/// the reply is its job, in whatever state it is now.
pub fn instead(
    state: &AccountState,
    facts: &Facts,
    command: &Command,
    refused: Refused,
) -> Result<Reply, Need> {
    let known = match command {
        Command::Open(open) => open::opened_before(state, facts, open)?,
        Command::Grant(_)
        | Command::Clawback(_)
        | Command::JobEvent { .. }
        | Command::ExpireHold { .. }
        | Command::Delete { .. }
        | Command::Forget
        | Command::Balance
        | Command::Limits
        | Command::Awaits { .. }
        | Command::Checkout(_)
        | Command::OrderEvent { .. } => None,
    };
    Ok(known.unwrap_or(Reply::Refused(refused)))
}

/// What a decision is made on.
struct Deciding<'a> {
    policy: &'a Policy,
    state: &'a AccountState,
    facts: &'a Facts,
}

impl Deciding<'_> {
    /// Returns a job's state. If its hold had expired, the keeper has released it before.
    fn expire_hold(&self, draft: Draft<'_>, id: JobId) -> Result<Decision, Need> {
        let reply = match self.job(id)? {
            Some(job) => Reply::Unmoved {
                state: job.state.name(),
            },
            None => Reply::Refused(Refused::NoSuchJob),
        };
        Ok(self.answer(draft, reply))
    }

    fn job_event(
        &self,
        mut draft: Draft<'_>,
        id: JobId,
        attempt: Option<u8>,
        event: &Event,
    ) -> Result<Decision, Need> {
        let Some(job) = self.job(id)? else {
            return Ok(self.answer(draft, refused(Refused::NoSuchJob)));
        };
        let attempt = attempt.unwrap_or(job.attempt);
        let applied = match apply(job, attempt, event, self.state.hold(id), draft.now()) {
            Ok(applied) => applied,
            Err(not) => return Ok(self.not_applied(draft, (id, attempt), job, not)),
        };
        if let Err(refusal) = move_money(&mut draft, id, &applied) {
            return Ok(self.dropping(&draft, refused(refusal)));
        }
        let mut decision = self.answer(draft, moved(job.state.name(), &applied.job));
        decision.operator_loss = self.loss(id, event);
        Ok(decision.writing(writes(id, attempt, applied)))
    }

    fn not_applied(
        &self,
        draft: Draft<'_>,
        (id, attempt): (JobId, u8),
        job: &Lifecycle,
        not: NotApplied,
    ) -> Decision {
        let state = job.state.name();
        let reply = match not {
            NotApplied::Repeated => moved(state, job),
            NotApplied::Ignored | NotApplied::Anomaly(_) => Reply::Unmoved { state },
        };
        let mut decision = self.answer(draft, reply);
        if let NotApplied::Anomaly(anomaly) = not {
            let anomaly = Write::Anomaly(id, attempt, anomaly);
            decision.changes.writes.push(anomaly);
        }
        decision
    }

    fn loss(&self, job: JobId, event: &Event) -> Option<OperatorLoss> {
        let (cost, held) = (event.cost()?, self.state.book.hold(job)?.amount);
        (cost > held).then_some(OperatorLoss { job, cost, held })
    }

    /// A job: one with an open hold is remembered, any other is a fact.
    fn job(&self, id: JobId) -> Result<Option<&Lifecycle>, Need> {
        match self.state.jobs.get(&id) {
            Some(job) => Ok(Some(job)),
            None => self.facts.job.known(|| Need::Job(id)),
        }
    }

    /// Commits a draft, and answers.
    fn due(&self, draft: Draft<'_>, reply: impl FnOnce(&Draft<'_>) -> Reply) -> Decision {
        let reply = reply(&draft);
        let now = draft.now();
        let money = draft.finish();
        Decision {
            changes: Changes::of_due(self.state.book.account, now, money, self.state),
            reply,
            only_due: true,
            operator_loss: None,
        }
    }

    /// The same with an answer that does not depend on it.
    fn answer(&self, draft: Draft<'_>, reply: Reply) -> Decision {
        self.due(draft, |_| reply)
    }

    /// Answers, and drops what a draft has come to, but for what was due: it may be half of what was refused.
    fn dropping(&self, draft: &Draft<'_>, reply: Reply) -> Decision {
        match Draft::open(&self.state.book, self.policy.rules, draft.now()) {
            Ok(draft) => self.answer(draft, reply),
            Err(_) => self.nothing(reply),
        }
    }

    /// Changes nothing, and answers.
    fn nothing(&self, reply: Reply) -> Decision {
        let book = &self.state.book;
        let money = ledger::Changes::default();
        Decision {
            changes: Changes::of_due(book.account, book.head.at, money, self.state),
            reply,
            only_due: true,
            operator_loss: None,
        }
    }
}

/// An open hold ends with its job; a completion that finds none is waived, and journalled.
fn move_money(draft: &mut Draft<'_>, id: JobId, applied: &Applied) -> Result<(), Refusal> {
    let is_held = draft.hold(id).is_some();
    match applied.hold {
        HoldEffect::Keep => Ok(()),
        HoldEffect::Settle { pictures } => {
            let amount = applied.job.credits_per_image.times(pictures)?;
            if is_held {
                draft.settle(id, amount).map(drop)
            } else {
                draft.late_success(id, amount)
            }
        }
        HoldEffect::Release if is_held => draft.release(id).map(drop),
        HoldEffect::Release => Ok(()),
    }
}

/// The answer to an event that acted.
fn moved(from: StateName, job: &Lifecycle) -> Reply {
    Reply::Moved {
        state: job.state.name(),
        attempt: job.attempt,
        count: job.count,
        results: job.state.results().to_vec(),
        should_stop: job.should_stop(),
        from,
        is_deleted: job.is_deleted,
    }
}

fn writes(id: JobId, attempt: u8, applied: Applied) -> impl Iterator<Item = Write> {
    let new_attempt = new_attempt(id, &applied);
    let learned = applied.learned;
    let learned = learned
        .is_news()
        .then_some(Write::Learned(id, attempt, learned));
    let images = applied.images.into_iter();
    let images = images.map(move |image| Write::Image(id, image));
    let job = std::iter::once(Write::Job(id, applied.job));
    job.chain(images).chain(learned).chain(new_attempt)
}

fn new_attempt(job: JobId, applied: &Applied) -> Option<Write> {
    Some(Write::NewAttempt(NewAttempt {
        job,
        ordinal: applied.job.attempt,
        model: applied.next_model.clone()?,
    }))
}

fn refused(refused: impl Into<Refused>) -> Reply {
    Reply::Refused(refused.into())
}

fn balance(draft: &Draft<'_>) -> Reply {
    let now = draft.now();
    let available = draft.available().unwrap_or_default();
    let held = draft.packages().map(|package| package.held);
    let held = Credits::sum(held).unwrap_or_default();
    Reply::Balance {
        available,
        held,
        now,
    }
}
