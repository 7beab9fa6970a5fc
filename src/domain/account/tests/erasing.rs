//! Deleting a job, and forgetting a person.

use super::*;
use crate::domain::job::{HoldTimes, State, Storing};

const COMPLETED: State = State::Completed { waived: false };

fn in_state(state: State) -> Lifecycle {
    let hold = HoldTimes {
        opened_at: at(1, 0),
        deadline: at(3, 0),
    };
    Lifecycle {
        state,
        ..Lifecycle::opened(3, Credits::of(2), hold)
    }
}

fn deletes(number: u8) -> Command {
    Command::Delete { job: job(number) }
}

fn now() -> Timestamp {
    at(1, 10)
}

#[test]
fn a_job_that_is_over_is_deleted_once() {
    let account = Account::with(10);
    assert_eq!(account.unread(&deletes(1), now()), Err(Need::Job(job(1))));
    let over = in_state(COMPLETED);
    let decision = account.on(&job_is(&over), &deletes(1), now()).unwrap();
    assert_eq!(decision.reply, Reply::Deleted);
    let deletion = Write::Delete(Deletion::Job(job(1)));
    assert_eq!(decision.changes.writes, [deletion]);
    assert!(decision.changes.money.is_empty());
    assert!(!decision.only_due);
    let deleted = Lifecycle {
        is_deleted: true,
        ..over
    };
    let again = account.on(&job_is(&deleted), &deletes(1), now()).unwrap();
    assert_unchanged(&account, &again);
    assert_eq!(again.reply, Reply::Deleted);
}

/// Also one whose hold has ended, and whose pictures are on their way.
#[test]
fn a_job_that_is_open_or_is_not_there_is_not_deleted() {
    let mut account = Account::with(10);
    account.tell(&opens(open(1)), at(1, 0));
    let refused = account.refused(&Facts::default(), &deletes(1), now());
    assert_eq!(refused, Refused::StillOpen);
    let storing = in_state(State::Storing(Storing {
        results: Vec::new(),
        since: at(1, 0),
        ingest_attempts: 0,
        waiting: None,
    }));
    let refused = account.refused(&job_is(&storing), &deletes(2), now());
    assert_eq!(refused, Refused::StillOpen);
    let refused = account.refused(&nothing_there(), &deletes(2), now());
    assert_eq!(refused, Refused::NoSuchJob);
}

/// An account of which job 1 runs, job 2 runs and was canceled, and both hold 6 of 20 credits.
fn with_two_jobs() -> Account {
    let mut account = Account::with(20);
    for number in [1, 2] {
        account.tell(&opens(open(number)), at(1, 0));
        account.tell(&happens(number, accepted()), at(1, 0));
    }
    account.tell(&happens(2, Event::CancelRequested), at(1, 0));
    account
}

#[test]
fn who_is_forgotten_cancels_what_is_open_and_keeps_their_credits() {
    let mut account = with_two_jobs();
    let before = account.state.clone();
    let decision = account.tell(&Command::Forget, now());
    let open = vec![job(1)]; // The other was canceled before.
    assert_eq!(decision.reply, Reply::Forgotten { open });
    let deletion = Write::Delete(Deletion::Everything);
    assert_eq!(decision.changes.writes, [deletion]);
    assert!(decision.changes.money.is_empty());
    assert!(!decision.only_due);
    assert_eq!(account.state.book, before.book);
    assert_eq!(account.state.recent, before.recent);
    for (id, job) in &account.state.jobs {
        let before = before.jobs[id].clone();
        let canceled = Lifecycle {
            version: before.version + 1,
            cancel_requested: true,
            is_deleted: true,
            ..before
        };
        assert_eq!(*job, canceled);
    }
    assert_eq!(account.balance(now()), (8, 12));
    let again = account.tell(&Command::Forget, now());
    let open = Vec::new();
    assert_eq!(again.reply, Reply::Forgotten { open });
    let deletion = Write::Delete(Deletion::Everything);
    assert_eq!(again.changes.writes, [deletion]);
}

#[test]
fn a_job_of_somebody_who_was_forgotten_is_deleted_though_it_is_open() {
    let mut account = with_two_jobs();
    account.tell(&Command::Forget, now());
    let decision = account.unread(&deletes(1), now()).unwrap();
    assert_unchanged(&account, &decision);
    assert_eq!(decision.reply, Reply::Deleted);
}

/// Otherwise a user could have a provider work for free by deleting their account.
#[test]
fn what_a_provider_finishes_for_somebody_who_was_forgotten_is_paid_and_not_stored() {
    let mut account = with_two_jobs();
    account.tell(&Command::Forget, now());
    let decision = account.tell(&happens(1, succeeded(2)), now());
    let expected = Reply::Moved {
        state: StateName::Completed,
        attempt: 1,
        count: 3,
        results: Vec::new(),
        should_stop: true,
        from: StateName::Running,
        is_deleted: true,
    };
    assert_eq!(decision.reply, expected);
    let settled = [(Movement::Settle, 4), (Movement::Release, 2)];
    assert_eq!(movements(&decision), settled);
    let images = decision.changes.writes.iter();
    let mut images = images.filter(|write| matches!(write, Write::Image(..)));
    assert_eq!(images.next(), None);
    let canceled = Event::CancelConfirmed {
        task_id: "task".into(),
    };
    let decision = account.tell(&happens(2, canceled), now());
    assert_eq!(movements(&decision), [(Movement::Release, 6)]);
    assert_eq!(account.balance(now()), (16, 0));
}

/// Its deadline is an end as any other.
#[test]
fn what_is_made_for_somebody_who_was_forgotten_after_the_hold_costs_nothing() {
    let account = Account::with(10);
    let deleted = Lifecycle {
        is_deleted: true,
        ..in_state(State::Storing(Storing {
            results: vec!["https://cdn.example/0".into()],
            since: at(1, 0),
            ingest_attempts: 0,
            waiting: None,
        }))
    };
    let decision = account.on(&job_is(&deleted), &happens(1, stored(1)), at(3, 0));
    let decision = decision.unwrap();
    assert_eq!(states(&decision), [(job(1), StateName::Canceled)]);
    assert!(decision.changes.money.is_empty());
}
