//! What must agree after each command.

use std::fmt::Debug;

use atelier::domain::job::State;
use atelier::domain::ledger::{Changes, Hold, Package, PackageMove, Reversed};
use atelier::domain::time::Timestamp;

use super::command::{Answer, credits, job_id, moment, package_id};
use super::naive::Naive;
use super::real::{Outcome, Real};
use super::view::{Open, Pack};

/// Compares all that both ledgers say and have; names the first difference.
pub(crate) fn compare(
    real: &Real,
    outcome: &Outcome,
    naive: &Naive,
    answer: &Answer,
) -> Result<(), String> {
    same("the answer", &outcome.answer, answer)?;
    same("the moment", &outcome.now, &naive.now)?;
    packages_agree(real, naive)?;
    holds_agree(real, naive)?;
    credits_agree(real, naive)?;
    jobs_agree(real, naive)?;
    changes_agree(&outcome.changes, naive)
}

fn same<T: PartialEq + Debug>(what: &str, ledger: &T, naive: &T) -> Result<(), String> {
    if ledger == naive {
        return Ok(());
    }
    Err(format!(
        "{what} differs\n  ledger: {ledger:?}\n  naive:  {naive:?}"
    ))
}

/// Every package there ever was, in its row; and in the book those that are not used up.
fn packages_agree(real: &Real, naive: &Naive) -> Result<(), String> {
    let packages = &naive.view.packages;
    let rows = &real.rows.packages;
    same("how many packages", &rows.len(), &packages.len())?;
    let mut open = 0;
    for pack in packages {
        let row = rows.get(&package_id(pack.name)).copied();
        same("a package", &row, &Some(package(pack)))?;
        open += usize::from(pack.is_open());
    }
    let book = &real.state.book.packages;
    same("how many packages in the book", &book.len(), &open)?;
    book.iter().try_for_each(|package| {
        let row = rows.get(&package.id);
        same("a package in the book and its row", &Some(package), &row)
    })
}

/// Open holds with their shares, in the book and in their rows.
fn holds_agree(real: &Real, naive: &Naive) -> Result<(), String> {
    let (book, rows, holds) = (&real.state.book.holds, &real.rows.open, &naive.view.holds);
    same("how many open holds", &book.len(), &holds.len())?;
    same("how many rows of open holds", &rows.len(), &holds.len())?;
    holds.iter().try_for_each(|open| {
        let hold = hold(naive, open);
        same(
            "an open hold",
            &real.state.book.hold(hold.job),
            &Some(&hold),
        )?;
        same(
            "the row of an open hold",
            &rows.get(&hold.job),
            &Some(&hold),
        )
    })
}

/// What can be used and what is reserved: now, and around the next expiry without anybody looking before.
fn credits_agree(real: &Real, naive: &Naive) -> Result<(), String> {
    let held = real
        .state
        .book
        .packages
        .iter()
        .map(|package| package.held.get());
    same("held", &held.sum(), &naive.view.held())?;
    let expiries = naive.view.packages.iter().filter(|pack| pack.remaining > 0);
    let expiries = expiries.filter_map(Pack::gone_at);
    let next = expiries.filter(|expiry| *expiry > naive.now).min();
    let moments = next.map_or(vec![], |next| vec![next - 1, next]);
    for at in [naive.now].into_iter().chain(moments) {
        let ledger = real.available(Timestamp::from_millis(at));
        let naive = naive.view.available(at);
        same("available", &ledger, &Ok(credits(naive)))?;
    }
    Ok(())
}

