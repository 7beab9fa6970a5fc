//! The cost of a decision about credits, natively: freeze, settle and release, with 1 to 1,000
//! packages. `one` takes from the first package alone, `all` from every one of them.
//!
//! A decision is a draft opened on the book, the operation, and its changes with their hashes:
//! everything that happens between two database batches.
#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark may end where it stands"
)]

use std::hint::black_box;
use std::time::Duration;

use atelier::domain::credits::Credits;
use atelier::domain::id::{AccountId, JobId, PackageId};
use atelier::domain::ledger::{Book, Changes, Draft, Freeze, Grant, PackageKind, Refusal, Rules};
use atelier::domain::time::Timestamp;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const RULES: Rules = Rules {
    max_open_holds: 4,
    hold_ttl: Duration::from_hours(2),
    release_grace: Duration::from_hours(72),
};

const JOB: JobId = JobId::from_bytes([7; 16]);
const NOW: Timestamp = Timestamp::from_millis(1_795_161_600_000);

/// One operation on a book, decided like an account's keeper does.
fn decide<T>(book: &Book, operation: impl FnOnce(&mut Draft<'_>) -> Result<T, Refusal>) -> Changes {
    let mut draft = Draft::open(book, RULES, NOW).expect("a book that adds up");
    operation(&mut draft).map(drop).expect("enough credits");
    draft.finish()
}

/// An account of packages of four credits, each with another expiry.
fn book(packages: u32) -> Book {
    let mut book = Book::empty(AccountId::of_subject("ada"));
    for number in 0..packages {
        let mut name = [0; 16];
        name.iter_mut()
            .zip(number.to_be_bytes())
            .for_each(|(byte, of_number)| *byte = of_number);
        let grant = Grant {
            package: PackageId::from_bytes(name),
            kind: PackageKind::Paid,
            credits: Credits::of(4),
            expires_at: Some(NOW.plus(Duration::from_hours(u64::from(number).saturating_add(9)))),
        };
        let changes = decide(&book, |draft| draft.grant(grant));
        book.follow(&changes);
    }
    book
}

fn freeze(amount: Credits) -> Freeze {
    Freeze { job: JOB, amount }
}

fn ledger(criterion: &mut Criterion) {
    for packages in [1, 10, 100, 1000] {
        let open = book(packages);
        let all = Draft::open(&open, RULES, NOW).and_then(|draft| Ok(draft.available()?));
        let all = all.expect("a sum in range");
        let mut group = criterion.benchmark_group(format!("{packages} packages"));
        for (name, amount) in [("one", Credits::of(4)), ("all", all)] {
            let mut held = open.clone();
            held.follow(&decide(&open, |draft| draft.freeze(freeze(amount))));
            let run =
                |book: &Book, operation: fn(&mut Draft<'_>, Credits) -> Result<(), Refusal>| {
                    decide(book, |draft| operation(draft, amount))
                };
            group.bench_function(format!("freeze {name}"), |bencher| {
                bencher.iter_batched_ref(
                    || open.clone(),
                    |book| {
                        run(black_box(book), |draft, amount| {
                            draft.freeze(freeze(amount)).map(drop)
                        })
                    },
                    BatchSize::SmallInput,
                );
            });
            group.bench_function(format!("settle {name}"), |bencher| {
                bencher.iter(|| {
                    run(black_box(&held), |draft, amount| {
                        draft.settle(JOB, amount).map(drop)
                    })
                });
            });
            group.bench_function(format!("release {name}"), |bencher| {
                bencher.iter(|| run(black_box(&held), |draft, _| draft.release(JOB).map(drop)));
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(30);
    targets = ledger
}
criterion_main!(benches);
