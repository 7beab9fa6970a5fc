//! What is due by a moment: expired packages, expired holds, and the jobs of these.

use super::*;
use crate::domain::job::State;
use crate::domain::ledger::{Closing, Refusal};
use crate::domain::limits::{LimitName, Usage};

/// An account with 10 credits, of which jobs 1 and 2 hold 6 until 2:00, or 4 until 3:00.
fn with_two_jobs() -> Account {
    let mut account = Account::with(10);
    account.tell(&opens(open(1)), at(0, 0));
    let mut second = open(2);
    second.request.count = 2;
    account.tell(&opens(second), at(1, 0));
    account
}

#[test]
fn a_look_where_nothing_is_due_changes_nothing() {
    let account = with_two_jobs();
    let now = at(1, 30);
    let decision = account.unread(&Command::Balance, now).unwrap();
    assert_unchanged(&account, &decision);
    assert!(decision.changes.moves_nothing());
    assert_eq!(decision.changes.now, now);
    assert_eq!(
        decision.reply,
        Reply::Balance {
            available: Credits::ZERO,
            held: Credits::of(10),
            now
        }
    );
}

#[test]
fn an_expired_package_is_journalled_by_whatever_comes_next_and_is_not_that_commands_doing() {
    let mut account = Account::new();
    let until = Some(at(10, 0));
    let expiring = Grant {
        expires_at: until,
        ..grant(1, 5)
    };
    account.tell(&Command::Grant(expiring), at(0, 0));
    let before = account.unread(&Command::Balance, just_before(at(10, 0)));
    assert_unchanged(&account, &before.unwrap());
    for command in [
        Command::Balance,
        Command::Limits,
        Command::ExpireHold { job: job(1) },
        Command::Delete { job: job(1) },
        happens(1, failed()),
    ] {
        let decision = account.on(&nothing_there(), &command, at(10, 0)).unwrap();
        assert_eq!(movements(&decision), [(Movement::Expire, 5)]);
        assert_eq!(after(&account, &decision).state.book.packages, []);
        assert!(decision.only_due, "{command:?}");
        assert!(!decision.changes.is_empty());
        assert!(!decision.changes.moves_nothing());
    }
    assert_eq!(account.balance(at(10, 0)), (0, 0));
}

#[test]
fn a_hold_expires_at_its_very_deadline_with_its_job_and_no_other() {
    let account = with_two_jobs();
    let due = |now| expire_holds(&POLICY, &account.state, now);
    assert_eq!(due(just_before(at(2, 0))), None);
    let decision = due(at(2, 0)).unwrap();
    assert_eq!(states(&decision), [(job(1), StateName::Expired)]);
    assert_eq!(movements(&decision), [(Movement::Release, 6)]);
    let closed = &decision.changes.money.closed;
    assert_eq!(closed[0].closing, Closing::Expired);
    assert!(decision.only_due);
    let after = after(&account, &decision);
    let remembered: Vec<_> = after.state.jobs.keys().copied().collect();
    assert_eq!(remembered, [job(2)]);
    assert_eq!(
        after.state.jobs.get(&job(2)),
        account.state.jobs.get(&job(2))
    );
    assert_eq!(after.balance(at(2, 0)), (6, 4));
    assert_eq!(expire_holds(&POLICY, &after.state, at(2, 0)), None);
    let both = due(at(3, 0)).unwrap();
    let expired = [1, 2].map(|number| (job(number), StateName::Expired));
    assert_eq!(states(&both), expired);
}

/// A clock that is behind the journal is not followed: what that has seen has happened.
#[test]
fn a_hold_that_has_expired_by_the_journals_time_has_expired() {
    let mut account = with_two_jobs();
    account.state.book.head.at = at(2, 0);
    let decision = expire_holds(&POLICY, &account.state, at(1, 59)).unwrap();
    assert_eq!(decision.changes.now, at(2, 0));
    assert_eq!(states(&decision), [(job(1), StateName::Expired)]);
}

