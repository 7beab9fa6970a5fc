//! What only a change in one small place would break.

use super::*;

#[test]
fn a_package_that_is_held_whole_is_passed_over() {
    let mut book = book();
    grant(&mut book, 1, 3, PackageKind::Paid, Some(hour(48)));
    grant(&mut book, 2, 3, PackageKind::Paid, None);
    freeze(&mut book, hour(1), 1, 3).unwrap();
    let receipt = freeze(&mut book, hour(1), 2, 3).unwrap();
    assert_eq!(taken(&receipt), [(2, 3)]);
}

#[test]
fn a_package_that_is_used_up_leaves_the_book() {
    let mut book = book();
    grant(&mut book, 1, 3, PackageKind::Paid, None);
    freeze(&mut book, hour(1), 1, 3).unwrap();
    assert_eq!(book.packages.len(), 1);
    operate(&mut book, hour(1), |draft| draft.settle(job(1), credits(3))).unwrap();
    assert_eq!(book.packages, []);
}

#[test]
fn what_moves_in_a_package_adds_up_to_nothing() {
    let mut book = book();
    grant(&mut book, 1, 5, PackageKind::Paid, Some(hour(48)));
    grant(&mut book, 2, 5, PackageKind::Paid, None);
    let freeze = Freeze {
        job: job(1),
        amount: credits(4),
    };
    let (_, frozen) = operate(&mut book, hour(1), |draft| draft.freeze(freeze)).unwrap();
    let (_, settled) =
        operate(&mut book, hour(2), |draft| draft.settle(job(1), credits(3))).unwrap();
    let none = PackageMove {
        id: package(1),
        remaining: 0,
        held: 0,
        spent: 0,
        expired: 0,
        clawed_back: 0,
        grace_until: None,
        taken: 0,
        reversed: None,
    };
    let to_held = PackageMove {
        remaining: -4,
        held: 4,
        ..none
    };
    let from_held = PackageMove {
        remaining: 1,
        held: -4,
        spent: 3,
        ..none
    };
    assert_eq!(
        (frozen.moved, settled.moved),
        (vec![to_held], vec![from_held])
    );
    assert_eq!((frozen.entries.len(), settled.entries.len()), (1, 2));
}

#[test]
fn a_grant_says_what_came_in() {
    let mut book = book();
    let given = Grant {
        package: package(1),
        kind: PackageKind::Promo,
        credits: credits(5),
        expires_at: Some(hour(48)),
    };
    let (receipt, changes) = operate(&mut book, hour(1), |draft| draft.grant(given)).unwrap();
    assert_eq!(
        receipt.0,
        [ReceiptLine {
            movement: Movement::Grant,
            package: package(1),
            credits: credits(5),
            expires_at: Some(hour(48)),
            remaining_before: Credits::ZERO,
            remaining_after: credits(5),
        }]
    );
    assert_eq!(changes.granted, Some(book.packages[0]));
    assert!(!changes.is_empty());
}

#[test]
fn a_clawback_takes_at_most_what_remains() {
    let mut book = book();
    grant(&mut book, 1, 9, PackageKind::Paid, None);
    freeze(&mut book, hour(1), 1, 4).unwrap();
    let mut claw_back = |number, amount| {
        let clawback = Clawback {
            package: package(number),
            amount: credits(amount),
        };
        let done = operate(&mut book, hour(2), |draft| draft.claw_back(clawback));
        done.map(|(receipt, _)| receipt.0)
    };
    let line = |amount, before| ReceiptLine {
        movement: Movement::Clawback,
        package: package(1),
        credits: credits(amount),
        expires_at: None,
        remaining_before: credits(before),
        remaining_after: credits(before - amount),
    };
    assert_eq!(claw_back(1, 0), Err(Refusal::NothingToMove));
    assert_eq!(claw_back(2, 1), Err(Refusal::NoSuchPackage));
    assert_eq!(claw_back(1, 2), Ok(vec![line(2, 5)]));
    assert_eq!(
        claw_back(1, 4),
        Err(Refusal::WouldBeNegative {
            asked: credits(4),
            remaining: credits(3)
        })
    );
    assert_eq!(claw_back(1, 3), Ok(vec![line(3, 3)]));
    let left = book.packages[0];
    assert_eq!(
        (left.remaining, left.held, left.clawed_back),
        (Credits::ZERO, credits(4), credits(5))
    );
}

#[test]
fn a_late_success_is_journalled_and_moves_nothing() {
    let mut book = book();
    grant(&mut book, 1, 5, PackageKind::Paid, None);
    let before = book.packages.clone();
    let ((), changes) = operate(&mut book, hour(1), |draft| {
        draft.late_success(job(1), credits(4))
    })
    .unwrap();
    let (entry, _) = changes.entries[0];
    assert_eq!(
        (entry.movement, entry.amount, entry.job, entry.package),
        (Movement::LateSuccess, credits(4), Some(job(1)), None)
    );
    assert_eq!(changes.moved, []);
    assert_eq!(book.packages, before);
    assert_eq!(
        operate(&mut book, hour(1), |draft| draft
            .late_success(job(1), Credits::ZERO))
        .unwrap_err(),
        Refusal::NothingToMove
    );
}

