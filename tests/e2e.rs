//! The built Worker from end to end: workerd runs what `scripts/build.sh` built, with its database, its
//! pictures and its account objects on disk, against the emulated provider, over HTTP. After each test the
//! ledger of its accounts is read from the database file itself, and must add up.
//!
//! 1. `system`, `wrangler`, `settings`: a Worker with its own state, its emulator, and how they are stopped.
//! 2. `case`, `user`, `answer`, `pictures`: what tests do with one.
//! 3. `books`: what must hold for an account afterwards.
//! 4. The tests, one file per subject; the list is below.
//!
//! 5. `attack`: the same system under abuse and failures.
//!
//! `cargo test --test e2e -- lost` runs those whose name contains "lost", and starts only what they need.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test that goes wrong stops there"
)]

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

mod e2e {
    pub(crate) mod answer;
    pub(crate) mod attack;
    pub(crate) mod bad_input;
    pub(crate) mod bad_tokens;
    pub(crate) mod books;
    pub(crate) mod browser_gone;
    pub(crate) mod callbacks;
    pub(crate) mod cancel;
    pub(crate) mod case;
    pub(crate) mod crash;
    pub(crate) mod credits;
    pub(crate) mod deadline;
    pub(crate) mod idempotency;
    pub(crate) mod identity;
    pub(crate) mod keys;
    pub(crate) mod main_job;
    pub(crate) mod memory;
    pub(crate) mod panics;
    pub(crate) mod pictures;
    pub(crate) mod provider_faults;
    pub(crate) mod providers;
    pub(crate) mod public_keys;
    pub(crate) mod result_faults;
    pub(crate) mod settings;
    pub(crate) mod system;
    pub(crate) mod user;
    pub(crate) mod wrangler;
}

use e2e::case::{Slot, Stage};
use e2e::{
    attack, bad_input, bad_tokens, browser_gone, callbacks, cancel, crash, credits, deadline,
    idempotency, main_job, memory, panics, provider_faults, providers, public_keys, result_faults,
};

/// Tests wait far more than they compute.
const TESTS_AT_ONCE: usize = 24;

/// Each test by its name, on the system that it needs.
macro_rules! trials {
    ($stage:expr; $($system:ident { $($file:ident: $($test:ident)+;)+ })+) => {
        vec![$($($({
            let stage = Arc::clone(&$stage);
            let name = concat!(stringify!($file), "::", stringify!($test));
            Trial::test(name, move || stage.run(&stage.$system, name, $file::$test))
        }),+),+),+]
    };
}

fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    // The longest first.
    trials![stage;
        restarted {
            deadline: an_unanswered_submission_is_uncertain_and_then_released
                a_late_success_is_waived
                results_that_vanished_release_the_hold
                results_that_break_off_release_the_hold
                results_that_are_cut_off_release_the_hold;
            crash: a_job_frozen_at_a_crash_is_released_at_its_deadline
                the_reconciler_completes_a_job_whose_callback_met_a_dead_worker;
            cancel: a_canceled_job_that_a_provider_may_have_keeps_its_hold_until_that_is_known;
            panics: a_panic_of_the_worker_names_its_file_and_line
                a_panic_of_the_account_object_names_its_file_and_line;
        }
        cron {
            provider_faults: the_reconciler_finishes_a_job_whose_callback_was_lost;
            browser_gone: a_job_whose_callback_is_lost_too_is_completed_by_the_reconciler;
        }
        attacked {
            attack: kills_under_load_lose_nothing
                a_missing_bucket_is_reported_as_storage_unavailable
                a_locked_database_is_reported_as_ledger_unavailable
                jobs_canceled_at_once_are_charged_or_never_made
                concurrent_uploads_stop_at_the_daily_limit
                forged_tokens_are_refused
                concurrent_requests_take_effect_once
                an_attacker_does_not_slow_others_down;
        }
        alone {
            memory: a_large_result_is_streamed_in_little_memory;
        }
        providers {
            providers: the_fallback_provider_takes_over;
        }
        main {
            provider_faults: a_slow_job_is_seen_running
                a_callback_before_the_answer_completes
                an_unanswered_submission_that_calls_back_completes
                a_failure_costs_nothing
                refused_content_says_so
                a_picture_that_the_provider_refuses_says_so
                a_rate_limited_provider_costs_nothing
                a_failing_provider_costs_nothing
                a_provider_without_credit_costs_nothing
                a_missing_picture_is_not_charged
                a_success_without_pictures_costs_nothing;
            browser_gone: a_job_goes_on_without_its_browser;
            main_job: a_person_gets_dressed
                a_link_is_valid_for_its_picture_only
                a_status_that_did_not_change_is_not_sent_again;
            callbacks: three_callbacks_are_one_completion
                a_second_callback_moves_nothing
                a_wrong_token_is_refused
                a_failure_after_the_completion_moves_nothing
                a_contradiction_moves_nothing
                forgeries_move_nothing
                progress_moves_no_credits;
            result_faults: a_picture_without_a_length_is_stored
                a_redirect_within_the_host_is_followed
                a_huge_result_is_refused
                a_web_page_is_no_picture
                an_internal_address_is_never_requested
                a_result_on_an_unlisted_host_waits_and_the_operator_is_told;
            cancel: a_canceled_job_keeps_running_until_the_provider_is_done
                a_completed_job_cannot_be_canceled
                a_failed_job_cannot_be_canceled;
            credits: twenty_requests_on_credits_for_one_are_one_job
                as_many_jobs_as_allowed_are_open_at_once
                credits_and_their_history_agree
                history_comes_in_pages
                credits_that_expire_first_are_spent_first;
            idempotency: a_key_is_one_job_however_often_it_is_sent
                a_key_with_another_body_is_refused
                a_grant_is_made_once;
            bad_tokens: requests_without_a_valid_token_are_refused;
            public_keys: tokens_of_every_algorithm_are_accepted
                tokens_signed_with_the_wrong_key_are_refused;
            bad_input: invalid_generation_requests_are_refused
                uploads_that_are_no_pictures_are_refused
                large_bodies_are_refused
                unknown_jobs_are_not_found
                unknown_pages_are_not_found
                invalid_grants_are_refused
                sessions_models_and_health_answer;
        }
    ]
}

/// Every scenario with every provider.
fn trials_of_providers(stage: &Arc<Stage>) -> Vec<Trial> {
    type SlotOf = fn(&Stage) -> &Slot;
    let slots: [(SlotOf, _); 2] = [
        (|stage| &stage.cron, providers::WITH_CRON),
        (|stage| &stage.providers, providers::SCENARIOS),
    ];
    let mut trials = Vec::new();
    for (slot, scenarios) in slots {
        for (tested, (scenario, run)) in product(providers::TESTED, scenarios) {
            let stage = Arc::clone(stage);
            let name: &str = format!("{}::{scenario}", tested.name).leak();
            trials.push(Trial::test(name, move || {
                stage.run(slot(&stage), name, |case| run(case, *tested))
            }));
        }
    }
    trials
}

fn product<'a, A, B>(all: &'a [A], with: &'a [B]) -> impl Iterator<Item = (&'a A, &'a B)> {
    all.iter()
        .flat_map(move |one| with.iter().map(move |other| (one, other)))
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(TESTS_AT_ONCE));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let stage = Arc::new(Stage::new(runtime.handle().clone()));
    let trials = trials(&stage)
        .into_iter()
        .chain(trials_of_providers(&stage));
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let is_in_order = runtime.block_on(stage.end());
    if conclusion.has_failed() || !is_in_order {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