/// Pictures that are made are still stored after the deadline, though nobody pays for them then.
#[test]
fn a_job_whose_pictures_are_on_their_way_loses_its_hold_and_stays() {
    let mut account = with_two_jobs();
    account.tell(&happens(1, succeeded(3)), at(1, 0));
    let decision = expire_holds(&POLICY, &account.state, at(2, 0)).unwrap();
    assert_eq!(states(&decision), []);
    assert_eq!(movements(&decision), [(Movement::Release, 6)]);
    assert!(!after(&account, &decision).state.jobs.contains_key(&job(1)));
}

#[test]
fn what_expires_counts_as_a_failure_since_it_was_asked_for() {
    let mut account = with_two_jobs();
    account.policy.limits.failed_per_hour = 2;
    account.policy.rules.hold_ttl = Duration::from_mins(30);
    account.tell(&Command::Balance, at(3, 0)); // Both have expired by now.
    account.tell(&opens(open(3)), at(3, 0));
    account.tell(&Command::Balance, at(3, 30));
    let decision = account.unread(&Command::Limits, at(3, 31)).unwrap();
    assert_unchanged(&account, &decision);
    let used = Usage {
        name: LimitName::FailedPerHour,
        limit: 2,
        used: 1,
        resets_at: Some(at(4, 0)),
    };
    assert_eq!(decision.reply, Reply::Limits(vec![used]));
}

#[test]
fn releasing_a_hold_that_has_not_expired_says_where_its_job_is() {
    let account = with_two_jobs();
    let decision = account.unread(&Command::ExpireHold { job: job(1) }, at(1, 0));
    let decision = decision.unwrap();
    assert_unchanged(&account, &decision);
    let state = StateName::Dispatching;
    assert_eq!(decision.reply, Reply::Unmoved { state });
}

#[test]
fn where_a_job_without_an_open_hold_is_has_to_be_read() {
    let mut account = with_two_jobs();
    let command = Command::ExpireHold { job: job(1) };
    account.tell(&Command::Balance, at(2, 0));
    let unread = account.unread(&command, at(2, 0));
    assert_eq!(unread, Err(Need::Job(job(1))));
    let mut opened = Account::with(10);
    opened.tell(&opens(open(1)), at(0, 0));
    let expired = opened.state.jobs.get_mut(&job(1)).unwrap();
    expired.state = State::Expired { final_poll: None };
    let decision = account.on(&job_is(expired), &command, at(2, 0)).unwrap();
    assert_unchanged(&account, &decision);
    let state = StateName::Expired;
    assert_eq!(decision.reply, Reply::Unmoved { state });
    let refused = account.refused(&nothing_there(), &command, at(2, 0));
    assert_eq!(refused, Refused::NoSuchJob);
}

/// Nothing is decided on a book that does not add up.
#[test]
fn an_amount_out_of_range_refuses_everything_and_changes_nothing() {
    let mut account = Account::with(10);
    let broken = &mut account.state.book.packages[0];
    (broken.expired, broken.expires_at) = (Credits::MAX, Some(at(1, 0)));
    for command in [Command::Balance, Command::Forget, opens(open(1))] {
        let refused = account.refused(&nothing_there(), &command, at(1, 0));
        assert_eq!(refused, Refused::Ledger(Refusal::OutOfRange));
    }
}

/// A decision without releasing it first charges nothing, and writes its job twice, which no database
/// takes.
#[test]
fn of_a_hold_that_has_expired_and_was_not_released_nothing_is_charged() {
    let mut account = with_two_jobs();
    account.tell(&happens(1, succeeded(3)), at(1, 0));
    let decision = account.unread(&happens(1, stored(3)), at(2, 0)).unwrap();
    let moved = [(Movement::Release, 6), (Movement::LateSuccess, 6)];
    assert_eq!(movements(&decision), moved);
    let decision = account.unread(&happens(2, failed()), at(3, 0)).unwrap();
    let expired = (job(2), StateName::Expired);
    assert_eq!(states(&decision), [expired, (job(2), StateName::Failed)]);
}
