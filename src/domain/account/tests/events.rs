//! What happens to a job whose hold is open.

use super::*;
use crate::domain::health::Health;
use crate::domain::job::Learned;
use crate::domain::ledger::{Closing, Refusal};

/// An account with 10 credits, 6 of which job 1 holds from 1:00 on.
fn with_a_job() -> Account {
    let mut account = Account::with(10);
    account.tell(&opens(open(1)), at(1, 0));
    account
}

/// The same, whose job its provider has accepted.
fn with_a_running_job() -> Account {
    let mut account = with_a_job();
    account.tell(&happens(1, accepted()), at(1, 1));
    account
}

fn now() -> Timestamp {
    at(1, 10)
}

/// The answer to an event that leads from one state to another, of three pictures.
fn moved(from: StateName, state: StateName) -> Reply {
    Reply::Moved {
        state,
        attempt: 1,
        count: 3,
        results: Vec::new(),
        should_stop: false,
        from,
        is_deleted: false,
    }
}

fn rejected(next: Option<&str>) -> Event {
    Event::SubmissionRejected {
        reason: FailureCode::ProviderUnavailable,
        detail: "busy".into(),
        health: Some(Health::Failing),
        next: next.map(Into::into),
    }
}

/// What is learned of a rejection.
fn busy() -> Learned {
    Learned {
        outcome: Some("rejected"),
        detail: Some("busy".into()),
        health: Some(Health::Failing),
        ..Learned::default()
    }
}

#[test]
fn a_job_with_an_open_hold_moves_on_without_a_look_into_the_database() {
    let mut account = with_a_job();
    let decision = account.unread(&happens(1, accepted()), now()).unwrap();
    let running = after(&account, &decision).state.jobs[&job(1)].clone();
    assert_eq!(running.state.name(), StateName::Running);
    let learned = Learned {
        task_id: Some("task".into()),
        outcome: Some("accepted"),
        health: Some(Health::Well),
        ..Learned::default()
    };
    assert_eq!(
        decision.changes.writes,
        [
            Write::Job(job(1), running),
            Write::Learned(job(1), 1, learned)
        ]
    );
    assert_eq!(
        decision.reply,
        moved(StateName::Dispatching, StateName::Running)
    );
    assert!(decision.changes.money.is_empty());
    assert!(!decision.changes.is_empty());
    assert!(!decision.changes.moves_nothing());
    assert!(!decision.only_due);
    account.state.follow(&decision.changes);
    assert_eq!(account.balance(now()), (4, 6));
}

#[test]
fn a_success_tells_where_the_pictures_are_and_keeps_the_hold() {
    let mut account = with_a_running_job();
    let decision = account.tell(&happens(1, succeeded(2)), now());
    let results = ["https://cdn.example/0", "https://cdn.example/1"];
    let expected = Reply::Moved {
        state: StateName::Storing,
        attempt: 1,
        count: 3,
        results: results.map(Into::into).to_vec(),
        should_stop: false,
        from: StateName::Running,
        is_deleted: false,
    };
    assert_eq!(decision.reply, expected);
    assert_eq!(account.balance(now()), (4, 6));
}

#[test]
fn of_three_pictures_two_are_settled_and_one_is_returned_in_the_batch_that_completes_the_job() {
    let mut account = with_a_running_job();
    account.tell(&happens(1, succeeded(3)), now());
    let mut completed = account.state.jobs[&job(1)].clone();
    let decision = account.tell(&happens(1, stored(2)), now());
    let settled = [(Movement::Settle, 4), (Movement::Release, 2)];
    assert_eq!(movements(&decision), settled);
    let closed = &decision.changes.money.closed[0];
    assert_eq!((closed.job, closed.closing), (job(1), Closing::Settled));
    completed.state = crate::domain::job::State::Completed { waived: false };
    completed.version += 1;
    completed.progress = 100;
    completed.due_at = None;
    assert_eq!(
        decision.changes.writes,
        [
            Write::Job(job(1), completed),
            Write::Image(job(1), image(0)),
            Write::Image(job(1), image(1)),
        ]
    );
    assert_eq!(
        decision.reply,
        moved(StateName::Storing, StateName::Completed)
    );
    assert!(account.state.jobs.is_empty());
    assert_eq!(account.balance(now()), (6, 0));
}

