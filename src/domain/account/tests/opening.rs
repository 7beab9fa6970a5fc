//! Opening a job: its hold, its rows, and what it is refused for.

use super::*;
use crate::domain::job::HoldTimes;
use crate::domain::ledger::{Receipt, ReceiptLine, Refusal};
use crate::domain::limits::{LimitName, LimitReached};

#[test]
fn a_job_comes_to_be_with_its_hold_and_its_first_attempt() {
    let mut account = Account::with(10);
    let decision = account.unread(&opens(open(1)), at(1, 0)).unwrap();
    let (opened_at, deadline) = (at(1, 0), at(3, 0));
    let line = ReceiptLine {
        movement: Movement::Freeze,
        package: package(1),
        credits: Credits::of(6),
        expires_at: None,
        remaining_before: Credits::of(10),
        remaining_after: Credits::of(4),
    };
    assert_eq!(
        decision.reply,
        Reply::Opened(Opened {
            should_stop: false,
            amount: Credits::of(6),
            opened_at,
            deadline,
            receipt: Receipt(vec![line]),
        })
    );
    let hold = decision.changes.money.opened.clone().unwrap();
    assert_eq!(
        (hold.job, hold.opened_at, hold.deadline),
        (job(1), opened_at, deadline)
    );
    let times = HoldTimes {
        opened_at,
        deadline,
    };
    let lifecycle = Lifecycle::opened(3, Credits::of(2), times);
    let attempt = NewAttempt {
        job: job(1),
        ordinal: 1,
        model: "b/model".into(),
    };
    assert_eq!(
        decision.changes.writes,
        [
            Write::Open(Box::new(open(1)), lifecycle.clone()),
            Write::NewAttempt(attempt)
        ]
    );
    assert!(!decision.only_due);
    account.state.follow(&decision.changes);
    assert_eq!(account.state.jobs.get(&job(1)), Some(&lifecycle));
    assert_eq!(account.balance(at(1, 0)), (4, 6));
}

/// Whether it was opened before is asked first: its hold may be what the credits are missing for.
#[test]
fn what_the_ledger_refuses_may_have_been_opened_before() {
    let with_key = |number| Open {
        idempotency_key: Some("key".into()),
        ..open(number)
    };
    let mut account = Account::with(10);
    account.tell(&opens(open(1)), at(0, 0));
    let command = opens(with_key(2));
    assert_eq!(
        account.unread(&command, at(1, 0)),
        Err(Need::EarlierJob {
            job: job(2),
            key: Some("key".into())
        })
    );
    assert_eq!(
        account.refused(&nothing_there(), &command, at(1, 0)),
        Refused::Ledger(Refusal::Insufficient {
            needed: Credits::of(6),
            available: Credits::of(4)
        })
    );
    let stranger = Account::new();
    assert_eq!(
        stranger.refused(&nothing_there(), &command, at(1, 0)),
        Refused::Ledger(Refusal::Insufficient {
            needed: Credits::of(6),
            available: Credits::ZERO
        })
    );
}

#[test]
fn a_price_beyond_all_amounts_is_refused() {
    let mut open = open(1);
    open.request.credits_per_image = Credits::MAX;
    let refused = Account::with(10).refused(&nothing_there(), &opens(open), at(1, 0));
    assert_eq!(refused, Refused::Ledger(Refusal::OutOfRange));
}

/// One whose pictures are made and cannot be stored waits for an operator: after a quarter of an hour its
/// user may ask for another.
#[test]
fn a_job_that_waits_for_an_operator_does_not_count_as_open() {
    let mut account = Account::with(100);
    for number in 1..=3 {
        account.tell(&opens(open(number)), at(0, 0));
    }
    let too_many = Refused::Ledger(Refusal::TooManyOpenHolds { limit: 3 });
    let command = opens(open(4));
    assert_eq!(
        account.refused(&nothing_there(), &command, at(0, 20)),
        too_many
    );
    account.tell(&happens(2, succeeded(3)), at(0, 10));
    for (minutes, is_refused) in [(24, true), (25, false)] {
        let decision = account.on(&nothing_there(), &command, at(0, minutes));
        let reply = decision.unwrap().reply;
        assert_eq!(reply == Reply::Refused(too_many.clone()), is_refused);
    }
    account.tell(&command, at(0, 25));
    let refused = account.refused(&nothing_there(), &opens(open(5)), at(0, 26));
    assert_eq!(refused, too_many);
}

