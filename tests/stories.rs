//! Bugs of real systems and faults of our own, played through the whole of Atelier: the real
//! routes, services, keepers and SQL, in a world that does what a test says. Each story ends by
//! comparing the requests that went out, or the journal, and by an audit. Where a bug was seen in a
//! public system, the doc comment says in which.

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
    mod buying;
    mod buying_faults;
    mod buying_stuck;
    mod callbacks;
    mod cancel;
    mod charging;
    mod circuits;
    mod clawbacks;
    mod clock;
    mod content;
    mod crashes;
    mod deletion;
    mod examples;
    mod expiry;
    mod failover;
    mod failures;
    mod fal;
    mod faults;
    mod final_poll;
    mod forgetting;
    mod ingest;
    mod ingest_again;
    mod input;
    mod late;
    mod limits;
    mod linking;
    mod links;
    mod listing;
    mod main_job;
    mod models;
    mod money_back;
    mod naming;
    mod numbers;
    mod operators;
    mod operators_refund;
    mod operators_sign_in;
    mod origins;
    mod other_sites;
    mod packages;
    mod payment_events;
    mod provenance;
    mod providers_of_identities;
    mod purchase_mails;
    mod quota;
    mod quotes;
    mod reconciling;
    mod retention;
    mod schema;
    mod screening;
    mod sessions;
    mod sign_in;
    mod signatures;
    mod slices;
    mod soon;
    mod stale_objects;
    mod strangers;
    mod thumbnails;
    mod tokens;
    mod uncertain;
    mod unlisted;
    mod unsubmitted;
    mod uploaded_pictures;
    mod waiting;
    mod ways_back;
    mod welcome;
    mod world;
}
