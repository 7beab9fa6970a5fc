//! The outcome of each operation in every state of the hold and its package, the outcomes for a canceled job, and those of
//! money that goes back: the tables of `docs/outcomes.md`, with one test per cell or row, and one that compares the page
//! with the tests.
//!
//! A package of 10 credits expires at E. A job holds 6 of them, 3 pictures at 2, since before E.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test may fail, and its names say what it shows"
)]

use std::time::Duration;

use atelier::domain::credits::Credits;
use atelier::domain::id::{AccountId, JobId, PackageId};
use atelier::domain::ledger::{Book, Draft, Freeze, Grant, PackageKind, Receipt, Refusal, Rules};
use atelier::domain::time::Timestamp;

mod outcomes {
    pub(crate) mod canceled;
    pub(crate) mod reversals;
    pub(crate) mod unusual;
    pub(crate) mod world;
}

const JOB: JobId = JobId::from_bytes([1; 16]);
const OTHER_JOB: JobId = JobId::from_bytes([2; 16]);

/// The package's expiry, in hours.
const E: u64 = 100;

#[derive(Clone, Copy)]
enum Hold {
    Open,
    Settled,
    Released,
    PastItsDeadline,
}

#[derive(Clone, Copy)]
enum When {
    Before,
    At,
    After,
}

#[derive(Clone, Copy)]
enum Operation {
    FreezeFour,
    SettleAll,
    SettleOneOfThree,
    Release,
    LateSuccess,
    Read,
}

fn hours(hours: u64) -> Timestamp {
    Timestamp::from_millis(0).plus(Duration::from_hours(hours))
}

fn rules(hold: Hold) -> Rules {
    let hold_ttl = match hold {
        Hold::PastItsDeadline => Duration::from_hours(1),
        Hold::Open | Hold::Settled | Hold::Released => Duration::from_hours(50),
    };
    Rules {
        max_open_holds: 4,
        hold_ttl,
        release_grace: Duration::from_hours(72),
    }
}

