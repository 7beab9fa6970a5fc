//! Purchases, and money that goes back, with jobs in between: thousands of random lives of one order, each checked
//! after every step against rows that only ever add up what decisions write.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "a sum that overflows fails the test"
)]

use std::collections::{BTreeMap, BTreeSet};

use super::orders::{event, order_is, paid, terms};
use super::reversals::{PRICE, Random, messages};
use super::*;
use crate::domain::ledger::{Entry, Hash, Package, PackageMove, Replay};
use crate::domain::order::{
    self, DisputeStage, RefundStage, Reversal, ReversalKind, Status, Terms,
};

const GRANTED: u32 = 20;

/// An account, and the rows that a database would have of it.
#[derive(Clone)]
struct World {
    account: Account,
    rows: BTreeMap<PackageId, Package>,
    journal: Vec<(Entry, Hash)>,
    terms: Terms,
    order: order::Lifecycle,
    /// Every stage that was told of each reversal, and its amount.
    told: BTreeMap<String, (Vec<ReversalKind>, u64)>,
    now: Timestamp,
    jobs: Vec<u8>,
    opened: u8,
}

impl World {
    fn new(days: Option<u32>) -> Self {
        let terms = Terms {
            days,
            ..terms(GRANTED, PRICE)
        };
        let order = order::Lifecycle::created(terms.credits, terms.price, at(0, 0));
        Self {
            account: Account::new(),
            rows: BTreeMap::new(),
            journal: Vec::new(),
            terms,
            order,
            told: BTreeMap::new(),
            now: at(1, 0),
            jobs: Vec::new(),
            opened: 0,
        }
    }

    /// Whose order is paid, and who has 4 credits of another kind.
    fn paid(days: Option<u32>) -> Self {
        let mut world = Self::new(days);
        world.tell(&event(paid("pi_1", world.terms.price)));
        world.tell(&Command::Grant(grant(1, 4)));
        world
    }

    fn tell(&mut self, command: &Command) -> Reply {
        let package = self.rows.get(&package(7)).copied();
        let facts = order_is(&self.terms, &self.order, package);
        if let Some(due) = expire_holds(&POLICY, &self.account.state, self.now) {
            self.follow(&due.changes);
        }
        let decision = self.account.tell_on(&facts, command, self.now);
        self.follow(&decision.changes);
        self.check();
        decision.reply
    }

    fn follow(&mut self, changes: &Changes) {
        self.journal.extend(&changes.money.entries);
        if let Some(package) = changes.money.granted {
            assert!(self.rows.insert(package.id, package).is_none());
        }
        for moved in &changes.money.moved {
            add(self.rows.get_mut(&moved.id).unwrap(), moved);
        }
        for write in &changes.writes {
            if let Write::Order(change) = write {
                assert_eq!(change.lifecycle.version, self.order.version + 1);
                self.order = change.lifecycle.clone();
            }
        }
    }

    fn check(&self) {
        for row in self.rows.values() {
            let parts = [
                row.remaining,
                row.held,
                row.spent,
                row.expired,
                row.clawed_back,
            ];
            assert_eq!(Credits::sum(parts), Ok(row.granted));
            assert_eq!(
                row.reversed.taken.plus(row.shortage()),
                Ok(row.reversed.target)
            );
        }
        if let Some(bought) = self.rows.get(&package(7)) {
            assert_eq!(bought.reversed.target.get(), self.target());
            let is_all_taken = bought.shortage().is_zero();
            assert!(bought.remaining.is_zero() || is_all_taken, "{bought:?}");
            assert!(bought.reversed.taken <= bought.clawed_back);
        }
        let open = self.rows.values().filter(|row| row.is_open());
        let mut known = self.account.state.book.packages.clone();
        known.sort_by_key(|package| package.id);
        assert_eq!(open.copied().collect::<Vec<_>>(), known);
    }

