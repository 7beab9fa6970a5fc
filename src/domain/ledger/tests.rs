//! The ledger's rules, one test each. Packages are named by a number, times are hours.

mod corners;
mod reversals;

use std::time::Duration;

use super::*;
use crate::domain::credits::{Credits, OutOfRange};
use crate::domain::id::{AccountId, JobId, PackageId};
use crate::domain::time::Timestamp;

const RULES: Rules = Rules {
    max_open_holds: 3,
    hold_ttl: Duration::from_hours(2),
    release_grace: Duration::from_hours(72),
};

fn hour(hour: u64) -> Timestamp {
    Timestamp::from_millis(0).plus(Duration::from_hours(hour))
}

fn credits(amount: u32) -> Credits {
    Credits::of(amount)
}

fn package(number: u8) -> PackageId {
    PackageId::from_bytes([number; 16])
}

fn job(number: u8) -> JobId {
    JobId::from_bytes([number; 16])
}

/// One operation on a book, which is left alone if the operation is refused.
fn operate<T>(
    book: &mut Book,
    at: Timestamp,
    operation: impl FnOnce(&mut Draft) -> Result<T, Refusal>,
) -> Result<(T, Changes), Refusal> {
    let mut draft = Draft::open(book, RULES, at)?;
    let answer = operation(&mut draft)?;
    let changes = draft.finish();
    book.follow(&changes);
    Ok((answer, changes))
}

/// What can be frozen.
fn available(book: &Book, at: Timestamp) -> Result<Credits, OutOfRange> {
    let usable = book.packages.iter().filter(|each| !each.is_expired(at));
    Credits::sum(usable.map(|package| package.remaining))
}

fn grant(
    book: &mut Book,
    number: u8,
    amount: u32,
    kind: PackageKind,
    expires_at: Option<Timestamp>,
) {
    let grant = Grant {
        package: package(number),
        kind,
        credits: credits(amount),
        expires_at,
    };
    operate(book, hour(0), |draft| draft.grant(grant)).unwrap();
}

fn freeze(book: &mut Book, at: Timestamp, number: u8, amount: u32) -> Result<Receipt, Refusal> {
    let freeze = Freeze {
        job: job(number),
        amount: credits(amount),
    };
    operate(book, at, |draft| draft.freeze(freeze)).map(|(receipt, _)| receipt)
}

fn taken(receipt: &Receipt) -> Vec<(u8, u64)> {
    receipt
        .0
        .iter()
        .map(|line| (line.package.to_bytes()[0], line.credits.get()))
        .collect()
}

fn book() -> Book {
    Book::empty(AccountId::of_subject("ada"))
}

#[test]
fn t46_the_nearest_expiry_burns_first_and_never_burns_last() {
    let mut book = book();
    grant(&mut book, 1, 5, PackageKind::Paid, None);
    grant(&mut book, 2, 5, PackageKind::Paid, Some(hour(720)));
    grant(&mut book, 3, 5, PackageKind::Paid, Some(hour(48)));
    grant(&mut book, 4, 5, PackageKind::Paid, Some(hour(1)));
    let receipt = freeze(&mut book, hour(2), 1, 12).unwrap();
    assert_eq!(taken(&receipt), [(3, 5), (2, 5), (1, 2)]);
}

#[test]
fn of_one_expiry_promo_burns_before_paid_then_the_older_then_by_name() {
    let mut book = book();
    grant(&mut book, 1, 2, PackageKind::Paid, Some(hour(48)));
    grant(&mut book, 3, 2, PackageKind::Promo, Some(hour(48)));
    grant(&mut book, 2, 2, PackageKind::Promo, Some(hour(48)));
    let receipt = freeze(&mut book, hour(1), 1, 5).unwrap();
    assert_eq!(taken(&receipt), [(2, 2), (3, 2), (1, 1)]);
}

