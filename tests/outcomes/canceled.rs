//! The outcomes for a job that was canceled while a provider may have it: the second table, with one test
//! per row.

use std::time::Duration;

use atelier::domain::credits::Credits;
use atelier::domain::job::{
    Event, FailureCode, HoldEffect, HoldTimes, Lifecycle, Polls, State, StoredImage, Storing,
    Uncertain, apply,
};
use atelier::domain::picture::PictureFormat;
use atelier::domain::time::Timestamp;

/// The outcome of an event for a job that was canceled in a state, and for its credits.
fn canceled(state: State, event: &Event) -> String {
    let opened_at = Timestamp::from_millis(0);
    let hold = HoldTimes {
        opened_at,
        deadline: opened_at.plus(Duration::from_hours(2)),
    };
    let job = Lifecycle {
        state,
        cancel_requested: true,
        is_deleted: matches!(event, Event::DiscardedAfterDeletion { .. }),
        ..Lifecycle::opened(3, Credits::of(2), hold)
    };
    let Ok(applied) = apply(&job, 1, event, Some(hold), opened_at) else {
        return "-".into();
    };
    let credits = match applied.hold {
        HoldEffect::Keep => "reserved",
        HoldEffect::Settle { .. } => "charged",
        HoldEffect::Release => "returned",
    };
    format!("{}, {credits}", applied.job.state.name().name())
}

/// The states in which a provider may have a job.
fn open_states() -> [State; 4] {
    let polls = Polls::default();
    let uncertain = Uncertain {
        polls,
        can_be_found: false,
        until: None,
    };
    let storing = Storing {
        results: vec![String::new()],
        since: Timestamp::from_millis(0),
        ingest_attempts: 0,
        waiting: None,
    };
    [
        State::Dispatching,
        State::Running(polls),
        State::Uncertain(uncertain),
        State::Storing(storing),
    ]
}

const fn image() -> StoredImage {
    StoredImage {
        position: 0,
        format: PictureFormat::Png,
        bytes: 9,
        width: 1,
        height: 1,
    }
}

/// One test per row, and the same rows on the page.
macro_rules! canceled {
    ($($name:ident: $title:literal, $event:expr => [$($says:literal),*];)*) => {
        $(
            #[test]
            fn $name() {
                assert_eq!(open_states().map(|state| canceled(state, &$event)), [$($says),*]);
            }
        )*

        pub(crate) fn rows() -> String {
            let mut page = String::from(
                "\n## A job that was canceled\n\n| then | while being submitted | running | uncertain | storing |\n|---|---|---|---|---|\n",
            );
            $(
                page.push_str(concat!("| ", $title, $(" | ", $says,)* " |\n"));
            )*
            page
        }
    };
}

canceled! {
    canceled_and_rejected: "the provider rejects it, and another could take it", Event::SubmissionRejected {
        reason: FailureCode::ProviderUnavailable,
        detail: String::new(),
        health: None,
        next: Some("other/model".into()),
    } => ["canceled, returned", "-", "-", "-"];
    canceled_and_accepted: "the provider accepts it", Event::Accepted {
        task_id: "t".into(),
        cost: None,
    } => ["running, reserved", "running, reserved", "running, reserved", "-"];
    canceled_and_lost: "the provider's answer is lost", Event::SubmissionUnknown {
        detail: String::new(),
        health: None,
        can_be_found: false,
        callback_possible_for: Duration::from_hours(1),
    } => ["uncertain, reserved", "-", "-", "-"];
    canceled_and_stopped: "the provider stops it", Event::CancelConfirmed {
        task_id: "t".into(),
    } => ["canceled, returned", "canceled, returned", "canceled, returned", "-"];
    canceled_and_failed: "the provider fails", Event::Failed {
        task_id: None,
        reason: FailureCode::GenerationFailed,
        detail: String::new(),
    } => ["failed, returned", "failed, returned", "failed, returned", "-"];
    canceled_and_finished: "the provider finishes it", Event::Succeeded {
        task_id: "t".into(),
        results: vec![String::new()],
        cost: None, stored: vec![] } => ["storing, reserved", "storing, reserved", "storing, reserved", "-"];
    canceled_and_finished_after_forgetting: "the provider finishes it after its user was forgotten", Event::DiscardedAfterDeletion {
        task_id: None,
        cost: None,
        made: 3,
    } => ["completed, charged", "completed, charged", "completed, charged", "completed, charged"];
    canceled_and_stored: "its pictures are stored", Event::Stored {
        images: vec![image()],
    } => ["-", "-", "-", "completed, charged"];
    canceled_again: "it is canceled again", Event::CancelRequested
        => ["-", "-", "-", "-"];
}