fn step<T>(
    book: &mut Book,
    rules: Rules,
    at: Timestamp,
    operation: impl FnOnce(&mut Draft<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let mut draft = Draft::open(book, rules, at).unwrap();
    let answer = operation(&mut draft);
    let changes = draft.finish();
    book.follow(&changes);
    answer
}

/// The account in which a cell's operation happens. The hold was opened at E - 20 and, if it is
/// closed, closed at E - 19.
fn prepare(hold: Hold) -> Book {
    let mut book = Book::empty(AccountId::from_bytes([0; 16]));
    let rules = rules(hold);
    let grant = Grant {
        package: PackageId::from_bytes([9; 16]),
        kind: PackageKind::Paid,
        credits: Credits::of(10),
        expires_at: Some(hours(E)),
    };
    step(&mut book, rules, hours(0), |draft| draft.grant(grant)).unwrap();
    let freeze = Freeze {
        job: JOB,
        amount: Credits::of(6),
    };
    step(&mut book, rules, hours(E - 20), |draft| {
        draft.freeze(freeze)
    })
    .unwrap();
    let closed_at = hours(E - 19);
    match hold {
        Hold::Settled => drop(step(&mut book, rules, closed_at, |draft| {
            draft.settle(JOB, Credits::of(6))
        })),
        Hold::Released => drop(step(&mut book, rules, closed_at, |draft| {
            draft.release(JOB)
        })),
        Hold::Open | Hold::PastItsDeadline => {}
    }
    book
}

/// The text of a cell: the answer, then what is usable and held, and until when.
fn outcome(operation: Operation, when: When, hold: Hold) -> String {
    let mut book = prepare(hold);
    let at = match when {
        When::Before => Timestamp::from_millis(hours(E).millis() - 1),
        When::At => hours(E),
        When::After => hours(E + 1),
    };
    let (two, four, six) = (Credits::of(2), Credits::of(4), Credits::of(6));
    let receipt = |receipt: Receipt| {
        let lines = receipt
            .0
            .iter()
            .map(|line| format!("{} {}", line.movement.name(), line.credits));
        lines.collect::<Vec<_>>().join(", ")
    };
    let freeze = Freeze {
        job: OTHER_JOB,
        amount: four,
    };
    let answer = step(&mut book, rules(hold), at, |draft| match operation {
        Operation::FreezeFour => draft.freeze(freeze).map(receipt),
        Operation::SettleAll => draft.settle(JOB, six).map(receipt),
        Operation::SettleOneOfThree => draft.settle(JOB, two).map(receipt),
        Operation::Release => draft.release(JOB).map(receipt),
        Operation::LateSuccess => draft
            .late_success(JOB, six)
            .map(|()| "late_success 6".into()),
        Operation::Read => Ok("-".into()),
    });
    let answer = answer.unwrap_or_else(|refusal| match refusal {
        Refusal::NoOpenHold => "no open hold".into(),
        Refusal::Insufficient { available, .. } => format!("402, {available} available"),
        other => other.to_string(),
    });
    let held: u64 = book.holds.iter().map(|hold| hold.amount.get()).sum();
    let draft = Draft::open(&book, rules(hold), at).unwrap();
    let usable = draft.available().unwrap();
    let until = match book
        .packages
        .first()
        .and_then(|package| package.grace_until)
    {
        Some(grace) if !usable.is_zero() => {
            format!(" for {} h more", grace.since(at).as_secs() / 3600)
        }
        _ => String::new(),
    };
    format!("{answer}; {usable} usable{until}, {held} held")
}

/// One test per cell, and the same cells as rows of the page.
macro_rules! outcomes {
    ($($operation:ident $title:literal { $($name:ident: $hold:ident, $when:ident => $says:literal;)* })*) => {
        $($(
            #[test]
            fn $name() {
                assert_eq!(outcome(Operation::$operation, When::$when, Hold::$hold), $says);
            }
        )*)*

        fn table() -> String {
            let mut page = String::new();
            $(
                page.push_str(concat!("\n## ", $title, "\n\n| hold | before expiry | at expiry | after expiry |\n|---|---|---|---|\n"));
                let cells = [$((stringify!($hold), $says)),*];
                for row in cells.chunks(3) {
                    let says: Vec<_> = row.iter().map(|(_, says)| *says).collect();
                    page.extend(["| ", title_of(row), " | ", &says.join(" | "), " |\n"]);
                }
            )*
            page
        }
    };
}

fn title_of<'a>(row: &[(&'a str, &str)]) -> &'a str {
    match row.first().map(|(hold, _)| *hold) {
        Some("Open") => "open",
        Some("Settled") => "settled",
        Some("Released") => "released",
        _ => "past its deadline",
    }
}