#[test]
fn a_partial_settle_charges_the_nearest_expiry_and_returns_in_reverse() {
    let mut book = book();
    grant(&mut book, 1, 3, PackageKind::Paid, Some(hour(48)));
    grant(&mut book, 2, 9, PackageKind::Paid, None);
    freeze(&mut book, hour(1), 1, 8).unwrap();
    let (receipt, changes) =
        operate(&mut book, hour(1), |draft| draft.settle(job(1), credits(4))).unwrap();
    let lines: Vec<_> = receipt
        .0
        .iter()
        .map(|line| {
            (
                line.movement,
                line.package.to_bytes()[0],
                line.credits.get(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            (Movement::Settle, 1, 3),
            (Movement::Settle, 2, 1),
            (Movement::Release, 2, 4)
        ]
    );
    assert_eq!(
        changes.closed[0].settled.plus(changes.closed[0].released),
        Ok(credits(8))
    );
    assert_eq!(available(&book, hour(1)), Ok(credits(8)));
    assert!(book.holds.is_empty());
}

#[test]
fn settling_nothing_is_a_release() {
    let mut book = book();
    grant(&mut book, 1, 3, PackageKind::Paid, None);
    freeze(&mut book, hour(1), 1, 3).unwrap();
    let (_, changes) = operate(&mut book, hour(1), |draft| {
        draft.settle(job(1), Credits::ZERO)
    })
    .unwrap();
    assert_eq!(changes.closed[0].closing, Closing::Released);
    assert_eq!(available(&book, hour(1)), Ok(credits(3)));
}

#[test]
fn more_than_the_hold_is_never_settled() {
    let mut book = book();
    grant(&mut book, 1, 9, PackageKind::Paid, None);
    freeze(&mut book, hour(1), 1, 3).unwrap();
    let before = book.clone();
    let refusal =
        operate(&mut book, hour(1), |draft| draft.settle(job(1), credits(4))).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::SettleExceedsHold {
            asked: credits(4),
            held: credits(3)
        }
    );
    assert_eq!(book, before);
}

#[test]
fn a_hold_closes_once() {
    let mut book = book();
    grant(&mut book, 1, 9, PackageKind::Paid, None);
    freeze(&mut book, hour(1), 1, 3).unwrap();
    operate(&mut book, hour(1), |draft| draft.release(job(1))).unwrap();
    assert_eq!(
        operate(&mut book, hour(1), |draft| draft.settle(job(1), credits(3))).unwrap_err(),
        Refusal::NoOpenHold
    );
    assert_eq!(
        operate(&mut book, hour(1), |draft| draft.release(job(1))).unwrap_err(),
        Refusal::NoOpenHold
    );
}

#[test]
fn too_little_is_refused_and_says_how_much_there_is() {
    let mut book = book();
    grant(&mut book, 1, 3, PackageKind::Paid, None);
    let refusal = freeze(&mut book, hour(1), 1, 4).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::Insufficient {
            needed: credits(4),
            available: credits(3)
        }
    );
    assert_eq!(
        freeze(&mut book, hour(1), 1, 0).unwrap_err(),
        Refusal::NothingToMove
    );
}

#[test]
fn t47_expired_credits_are_gone_at_their_very_expiry_without_cron() {
    let mut book = book();
    grant(&mut book, 1, 5, PackageKind::Paid, Some(hour(10)));
    let last_moment = Timestamp::from_millis(hour(10).millis() - 1);
    assert!(freeze(&mut book.clone(), last_moment, 1, 5).is_ok());
    assert_eq!(
        freeze(&mut book, hour(10), 1, 5).unwrap_err(),
        Refusal::Insufficient {
            needed: credits(5),
            available: Credits::ZERO
        }
    );
    let ((), changes) = operate(&mut book, hour(10), |_| Ok(())).unwrap();
    assert_eq!(changes.entries.len(), 1);
    assert_eq!(changes.entries[0].0.movement, Movement::Expire);
    assert!(
        operate(&mut book, hour(11), |_| Ok(()))
            .unwrap()
            .1
            .is_empty()
    );
}

#[test]
fn t49_credits_held_over_their_expiry_settle_as_usual() {
    let mut book = book();
    grant(&mut book, 1, 5, PackageKind::Paid, Some(hour(10)));
    freeze(&mut book, hour(9), 1, 4).unwrap();
    let (_, changes) = operate(&mut book, hour(10), |draft| {
        draft.settle(job(1), credits(4))
    })
    .unwrap();
    let movements: Vec<_> = changes
        .entries
        .iter()
        .map(|(entry, _)| (entry.movement, entry.amount.get()))
        .collect();
    assert_eq!(movements, [(Movement::Expire, 1), (Movement::Settle, 4)]);
}

#[test]
fn t49_credits_released_after_their_expiry_get_a_grace_and_then_expire() {
    let mut book = book();
    grant(&mut book, 1, 5, PackageKind::Paid, Some(hour(10)));
    freeze(&mut book, hour(9), 1, 5).unwrap();
    let (receipt, _) = operate(&mut book, hour(10), |draft| draft.release(job(1))).unwrap();
    assert_eq!(receipt.0[0].expires_at, Some(hour(82)));
    assert_eq!(available(&book, hour(81)), Ok(credits(5)));
    assert_eq!(available(&book, hour(82)), Ok(Credits::ZERO));
    let ((), changes) = operate(&mut book, hour(82), |_| Ok(())).unwrap();
    assert_eq!(changes.entries[0].0.movement, Movement::Expire);
}

