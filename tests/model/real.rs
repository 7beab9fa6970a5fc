//! The ledger itself, as the keeper uses it: an account decides, and a database has what it does not remember.

use std::collections::BTreeMap;

use atelier::domain::account::{
    self, AccountState, Decision, Facts, Policy, Reply, decide, expire_holds,
};
use atelier::domain::credits::{Credits, OutOfRange};
use atelier::domain::id::AccountId;
use atelier::domain::ledger::{Changes, PackageMove, Receipt};
use atelier::domain::limits;
use atelier::domain::time::Timestamp;

use super::command::{Answer, Limits, Opened, Step, job_number};
use super::rows::Rows;
use super::told;

/// No command needs more facts than that.
const MOST_FACTS: usize = 2;

/// An account: what it remembers, and the rows that follow its changes.
#[derive(Debug)]
pub(crate) struct Real {
    policy: Policy,
    pub(crate) state: AccountState,
    pub(crate) rows: Rows,
}

/// What one command did, with all that was due before it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    pub(crate) now: i64,
    pub(crate) changes: Changes,
}

impl Real {
    /// An account nothing has happened to.
    pub(crate) fn new(limits: Limits) -> Self {
        let account = AccountId::from_bytes([7; 16]);
        let rules = limits.rules();
        let limits = limits::Limits {
            generations_per_minute: 0,
            failed_per_hour: 0,
        };
        Self {
            policy: Policy { rules, limits },
            state: AccountState::empty(account),
            rows: Rows::of(account),
        }
    }

    /// Carries out a command: (1) expired holds are released in a batch of their own; (2) the command is decided, with
    /// facts from the rows; (3) if the rows refuse its batch, it may have happened, and is decided again; (4) what
    /// the command itself does not change is as if somebody had only looked; (5) the rows follow.
    pub(crate) fn carry_out(&mut self, step: Step) -> Result<Outcome, String> {
        let clock = Timestamp::from_millis(step.clock);
        let mut changes = Changes::default();
        if let Some(due) = expire_holds(&self.policy, &self.state, clock) {
            changes = self.commit(due)?.1.money; // (1)
        }
        let command = told::command(step.command);
        let mut decision = self.decide(&command, clock, false)?; // (2)
        if self.rows.refuse(&decision.changes) {
            decision = self.decide(&command, clock, true)?; // (3)
        }
        let now = decision.changes.now;
        self.only_looked(&decision, clock)?; // (4)
        let (reply, written) = self.commit(decision)?; // (5)
        let receipt = match written.money.closed.as_slice() {
            [] => Receipt::default(),
            [closed] => Receipt::of_closing(closed).map_err(|error| error.to_string())?,
            more => return Err(format!("one command ended {} holds", more.len())),
        };
        let answer = self.answer(reply, receipt)?;
        join(&mut changes, written.money);
        Ok(Outcome {
            answer,
            now: now.millis(),
            changes,
        })
    }

    fn decide(
        &self,
        command: &account::Command,
        clock: Timestamp,
        may_have_happened: bool,
    ) -> Result<Decision, String> {
        let mut facts = Facts {
            may_have_happened,
            ..Facts::default()
        };
        for _ in 0..=MOST_FACTS {
            match decide(&self.policy, &self.state, &facts, command, clock) {
                Ok(decision) => return Ok(decision),
                Err(need) => self.rows.read(need, &mut facts),
            }
        }
        Err(format!("{command:?} needs what was read: {facts:?}"))
    }

    /// Checks that a decision changes no more than a look would, if it says so. Whatever is refused must say so.
    fn only_looked(&self, decision: &Decision, clock: Timestamp) -> Result<(), String> {
        if !decision.only_due {
            return match &decision.reply {
                Reply::Refused(refused) => Err(format!("it is refused and acts: {refused}")),
                _ => Ok(()),
            };
        }
        let look = self.decide(&account::Command::Balance, clock, false)?;
        let jobs = decision.changes.jobs().count();
        let after = |changes| {
            let mut after = self.state.clone();
            after.follow(changes);
            after
        };
        if look.changes.money == decision.changes.money
            && after(&look.changes) == after(&decision.changes)
            && jobs == 0
        {
            return Ok(());
        }
        Err(format!(
            "only what was due was to change:\n  {decision:?}\ninstead of\n  {look:?}"
        ))
    }

    /// What can be frozen.
    pub(crate) fn available(&self, now: Timestamp) -> Result<Credits, OutOfRange> {
        let packages = self.state.book.packages.iter();
        let usable = packages.filter(|package| !package.is_expired(now));
        Credits::sum(usable.map(|package| package.remaining))
    }

    fn commit(&mut self, decision: Decision) -> Result<(Reply, account::Changes), String> {
        self.rows.follow(&decision.changes)?;
        self.state.follow(&decision.changes);
        Ok((decision.reply, decision.changes))
    }

    fn answer(&self, reply: Reply, receipt: Receipt) -> Result<Answer, String> {
        Ok(match reply {
            Reply::Granted {
                package,
                receipt,
                account_created,
            } if self.rows.packages.get(&package.id) == Some(&package) => Answer::Granted {
                receipt,
                account_created,
            },
            Reply::Granted { package, .. } => return Err(format!("{package:?} is not its row")),
            Reply::ClawedBack { receipt } => Answer::ClawedBack(receipt),
            Reply::Opened(opened) => Answer::Opened(Opened {
                amount: opened.amount.get(),
                since: opened.opened_at.millis(),
                deadline: opened.deadline.millis(),
                receipt: opened.receipt,
            }),
            Reply::SameJob { job } => Answer::SameJob(job_number(job)),
            Reply::Moved { state, .. } => Answer::Job {
                state,
                moved: true,
                receipt,
            },
            Reply::Unmoved { state } => Answer::Job {
                state,
                moved: false,
                receipt,
            },
            Reply::Deleted => Answer::Deleted,
            Reply::Forgotten { open } => {
                Answer::Forgotten(open.into_iter().map(job_number).collect())
            }
            Reply::Balance {
                available, held, ..
            } => Answer::Balance {
                available: available.get(),
                held: held.get(),
            },
            Reply::Refused(refused) => Answer::Refused(refused),
            other @ (Reply::Limits(_)
            | Reply::Awaited { .. }
            | Reply::Ordered { .. }
            | Reply::OrderMoved { .. }
            | Reply::OrderUnmoved { .. }) => {
                return Err(format!("nobody asked for {other:?}"));
            }
        })
    }
}

/// Two batches as one: what moved there and back has not moved.
fn join(first: &mut Changes, second: Changes) {
    first.entries.extend(second.entries);
    first.closed.extend(second.closed);
    first.granted = first.granted.or(second.granted);
    first.opened = first.opened.take().or(second.opened);
    let mut moved: BTreeMap<_, PackageMove> = BTreeMap::new();
    for next in first.moved.drain(..).chain(second.moved) {
        moved
            .entry(next.id)
            .and_modify(|sum| {
                sum.remaining += next.remaining;
                sum.held += next.held;
                sum.spent += next.spent;
                sum.expired += next.expired;
                sum.clawed_back += next.clawed_back;
                sum.grace_until = next.grace_until;
            })
            .or_insert(next);
    }
    first.moved = moved.into_values().collect();
}
