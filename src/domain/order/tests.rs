//! An order's life, and the arithmetic of money that goes back.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::domain::credits::Credits;
use crate::domain::money::{Currency, Money};
use crate::domain::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_795_161_600_000);

fn money(minor: u64) -> Money {
    Money::of(minor, Currency::parse("usd").unwrap()).unwrap()
}

fn order() -> Lifecycle {
    Lifecycle::created(Credits::of(100), money(1000), NOW)
}

fn session(id: &str) -> CheckoutSession {
    CheckoutSession {
        id: id.into(),
        url: format!("https://pay.test/{id}"),
        expires_at: NOW.plus(Duration::from_mins(30)),
    }
}

fn payment(id: &str, minor: u64) -> Event {
    Event::Paid(Payment {
        id: id.into(),
        amount: money(minor),
    })
}

fn refund(id: &str, minor: u64, stage: RefundStage) -> Reversal {
    Reversal {
        id: id.into(),
        kind: ReversalKind::Refund(stage),
        minor,
    }
}

fn dispute(id: &str, minor: u64, stage: DisputeStage) -> Reversal {
    Reversal {
        id: id.into(),
        kind: ReversalKind::Dispute(stage),
        minor,
    }
}

/// An order after these events, each of which must act.
fn after(events: &[Event]) -> Lifecycle {
    events.iter().fold(order(), |order, event| {
        apply(&order, event, NOW).unwrap().order
    })
}

fn opened() -> Event {
    Event::SessionOpened(session("cs_1"))
}

fn paid() -> Lifecycle {
    after(&[opened(), payment("pi_1", 1000)])
}

#[test]
fn an_order_is_paid_once_and_granted_once() {
    let open = after(&[opened()]);
    assert_eq!(open.status(), Status::Open);
    let applied = apply(&open, &payment("pi_1", 1000), NOW).unwrap();
    assert_eq!(applied.effect, Effect::Grant);
    assert_eq!(
        (applied.order.status(), applied.order.due_at),
        (Status::Paid, None)
    );
    let again = apply(&applied.order, &payment("pi_1", 1000), NOW);
    assert_eq!(again, Err(NotApplied::Repeated));
    let twice = apply(&applied.order, &payment("pi_2", 1000), NOW);
    assert!(matches!(twice, Err(NotApplied::Anomaly(_))));
}

/// Money that arrived is never turned away: after a lost answer, an expiry, or a failure that was none.
#[test]
fn a_payment_counts_in_every_state() {
    let ends: [&[Event]; 5] = [
        &[],
        &[Event::SessionUnknown],
        &[opened(), Event::PaymentPending],
        &[opened(), Event::PaymentFailed],
        &[opened(), Event::SessionExpired],
    ];
    for events in ends {
        let before = after(events);
        let applied = apply(&before, &payment("pi_1", 1000), NOW).unwrap();
        assert_eq!(applied.effect, Effect::Grant, "{events:?}");
    }
}

#[test]
fn another_amount_or_currency_moves_nothing() {
    let open = after(&[opened()]);
    for minor in [999, 1001, 0] {
        let applied = apply(&open, &payment("pi_1", minor), NOW);
        assert!(matches!(applied, Err(NotApplied::Anomaly(_))), "{minor}");
    }
    let euros = Money::of(1000, Currency::parse("eur").unwrap()).unwrap();
    let event = Event::Paid(Payment {
        id: "pi_1".into(),
        amount: euros,
    });
    assert!(matches!(
        apply(&open, &event, NOW),
        Err(NotApplied::Anomaly(_))
    ));
}

/// Money that goes back before its payment was noticed waits for that.
#[test]
fn a_reversal_of_what_is_not_paid_yet_says_so() {
    let event = Event::Reversed(refund("re_1", 1000, RefundStage::Succeeded));
    for events in [&[][..], &[opened()], &[opened(), Event::SessionExpired]] {
        assert_eq!(
            apply(&after(events), &event, NOW),
            Err(NotApplied::NotPaidYet)
        );
    }
}

/// Every event in every state, the ones that act and those that do not.
#[test]
fn what_comes_late_changes_nothing() {
    let (open, pending, paid) = (
        after(&[opened()]),
        after(&[opened(), Event::PaymentPending]),
        paid(),
    );
    let (failed, expired) = (
        after(&[opened(), Event::PaymentFailed]),
        after(&[opened(), Event::SessionExpired]),
    );
    let not = |order: &Lifecycle, event: &Event| apply(order, event, NOW).unwrap_err();
    for order in [&open, &pending] {
        assert_eq!(not(order, &opened()), NotApplied::Repeated);
        let other = Event::SessionOpened(session("cs_2"));
        assert!(matches!(not(order, &other), NotApplied::Anomaly(_)));
        assert_eq!(not(order, &Event::SessionRefused), NotApplied::Ignored);
        assert_eq!(not(order, &Event::SessionUnknown), NotApplied::Ignored);
    }
    assert_eq!(not(&pending, &Event::PaymentPending), NotApplied::Repeated);
    for order in [&paid, &failed, &expired] {
        for event in [
            opened(),
            Event::SessionUnknown,
            Event::SessionErrored,
            Event::NothingNew,
            Event::PaymentPending,
        ] {
            assert_eq!(not(order, &event), NotApplied::Ignored, "{event:?}");
        }
    }
    assert_eq!(not(&paid, &Event::SessionExpired), NotApplied::Ignored);
    assert_eq!(not(&paid, &Event::PaymentFailed), NotApplied::Ignored);
    assert_eq!(not(&failed, &Event::PaymentFailed), NotApplied::Repeated);
    assert_eq!(not(&failed, &Event::SessionRefused), NotApplied::Repeated);
    assert_eq!(not(&failed, &Event::SessionExpired), NotApplied::Ignored);
    assert_eq!(not(&expired, &Event::SessionExpired), NotApplied::Repeated);
    assert_eq!(not(&order(), &Event::NothingNew), NotApplied::Ignored);
    assert_eq!(after(&[Event::SessionRefused]).status(), Status::Failed);
}

