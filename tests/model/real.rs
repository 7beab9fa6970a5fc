//! The ledger itself.

use atelier::domain::id::AccountId;
use atelier::domain::ledger::{Book, Changes, Clawback, Draft, Freeze, Grant, Rules};
use atelier::domain::time::Timestamp;

use super::command::{Answer, Command, Step, credits, job_id, moment, package_id};
use super::rows::Rows;

/// An account: its book, and the rows that follow its changes.
#[derive(Debug)]
pub(crate) struct Real {
    rules: Rules,
    pub(crate) book: Book,
    pub(crate) rows: Rows,
}

/// What one command did.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    pub(crate) now: i64,
    pub(crate) changes: Changes,
}

impl Real {
    /// An account nothing has happened to.
    pub(crate) fn new(rules: Rules) -> Self {
        let account = AccountId::from_bytes([7; 16]);
        Self {
            rules,
            book: Book::empty(account),
            rows: Rows::of(account),
        }
    }

    /// Carries out a command, and follows its changes. A refused one must end as if only somebody had looked.
    pub(crate) fn carry_out(&mut self, step: Step) -> Result<Outcome, String> {
        let mut draft = self.open(step.clock)?;
        let now = draft.now().millis();
        let answer = ask(&mut draft, step.command);
        let would_be = draft.book().available(draft.now());
        let (changes, after) = draft.finish();
        if would_be != after.available(Timestamp::from_millis(now)) {
            return Err("a draft's book has other credits than the book it ends as".into());
        }
        if matches!(answer, Answer::Refused(_)) {
            let due = self.open(step.clock)?.finish();
            if (&due.0, &due.1) != (&changes, &after) {
                return Err(format!(
                    "a refused command changed something:\n  {changes:?}\ninstead of\n  {:?}",
                    due.0
                ));
            }
        }
        let opened = changes.opened.as_ref();
        if opened.is_some_and(|hold| self.rows.knows(hold.job)) {
            return Ok(Outcome {
                answer: Answer::Undone,
                now,
                changes: Changes::default(),
            });
        }
        self.rows.follow(&changes)?;
        self.book = after;
        Ok(Outcome {
            answer,
            now,
            changes,
        })
    }

    fn open(&self, clock: i64) -> Result<Draft<'_>, String> {
        Draft::open(&self.book, self.rules, Timestamp::from_millis(clock))
            .map_err(|refusal| format!("the book cannot be opened: {refusal}"))
    }
}

fn ask(draft: &mut Draft<'_>, command: Command) -> Answer {
    match command {
        Command::Grant {
            package,
            kind,
            credits: amount,
            expires_at,
        } => {
            let grant = Grant {
                package: package_id(package),
                kind,
                credits: credits(amount),
                expires_at: moment(expires_at),
            };
            draft.grant(grant).into()
        }
        Command::Freeze {
            job,
            credits: amount,
        } => {
            let freeze = Freeze {
                job: job_id(job),
                amount: credits(amount),
            };
            draft.freeze(freeze).into()
        }
        Command::Settle {
            job,
            credits: amount,
        } => draft.settle(job_id(job), credits(amount)).into(),
        Command::Release { job } => draft.release(job_id(job)).into(),
        Command::Clawback {
            package,
            credits: amount,
        } => {
            let clawback = Clawback {
                package: package_id(package),
                amount: credits(amount),
            };
            draft.claw_back(clawback).into()
        }
        Command::LateSuccess {
            job,
            credits: amount,
        } => draft
            .late_success(job_id(job), credits(amount))
            .map_or_else(Answer::Refused, |()| Answer::Done),
        Command::Touch => Answer::Done,
    }
}
