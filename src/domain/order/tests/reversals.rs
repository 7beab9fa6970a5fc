//! The arithmetic of money that goes back.

use std::collections::BTreeSet;

use super::*;

#[test]
fn a_purchases_status_follows_from_its_reversals() {
    for (reversals, status, target) in [
        (vec![], Status::Paid, 0),
        (
            vec![refund("re_1", 400, RefundStage::Succeeded)],
            Status::PartlyRefunded,
            40,
        ),
        (
            vec![refund("re_1", 1000, RefundStage::Pending)],
            Status::Refunded,
            100,
        ),
        (
            vec![refund("re_1", 1000, RefundStage::Undone)],
            Status::Paid,
            0,
        ),
        (
            vec![dispute("dp_1", 1000, DisputeStage::Inquiry)],
            Status::Disputed,
            0,
        ),
        (
            vec![dispute("dp_1", 1000, DisputeStage::Withdrawn)],
            Status::Disputed,
            100,
        ),
        (
            vec![dispute("dp_1", 1000, DisputeStage::Reinstated)],
            Status::Paid,
            0,
        ),
        (
            vec![dispute("dp_1", 1000, DisputeStage::Won)],
            Status::Paid,
            0,
        ),
        (
            vec![dispute("dp_1", 1000, DisputeStage::Lost)],
            Status::Disputed,
            100,
        ),
        // Money that came back after a loss, whichever is told first.
        (
            vec![
                dispute("dp_1", 1000, DisputeStage::Lost),
                dispute("dp_1", 1000, DisputeStage::Reinstated),
            ],
            Status::Paid,
            0,
        ),
        // A refund of more than was left says all.
        (
            vec![
                refund("re_1", 600, RefundStage::Succeeded),
                refund("re_2", 600, RefundStage::Pending),
            ],
            Status::Refunded,
            100,
        ),
        // A refund and a dispute of the same money take it once.
        (
            vec![
                refund("re_1", 600, RefundStage::Succeeded),
                dispute("dp_1", 1000, DisputeStage::Withdrawn),
            ],
            Status::Disputed,
            100,
        ),
    ] {
        let order = reversals.iter().fold(paid(), |order, reversal| {
            apply(&order, &Event::Reversed(reversal.clone()), NOW)
                .unwrap()
                .order
        });
        assert_eq!(order.status(), status, "{reversals:?}");
        assert_eq!(
            order.clawback_target(),
            Credits::of(target),
            "{reversals:?}"
        );
    }
}

/// A third of 100 credits is 33, two thirds are 67: half up, and never more than were granted.
#[test]
fn a_share_is_rounded_to_the_nearest_credit() {
    let target = |granted, paid, minor| {
        let mut reversals = Reversals::default();
        reversals.note(refund("re_1", minor, RefundStage::Succeeded));
        reversals.target(Credits::of(granted), paid).get()
    };
    assert_eq!(target(100, 999, 333), 33);
    assert_eq!(target(100, 999, 666), 67);
    assert_eq!(target(1, 1000, 499), 0);
    assert_eq!(target(1, 1000, 500), 1);
    assert_eq!(target(100, 1000, 5000), 100);
    assert_eq!(target(100, 1000, 0), 0);
}

/// A small generator, so that what fails can be repeated by its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33).checked_rem(end).unwrap()
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for place in (1..list.len()).rev() {
            let other = usize::try_from(self.below((place as u64).saturating_add(1))).unwrap();
            list.swap(place, other);
        }
    }
}

/// The life of one reversal, as its processor tells it: every stage up to where it is.
fn life(random: &mut Random, number: u64) -> Vec<Reversal> {
    let minor = random.below(1200).saturating_add(1);
    if random.below(2) == 0 {
        let id = format!("re_{number}");
        let ends = [
            vec![RefundStage::Succeeded],
            vec![RefundStage::Pending, RefundStage::Succeeded],
            vec![RefundStage::Pending, RefundStage::Undone],
            vec![
                RefundStage::Pending,
                RefundStage::Succeeded,
                RefundStage::Undone,
            ],
        ];
        let stages = &ends[usize::try_from(random.below(4)).unwrap()];
        stages
            .iter()
            .map(|stage| refund(&id, minor, *stage))
            .collect()
    } else {
        let id = format!("dp_{number}");
        let ends = [
            vec![DisputeStage::Inquiry],
            vec![DisputeStage::Opened, DisputeStage::Withdrawn],
            vec![
                DisputeStage::Opened,
                DisputeStage::Withdrawn,
                DisputeStage::Lost,
            ],
            vec![
                DisputeStage::Withdrawn,
                DisputeStage::Reinstated,
                DisputeStage::Won,
            ],
            vec![
                DisputeStage::Inquiry,
                DisputeStage::Opened,
                DisputeStage::Withdrawn,
                DisputeStage::Won,
            ],
        ];
        let stages = &ends[usize::try_from(random.below(5)).unwrap()];
        stages
            .iter()
            .map(|stage| dispute(&id, minor, *stage))
            .collect()
    }
}

/// 8,192 sequences: whatever the order in which a processor tells of reversals, and however often, the same is taken back
/// in the end; and what the changes of the target add up to is the target.
#[test]
fn what_goes_back_depends_on_the_reversals_alone() {
    let mut ends = BTreeSet::new();
    for seed in 0..8192 {
        let mut random = Random(seed);
        let count = 1 + random.below(4);
        let told: Vec<Reversal> = (0..count)
            .flat_map(|number| life(&mut random, number))
            .collect();
        let mut in_order = Reversals::default();
        for reversal in &told {
            in_order.note(reversal.clone());
        }
        let expected = in_order.target(Credits::of(100), 1000);
        let mut shuffled: Vec<Reversal> = told.iter().chain(&told).cloned().collect();
        random.shuffle(&mut shuffled);
        let (mut order, mut taken) = (paid(), Credits::ZERO);
        for reversal in shuffled {
            match apply(&order, &Event::Reversed(reversal), NOW) {
                Ok(applied) => {
                    if let Effect::ClawbackTarget(target) = applied.effect {
                        assert_ne!(target, taken, "seed {seed}");
                        taken = target;
                    }
                    order = applied.order;
                }
                Err(not) => assert_eq!(not, NotApplied::Repeated, "seed {seed}"),
            }
        }
        assert_eq!(
            (order.clawback_target(), taken),
            (expected, expected),
            "seed {seed}"
        );
        assert!(expected <= Credits::of(100));
        ends.insert((order.status(), expected.get() > 0));
    }
    // All kinds of ends were among them.
    for end in [
        (Status::Paid, false),
        (Status::PartlyRefunded, true),
        (Status::Refunded, true),
        (Status::Disputed, false),
        (Status::Disputed, true),
    ] {
        assert!(ends.contains(&end), "{end:?}");
    }
}
