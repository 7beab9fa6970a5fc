//! What a run has seen. A run that has not seen a thing has shown nothing about it.

use std::collections::BTreeMap;

use atelier::domain::account::Refused;
use atelier::domain::ledger::{Closing, Movement, Refusal};

use super::command::{Answer, Command, Step};
use super::naive::Naive;
use super::real::Outcome;

/// How often each thing was seen, by its name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally(BTreeMap<&'static str, u64>);

/// What a full run must have seen at least once.
const EVERYTHING: [&str; 34] = [
    "nothing to move",
    "expired at birth",
    "insufficient",
    "too many open holds",
    "out of range",
    "no such package",
    "would be negative",
    "no such account",
    "no such job",
    "still open",
    "key reused",
    "key of a deleted job",
    "granted again",
    "clawed back again",
    "opened again",
    "same job",
    "settled",
    "settled in part",
    "released",
    "expired hold",
    "expired",
    "clawed back",
    "waived",
    "charged after deletion",
    "deleted",
    "forgotten",
    "grace",
    "no second grace",
    "nothing due",
    "an event that does not act",
    "clock went back",
    "ten packages in a hold",
    "at a deadline",
    "more holds than the limit",
];

impl Tally {
    /// One more of it.
    pub(crate) fn count(&mut self, name: &'static str) {
        *self.0.entry(name).or_default() += 1;
    }

    /// How many of it.
    pub(crate) fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Takes another's counts in.
    pub(crate) fn add(&mut self, other: &Self) {
        for (name, count) in &other.0 {
            *self.0.entry(name).or_default() += count;
        }
    }

    /// What was never seen.
    pub(crate) fn unseen(&self) -> Vec<&'static str> {
        let unseen = EVERYTHING.into_iter().filter(|name| self.of(name) == 0);
        unseen.collect()
    }

    /// Counts what one command did.
    pub(crate) fn see(&mut self, step: Step, outcome: &Outcome, naive: &Naive) {
        self.count("commands");
        if let Answer::Refused(refused) = &outcome.answer {
            self.count("refused");
            self.count(name(refused));
        } else if let Some(name) = told(&outcome.answer, outcome) {
            self.count(name);
        }
        if step.clock < outcome.now {
            self.count("clock went back");
        }
        if step.command == Command::Look && outcome.changes.is_empty() {
            self.count("nothing due");
        }
        for closed in &outcome.changes.closed {
            self.count(match closed.closing {
                Closing::Settled if closed.released.is_zero() => "settled",
                Closing::Settled => "settled in part",
                Closing::Released => "released",
                Closing::Expired => "expired hold",
            });
        }
        if let Command::Event { job, .. } = step.command
            && outcome
                .changes
                .closed
                .iter()
                .any(|closed| closed.closing == Closing::Settled && naive.jobs[&job].is_deleted)
        {
            self.count("charged after deletion");
        }
        if naive.view.holds.len() > naive.limits.max_open_holds {
            self.count("more holds than the limit");
        }
        let before = &naive.done.before;
        for hold in &before.holds {
            if hold.opened_at + naive.limits.ttl == outcome.now {
                self.count("at a deadline");
            }
        }
        for (entry, _) in &outcome.changes.entries {
            match entry.movement {
                Movement::Expire => self.count("expired"),
                Movement::Clawback => self.count("clawed back"),
                Movement::LateSuccess => self.count("waived"),
                _ => {}
            }
        }
        for (old, new) in before.packages.iter().zip(&naive.view.packages) {
            if old.grace_until != new.grace_until {
                self.count("grace");
            }
            let came_back = old.held > new.held && new.remaining > old.remaining;
            let is_past = |at| old.grace_until.is_some_and(|grace| grace <= at);
            if came_back && is_past(outcome.now) {
                self.count("no second grace");
            }
        }
        if outcome
            .changes
            .opened
            .as_ref()
            .is_some_and(|hold| hold.items.len() >= 10)
        {
            self.count("ten packages in a hold");
        }
    }
}

/// What an answer shows, if it is worth a count.
fn told(answer: &Answer, outcome: &Outcome) -> Option<&'static str> {
    let again = outcome.changes.entries.is_empty();
    Some(match answer {
        Answer::Granted { .. } if again => "granted again",
        Answer::ClawedBack(_) if again => "clawed back again",
        Answer::Opened(_) if again => "opened again",
        Answer::SameJob(_) => "same job",
        Answer::Job { moved: false, .. } => "an event that does not act",
        Answer::Deleted => "deleted",
        Answer::Forgotten(_) => "forgotten",
        _ => return None,
    })
}

const fn name(refused: &Refused) -> &'static str {
    match refused {
        Refused::Ledger(refusal) => refusal_name(refusal),
        Refused::NoSuchAccount => "no such account",
        Refused::NoSuchJob => "no such job",
        Refused::StillOpen => "still open",
        Refused::KeyReused => "key reused",
        Refused::KeyOfDeleted => "key of a deleted job",
        Refused::RateLimited(_)
        | Refused::UploadMissing { .. }
        | Refused::CircuitOpen
        | Refused::Blocked
        | Refused::AlreadyClaimed
        | Refused::NoSuchOrder
        | Refused::Shortage { .. }
        | Refused::Disputed => "what is not of the ledger",
    }
}

const fn refusal_name(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NothingToMove => "nothing to move",
        Refusal::ExpiredAtBirth => "expired at birth",
        Refusal::Insufficient { .. } => "insufficient",
        Refusal::TooManyOpenHolds { .. } => "too many open holds",
        Refusal::NoOpenHold => "no open hold",
        Refusal::SettleExceedsHold { .. } => "settle exceeds hold",
        Refusal::NoSuchPackage => "no such package",
        Refusal::WouldBeNegative { .. } => "would be negative",
        Refusal::OutOfRange => "out of range",
    }
}
