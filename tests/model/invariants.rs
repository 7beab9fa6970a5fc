//! What must be true of the ledger whatever the second one says. The names I1 to I11 are those of the list below.
//!
//! - I1: what a package was granted is where its columns say it is.
//! - I2: what is held of a package is what open holds took of it.
//! - I3: a hold's shares are its amount, each of another package, none of nothing.
//! - I4: the journal is as long as the book says, without gaps, and its time never goes back.
//! - I7: no credit was frozen while one was left that burns before it; returns are in reverse.
//! - I8: no open hold is past its deadline.
//! - I9: every amount is within its range, and no movement is of nothing.
//! - I10: what a job was charged are its pictures; waived, failed, canceled and expired jobs are charged nothing.
//! - I11: a job is open with its hold, and over without it, but for a success after the deadline.
//!
//! I5, that a refused command changes nothing, is checked where commands are carried out (`real`); the other half of
//! I4, that a replay of the journal gives the rows, at the end of each sequence (`rows`).

use std::collections::BTreeSet;

use atelier::domain::credits::Credits;
use atelier::domain::job::{State, StateName};
use atelier::domain::ledger::{Hold, Movement, Package, Receipt, ReceiptLine};

use super::command::{Answer, credits, package_id};
use super::naive::Naive;
use super::real::{Outcome, Real};
use super::view::{Pack, burns_before};
use super::written::JobRow;

/// Checks all of them after a command; names the first that does not hold.
pub(crate) fn check(real: &Real, outcome: &Outcome, naive: &Naive) -> Result<(), String> {
    let packages = real.rows.packages.values();
    let holds = &real.state.book.holds;
    for package in packages {
        ensure(conserves(package), "I1", package)?;
    }
    for package in &real.state.book.packages {
        ensure(is_held_by(package, holds), "I2", package)?;
    }
    for hold in holds {
        ensure(adds_up(hold), "I3", hold)?;
        ensure(hold.deadline.millis() > outcome.now, "I8", hold)?;
    }
    let entries = &outcome.changes.entries;
    let rows = real.rows.journal.len();
    ensure(
        u64::try_from(rows) == Ok(real.state.book.head.seq),
        "I4",
        &real.state.book.head,
    )?;
    for (place, (entry, hash)) in real
        .rows
        .journal
        .iter()
        .enumerate()
        .skip(rows - entries.len())
    {
        let before = place
            .checked_sub(1)
            .map(|before| real.rows.journal[before].0);
        let in_order =
            before.is_none_or(|before| before.at <= entry.at && before.seq + 1 == entry.seq);
        ensure(in_order, "I4", entry)?;
        ensure(entry.amount > Credits::ZERO, "I9", entry)?;
        let last = place + 1 == rows;
        let head = &real.state.book.head;
        ensure(
            !last || (head.hash, head.at) == (*hash, entry.at),
            "I4",
            head,
        )?;
    }
    for (job, row) in &real.rows.written.jobs {
        let settled = real.rows.settled(*job);
        ensure(is_charged_for_pictures(row, settled), "I10", row)?;
        let is_held = real.rows.open.contains_key(job);
        ensure(is_open_with_its_hold(row, is_held), "I11", row)?;
    }
    match &outcome.answer {
        Answer::Opened(opened) if outcome.changes.opened.is_some() => {
            burns_in_order(&opened.receipt, naive)
        }
        Answer::Job { receipt, .. } => burns_in_order(receipt, naive),
        _ => Ok(()),
    }
}

/// Nothing is charged but pictures that its user has, or was made for them before they deleted the job.
fn is_charged_for_pictures(row: &JobRow, settled: Option<Credits>) -> bool {
    let job = &row.lifecycle;
    let charged = settled.unwrap_or_default();
    match job.state {
        State::Completed { waived: false } if job.is_deleted => {
            let most = job.credits_per_image.times(job.count);
            !charged.is_zero() && most.is_ok_and(|most| charged <= most)
        }
        State::Completed { waived: false } => {
            row.images > 0 && job.credits_per_image.times(row.images) == Ok(charged)
        }
        State::Completed { waived: true } => {
            charged.is_zero() && (row.images > 0 || job.is_deleted)
        }
        _ => charged.is_zero() && row.images == 0,
    }
}

/// A job with an open hold is open; one without is over, or a late success on its way.
fn is_open_with_its_hold(row: &JobRow, is_held: bool) -> bool {
    let state = row.lifecycle.state.name();
    is_held == state.is_open() || (state == StateName::Storing && !is_held)
}

fn ensure(holds: bool, name: &str, of: &impl std::fmt::Debug) -> Result<(), String> {
    holds
        .then_some(())
        .ok_or_else(|| format!("{name} does not hold: {of:?}"))
}

fn conserves(package: &Package) -> bool {
    let columns = [
        package.remaining,
        package.held,
        package.spent,
        package.expired,
        package.clawed_back,
    ];
    Credits::sum(columns) == Ok(package.granted)
}

fn is_held_by(package: &Package, holds: &[Hold]) -> bool {
    let shares = holds.iter().flat_map(|hold| &hold.items);
    let shares = shares.filter(|share| share.package == package.id);
    Credits::sum(shares.map(|share| share.amount)) == Ok(package.held)
}

fn adds_up(hold: &Hold) -> bool {
    let packages: BTreeSet<_> = hold.items.iter().map(|item| item.package).collect();
    packages.len() == hold.items.len()
        && hold.items.iter().all(|item| item.amount > Credits::ZERO)
        && Credits::sum(hold.items.iter().map(|item| item.amount)) == Ok(hold.amount)
}

/// I7, by the receipt alone and the order of the packages.
fn burns_in_order(receipt: &Receipt, naive: &Naive) -> Result<(), String> {
    let of = |movement| {
        receipt
            .0
            .iter()
            .filter(move |line| line.movement == movement)
    };
    let frozen: Vec<_> = of(Movement::Freeze).collect();
    for line in &frozen {
        let taken = find(naive, line);
        let jumped = naive.view.packages.iter().any(|other| {
            other.remaining > 0 && other.is_good(naive.now) && burns_before(other, taken)
        });
        ensure(!jumped, "I7", line)?;
    }
    let ordered = |lines: &[&ReceiptLine]| {
        let packs: Vec<_> = lines.iter().map(|line| find(naive, line)).collect();
        packs.windows(2).all(|two| burns_before(two[0], two[1]))
    };
    ensure(ordered(&frozen), "I7", &frozen)?;
    let settled: Vec<_> = of(Movement::Settle).collect();
    let returned: Vec<_> = of(Movement::Release).collect();
    let Some(hold) = naive.done.closed.last() else {
        return Ok(());
    };
    if settled.is_empty() && returned.is_empty() {
        return Ok(());
    }
    let items = hold.items.iter().map(|item| item.item.package);
    let first: Vec<_> = items.clone().take(settled.len()).collect();
    let last: Vec<_> = items.rev().take(returned.len()).collect();
    let names = |lines: &[&ReceiptLine]| lines.iter().map(|line| line.package).collect::<Vec<_>>();
    ensure(
        names(&settled) == first && names(&returned) == last,
        "I7",
        receipt,
    )?;
    let moved = receipt.0.iter().map(|line| line.credits.get()).sum();
    let amount = hold.settled.plus(hold.released);
    ensure(amount == Ok(credits(moved)), "I3", receipt)
}

fn find<'a>(naive: &'a Naive, line: &ReceiptLine) -> &'a Pack {
    let packs = &mut naive.view.packages.iter();
    let found = packs.find(|pack| package_id(pack.name) == line.package);
    found.expect("a package that came in")
}