/// More than were asked for are neither kept nor paid.
#[test]
fn of_four_pictures_that_are_stored_three_are_settled() {
    let mut account = with_a_running_job();
    account.tell(&happens(1, succeeded(4)), now());
    let decision = account.tell(&happens(1, stored(4)), now());
    assert_eq!(movements(&decision), [(Movement::Settle, 6)]);
    let images = decision.changes.writes.iter();
    let images = images.filter(|write| matches!(write, Write::Image(..)));
    assert_eq!(images.count(), 3);
}

/// A row that does not fit its hold charges nobody.
#[test]
fn more_than_the_hold_is_never_charged() {
    let mut account = with_a_running_job();
    account.tell(&happens(1, succeeded(3)), now());
    let job = account.state.jobs.get_mut(&job(1)).unwrap();
    job.credits_per_image = Credits::of(3);
    let refused = account.refused(&nothing_there(), &happens(1, stored(3)), now());
    let (asked, held) = (Credits::of(9), Credits::of(6));
    let exceeds = Refusal::SettleExceedsHold { asked, held };
    assert_eq!(refused, Refused::Ledger(exceeds));
}

#[test]
fn every_end_without_a_picture_returns_all_in_the_batch_that_ends_the_job() {
    let task_id = || "task".into();
    let detail = || "lost".into();
    let canceled = Event::CancelConfirmed { task_id: task_id() };
    let lost = Event::IngestFailed { detail: detail() };
    let abandoned = Event::Abandoned { detail: detail() };
    for (before, event, end) in [
        (None, rejected(None), StateName::Failed),
        (None, abandoned, StateName::Failed),
        (Some(accepted()), failed(), StateName::Failed),
        (Some(accepted()), canceled, StateName::Canceled),
        (Some(succeeded(3)), lost, StateName::Failed),
    ] {
        let mut account = with_a_job();
        account.policy.limits.failed_per_hour = 1;
        if let Some(before) = before {
            account.tell(&happens(1, before), now());
        }
        let decision = account.tell(&happens(1, event), now());
        assert_eq!(states(&decision), [(job(1), end)]);
        assert_eq!(movements(&decision), [(Movement::Release, 6)]);
        let closing = decision.changes.money.closed[0].closing;
        assert_eq!(closing, Closing::Released);
        assert!(account.state.jobs.is_empty());
        assert_eq!(account.balance(now()), (10, 0));
        let refused = account.refused(&nothing_there(), &opens(open(2)), now());
        assert!(matches!(refused, Refused::RateLimited(_)));
    }
}

/// Of two jobs, the other stays as it is.
#[test]
fn an_end_is_of_its_job_alone() {
    let mut account = Account::with(20);
    account.tell(&opens(open(1)), at(1, 0));
    account.tell(&opens(open(2)), at(1, 0));
    let decision = account.tell(&happens(1, failed()), now());
    assert_eq!(states(&decision), [(job(1), StateName::Failed)]);
    let remembered: Vec<_> = account.state.jobs.keys().copied().collect();
    assert_eq!(remembered, [job(2)]);
    assert_eq!(account.balance(now()), (14, 6));
}

#[test]
fn a_rejection_that_another_may_take_opens_an_attempt_at_the_same_price() {
    let mut account = with_a_job();
    let command = happens(1, rejected(Some("c/model")));
    let decision = account.tell(&command, now());
    let second = account.state.jobs[&job(1)].clone();
    assert_eq!(second.attempt, 2);
    let attempt = NewAttempt {
        job: job(1),
        ordinal: 2,
        model: "c/model".into(),
    };
    assert_eq!(
        decision.changes.writes,
        [
            Write::Job(job(1), second),
            Write::Learned(job(1), 1, busy()),
            Write::NewAttempt(attempt)
        ]
    );
    let going_on = Reply::Moved {
        state: StateName::Dispatching,
        attempt: 2,
        count: 3,
        results: Vec::new(),
        should_stop: false,
        from: StateName::Dispatching,
        is_deleted: false,
    };
    assert_eq!(decision.reply, going_on);
    assert_eq!(account.balance(now()), (4, 6));
    // Its answer was lost, and it is said again: the dispatch has to get the same reply.
    let again = Command::JobEvent {
        job: job(1),
        attempt: Some(1),
        event: rejected(Some("c/model")),
    };
    let decision = account.unread(&again, now()).unwrap();
    assert_unchanged(&account, &decision);
    assert_eq!(decision.reply, going_on);
    // From here on it is about the second attempt.
    let decision = account.unread(&happens(1, rejected(None)), now()).unwrap();
    let learned = Write::Learned(job(1), 2, busy());
    assert_eq!(decision.changes.writes.last(), Some(&learned));
}