/// Every job there ever was, in its row; and remembered are those with an open hold, as their rows are.
fn jobs_agree(real: &Real, naive: &Naive) -> Result<(), String> {
    let rows = &real.rows.written.jobs;
    same("how many jobs", &rows.len(), &naive.jobs.len())?;
    for job in naive.jobs.values() {
        let id = job_id(job.number);
        let row = rows.get(&id).ok_or_else(|| format!("{id} has no row"))?;
        let lifecycle = &row.lifecycle;
        same("where a job is", &lifecycle.state.name(), &job.state)?;
        let is_waived = lifecycle.state == State::Completed { waived: true };
        same("whether it is waived", &is_waived, &job.is_waived)?;
        same("its pictures", &row.images, &job.pictures)?;
        let wish = (lifecycle.cancel_requested, lifecycle.is_deleted);
        same(
            "what its user wants",
            &wish,
            &(job.cancel_requested, job.is_deleted),
        )?;
        let is_held = naive.view.hold(job.number).is_some();
        let remembered = is_held.then_some(lifecycle);
        same(
            "a job that is remembered",
            &real.state.jobs.get(&id),
            &remembered,
        )?;
    }
    let (remembered, holds) = (real.state.jobs.len(), naive.view.holds.len());
    same("how many jobs are remembered", &remembered, &holds)
}

/// The rows to write are what happened and nothing else.
fn changes_agree(changes: &Changes, naive: &Naive) -> Result<(), String> {
    let done = &naive.done;
    let entries: Vec<_> = changes.entries.iter().map(|(entry, _)| *entry).collect();
    same("new rows of the journal", &entries, &done.rows)?;
    same("closed holds", &changes.closed, &done.closed)?;
    let (before, after) = (&done.before.packages, &naive.view.packages);
    let granted = after.get(before.len()).map(package);
    same("the new package", &changes.granted, &granted)?;
    let was_open = |job| done.before.hold(job).is_some();
    let was_closed = |job| done.closed.iter().any(|closed| closed.job == job_id(job));
    let opened = naive.view.holds.iter();
    let opened = opened.filter(|open| !was_open(open.job) || was_closed(open.job));
    let opened: Vec<_> = opened.map(|open| hold(naive, open)).collect();
    same(
        "the new hold",
        &changes.opened.clone().into_iter().collect(),
        &opened,
    )?;
    let pairs = before.iter().zip(after);
    let mut moved: Vec<_> = pairs.filter(|(old, new)| old != new).map(way).collect();
    moved.sort_by_key(|moved| moved.id);
    let mut told = changes.moved.clone();
    // With a batch of its own for expired holds, credits may come back in one and go again in the next.
    let stood_still = |moved: &PackageMove| {
        let mut packages = before.iter();
        let before = packages.find(|pack| package_id(pack.name) == moved.id);
        before.is_some_and(|pack| *moved == way((pack, pack)))
    };
    told.retain(|moved| !stood_still(moved));
    told.sort_by_key(|moved| moved.id);
    same("what moved", &told, &moved)
}

fn package(pack: &Pack) -> Package {
    Package {
        id: package_id(pack.name),
        kind: pack.kind,
        granted: credits(pack.granted),
        remaining: credits(pack.remaining),
        held: credits(pack.held),
        spent: credits(pack.spent),
        expired: credits(pack.expired),
        clawed_back: credits(pack.clawed_back),
        granted_at: Timestamp::from_millis(pack.granted_at),
        expires_at: moment(pack.expires_at),
        grace_until: moment(pack.grace_until),
        reversed: Reversed::default(),
    }
}

fn hold(naive: &Naive, open: &Open) -> Hold {
    Hold {
        job: job_id(open.job),
        amount: credits(open.amount()),
        opened_at: Timestamp::from_millis(open.opened_at),
        deadline: Timestamp::from_millis(open.opened_at + naive.limits.ttl),
        items: open.shares.iter().map(|share| naive.item(share)).collect(),
    }
}

/// From one state of a package to another.
fn way((before, after): (&Pack, &Pack)) -> PackageMove {
    let change = |of: fn(&Pack) -> u64| of(after).cast_signed() - of(before).cast_signed();
    PackageMove {
        id: package_id(after.name),
        remaining: change(|pack| pack.remaining),
        held: change(|pack| pack.held),
        spent: change(|pack| pack.spent),
        expired: change(|pack| pack.expired),
        clawed_back: change(|pack| pack.clawed_back),
        grace_until: moment(after.grace_until),
        taken: 0,
        reversed: None,
    }
}
