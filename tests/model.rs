//! The ledger beside a second one that is slow and obviously right. Both get the same random commands, and after each
//! of them every answer, every balance and every row must agree.
//!
//! 1. `naive`, `movements`, `jobs`, `view`, `event`: the second ledger. It keeps a flat list of what happened to credits
//!    and adds everything up anew after each event. It is written from what docs/CREDITS.md promises, not from the
//!    code it judges.
//! 2. `real`, `told`, `rows`, `written`: the ledger itself, which decides as an account does, and what a database
//!    would hold that only follows its changes and answers what is asked of it.
//! 3. `command`, `generate`, `random`: what is asked of both.
//! 4. `compare`, `invariants`: what must agree, and what must be true whatever the second ledger says.
//! 5. `play`, `shrink`, `run`, `show`: one sequence, the shortest that still fails, all of them, and as text.
//!
//! `ATELIER_SEED=7 cargo test --test model` plays one sequence and prints each command with both answers;
//! `ATELIER_MINUTES=30` goes on for that long, with seeds that were never tried.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that goes wrong stops there"
)]

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Trial};

mod model {
    pub(crate) mod command;
    pub(crate) mod compare;
    pub(crate) mod event;
    pub(crate) mod generate;
    pub(crate) mod invariants;
    pub(crate) mod jobs;
    pub(crate) mod movements;
    pub(crate) mod naive;
    pub(crate) mod play;
    pub(crate) mod random;
    pub(crate) mod real;
    pub(crate) mod rows;
    pub(crate) mod run;
    pub(crate) mod show;
    pub(crate) mod shrink;
    pub(crate) mod tally;
    pub(crate) mod told;
    pub(crate) mod view;
    pub(crate) mod written;
}

use model::run::{Plan, run};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let summary = Arc::new(OnceLock::new());
    let told = Arc::clone(&summary);
    let trial = Trial::test("the_ledger_and_a_naive_one_agree", move || {
        let (line, outcome) = run(&Plan::of_environment()?);
        told.get_or_init(|| line);
        outcome.map_err(Into::into)
    });
    let conclusion = libtest_mimic::run(&arguments, vec![trial]);
    if let Some(line) = summary.get() {
        println!("{line}\n");
    }
    conclusion.exit_code()
}