/// An account that has asked twice within this minute, which is the limit.
fn at_its_limit() -> Account {
    let mut account = Account::with(100);
    account.policy.limits.generations_per_minute = 2;
    account.tell(&opens(open(1)), at(1, 0));
    let soon = at(1, 0).plus(Duration::from_secs(20));
    account.tell(&opens(open(2)), soon);
    account
}

const REACHED: LimitReached = LimitReached {
    name: LimitName::GenerationsPerMinute,
    limit: 2,
    wait: Duration::from_secs(15),
};

fn too_soon() -> Timestamp {
    at(1, 0).plus(Duration::from_secs(45))
}

#[test]
fn more_than_a_limit_allows_is_refused_until_the_first_no_longer_counts() {
    let account = at_its_limit();
    let command = opens(open(3));
    let refused = account.refused(&nothing_there(), &command, too_soon());
    assert_eq!(refused, Refused::RateLimited(REACHED));
    account.unread(&command, at(1, 1)).unwrap();
}

/// Not the user's many requests, but their missing picture is what they are told.
#[test]
fn a_limit_comes_after_the_uploads() {
    let account = at_its_limit();
    let command = opens(open(3));
    assert_eq!(
        account.unread(&command, too_soon()),
        Err(Need::MissingUpload {
            photo: UploadId::from_bytes([1; 16]),
            garment: Some(UploadId::from_bytes([2; 16])),
            at: too_soon(),
        })
    );
    let facts = Facts {
        missing_upload: Fact::Present("garment"),
        ..Facts::default()
    };
    let field = "garment".into();
    assert_eq!(
        account.refused(&facts, &command, too_soon()),
        Refused::UploadMissing { field }
    );
}

#[test]
fn a_limit_comes_after_the_credits() {
    let mut account = at_its_limit();
    let clawback = Clawback {
        package: package(1),
        credits: Credits::of(83),
        reason: String::new(),
        reference: String::new(),
        operator: None,
    };
    account.tell(&Command::Clawback(clawback), at(1, 0));
    let refused = account.refused(&nothing_there(), &opens(open(3)), too_soon());
    let (needed, available) = (Credits::of(6), Credits::of(5));
    let insufficient = Refusal::Insufficient { needed, available };
    assert_eq!(refused, Refused::Ledger(insufficient));
}

#[test]
fn a_limit_comes_after_the_same_request() {
    let account = at_its_limit();
    let mut with_key = open(3);
    with_key.idempotency_key = Some("key".into());
    let need = |number, key| {
        let job = job(number);
        Err(Need::EarlierJob { job, key })
    };
    let key = with_key.idempotency_key.clone();
    let unread = |open: &Open| account.unread(&opens(open.clone()), too_soon());
    assert_eq!(unread(&with_key), need(3, key));
    assert_eq!(unread(&open(2)), need(2, None));
    let facts = Facts {
        earlier_job: Fact::Present(EarlierJob {
            job: job(1),
            fingerprint: Some("request 3".into()),
        }),
        ..Facts::default()
    };
    let decision = account.on(&facts, &opens(with_key), too_soon()).unwrap();
    assert_unchanged(&account, &decision);
    assert_eq!(decision.reply, Reply::SameJob { job: job(1) });
}

/// However long it took to fail.
#[test]
fn a_failure_counts_from_when_it_was_asked_for() {
    let mut account = Account::with(100);
    account.policy.limits.failed_per_hour = 1;
    account.tell(&opens(open(1)), at(1, 0));
    account.tell(&happens(1, failed()), at(1, 30));
    let refused = account.refused(&nothing_there(), &opens(open(2)), at(1, 59));
    let wait = Duration::from_mins(1);
    assert_eq!(
        refused,
        Refused::RateLimited(LimitReached {
            name: LimitName::FailedPerHour,
            limit: 1,
            wait
        })
    );
    account.unread(&opens(open(2)), at(2, 0)).unwrap();
}

#[test]
fn what_completes_is_no_failure() {
    let mut account = Account::with(100);
    account.policy.limits.failed_per_hour = 1;
    account.tell(&opens(open(1)), at(1, 0));
    account.tell(&happens(1, succeeded(3)), at(1, 1));
    account.tell(&happens(1, stored(1)), at(1, 2));
    account.unread(&opens(open(2)), at(1, 3)).unwrap();
}