    /// An auditor who knows the journal alone comes to the same rows.
    fn replay(&self) {
        let mut replay = Replay::new(ACCOUNT);
        for (entry, hash) in &self.journal {
            replay.read(entry, *hash).unwrap();
        }
        for row in self.rows.values() {
            assert_eq!(replay.compare_package(row), Ok(()));
        }
    }

    /// The credits that are to be taken back, from what was told alone.
    fn target(&self) -> u64 {
        let live = self.told.values().filter(|(stages, _)| {
            let has = |wanted: ReversalKind| stages.contains(&wanted);
            match stages[0] {
                ReversalKind::Refund(_) => !has(ReversalKind::Refund(RefundStage::Undone)),
                ReversalKind::Dispute(_) => {
                    let dispute = ReversalKind::Dispute;
                    let is_back =
                        has(dispute(DisputeStage::Reinstated)) || has(dispute(DisputeStage::Won));
                    let is_gone =
                        has(dispute(DisputeStage::Withdrawn)) || has(dispute(DisputeStage::Lost));
                    is_gone && !is_back
                }
            }
        });
        let gone: u64 = live.map(|(_, minor)| minor).sum();
        let gone = gone.min(PRICE);
        (2 * u64::from(GRANTED) * gone + PRICE) / (2 * PRICE)
    }

    fn reverse(&mut self, reversal: &Reversal) {
        let none = (Vec::new(), reversal.minor);
        let told = self.told.entry(reversal.id.clone()).or_insert(none);
        told.0.push(reversal.kind);
        let reply = self.tell(&event(order::Event::Reversed(reversal.clone())));
        assert!(matches!(reply, Reply::OrderMoved { .. }), "{reply:?}");
    }

    fn bought(&self) -> Package {
        self.rows[&package(7)]
    }

    /// A job of up to three pictures, if there are credits for it.
    fn open(&mut self, random: &mut Random) {
        let mut open = open(self.opened);
        open.request.count = u8::try_from(random.below(3) + 1).unwrap();
        let job = self.opened;
        self.opened += 1;
        if let Reply::Opened(_) = self.tell(&opens(open)) {
            self.jobs.push(job);
            self.tell(&happens(job, accepted()));
        }
    }

    fn end(&mut self, random: &mut Random) {
        if self.jobs.is_empty() {
            return;
        }
        let place = random.below(self.jobs.len() as u64);
        let job = self.jobs.remove(usize::try_from(place).unwrap());
        let pictures = u8::try_from(random.below(4)).unwrap();
        let is_known = |world: &Self| {
            let id = super::job(job);
            world.account.state.jobs.get(&id).map(|job| job.count)
        };
        let Some(count) = is_known(self) else {
            return; // Its hold expired.
        };
        if pictures == 0 {
            self.tell(&happens(job, failed()));
        } else {
            self.tell(&happens(job, succeeded(count)));
            self.tell(&happens(job, stored(pictures.min(count))));
        }
    }
}

/// As the database does: it adds differences.
fn add(row: &mut Package, moved: &PackageMove) {
    let add = |column: &mut Credits, change: i64| {
        let sum = i64::try_from(column.get()).unwrap() + change;
        *column = Credits::try_from(u64::try_from(sum).unwrap()).unwrap();
    };
    add(&mut row.remaining, moved.remaining);
    add(&mut row.held, moved.held);
    add(&mut row.spent, moved.spent);
    add(&mut row.expired, moved.expired);
    add(&mut row.clawed_back, moved.clawed_back);
    row.grace_until = moved.grace_until;
    let taken = row.reversed.taken;
    if let Some(reversed) = moved.reversed {
        row.reversed = reversed;
    }
    row.reversed.taken = taken;
    add(&mut row.reversed.taken, moved.taken);
}

fn days(random: &mut Random) -> Option<u32> {
    (random.below(2) == 0).then(|| u32::try_from(random.below(3) + 1).unwrap())
}

