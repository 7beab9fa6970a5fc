//! The table of states, and what users are told.

use super::*;

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
            },
        ),
        ("not found yet", Event::NotFoundYet),
        (
            "progressed",
            Event::Progressed {
                task_id: None,
                percent: None,
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
        ("undeliverable", Event::Undeliverable { detail: detail() }),
        (
            "unwanted",
            Event::Unwanted {
                task_id: None,
                cost: None,
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

/// The whole table, so that a change of any cell is seen.
#[test]
fn the_table_of_transitions() {
    let mut table = String::new();
    for (name, event) in events() {
        let cells = STATES.map(|state| match transition(state, &event) {
            Ok(next) => next.name(),
            Err(Unmoved::Over) => "-",
            Err(Unmoved::Already) => "=",
            Err(Unmoved::OutOfTurn) => "!",
        });
        table.extend([name, ": ", &cells.join(" "), "\n"]);
    }
    assert_eq!(
        table,
        "\
accepted: running running running = - - - -
turned away: failed ! ! ! - - - -
turned away, next: dispatching ! ! ! - - - -
submission unknown: uncertain = = = - - - -
not found yet: ! ! uncertain ! - - - -
progressed: running running running = - - - -
succeeded: storing storing storing = - - - storing
failed: failed failed failed ! - - - -
stored: ! ! ! completed - - - -
delivery delayed: ! ! ! storing - - - -
undeliverable: ! ! ! failed - - - -
unwanted: canceled canceled canceled canceled - - - -
cancel requested: canceled running uncertain storing - - - -
cancel confirmed: canceled canceled canceled ! - - - -
"
    );
}

#[test]
fn every_failure_says_that_nothing_was_charged() {
    for code in [
        FailureCode::ContentRefused,
        FailureCode::InputRefused,
        FailureCode::ProviderUnavailable,
        FailureCode::GenerationFailed,
        FailureCode::ResultLost,
        FailureCode::Canceled,
        FailureCode::TimedOut,
    ] {
        let says =
            code.message().contains("not charged") || code.message().contains("credits are back");
        assert!(says, "{code:?}");
    }
}
