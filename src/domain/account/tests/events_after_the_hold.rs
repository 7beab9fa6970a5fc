//! What happens to a job whose hold has ended: it is a fact, and nothing is charged any more.

use super::*;
use crate::domain::job::{FinalPoll, HoldTimes, State, Storing};

/// A job that its provider has accepted, of three pictures at 2 credits, in a state.
fn in_state(state: State) -> Lifecycle {
    let hold = HoldTimes {
        opened_at: at(1, 0),
        deadline: at(3, 0),
    };
    Lifecycle {
        state,
        task_id: Some("task".into()),
        ..Lifecycle::opened(3, Credits::of(2), hold)
    }
}

fn expired() -> Lifecycle {
    in_state(State::Expired { final_poll: None })
}

fn storing() -> Lifecycle {
    in_state(State::Storing(Storing {
        results: vec!["https://cdn.example/0".into()],
        since: at(3, 0),
        ingest_attempts: 0,
        waiting: None,
    }))
}

const COMPLETED: State = State::Completed { waived: false };

fn now() -> Timestamp {
    at(3, 10)
}

#[test]
fn a_job_that_nobody_has_is_refused() {
    let account = Account::with(10);
    let command = happens(1, failed());
    assert_eq!(account.unread(&command, now()), Err(Need::Job(job(1))));
    let refused = account.refused(&nothing_there(), &command, now());
    assert_eq!(refused, Refused::NoSuchJob);
}

/// A success is never thrown away, and never charged a second time.
#[test]
fn a_success_after_the_deadline_is_stored_waived_and_journalled() {
    let account = Account::with(10);
    let success = account.on(&job_is(&expired()), &happens(1, succeeded(3)), now());
    let success = success.unwrap();
    assert_eq!(states(&success), [(job(1), StateName::Storing)]);
    assert!(success.changes.money.is_empty());
    assert_eq!(after(&account, &success).state, account.state);
    let ingested = account.on(&job_is(&storing()), &happens(1, stored(2)), now());
    let ingested = ingested.unwrap();
    let (_, completed) = ingested.changes.jobs().next().unwrap();
    assert_eq!(completed.state, State::Completed { waived: true });
    assert_eq!(movements(&ingested), [(Movement::LateSuccess, 4)]);
    assert!(ingested.changes.money.closed.is_empty());
    assert_eq!(after(&account, &ingested).balance(now()), (10, 0));
}

#[test]
fn what_fails_after_its_hold_has_ended_moves_no_credits_and_counts_no_second_time() {
    let mut account = Account::with(10);
    account.policy.limits.failed_per_hour = 1;
    let lost = Event::IngestFailed {
        detail: "gone".into(),
    };
    let decision = account.tell_on(&job_is(&storing()), &happens(1, lost), now());
    assert_eq!(states(&decision), [(job(1), StateName::Failed)]);
    assert!(decision.changes.money.is_empty());
    account.unread(&opens(open(2)), now()).unwrap();
}

#[test]
fn the_first_end_is_the_end() {
    let account = Account::with(10);
    let reason = FailureCode::GenerationFailed;
    for state in [COMPLETED, State::Failed { reason }, State::Canceled] {
        let over = in_state(state);
        for event in [accepted(), stored(3), Event::CancelRequested] {
            let decision = account.on(&job_is(&over), &happens(1, event), now());
            let decision = decision.unwrap();
            assert_unchanged(&account, &decision);
            let state = over.state.name();
            assert_eq!(decision.reply, Reply::Unmoved { state });
        }
    }
}

#[test]
fn another_end_is_an_anomaly_of_the_attempt_it_is_told_of() {
    let account = Account::with(10);
    let command = Command::JobEvent {
        job: job(1),
        attempt: Some(1),
        event: failed(),
    };
    let completed = Lifecycle {
        attempt: 2,
        ..in_state(COMPLETED)
    };
    let decision = account.on(&job_is(&completed), &command, now()).unwrap();
    let words = "failed of attempt 1 while at attempt 2".into();
    assert_eq!(decision.changes.writes, [Write::Anomaly(job(1), 1, words)]);
    assert!(decision.only_due);
}

/// What it costs above its hold can only be told while there is one.
#[test]
fn a_late_success_has_no_hold_that_its_cost_could_be_above() {
    let account = Account::with(10);
    let event = Event::Succeeded {
        task_id: "task".into(),
        results: vec!["https://cdn.example/0".into()],
        cost: Some(Credits::of(100)),
        stored: vec![],
    };
    let decision = account.on(&job_is(&expired()), &happens(1, event), now());
    assert_eq!(decision.unwrap().operator_loss, None);
}

#[test]
fn a_final_poll_moves_no_credits() {
    let account = Account::with(10);
    let final_poll = Some(FinalPoll {
        at: at(3, 0),
        poll_count: 0,
    });
    let asked = in_state(State::Expired { final_poll });
    let event = Event::FinalPolled {
        answered: true,
        poll_count: None,
    };
    let decision = account.on(&job_is(&asked), &happens(1, event), now());
    let decision = decision.unwrap();
    assert_eq!(states(&decision), [(job(1), StateName::Expired)]);
    assert!(decision.changes.money.is_empty());
    assert!(!decision.only_due);
}
