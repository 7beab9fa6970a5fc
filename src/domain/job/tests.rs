//! The table of states, and what users are told.

use super::*;
use crate::domain::credits::Credits;
use crate::domain::ledger::{Closing, Receipt};
use crate::domain::time::Timestamp;

const STATES: [State; 8] = State::ALL;

fn events() -> Vec<(&'static str, Event)> {
    let detail = || String::from("…");
    let reason = FailureCode::GenerationFailed;
    vec![
        (
            "accepted",
            Event::Accepted {
                task_id: "t".into(),
                cost: None,
            },
        ),
        (
            "turned away",
            Event::TurnedAway {
                reason,
                detail: detail(),
                health: None,
                next: None,
            },
        ),
        (
            "turned away, next",
            Event::TurnedAway {
                reason,
                detail: detail(),
                health: None,
                next: Some("b".into()),
            },
        ),
        (
            "submission unknown",
            Event::SubmissionUnknown {
                detail: detail(),
                health: None,
                can_be_found: true,
                heard_of_within: std::time::Duration::from_hours(1),
            },
        ),
        ("unheard", Event::Unheard),
        ("looked in vain", Event::LookedInVain { is_missing: true }),
        ("looked at last", Event::LookedAtLast { is_answered: true }),
        (
            "progressed",
            Event::Progressed {
                task_id: None,
                percent: None,
                is_look: false,
            },
        ),
        (
            "succeeded",
            Event::Succeeded {
                task_id: "t".into(),
                results: vec![],
                cost: None,
            },
        ),
        (
            "failed",
            Event::Failed {
                task_id: None,
                reason,
                detail: detail(),
            },
        ),
        ("stored", Event::Stored { images: vec![] }),
        ("delivery delayed", Event::DeliveryDelayed { tries: 0 }),
        (
            "host unlisted",
            Event::HostUnlisted {
                hosts: "media.example".into(),
                kept_for: std::time::Duration::from_hours(1),
                has_some: false,
            },
        ),
        ("undeliverable", Event::Undeliverable { detail: detail() }),
        (
            "unwanted",
            Event::Unwanted {
                task_id: None,
                cost: None,
                made: 0,
            },
        ),
        (
            "unwanted, made",
            Event::Unwanted {
                task_id: None,
                cost: None,
                made: 2,
            },
        ),
        ("cancel requested", Event::CancelRequested),
        (
            "cancel confirmed",
            Event::CancelConfirmed {
                task_id: "t".into(),
            },
        ),
    ]
}

fn table(cancel_requested: bool) -> String {
    let mut table = String::new();
    for (name, event) in events() {
        let cells = STATES.map(|state| match transition(state, cancel_requested, &event) {
            Ok(next) => next.name(),
            Err(Unmoved::Over) => "-",
            Err(Unmoved::Already) => "=",
            Err(Unmoved::OutOfTurn) => "!",
        });
        table.extend([name, ": ", &cells.join(" "), "\n"]);
    }
    table
}

/// A wish is not an end: it changes what a rejection and another wish come to, and nothing else.
#[test]
fn what_was_taken_back_and_rejected_is_canceled_and_goes_nowhere_else() {
    let (before, after) = (table(false), table(true));
    let changed = before.lines().zip(after.lines());
    let changed: Vec<_> = changed.filter(|(before, after)| before != after).collect();
    assert_eq!(
        changed,
        [
            (
                "turned away: failed ! ! ! - - - -",
                "turned away: canceled ! ! ! - - - -"
            ),
            (
                "turned away, next: dispatching ! ! ! - - - -",
                "turned away, next: canceled ! ! ! - - - -"
            ),
            (
                "cancel requested: dispatching running uncertain storing - - - -",
                "cancel requested: = = = = - - - -"
            ),
        ]
    );
}

/// The whole table, so that a change of any cell is seen.
#[test]
fn the_table_of_transitions() {
    assert_eq!(
        table(false),
        "\
accepted: running running running = - - - -
turned away: failed ! ! ! - - - -
turned away, next: dispatching ! ! ! - - - -
submission unknown: uncertain = = = - - - -
unheard: ! ! expired ! - - - -
looked in vain: ! running uncertain ! - - - -
looked at last: ! ! ! ! - - - expired
progressed: running running running = - - - -
succeeded: storing storing storing = - - - storing
failed: failed failed failed ! - - - -
stored: ! ! ! completed - - - -
delivery delayed: ! ! ! storing - - - -
host unlisted: ! ! ! storing - - - -
undeliverable: ! ! ! failed - - - -
unwanted: canceled canceled canceled canceled - - - -
unwanted, made: completed completed completed completed - - - -
cancel requested: dispatching running uncertain storing - - - -
cancel confirmed: canceled canceled canceled ! - - - -
"
    );
}

const FAILURES: [FailureCode; 8] = [
    FailureCode::ContentRefused,
    FailureCode::InputRefused,
    FailureCode::InputUnreachable,
    FailureCode::ProviderUnavailable,
    FailureCode::GenerationFailed,
    FailureCode::ResultLost,
    FailureCode::Canceled,
    FailureCode::TimedOut,
];

#[test]
fn a_failure_has_the_same_name_in_rows_and_in_json() {
    for code in FAILURES {
        assert_eq!(serde_json::json!(code), code.name());
    }
}

#[test]
fn every_failure_says_that_nothing_was_charged() {
    for code in FAILURES {
        let says =
            code.message().contains("not charged") || code.message().contains("credits are back");
        assert!(says, "{code:?}");
    }
}

#[test]
fn a_job_is_open_as_long_as_something_can_come_of_it() {
    let open: Vec<_> = STATES.into_iter().filter(|state| state.is_open()).collect();
    assert_eq!(
        open,
        [
            State::Dispatching,
            State::Running,
            State::Uncertain,
            State::Storing
        ]
    );
}

/// Anything else that comes after an end is late, or is the end told again.
#[test]
fn only_another_end_contradicts_an_end() {
    let mut contradictions = Vec::new();
    for state in STATES {
        for (name, event) in events() {
            if contradicts(state, &event) {
                contradictions.push((state.name(), name));
            }
        }
    }
    assert_eq!(
        contradictions,
        [
            ("storing", "failed"),
            ("storing", "cancel confirmed"),
            ("completed", "failed"),
            ("completed", "cancel confirmed"),
            ("failed", "succeeded"),
            ("canceled", "succeeded"),
        ]
    );
}

#[test]
fn an_open_hold_is_stale_from_its_very_deadline_on_and_a_closed_one_never() {
    let deadline = Timestamp::from_millis(1000);
    let open = HoldSummary {
        amount: Credits::of(4),
        closing: None,
        settled: Credits::ZERO,
        released: Credits::ZERO,
        deadline,
        frozen: Receipt::default(),
        closed: None,
    };
    let closed = HoldSummary {
        closing: Some(Closing::Settled),
        ..open.clone()
    };
    let moments = [999, 1000, 1001].map(Timestamp::from_millis);
    assert_eq!(moments.map(|now| open.is_stale(now)), [false, true, true]);
    assert_eq!(moments.map(|now| closed.is_stale(now)), [false; 3]);
}

#[test]
fn a_submission_is_named_after_its_job_and_its_place() {
    let attempt = AttemptId {
        account: crate::domain::id::AccountId::from_bytes([1; 16]),
        job: crate::domain::id::JobId::from_bytes([0; 16]),
        ordinal: 2,
    };
    assert_eq!(attempt.reference(), "job_00000000000000000000000000-2");
}
