//! Stories of what went wrong elsewhere, told to the whole of Atelier: the real routes, services,
//! keepers and SQL, over a world that does what a test says. Each story ends by comparing what went
//! out, or the journal, and by an audit.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::unchecked_time_subtraction,
    reason = "a test that goes wrong stops there"
)]

mod stories {
    mod anchors;
    mod audit;
    mod bodies;
    mod broken_results;
    mod budgets;
    mod callbacks;
    mod cancel;
    mod charging;
    mod clawbacks;
    mod clock;
    mod content;
    mod crashes;
    mod deletion;
    mod deliveries;
    mod delivery;
    mod examples;
    mod expiry;
    mod failover;
    mod failures;
    mod fal;
    mod faults;
    mod forgetting;
    mod input;
    mod last_look;
    mod late;
    mod limits;
    mod links;
    mod listing;
    mod main_job;
    mod models;
    mod naming;
    mod numbers;
    mod operators;
    mod origins;
    mod packages;
    mod quota;
    mod quotes;
    mod resting;
    mod retention;
    mod schema;
    mod signatures;
    mod slices;
    mod sweeping;
    mod tokens;
    mod twins;
    mod uncertain;
    mod unlisted;
    mod uploaded_pictures;
    mod waiting;
    mod world;
}
