//! The table of states, and what users are told.

mod apply;
mod deleted;
mod learned;
mod next;
mod record;
mod states;
mod stored;

use super::transition::{Unmoved, transition};
use super::*;
use crate::domain::credits::Credits;
use crate::domain::picture::PictureFormat;
use crate::domain::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1000);

/// Open until an hour from now.
const HOLD: HoldTimes = HoldTimes {
    opened_at: Timestamp::from_millis(0),
    deadline: Timestamp::from_millis(3_601_000),
};

/// A job in each state.
fn jobs(cancel_requested: bool) -> [Lifecycle; 8] {
    let polls = Polls::default();
    let uncertain = Uncertain {
        polls,
        can_be_found: true,
        until: Some(HOLD.deadline),
    };
    let storing = Storing {
        results: vec!["https://cdn.example/1".into()],
        since: NOW,
        ingest_attempts: 0,
        waiting: None,
    };
    let reason = FailureCode::GenerationFailed;
    let final_poll = Some(FinalPoll {
        at: NOW,
        poll_count: 0,
    });
    let states = [
        State::Dispatching,
        State::Running(polls),
        State::Uncertain(uncertain),
        State::Storing(storing),
        State::Completed { waived: false },
        State::Failed { reason },
        State::Canceled,
        State::Expired { final_poll },
    ];
    states.map(|state| Lifecycle {
        state,
        cancel_requested,
        ..Lifecycle::opened(2, Credits::of(3), HOLD)
    })
}

const fn image(position: u8) -> StoredImage {
    StoredImage {
        position,
        format: PictureFormat::Png,
        bytes: 9,
        width: 1,
        height: 1,
    }
}