/// 4,096 sequences of jobs, time, payments, refunds and disputes, told in any order and more than once: what was taken and
/// the shortage are always the target, no package is ever negative, nothing remains of a package with a shortage, and the
/// journal replays to its rows in the end. The rest is checked after every step.
#[test]
fn what_was_taken_and_the_shortage_are_always_what_goes_back() {
    let mut ends = BTreeSet::new();
    for seed in 0..4096 {
        let mut random = Random(seed);
        let mut world = World::paid(days(&mut random));
        let mut messages = messages(&mut random);
        while !messages.is_empty() || !world.jobs.is_empty() {
            match random.below(5) {
                0 if world.opened < 12 => world.open(&mut random),
                1 => world.end(&mut random),
                2 => {
                    let minutes = random.below(24 * 60);
                    world.now = world.now.plus(Duration::from_mins(minutes));
                    world.tell(&Command::Balance);
                }
                3 => {
                    let again = event(paid("pi_1", world.terms.price));
                    world.tell(&again);
                }
                _ => {
                    if let Some(reversal) = messages.pop() {
                        world.reverse(&reversal);
                    }
                }
            }
        }
        world.replay();
        let bought = world.bought();
        if world.target() == 0 {
            assert_eq!(bought.reversed.taken, Credits::ZERO, "seed {seed}");
        }
        let has = |credits: Credits| !credits.is_zero();
        ends.insert((
            world.order.status(),
            has(bought.reversed.taken),
            has(bought.shortage()),
            has(bought.expired),
        ));
    }
    for end in [
        (Status::Paid, false, false, false),
        (Status::Refunded, true, false, false),
        (Status::Refunded, true, true, false),
        (Status::PartlyRefunded, true, false, true),
        (Status::Disputed, true, true, false),
        (Status::Disputed, false, true, true),
    ] {
        assert!(ends.contains(&end), "{end:?} of {ends:?}");
    }
}

/// 4,096 times: the same messages in two orders, and nothing spent between them, come to the same ledger.
#[test]
fn reversals_in_any_order_come_to_the_same_ledger() {
    for seed in 0..4096 {
        let mut random = Random(seed);
        let mut world = World::paid(days(&mut random));
        for _ in 0..random.below(6) {
            world.open(&mut random);
            if random.below(2) == 0 {
                world.end(&mut random);
            }
        }
        let mut other = world.clone();
        let mut messages = messages(&mut random);
        for each in &messages {
            world.reverse(each);
        }
        random.shuffle(&mut messages);
        for each in &messages {
            other.reverse(each);
        }
        let columns = |world: &World| {
            let figures = world.rows.values().map(|row| {
                let reversed = row.reversed;
                [
                    row.remaining,
                    row.held,
                    row.spent,
                    row.expired,
                    row.clawed_back,
                    reversed.target,
                    reversed.taken,
                ]
            });
            (world.order.status(), figures.collect::<Vec<_>>())
        };
        assert_eq!(columns(&world), columns(&other), "seed {seed}");
    }
}

/// Whoever holds everything, has their money refunded, and cancels, has nothing to spend.
#[test]
fn hold_everything_refund_cancel_leaves_nothing() {
    let mut world = World::new(None);
    world.tell(&event(paid("pi_1", world.terms.price)));
    for number in 0..3 {
        let mut all = open(number);
        all.request.count = 4;
        all.request.credits_per_image = Credits::of(if number == 2 { 1 } else { 2 });
        assert!(matches!(world.tell(&opens(all)), Reply::Opened(_)));
    }
    assert_eq!(world.bought().remaining, Credits::ZERO);
    world.reverse(&Reversal {
        id: "re_1".into(),
        kind: ReversalKind::Refund(RefundStage::Succeeded),
        minor: PRICE,
    });
    for number in 0..3 {
        world.tell(&happens(number, failed()));
    }
    assert_eq!(world.bought().clawed_back, Credits::of(GRANTED));
    assert_eq!(world.account.balance(world.now), (0, 0));
    let facts = order_is(&world.terms, &world.order, Some(world.bought()));
    let refused = world.account.refused(&facts, &opens(open(9)), world.now);
    assert!(matches!(
        refused,
        Refused::Ledger(crate::domain::ledger::Refusal::Insufficient { .. })
    ));
}
