//! The whole of Atelier under one seed, on one thread: the real services, keepers and SQL, in a world where
//! every call may be slow, lost, repeated, or made by a process that is about to die.
//!
//! 1. `executor`, `world`, `weather`, `random`: tasks that are polled one at a time in the seed's order, and
//!    the faults.
//! 2. `database`, `objects`, `provider`, `codec`, `pictures`, `slices`, `ports`: everything outside of Atelier;
//!    `stripe`, `stripe_api`, `money`: what is paid, and goes back.
//! 3. `people`, `clients`, `buyers`, `refunding`, `deletion`, `events`: requests of users and operators, callbacks of
//!    providers and of Stripe, and the clock.
//! 4. `books`, `journal`, `jobs`, `sold`, `gone`, `truth`, `ending`, `settled`: what must hold after every batch and at
//!    the end.
//! 5. `play`, `run`: playing one seed, and all of them.
//!
//! A step is one poll of one task, or one event. `ATELIER_SEED=7 cargo test --test simulation` plays one seed and prints
//! each of its steps; `ATELIER_STEPS` is how many steps there are in all; `ATELIER_MINUTES=30` goes on for that long, with
//! seeds that were never tried.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that goes wrong stops there"
)]

use std::process::ExitCode;

mod simulation {
    #[path = "../support/d1.rs"]
    pub(crate) mod d1;
    #[path = "../support/evolink.rs"]
    pub(crate) mod evolink;
    #[path = "../support/invocation.rs"]
    pub(crate) mod invocation;
    #[path = "../support/stripe.rs"]
    pub(crate) mod signature;

    pub(crate) mod books;
    pub(crate) mod buyers;
    pub(crate) mod clients;
    pub(crate) mod codec;
    pub(crate) mod database;
    pub(crate) mod deletion;
    pub(crate) mod ending;
    pub(crate) mod events;
    pub(crate) mod executor;
    pub(crate) mod gone;
    pub(crate) mod jobs;
    pub(crate) mod journal;
    pub(crate) mod money;
    pub(crate) mod objects;
    pub(crate) mod people;
    pub(crate) mod pictures;
    pub(crate) mod play;
    pub(crate) mod ports;
    pub(crate) mod provider;
    pub(crate) mod random;
    pub(crate) mod refunding;
    pub(crate) mod run;
    pub(crate) mod settled;
    pub(crate) mod slices;
    pub(crate) mod sold;
    pub(crate) mod stripe;
    pub(crate) mod stripe_api;
    pub(crate) mod truth;
    pub(crate) mod visitors;
    pub(crate) mod weather;
    pub(crate) mod world;
}

fn main() -> ExitCode {
    simulation::run::main()
}