#[allow(clippy::too_many_lines, reason = "it is a list")]
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
            "submission rejected",
            Event::SubmissionRejected {
                reason,
                detail: detail(),
                health: None,
                next: None,
            },
        ),
        (
            "submission rejected, next",
            Event::SubmissionRejected {
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
                callback_possible_for: std::time::Duration::from_hours(1),
            },
        ),
        ("abandoned", Event::Abandoned { detail: detail() }),
        (
            "poll inconclusive",
            Event::PollInconclusive {
                not_found: true,
                poll_count: None,
            },
        ),
        (
            "final poll",
            Event::FinalPolled {
                answered: true,
                poll_count: None,
            },
        ),
        (
            "progressed",
            Event::Progressed {
                task_id: None,
                percent: None,
                polled: false,
            },
        ),
        (
            "succeeded",
            Event::Succeeded {
                task_id: "t".into(),
                results: vec![],
                cost: None,
                stored: vec![],
            },
        ),
        (
            "succeeded, stored",
            Event::Succeeded {
                task_id: "t".into(),
                results: vec![],
                cost: None,
                stored: vec![image(0)],
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
        ("stored, none", Event::Stored { images: vec![] }),
        (
            "stored",
            Event::Stored {
                images: vec![image(0)],
            },
        ),
        ("ingest retried", Event::IngestRetried { attempts: 0 }),
        (
            "host unlisted",
            Event::HostUnlisted {
                hosts: "media.example".into(),
                kept_for: std::time::Duration::from_hours(1),
                has_some: false,
            },
        ),
        ("ingest failed", Event::IngestFailed { detail: detail() }),
        (
            "discarded",
            Event::DiscardedAfterDeletion {
                task_id: None,
                cost: None,
                made: 0,
            },
        ),
        (
            "discarded, made",
            Event::DiscardedAfterDeletion {
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
        ("deadline passed", Event::DeadlinePassed),
    ]
}

fn table(jobs: &[Lifecycle; 8]) -> String {
    let mut table = String::new();
    for (name, event) in events() {
        let cells = jobs.each_ref().map(|job| {
            let hold = job.is_open().then_some(HOLD);
            match transition(job, &event, hold, NOW) {
                Ok(next) => next.name().name(),
                Err(Unmoved::Over) => "-",
                Err(Unmoved::Already) => "=",
                Err(Unmoved::OutOfTurn) => "!",
            }
        });
        table.extend([name, ": ", &cells.join(" "), "\n"]);
    }
    table
}

/// The rows that differ.
fn changed<'a>(before: &'a str, after: &'a str) -> Vec<(&'a str, &'a str)> {
    let rows = before.lines().zip(after.lines());
    rows.filter(|(before, after)| before != after).collect()
}

/// A request to cancel is not an end: it changes what a rejection and another such request lead to, and nothing else.
#[test]
fn what_was_canceled_and_rejected_is_canceled_and_goes_nowhere_else() {
    assert_eq!(
        changed(&table(&jobs(false)), &table(&jobs(true))),
        [
            (
                "submission rejected: failed ! ! ! - - - -",
                "submission rejected: canceled ! ! ! - - - -"
            ),
            (
                "submission rejected, next: dispatching ! ! ! - - - -",
                "submission rejected, next: canceled ! ! ! - - - -"
            ),
            (
                "abandoned: failed ! ! ! - - - -",
                "abandoned: canceled ! ! ! - - - -"
            ),
            (
                "cancel requested: dispatching running uncertain storing - - - -",
                "cancel requested: = = = = - - - -"
            ),
        ]
    );
}

/// Nobody pays for a picture that they want and do not get.
#[test]
fn only_what_was_deleted_is_discarded() {
    let deleted = jobs(true).map(|job| Lifecycle {
        is_deleted: true,
        ..job
    });
    let none = "! ! ! ! ! ! ! !";
    assert_eq!(
        changed(&table(&jobs(true)), &table(&deleted)),
        [
            (
                &*format!("discarded: {none}"),
                "discarded: canceled canceled canceled canceled - - - -"
            ),
            (
                &*format!("discarded, made: {none}"),
                "discarded, made: completed completed completed completed - - - -"
            ),
        ]
    );
}

/// The whole table, so that a change of any cell is seen.
#[test]
fn the_table_of_transitions() {
    assert_eq!(
        table(&jobs(false)),
        "\
accepted: running running running = - - - -
submission rejected: failed ! ! ! - - - -
submission rejected, next: dispatching ! ! ! - - - -
submission unknown: uncertain = = = - - - -
abandoned: failed ! ! ! - - - -
poll inconclusive: ! running uncertain ! - - - -
final poll: ! ! ! ! - - - expired
progressed: running running running = - - - -
succeeded: storing storing storing = - - - storing
succeeded, stored: completed completed completed completed - - - completed
failed: failed failed failed ! - - - -
stored, none: ! ! ! ! - - - -
stored: ! ! ! completed - - - -
ingest retried: ! ! ! storing - - - -
host unlisted: ! ! ! storing - - - -
ingest failed: ! ! ! failed - - - -
discarded: ! ! ! ! ! ! ! !
discarded, made: ! ! ! ! ! ! ! !
cancel requested: dispatching running uncertain storing - - - -
cancel confirmed: canceled canceled canceled ! - - - -
deadline passed: expired expired expired = - - - -
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
        let says = code.message().contains("not charged")
            || code.message().contains("credits were returned");
        assert!(says, "{code:?}");
    }
}

#[test]
fn a_job_is_open_as_long_as_something_can_come_of_it() {
    let all = StateName::ALL.into_iter();
    let open: Vec<_> = all.filter(|state| state.is_open()).collect();
    assert_eq!(
        open,
        [
            StateName::Dispatching,
            StateName::Running,
            StateName::Uncertain,
            StateName::Storing
        ]
    );
}

/// Anything else that comes after an end is late, or is the end told again.
#[test]
fn only_another_end_contradicts_an_end() {
    let mut contradictions = Vec::new();
    for state in StateName::ALL {
        for (name, event) in events() {
            if event.contradicts(state) {
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
            ("failed", "succeeded, stored"),
            ("canceled", "succeeded"),
            ("canceled", "succeeded, stored"),
        ]
    );
}
