//! Credits that go back with their money.

use super::*;

/// A package of the book, or as it was when it left it.
fn row(book: &Book, gone: Package) -> Package {
    let mut packages = book.packages.iter();
    packages
        .find(|each| each.id == gone.id)
        .copied()
        .unwrap_or(gone)
}

fn set_target(
    book: &mut Book,
    at: Timestamp,
    row: Package,
    target: u32,
) -> (Vec<(Movement, u64)>, Package) {
    let mut after = row;
    let (receipt, _) = operate(book, at, |draft| {
        let receipt = draft.set_reversal_target(row, credits(target))?;
        let mut packages = draft.packages();
        after = *packages.find(|each| each.id == row.id).unwrap();
        Ok(receipt)
    })
    .unwrap();
    let lines = receipt.0.iter();
    let lines = lines.map(|line| (line.movement, line.credits.get()));
    (lines.collect(), after)
}

fn figures(package: Package) -> [u64; 5] {
    let Reversed { target, taken, .. } = package.reversed;
    let shortage = package.spent_shortage();
    [
        package.remaining,
        package.clawed_back,
        target,
        taken,
        shortage,
    ]
    .map(Credits::get)
}

#[test]
fn a_reversal_takes_what_remains_and_notes_the_rest() {
    let mut book = book();
    grant(&mut book, 1, 10, PackageKind::Paid, None);
    freeze(&mut book, hour(1), 1, 4).unwrap();
    operate(&mut book, hour(1), |draft| draft.settle(job(1), credits(4))).unwrap();
    let package = book.packages[0];
    let (moved, package) = set_target(&mut book, hour(2), package, 3);
    assert_eq!(moved, [(Movement::Clawback, 3)]);
    assert_eq!(figures(package), [3, 3, 3, 3, 0]);
    let (moved, package) = set_target(&mut book, hour(2), package, 10);
    assert_eq!(moved, [(Movement::Clawback, 3)]);
    assert_eq!(figures(package), [0, 6, 10, 6, 4]);
    assert_eq!(book.packages, []);
    // The same once more moves nothing.
    let (moved, package) = set_target(&mut book, hour(3), package, 10);
    assert_eq!(moved, []);
    assert_eq!(figures(package), [0, 6, 10, 6, 4]);
}

/// Whoever holds everything, has their money refunded and cancels has nothing to spend.
#[test]
fn credits_that_return_are_taken_before_anybody_can_spend_them() {
    let mut book = book();
    grant(&mut book, 1, 10, PackageKind::Paid, Some(hour(5)));
    freeze(&mut book, hour(1), 1, 10).unwrap();
    let package = book.packages[0];
    let (moved, package) = set_target(&mut book, hour(2), package, 10);
    assert_eq!(moved, []);
    assert_eq!(figures(package), [0, 0, 10, 0, 10]);
    let (_, changes) = operate(&mut book, hour(2), |draft| draft.release(job(1))).unwrap();
    let movements = changes.entries.iter().map(|(entry, _)| entry.movement);
    assert_eq!(
        movements.collect::<Vec<_>>(),
        [Movement::Release, Movement::Clawback]
    );
    assert_eq!(available(&book, hour(2)), Ok(Credits::ZERO));
    assert_eq!(book.packages, []);
}

#[test]
fn what_a_partial_settle_returns_is_taken_up_to_the_target() {
    let mut book = book();
    grant(&mut book, 1, 10, PackageKind::Paid, None);
    freeze(&mut book, hour(1), 1, 10).unwrap();
    let package = book.packages[0];
    let (_, package) = set_target(&mut book, hour(2), package, 5);
    assert_eq!(figures(package), [0, 0, 5, 0, 5]);
    operate(&mut book, hour(2), |draft| draft.settle(job(1), credits(3))).unwrap();
    let package = row(&book, package);
    assert_eq!(figures(package), [2, 5, 5, 5, 0]);
    assert_eq!(available(&book, hour(2)), Ok(credits(2)));
}

/// A dispute that is won gives back exactly what it took, for as long as it would have lasted.
#[test]
fn what_is_given_back_lives_as_long_as_it_had_to_live() {
    let mut book = book();
    grant(&mut book, 1, 10, PackageKind::Paid, Some(hour(1000)));
    let package = book.packages[0];
    let (_, package) = set_target(&mut book, hour(100), package, 10);
    assert_eq!(package.reversed.life, Some(Duration::from_hours(900)));
    let (moved, package) = set_target(&mut book, hour(2000), package, 0);
    assert_eq!(moved, [(Movement::Reinstatement, 10)]);
    assert_eq!(figures(package), [10, 0, 0, 0, 0]);
    assert_eq!(package.reversed.life, None);
    assert_eq!(package.credits_expire_at(), Some(hour(2900)));
    assert_eq!(available(&book, just_before(hour(2900))), Ok(credits(10)));
    assert_eq!(available(&book, hour(2900)), Ok(Credits::ZERO));
}

