//! One sequence of commands on both ledgers.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::command::{Answer, Limits, Step};
use super::compare::compare;
use super::generate::Generator;
use super::invariants;
use super::naive::Naive;
use super::real::Real;
use super::show;
use super::tally::Tally;

/// The two of them.
#[derive(Debug)]
pub(crate) struct Pair {
    real: Real,
    naive: Naive,
}

/// Where they disagree.
#[derive(Debug, Clone)]
pub(crate) struct Disagreement {
    /// The commands up to there.
    pub(crate) steps: Vec<Step>,
    /// How.
    pub(crate) what: String,
}

impl Pair {
    fn new(limits: Limits) -> Self {
        Self {
            real: Real::new(limits),
            naive: Naive::new(limits),
        }
    }

    /// Carries out one command on both. `say` gets both answers, also if they differ.
    fn carry_out(
        &mut self,
        step: Step,
        tally: &mut Tally,
        say: &mut dyn FnMut(&Step, &Answer, &Answer),
    ) -> Result<(), String> {
        let answer = self.naive.carry_out(step.command);
        let outcome = self.real.carry_out(step)?;
        say(&step, &outcome.answer, &answer);
        compare(&self.real, &outcome, &self.naive, &answer)?;
        invariants::check(&self.real, &outcome, &self.naive)?;
        tally.see(step, &outcome, &self.naive);
        Ok(())
    }
}

/// Plays the sequence that a generator makes; gives its commands.
pub(crate) fn generated(
    (mut generator, limits): (Generator, Limits),
    tally: &mut Tally,
) -> Result<Vec<Step>, Disagreement> {
    let mut pair = Pair::new(limits);
    let mut steps = Vec::new();
    let result = caught(|| {
        while let Some(clock) = generator.clock(&pair.naive) {
            pair.naive.look(clock);
            let step = generator.step(clock, &pair.naive);
            steps.push(step);
            pair.carry_out(step, tally, &mut |_, _, _| {})?;
        }
        pair.real.rows.audit()
    });
    tally.count("sequences");
    match result {
        Ok(()) => Ok(steps),
        Err(what) => Err(Disagreement { steps, what }),
    }
}

/// Plays these commands.
pub(crate) fn listed(limits: Limits, list: &[Step]) -> Result<(), Disagreement> {
    told(limits, list, &mut |_, _, _| {})
}

/// Plays these commands, and prints each with both answers.
pub(crate) fn printed(limits: Limits, list: &[Step]) -> Result<String, (String, Disagreement)> {
    let mut text = String::new();
    let result = told(limits, list, &mut |step, real, naive| {
        let step = show::step(step);
        let (real, naive) = (show::answer(real), show::answer(naive));
        writeln!(text, "{step}\n    ledger: {real}\n    naive:  {naive}").unwrap();
    });
    match result {
        Ok(()) => Ok(text),
        Err(disagreement) => Err((text, disagreement)),
    }
}

fn told(
    limits: Limits,
    list: &[Step],
    say: &mut dyn FnMut(&Step, &Answer, &Answer),
) -> Result<(), Disagreement> {
    let mut pair = Pair::new(limits);
    let mut steps = Vec::new();
    let result = caught(|| {
        for &step in list {
            steps.push(step);
            pair.naive.look(step.clock);
            pair.carry_out(step, &mut Tally::default(), say)?;
        }
        pair.real.rows.audit()
    });
    result.map_err(|what| Disagreement { steps, what })
}

/// A panic of either ledger is a disagreement too.
fn caught(play: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(play)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("it panicked: {}", words.unwrap_or("without words")))
    })
}