/// A request to cancel is recorded, and changes neither the state nor the credits.
#[test]
fn a_request_to_cancel_is_told_with_every_answer_from_then_on() {
    let mut account = with_a_running_job();
    let wish = happens(1, Event::CancelRequested);
    let decision = account.tell(&wish, now());
    let Reply::Moved {
        state: StateName::Running,
        should_stop: true,
        is_deleted: false,
        ..
    } = decision.reply
    else {
        panic!("{:?}", decision.reply);
    };
    assert!(account.state.jobs[&job(1)].cancel_requested);
    assert_eq!(account.balance(now()), (4, 6));
    let again = account.unread(&wish, now()).unwrap();
    assert_unchanged(&account, &again);
    let state = StateName::Running;
    assert_eq!(again.reply, Reply::Unmoved { state });
}

#[test]
fn what_a_job_is_told_twice_moves_nothing_the_second_time() {
    for (before, event) in [
        (accepted(), succeeded(3)),
        (succeeded(3), stored(3)),
        (accepted(), failed()),
    ] {
        let mut account = with_a_job();
        account.tell(&happens(1, before), now());
        let facts = |decision: &Decision| match decision.changes.jobs().next() {
            Some((_, lifecycle)) => job_is(lifecycle),
            None => panic!("it did not move"),
        };
        let first = account.tell(&happens(1, event.clone()), now());
        let second = account.on(&facts(&first), &happens(1, event), now());
        let second = second.unwrap();
        assert_unchanged(&account, &second);
        let [(_, state)] = states(&first)[..] else {
            panic!("{first:?}");
        };
        assert_eq!(second.reply, Reply::Unmoved { state });
    }
}

#[test]
fn what_contradicts_what_is_known_is_kept_for_operators_and_moves_nothing() {
    let mut account = with_a_running_job();
    account.tell(&happens(1, succeeded(3)), now());
    let decision = account.unread(&happens(1, failed()), now()).unwrap();
    let anomaly = Write::Anomaly(job(1), 1, "failed after storing".into());
    assert_eq!(decision.changes.writes, [anomaly]);
    assert!(decision.changes.money.is_empty());
    assert!(!decision.changes.is_empty());
    assert!(decision.changes.moves_nothing());
    assert!(decision.only_due);
    assert_eq!(after(&account, &decision).state, account.state);
    let state = StateName::Storing;
    assert_eq!(decision.reply, Reply::Unmoved { state });
}

/// A user pays at most what is held.
#[test]
fn what_a_provider_asks_for_above_the_hold_is_the_operators_loss() {
    let account = with_a_job();
    let held = Credits::of(6);
    for (cost, is_loss) in [(5, false), (6, false), (7, true)] {
        let cost = Credits::of(cost);
        let event = Event::Accepted {
            task_id: "task".into(),
            cost: Some(cost),
        };
        let decision = account.unread(&happens(1, event), now()).unwrap();
        let loss = OperatorLoss {
            job: job(1),
            cost,
            held,
        };
        assert_eq!(decision.operator_loss, is_loss.then_some(loss));
    }
    let decision = account.unread(&happens(1, accepted()), now()).unwrap();
    assert_eq!(decision.operator_loss, None);
}

/// What was due is written in the same batch.
#[test]
fn an_event_that_acts_is_more_than_what_was_due() {
    let mut account = Account::new();
    let first = Grant {
        expires_at: Some(at(1, 10)),
        ..grant(1, 10)
    };
    account.tell(&Command::Grant(first), at(0, 0));
    account.tell(&opens(open(1)), at(1, 0));
    let decision = account.tell(&happens(1, failed()), at(1, 10));
    let moved = [(Movement::Expire, 4), (Movement::Release, 6)];
    assert_eq!(movements(&decision), moved);
    assert!(!decision.only_due);
}