/// Credits that were taken an hour before their end would be given back for an hour: nobody could use them.
#[test]
fn what_is_given_back_lives_at_least_for_the_grace() {
    let mut book = book();
    grant(&mut book, 1, 10, PackageKind::Paid, Some(hour(100)));
    let package = book.packages[0];
    let (_, package) = set_target(&mut book, hour(99), package, 10);
    let (_, package) = set_target(&mut book, hour(500), package, 4);
    assert_eq!(figures(package), [6, 4, 4, 4, 0]);
    assert_eq!(package.credits_expire_at(), Some(hour(572)));
    // What is still taken keeps the life that it had.
    assert_eq!(package.reversed.life, Some(Duration::from_hours(1)));
}

#[test]
fn giving_back_never_shortens_a_life() {
    let mut book = book();
    grant(&mut book, 1, 10, PackageKind::Paid, Some(hour(1000)));
    let package = book.packages[0];
    let (_, package) = set_target(&mut book, hour(10), package, 10);
    let (_, package) = set_target(&mut book, hour(10), package, 0);
    assert_eq!(package.credits_expire_at(), Some(hour(1000)));
    assert_eq!(package.reversed, Reversed::default());
    grant(&mut book, 2, 10, PackageKind::Paid, None);
    let package = book.packages[1];
    let (_, package) = set_target(&mut book, hour(10), package, 10);
    let (_, package) = set_target(&mut book, hour(20), package, 0);
    assert_eq!(package.credits_expire_at(), None);
}

/// Nobody has had what expired: a refund of it leaves no debt.
#[test]
fn what_expired_is_no_debt() {
    let mut book = book();
    grant(&mut book, 1, 10, PackageKind::Paid, Some(hour(10)));
    freeze(&mut book, hour(1), 1, 3).unwrap();
    operate(&mut book, hour(1), |draft| draft.settle(job(1), credits(3))).unwrap();
    let package = book.packages[0];
    let mut after = package;
    operate(&mut book, hour(10), |draft| {
        after = *draft.packages().next().unwrap();
        Ok(())
    })
    .unwrap();
    let (moved, package) = set_target(&mut book, hour(11), after, 10);
    assert_eq!(moved, []);
    assert_eq!(package.shortage(), credits(10));
    assert_eq!(package.spent_shortage(), credits(3));
}

#[test]
fn a_target_above_what_was_granted_is_refused() {
    let mut book = book();
    grant(&mut book, 1, 10, PackageKind::Paid, None);
    let (before, package) = (book.clone(), book.packages[0]);
    let refused = operate(&mut book, hour(1), |draft| {
        draft.set_reversal_target(package, credits(11))
    });
    assert_eq!(refused.unwrap_err(), Refusal::OutOfRange);
    assert_eq!(book, before);
}

/// An auditor who knows the rows alone comes to the same columns.
#[test]
fn the_journal_replays_to_what_was_taken_and_given_back() {
    let mut book = book();
    let mut journal = Vec::new();
    let new = Grant {
        package: package(1),
        kind: PackageKind::Paid,
        credits: credits(10),
        expires_at: Some(hour(50)),
    };
    let (_, changes) = operate(&mut book, hour(0), |draft| draft.grant(new)).unwrap();
    journal.extend(changes.entries);
    let row = book.packages[0];
    for (at, target) in [(1, 7), (2, 3), (3, 10), (200, 0)] {
        let package = self::row(&book, row);
        let mut after = package;
        let ((), changes) = operate(&mut book, hour(at), |draft| {
            draft.set_reversal_target(package, credits(target))?;
            after = *draft.packages().next().unwrap();
            Ok(())
        })
        .unwrap();
        journal.extend(changes.entries);
        let mut replay = Replay::new(book.account);
        for (entry, hash) in &journal {
            replay.read(entry, *hash).unwrap();
        }
        assert_eq!(replay.compare([after], []), Ok(()), "at hour {at}");
        // It may have left the book.
        if book.packages.is_empty() {
            book.packages.push(after);
        }
    }
}

fn just_before(moment: Timestamp) -> Timestamp {
    moment.minus(Duration::from_millis(1))
}