outcomes! {
    FreezeFour "Freeze 4 for another job" {
        freeze_before_expiry_with_the_hold_open: Open, Before => "freeze 4; 0 usable, 10 held";
        freeze_at_expiry_with_the_hold_open: Open, At => "402, 0 available; 0 usable, 6 held";
        freeze_after_expiry_with_the_hold_open: Open, After => "402, 0 available; 0 usable, 6 held";
        freeze_before_expiry_with_the_hold_settled: Settled, Before => "freeze 4; 0 usable, 4 held";
        freeze_at_expiry_with_the_hold_settled: Settled, At => "402, 0 available; 0 usable, 0 held";
        freeze_after_expiry_with_the_hold_settled: Settled, After => "402, 0 available; 0 usable, 0 held";
        freeze_before_expiry_with_the_hold_released: Released, Before => "freeze 4; 6 usable, 4 held";
        freeze_at_expiry_with_the_hold_released: Released, At => "402, 0 available; 0 usable, 0 held";
        freeze_after_expiry_with_the_hold_released: Released, After => "402, 0 available; 0 usable, 0 held";
        freeze_before_expiry_with_the_hold_past_its_deadline: PastItsDeadline, Before => "freeze 4; 6 usable, 4 held";
        freeze_at_expiry_with_the_hold_past_its_deadline: PastItsDeadline, At => "freeze 4; 2 usable for 72 h more, 4 held";
        freeze_after_expiry_with_the_hold_past_its_deadline: PastItsDeadline, After => "freeze 4; 2 usable for 72 h more, 4 held";
    }
    SettleAll "Settle 3 of 3 pictures" {
        settle_all_before_expiry_with_the_hold_open: Open, Before => "settle 6; 4 usable, 0 held";
        settle_all_at_expiry_with_the_hold_open: Open, At => "settle 6; 0 usable, 0 held";
        settle_all_after_expiry_with_the_hold_open: Open, After => "settle 6; 0 usable, 0 held";
        settle_all_before_expiry_with_the_hold_settled: Settled, Before => "no open hold; 4 usable, 0 held";
        settle_all_at_expiry_with_the_hold_settled: Settled, At => "no open hold; 0 usable, 0 held";
        settle_all_after_expiry_with_the_hold_settled: Settled, After => "no open hold; 0 usable, 0 held";
        settle_all_before_expiry_with_the_hold_released: Released, Before => "no open hold; 10 usable, 0 held";
        settle_all_at_expiry_with_the_hold_released: Released, At => "no open hold; 0 usable, 0 held";
        settle_all_after_expiry_with_the_hold_released: Released, After => "no open hold; 0 usable, 0 held";
        settle_all_before_expiry_with_the_hold_past_its_deadline: PastItsDeadline, Before => "no open hold; 10 usable, 0 held";
        settle_all_at_expiry_with_the_hold_past_its_deadline: PastItsDeadline, At => "no open hold; 6 usable for 72 h more, 0 held";
        settle_all_after_expiry_with_the_hold_past_its_deadline: PastItsDeadline, After => "no open hold; 6 usable for 72 h more, 0 held";
    }
    SettleOneOfThree "Settle 1 of 3 pictures" {
        settle_one_before_expiry_with_the_hold_open: Open, Before => "settle 2, release 4; 8 usable, 0 held";
        settle_one_at_expiry_with_the_hold_open: Open, At => "settle 2, release 4; 4 usable for 72 h more, 0 held";
        settle_one_after_expiry_with_the_hold_open: Open, After => "settle 2, release 4; 4 usable for 72 h more, 0 held";
        settle_one_before_expiry_with_the_hold_settled: Settled, Before => "no open hold; 4 usable, 0 held";
        settle_one_at_expiry_with_the_hold_settled: Settled, At => "no open hold; 0 usable, 0 held";
        settle_one_after_expiry_with_the_hold_settled: Settled, After => "no open hold; 0 usable, 0 held";
        settle_one_before_expiry_with_the_hold_released: Released, Before => "no open hold; 10 usable, 0 held";
        settle_one_at_expiry_with_the_hold_released: Released, At => "no open hold; 0 usable, 0 held";
        settle_one_after_expiry_with_the_hold_released: Released, After => "no open hold; 0 usable, 0 held";
        settle_one_before_expiry_with_the_hold_past_its_deadline: PastItsDeadline, Before => "no open hold; 10 usable, 0 held";
        settle_one_at_expiry_with_the_hold_past_its_deadline: PastItsDeadline, At => "no open hold; 6 usable for 72 h more, 0 held";
        settle_one_after_expiry_with_the_hold_past_its_deadline: PastItsDeadline, After => "no open hold; 6 usable for 72 h more, 0 held";
    }
    Release "Release" {
        release_before_expiry_with_the_hold_open: Open, Before => "release 6; 10 usable, 0 held";
        release_at_expiry_with_the_hold_open: Open, At => "release 6; 6 usable for 72 h more, 0 held";
        release_after_expiry_with_the_hold_open: Open, After => "release 6; 6 usable for 72 h more, 0 held";
        release_before_expiry_with_the_hold_settled: Settled, Before => "no open hold; 4 usable, 0 held";
        release_at_expiry_with_the_hold_settled: Settled, At => "no open hold; 0 usable, 0 held";
        release_after_expiry_with_the_hold_settled: Settled, After => "no open hold; 0 usable, 0 held";
        release_before_expiry_with_the_hold_released: Released, Before => "no open hold; 10 usable, 0 held";
        release_at_expiry_with_the_hold_released: Released, At => "no open hold; 0 usable, 0 held";
        release_after_expiry_with_the_hold_released: Released, After => "no open hold; 0 usable, 0 held";
        release_before_expiry_with_the_hold_past_its_deadline: PastItsDeadline, Before => "no open hold; 10 usable, 0 held";
        release_at_expiry_with_the_hold_past_its_deadline: PastItsDeadline, At => "no open hold; 6 usable for 72 h more, 0 held";
        release_after_expiry_with_the_hold_past_its_deadline: PastItsDeadline, After => "no open hold; 6 usable for 72 h more, 0 held";
    }
    LateSuccess "Late success, and waived" {
        late_success_before_expiry_with_the_hold_open: Open, Before => "late_success 6; 4 usable, 6 held";
        late_success_at_expiry_with_the_hold_open: Open, At => "late_success 6; 0 usable, 6 held";
        late_success_after_expiry_with_the_hold_open: Open, After => "late_success 6; 0 usable, 6 held";
        late_success_before_expiry_with_the_hold_settled: Settled, Before => "late_success 6; 4 usable, 0 held";
        late_success_at_expiry_with_the_hold_settled: Settled, At => "late_success 6; 0 usable, 0 held";
        late_success_after_expiry_with_the_hold_settled: Settled, After => "late_success 6; 0 usable, 0 held";
        late_success_before_expiry_with_the_hold_released: Released, Before => "late_success 6; 10 usable, 0 held";
        late_success_at_expiry_with_the_hold_released: Released, At => "late_success 6; 0 usable, 0 held";
        late_success_after_expiry_with_the_hold_released: Released, After => "late_success 6; 0 usable, 0 held";
        late_success_before_expiry_with_the_hold_past_its_deadline: PastItsDeadline, Before => "late_success 6; 10 usable, 0 held";
        late_success_at_expiry_with_the_hold_past_its_deadline: PastItsDeadline, At => "late_success 6; 6 usable for 72 h more, 0 held";
        late_success_after_expiry_with_the_hold_past_its_deadline: PastItsDeadline, After => "late_success 6; 6 usable for 72 h more, 0 held";
    }
    Read "Reading the account" {
        read_before_expiry_with_the_hold_open: Open, Before => "-; 4 usable, 6 held";
        read_at_expiry_with_the_hold_open: Open, At => "-; 0 usable, 6 held";
        read_after_expiry_with_the_hold_open: Open, After => "-; 0 usable, 6 held";
        read_before_expiry_with_the_hold_settled: Settled, Before => "-; 4 usable, 0 held";
        read_at_expiry_with_the_hold_settled: Settled, At => "-; 0 usable, 0 held";
        read_after_expiry_with_the_hold_settled: Settled, After => "-; 0 usable, 0 held";
        read_before_expiry_with_the_hold_released: Released, Before => "-; 10 usable, 0 held";
        read_at_expiry_with_the_hold_released: Released, At => "-; 0 usable, 0 held";
        read_after_expiry_with_the_hold_released: Released, After => "-; 0 usable, 0 held";
        read_before_expiry_with_the_hold_past_its_deadline: PastItsDeadline, Before => "-; 10 usable, 0 held";
        read_at_expiry_with_the_hold_past_its_deadline: PastItsDeadline, At => "-; 6 usable for 72 h more, 0 held";
        read_after_expiry_with_the_hold_past_its_deadline: PastItsDeadline, After => "-; 6 usable for 72 h more, 0 held";
    }
}

#[test]
fn the_page_says_what_the_tests_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/outcomes.md");
    let page = std::fs::read_to_string(path).unwrap();
    let mut table = table() + &outcomes::canceled::rows();
    table += &(outcomes::reversals::rows() + &outcomes::unusual::rows());
    let there = page.find("\n## ").map(|start| &page[start..]);
    assert!(
        there == Some(table.as_str()),
        "docs/outcomes.md should end with:\n{table}"
    );
}