/// An answer that was lost may have made a session: under the same key it is asked for again. The processor's own error
/// is repeated under that key, so it takes another one.
#[test]
fn only_an_error_of_the_processor_takes_another_key() {
    let errors = |events: &[Event]| match after(events).state {
        State::Created { tries, errors } => (tries, errors),
        other => panic!("{other:?}"),
    };
    let (unknown, errored) = (Event::SessionUnknown, Event::SessionErrored);
    assert_eq!(errors(&[]), (0, 0));
    assert_eq!(errors(&[unknown.clone(), unknown.clone()]), (2, 0));
    assert_eq!(errors(&[unknown.clone(), errored.clone()]), (2, 1));
    assert_eq!(errors(&[errored.clone(), unknown, errored]), (3, 2));
}

/// A lost answer is asked for again under its key, ten times; then only a payment can wake the order.
#[test]
fn a_session_that_is_never_answered_is_given_up() {
    let mut order = order();
    assert_eq!(
        next(&order, NOW),
        Some((NOW.plus(Duration::from_mins(1)), Action::OpenSession))
    );
    for _ in 0..9 {
        order = apply(&order, &Event::SessionUnknown, NOW).unwrap().order;
        assert_eq!(order.status(), Status::Created);
    }
    order = apply(&order, &Event::SessionUnknown, NOW).unwrap().order;
    assert_eq!((order.status(), order.due_at), (Status::Expired, None));
}

/// Who closes the tab has their credits after two minutes at the latest; looks then come ever later, and the last one
/// after the session's end.
#[test]
fn an_open_order_is_looked_at_ever_later() {
    let mut order = after(&[opened()]);
    let minutes = |order: &Lifecycle, now| next(order, now).unwrap().0.since(now).as_secs() / 60;
    let mut waits = Vec::new();
    let mut now = NOW;
    while waits.len() < 6 {
        waits.push(minutes(&order, now));
        now = next(&order, now).unwrap().0;
        order = apply(&order, &Event::NothingNew, now).unwrap().order;
    }
    assert_eq!(waits, [2, 4, 8, 16, 15, 30]);
    let pending = after(&[opened(), Event::PaymentPending]);
    let later = NOW.plus(Duration::from_hours(22 * 24));
    assert_eq!(minutes(&pending, NOW), 360);
    assert_eq!(next(&pending, later), None);
}

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

fn offer(id: &str) -> Offer {
    Offer {
        id: id.into(),
        name: "Small".into(),
        credits: Credits::of(40),
        prices: vec![money(500)],
        days: None,
        is_highlighted: false,
    }
}

#[test]
fn offers_are_checked_as_a_whole() {
    let eur = Money::of(500, Currency::parse("eur").unwrap()).unwrap();
    let fine = Offer {
        prices: vec![money(500), eur],
        is_highlighted: true,
        ..offer("small")
    };
    assert_eq!(check_offers(&[fine.clone(), offer("large")]), Ok(()));
    assert_eq!(fine.price("EUR"), Some(eur));
    assert_eq!(fine.price("gbp"), None);
    for (flawed, flaw) in [
        (offer("Small"), OfferFlaw::Id),
        (offer(""), OfferFlaw::Id),
        (offer("small"), OfferFlaw::IdRepeated),
        (
            Offer {
                name: " ".into(),
                ..offer("a")
            },
            OfferFlaw::Name,
        ),
        (
            Offer {
                name: "x".repeat(61),
                ..offer("a")
            },
            OfferFlaw::Name,
        ),
        (
            Offer {
                credits: Credits::ZERO,
                ..offer("a")
            },
            OfferFlaw::Credits,
        ),
        (
            Offer {
                prices: vec![],
                ..offer("a")
            },
            OfferFlaw::Price,
        ),
        (
            Offer {
                prices: vec![money(0)],
                ..offer("a")
            },
            OfferFlaw::Price,
        ),
        (
            Offer {
                prices: vec![money(1), eur, money(2)],
                ..offer("a")
            },
            OfferFlaw::CurrencyRepeated,
        ),
        (
            Offer {
                days: Some(0),
                ..offer("a")
            },
            OfferFlaw::Days,
        ),
        (
            Offer {
                is_highlighted: true,
                ..offer("a")
            },
            OfferFlaw::HighlightRepeated,
        ),
    ] {
        let id = flawed.id.clone();
        assert_eq!(check_offers(&[fine.clone(), flawed]), Err((id, flaw)));
    }
}