#[test]
fn credits_released_before_their_expiry_get_no_grace() {
    let mut book = book();
    grant(&mut book, 1, 5, PackageKind::Paid, Some(hour(10)));
    freeze(&mut book, hour(8), 1, 5).unwrap();
    operate(&mut book, hour(9), |draft| draft.release(job(1))).unwrap();
    assert_eq!(book.packages[0].grace_until, None);
}

#[test]
fn an_expired_hold_is_released_by_any_access_before_the_limit_is_judged() {
    let mut book = book();
    grant(&mut book, 1, 3, PackageKind::Paid, None);
    for number in 1..=3 {
        freeze(&mut book, hour(0), number, 1).unwrap();
    }
    assert_eq!(
        freeze(&mut book, hour(1), 4, 1).unwrap_err(),
        Refusal::TooManyOpenHolds { limit: 3 }
    );
    assert!(freeze(&mut book, hour(2), 4, 3).is_ok());
    assert_eq!(book.holds.len(), 1);
}

#[test]
fn time_never_goes_back() {
    let mut book = book();
    grant(&mut book, 1, 5, PackageKind::Paid, Some(hour(10)));
    freeze(&mut book, hour(9), 1, 1).unwrap();
    let draft = Draft::open(&book, RULES, hour(3)).unwrap();
    assert_eq!(draft.now(), hour(9));
}

#[test]
fn an_accounts_sum_stays_exact() {
    let mut book = book();
    let all = Grant {
        package: package(1),
        kind: PackageKind::Paid,
        credits: Credits::MAX,
        expires_at: None,
    };
    operate(&mut book, hour(0), |draft| draft.grant(all)).unwrap();
    let one_more = Grant {
        package: package(2),
        credits: credits(1),
        ..all
    };
    assert_eq!(
        operate(&mut book, hour(0), |draft| draft.grant(one_more)).unwrap_err(),
        Refusal::OutOfRange
    );
}

/// The bytes under the hash: changing them breaks every journal there is.
#[test]
fn the_hash_of_a_row_never_changes() {
    let entry = Entry {
        seq: 2,
        at: Timestamp::from_millis(1_795_161_600_000),
        movement: Movement::Freeze,
        amount: credits(4),
        package: Some(package(1)),
        job: Some(job(2)),
        remaining_after: credits(16),
        held_after: credits(4),
        expires_at: None,
    };
    let account = AccountId::from_bytes([3; 16]);
    let hash = entry.hash(account, Hash::GENESIS);
    assert_eq!(
        hash.to_string(),
        "0924fb1e2f4cfceac7d9ec5e922769d95dd3f5d1913230be0fcffaad76ed75a3"
    );
    assert_eq!(hash.to_string().parse(), Ok(hash));
    assert_eq!(serde_json::json!(hash), hash.to_string());
}

#[test]
fn a_replay_gives_the_state_and_names_what_was_tampered_with() {
    let mut book = book();
    let mut journal = Vec::new();
    let mut keep = |changes: Changes| journal.extend(changes.entries);
    let first = Grant {
        package: package(1),
        kind: PackageKind::Paid,
        credits: credits(5),
        expires_at: Some(hour(10)),
    };
    keep(
        operate(&mut book, hour(0), |draft| draft.grant(first))
            .unwrap()
            .1,
    );
    keep(
        operate(&mut book, hour(1), |draft| {
            draft.freeze(Freeze {
                job: job(1),
                amount: credits(4),
            })
        })
        .unwrap()
        .1,
    );
    keep(
        operate(&mut book, hour(2), |draft| draft.settle(job(1), credits(3)))
            .unwrap()
            .1,
    );
    let replay = |journal: &[(Entry, Hash)]| {
        let mut replay = Replay::new(book.account);
        journal
            .iter()
            .try_for_each(|(entry, hash)| replay.read(entry, *hash))?;
        replay.compare(book.packages.clone(), [(job(1), Credits::ZERO, credits(3))])
    };
    assert_eq!(replay(&journal), Ok(()));
    assert_eq!(
        replay(&journal[..2]),
        Err(Discrepancy::Package {
            package: package(1),
            column: "remaining",
            row: credits(2),
            journal: credits(1)
        })
    );
    assert_eq!(
        replay(&journal[1..]),
        Err(Discrepancy::Gap {
            expected: 1,
            found: 2
        })
    );
    journal[1].0.amount = credits(3);
    assert_eq!(replay(&journal), Err(Discrepancy::Hash { seq: 2 }));
}
