//! An order's life.

mod offers;
mod reversals;

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
    Event::Paid {
        payment: Payment {
            id: id.into(),
            amount: money(minor),
        },
        receipt_url: None,
    }
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
    let event = Event::Paid {
        payment: Payment {
            id: "pi_1".into(),
            amount: euros,
        },
        receipt_url: None,
    };
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
        assert!(matches!(not(order, &other), NotApplied::Ignored));
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

/// Who closes the tab within a minute has their credits after one, even if the event is lost; looks then come ever later,
/// and the last one after the session's end.
#[test]
fn an_open_order_is_looked_at_ever_later() {
    let mut order = after(&[opened()]);
    let minutes = |order: &Lifecycle, now| next(order, now).unwrap().0.since(now).as_secs() / 60;
    let mut waits = Vec::new();
    let mut now = NOW;
    while waits.len() < 14 {
        waits.push(minutes(&order, now));
        now = next(&order, now).unwrap().0;
        order = apply(&order, &Event::NothingNew, now).unwrap().order;
    }
    assert_eq!(waits, [1, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 2, 4]);
    let pending = after(&[opened(), Event::PaymentPending]);
    let later = NOW.plus(Duration::from_hours(22 * 24));
    assert_eq!(minutes(&pending, NOW), 360);
    assert_eq!(next(&pending, later), None);
}
