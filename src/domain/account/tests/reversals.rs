//! What a processor tells of random reversals of one payment.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "a sum that overflows fails the test"
)]

use crate::domain::order::{DisputeStage, RefundStage, Reversal, ReversalKind};

/// What was paid, in minor units. Some reversals are of more.
pub(super) const PRICE: u64 = 1000;

/// A small generator, so that what fails can be repeated by its seed.
#[derive(Clone)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for place in (1..list.len()).rev() {
            let other = self.below(place as u64 + 1);
            list.swap(place, usize::try_from(other).unwrap());
        }
    }
}

/// The life of one reversal, as its processor tells it: every stage up to where it is.
fn life(random: &mut Random, number: u64) -> Vec<Reversal> {
    use DisputeStage::{Inquiry, Lost, Opened, Reinstated, Withdrawn, Won};
    use RefundStage::{Pending, Succeeded, Undone};
    let minor = random.below(PRICE + 200) + 1;
    let reversal = |id: String, kind| Reversal { id, kind, minor };
    if random.below(2) == 0 {
        let lives: [&[RefundStage]; 4] = [
            &[Succeeded],
            &[Pending, Succeeded],
            &[Pending, Undone],
            &[Pending, Succeeded, Undone],
        ];
        let stages = lives[usize::try_from(random.below(4)).unwrap()].iter();
        let refund =
            |stage: &RefundStage| reversal(format!("re_{number}"), ReversalKind::Refund(*stage));
        stages.map(refund).collect()
    } else {
        let lives: [&[DisputeStage]; 6] = [
            &[Inquiry],
            &[Opened, Withdrawn],
            &[Opened, Withdrawn, Lost],
            &[Withdrawn, Reinstated, Won],
            &[Inquiry, Opened, Withdrawn, Won],
            &[Withdrawn, Lost, Reinstated],
        ];
        let stages = lives[usize::try_from(random.below(6)).unwrap()].iter();
        let dispute =
            |stage: &DisputeStage| reversal(format!("dp_{number}"), ReversalKind::Dispute(*stage));
        stages.map(dispute).collect()
    }
}

/// Every message of some reversals, some of them twice, in any order.
pub(super) fn messages(random: &mut Random) -> Vec<Reversal> {
    let count = 1 + random.below(4);
    let mut told: Vec<Reversal> = (0..count).flat_map(|number| life(random, number)).collect();
    let again = told.clone();
    told.extend(again.into_iter().filter(|_| random.below(3) == 0));
    random.shuffle(&mut told);
    told
}