/// The journal of an account that was granted 5 credits, froze 4 of them and settled 3.
fn journal_of_a_job() -> (Book, Vec<(Entry, Hash)>) {
    let mut book = book();
    let given = Grant {
        package: package(1),
        kind: PackageKind::Paid,
        credits: credits(5),
        expires_at: None,
    };
    let freeze = Freeze {
        job: job(1),
        amount: credits(4),
    };
    let (_, granted) = operate(&mut book, hour(0), |draft| draft.grant(given)).unwrap();
    let (_, frozen) = operate(&mut book, hour(1), |draft| draft.freeze(freeze)).unwrap();
    let (_, settled) =
        operate(&mut book, hour(2), |draft| draft.settle(job(1), credits(3))).unwrap();
    let journal = [granted, frozen, settled].map(|changes| changes.entries);
    (book, journal.concat())
}

#[test]
fn a_hold_that_only_the_journal_knows_is_found() {
    let (book, journal) = journal_of_a_job();
    let replay = |rows: usize| {
        let mut replay = Replay::new(book.account);
        for (entry, hash) in &journal[..rows] {
            replay.read(entry, *hash).unwrap();
        }
        assert_eq!(replay.entries(), u64::try_from(rows).unwrap());
        replay
    };
    assert_eq!(
        replay(4).compare(book.packages.clone(), []),
        Err(Discrepancy::Settled {
            job: job(1),
            row: Credits::ZERO,
            journal: credits(3)
        })
    );
    let frozen = Package {
        remaining: credits(1),
        held: credits(4),
        spent: Credits::ZERO,
        ..book.packages[0]
    };
    assert_eq!(
        replay(2).compare([frozen], []),
        Err(Discrepancy::Hold {
            job: job(1),
            row: Credits::ZERO,
            journal: credits(4)
        })
    );
}

/// Canceling jobs across its end, again and again, would keep credits from ever expiring.
#[test]
fn credits_that_come_back_after_a_grace_get_no_second_one() {
    let mut book = book();
    grant(&mut book, 1, 5, PackageKind::Paid, Some(hour(10)));
    freeze(&mut book, hour(9), 1, 5).unwrap();
    operate(&mut book, hour(10), |draft| draft.release(job(1))).unwrap();
    freeze(&mut book, hour(81), 2, 3).unwrap();
    let (receipt, _) = operate(&mut book, hour(82), |draft| draft.release(job(2))).unwrap();
    assert_eq!(receipt.0[0].expires_at, Some(hour(82)));
    assert_eq!(available(&book, hour(82)), Ok(Credits::ZERO));
    let ((), changes) = operate(&mut book, hour(83), |_| Ok(())).unwrap();
    assert_eq!(changes.entries[0].0.movement, Movement::Expire);
    assert_eq!(changes.entries[0].0.amount, credits(3));
}

/// Of two jobs that come back one after the other, the second has what is left of the first one's grace.
#[test]
fn a_package_has_one_grace_for_all_that_comes_back_to_it() {
    let mut book = book();
    grant(&mut book, 1, 5, PackageKind::Paid, Some(hour(10)));
    freeze(&mut book, hour(9), 1, 2).unwrap();
    freeze(&mut book, hour(9), 2, 3).unwrap();
    operate(&mut book, hour(10), |draft| draft.release(job(1))).unwrap();
    let later = hour(10).plus(Duration::from_mins(30));
    let (receipt, _) = operate(&mut book, later, |draft| draft.release(job(2))).unwrap();
    assert_eq!(receipt.0[0].expires_at, Some(hour(82)));
    assert_eq!(available(&book, hour(81)), Ok(credits(5)));
}

/// What the journal tells of only after the tables were read may have a row that nobody has seen.
#[test]
fn what_no_row_was_found_for_counts_from_the_row_that_is_the_first_about_it() {
    let (book, journal) = journal_of_a_job();
    let mut replay = Replay::new(book.account);
    for (entry, hash) in &journal {
        replay.read(entry, *hash).unwrap();
    }
    assert_eq!(replay.compare_rest(0), Ok(()));
    assert_eq!(
        replay.compare_rest(1),
        Err(Discrepancy::Package {
            package: package(1),
            column: "granted",
            row: Credits::ZERO,
            journal: credits(5)
        })
    );
    replay.compare_package(&book.packages[0]).unwrap();
    assert_eq!(replay.compare_rest(1), Ok(()));
    assert_eq!(
        replay.compare_rest(2),
        Err(Discrepancy::Settled {
            job: job(1),
            row: Credits::ZERO,
            journal: credits(3)
        })
    );
    replay
        .compare_hold(job(1), Credits::ZERO, credits(3))
        .unwrap();
    assert_eq!(replay.compare_rest(4), Ok(()));
}

#[test]
fn a_hash_is_64_hexadecimal_digits_and_no_others() {
    let read = |text: &str| text.parse::<Hash>().ok();
    assert_eq!(read(&"00".repeat(32)), Some(Hash::GENESIS));
    for text in [
        "00".repeat(31),
        "00".repeat(33),
        "+0".repeat(32),
        "0g".repeat(32),
    ] {
        assert_eq!(read(&text), None, "{text}");
    }
}
