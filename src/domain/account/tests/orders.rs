//! What the events of an order do to an account.

use super::*;
use crate::domain::id::OrderId;
use crate::domain::ledger::Package;
use crate::domain::money::{Currency, Money};
use crate::domain::order::{
    self, CheckoutSession, DisputeStage, Payment, RefundStage, Reversal, ReversalKind, Status,
    Terms,
};

pub(super) const ORDER: OrderId = OrderId::from_bytes([7; 16]);

pub(super) fn terms(credits: u32, minor: u64) -> Terms {
    Terms {
        processor: "stripe".into(),
        is_live: false,
        offer: "small".into(),
        name: "Small".into(),
        credits: Credits::of(credits),
        price: Money::of(minor, Currency::parse("usd").unwrap()).unwrap(),
        days: None,
    }
}

pub(super) fn checkout(terms: Terms) -> Checkout {
    Checkout {
        order: ORDER,
        terms,
        idempotency_key: None,
        refuses_debtors: true,
    }
}

pub(super) fn paid(id: &str, price: Money) -> order::Event {
    order::Event::Paid {
        payment: Payment {
            id: id.into(),
            amount: price,
        },
        receipt_url: Some("https://pay.test/receipt".into()),
    }
}

pub(super) fn event(event: order::Event) -> Command {
    Command::OrderEvent {
        order: ORDER,
        event,
        package: package(7),
    }
}

/// What a database says of an order.
pub(super) fn order_is(
    terms: &Terms,
    lifecycle: &order::Lifecycle,
    package: Option<Package>,
) -> Facts {
    let fact = OrderFact {
        terms: terms.clone(),
        lifecycle: lifecycle.clone(),
        package,
    };
    Facts {
        order: Fact::Present(fact),
        ..nothing_there()
    }
}

fn created(terms: &Terms) -> order::Lifecycle {
    order::Lifecycle::created(terms.credits, terms.price, at(0, 0))
}

fn order_of(decision: &Decision) -> OrderChange {
    let mut writes = decision.changes.writes.iter();
    writes
        .find_map(|write| match write {
            Write::Order(change) => Some((**change).clone()),
            _ => None,
        })
        .unwrap()
}

fn known(fact: CheckoutFact) -> Facts {
    Facts {
        checkout: Fact::Present(fact),
        ..nothing_there()
    }
}

#[test]
fn a_checkout_makes_an_order_and_moves_nothing() {
    let mut account = Account::new();
    let command = Command::Checkout(Box::new(checkout(terms(50, 500))));
    let need = account.unread(&command, at(1, 0)).unwrap_err();
    assert!(matches!(need, Need::Checkout { order: ORDER, .. }));
    let decision = account.tell(&command, at(1, 0));
    assert_eq!(
        decision.reply,
        Reply::Ordered {
            order: ORDER,
            is_new: true
        }
    );
    assert!(decision.changes.money.is_empty());
    assert!(!decision.changes.moves_nothing());
    assert!(matches!(
        &decision.changes.writes[..],
        [Write::Checkout(_, lifecycle)] if lifecycle.status() == Status::Created
    ));
}

#[test]
fn what_is_asked_for_twice_is_one_order() {
    let other = OrderId::from_bytes([8; 16]);
    let same = Reply::Ordered {
        order: other,
        is_new: false,
    };
    let earlier = |offer: &str, currency: &str| CheckoutFact {
        earlier: Some(EarlierOrder {
            order: other,
            offer: offer.into(),
            currency: currency.into(),
        }),
        ..CheckoutFact::default()
    };
    let open = CheckoutFact {
        open: Some(other),
        shortage: Credits::of(3),
        ..CheckoutFact::default()
    };
    let reused = Reply::Refused(Refused::KeyReused);
    for (fact, reply) in [
        (earlier("small", "usd"), same.clone()),
        (earlier("large", "usd"), reused.clone()),
        (earlier("small", "eur"), reused),
        (open, same),
    ] {
        let command = Command::Checkout(Box::new(checkout(terms(50, 500))));
        let decision = Account::new().tell_on(&known(fact.clone()), &command, at(1, 0));
        assert_eq!(decision.reply, reply, "{fact:?}");
        assert!(decision.changes.is_empty(), "{fact:?}");
    }
}

#[test]
fn debts_come_before_a_new_order() {
    let debts = [
        (
            CheckoutFact {
                shortage: Credits::of(3),
                ..CheckoutFact::default()
            },
            Refused::Shortage {
                credits: Credits::of(3),
            },
        ),
        (
            CheckoutFact {
                is_disputed: true,
                ..CheckoutFact::default()
            },
            Refused::Disputed,
        ),
    ];
    for (fact, refused) in debts {
        let mut new = checkout(terms(50, 500));
        let command = Command::Checkout(Box::new(new.clone()));
        let decision = Account::new().tell_on(&known(fact.clone()), &command, at(1, 0));
        assert_eq!(decision.reply, Reply::Refused(refused));
        new.refuses_debtors = false;
        let command = Command::Checkout(Box::new(new));
        let decision = Account::new().tell_on(&known(fact), &command, at(1, 0));
        assert!(matches!(
            decision.reply,
            Reply::Ordered { is_new: true, .. }
        ));
    }
}

/// The order is paid in the batch that grants its credits, and they come from the order.
#[test]
fn a_payment_grants_what_was_ordered() {
    let mut account = Account::new();
    let ordered = Terms {
        days: Some(30),
        ..terms(50, 500)
    };
    let facts = order_is(&ordered, &created(&ordered), None);
    let need = account.unread(&event(paid("pi_1", ordered.price)), at(5, 0));
    assert_eq!(need.unwrap_err(), Need::Order(ORDER));
    let decision = account.tell_on(&facts, &event(paid("pi_1", ordered.price)), at(5, 0));
    let Reply::OrderMoved {
        status: Status::Paid,
        receipt,
        is_news: true,
    } = &decision.reply
    else {
        panic!("{:?}", decision.reply);
    };
    assert_eq!(receipt.0[0].credits, Credits::of(50));
    let granted = decision.changes.money.granted.unwrap();
    assert_eq!(
        (granted.id, granted.kind, granted.expires_at),
        (package(7), PackageKind::Paid, Some(at(5 + 30 * 24, 0)))
    );
    let change = order_of(&decision);
    assert_eq!(change.granted, Some(package(7)));
    assert_eq!(change.lifecycle.version, 1);
    let mut grants = decision.changes.writes.iter();
    assert!(
        grants
            .any(|write| matches!(write, Write::Grant(grant) if grant.reference == "stripe:pi_1"))
    );
    // The second time it is known, and moves nothing.
    let facts = order_is(&ordered, &change.lifecycle, Some(granted));
    let again = account.tell_on(&facts, &event(paid("pi_1", ordered.price)), at(6, 0));
    assert!(matches!(
        again.reply,
        Reply::OrderMoved { is_news: false, .. }
    ));
    assert!(again.changes.is_empty());
}

/// An operator may have granted it by hand, under the reference that it would have.
#[test]
fn a_payment_whose_credits_were_granted_by_hand_is_an_anomaly() {
    let mut account = Account::new();
    let ordered = terms(50, 500);
    account.tell(&Command::Grant(grant(1, 50)), at(0, 0));
    let granted = account.state.book.packages[0];
    let facts = Facts {
        grant: Fact::Present(EarlierGrant {
            account: ACCOUNT,
            package: granted,
            is_first: true,
        }),
        ..order_is(&ordered, &created(&ordered), None)
    };
    let decision = account.tell_on(&facts, &event(paid("pi_1", ordered.price)), at(5, 0));
    assert!(matches!(
        decision.reply,
        Reply::OrderUnmoved {
            because: OrderUnmoved::Anomaly(_),
            ..
        }
    ));
    assert!(decision.changes.money.is_empty());
    // Nobody can pay it any more, and its buyer can buy the same again.
    assert!(matches!(
        &decision.changes.writes[..],
        [Write::Order(change), Write::OrderAnomaly(ORDER, 1, _)]
            if change.lifecycle.status() == Status::Failed && change.lifecycle.due_at.is_none()
    ));
}

#[test]
fn an_order_that_is_not_there_is_refused() {
    let mut account = Account::with(3);
    let decision = account.tell(&event(order::Event::PaymentFailed), at(1, 0));
    assert_eq!(decision.reply, Reply::Refused(Refused::NoSuchOrder));
    assert!(decision.changes.is_empty());
}

#[test]
fn what_comes_too_late_or_too_early_moves_nothing() {
    let mut account = Account::new();
    let ordered = terms(50, 500);
    let facts = order_is(&ordered, &created(&ordered), None);
    let reversal = order::Event::Reversed(Reversal {
        id: "re_1".into(),
        kind: ReversalKind::Refund(RefundStage::Succeeded),
        minor: 500,
    });
    let early = account.tell_on(&facts, &event(reversal), at(1, 0));
    assert_eq!(
        early.reply,
        Reply::OrderUnmoved {
            status: Status::Created,
            because: OrderUnmoved::NotPaidYet
        }
    );
    let failed = account.tell_on(&facts, &event(order::Event::PaymentFailed), at(1, 0));
    let failed = order_of(&failed).lifecycle;
    let session = CheckoutSession {
        id: "cs_1".into(),
        url: "https://pay.test/cs_1".into(),
        expires_at: at(2, 0),
    };
    let facts = order_is(&ordered, &failed, None);
    let late = event(order::Event::SessionOpened(session));
    let late = account.tell_on(&facts, &late, at(1, 0));
    assert_eq!(
        late.reply,
        Reply::OrderUnmoved {
            status: Status::Failed,
            because: OrderUnmoved::Ignored
        }
    );
    assert!(early.changes.is_empty() && late.changes.is_empty());
}

/// An account whose whole purchase is held for a job: the order's terms, its life, and its package.
fn with_a_held_purchase() -> (Account, Terms, order::Lifecycle, Package) {
    let mut account = Account::new();
    let ordered = terms(6, 500);
    let facts = order_is(&ordered, &created(&ordered), None);
    let granting = account.tell_on(&facts, &event(paid("pi_1", ordered.price)), at(1, 0));
    account.tell(&opens(open(1)), at(1, 0));
    let lifecycle = order_of(&granting).lifecycle;
    let held = account.state.book.packages[0];
    (account, ordered, lifecycle, held)
}

fn withdrawn() -> Command {
    event(order::Event::Reversed(Reversal {
        id: "dp_1".into(),
        kind: ReversalKind::Dispute(DisputeStage::Withdrawn),
        minor: 500,
    }))
}

/// The package of a used-up order is in no account's memory: it is read with the order.
#[test]
fn a_reversal_of_credits_that_were_spent_is_a_shortage() {
    let (mut account, ordered, lifecycle, held) = with_a_held_purchase();
    let facts = order_is(&ordered, &lifecycle, Some(held));
    let decision = account.tell_on(&facts, &withdrawn(), at(2, 0));
    assert!(matches!(
        &decision.reply,
        Reply::OrderMoved { status: Status::Disputed, receipt, .. } if receipt.0.is_empty()
    ));
    let change = order_of(&decision);
    assert!(change.reversal.is_some() && change.granted.is_none());
    let moved = &decision.changes.money.moved[..];
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].reversed.unwrap().target, Credits::of(6));
    assert_eq!((moved[0].remaining, moved[0].taken), (0, 0));
}

/// A target may change without a movement, and then no key of the journal tells that what is remembered is stale.
#[test]
fn a_reversal_is_decided_on_the_package_as_its_row_is() {
    let (account, ordered, lifecycle, held) = with_a_held_purchase();
    let mut with_a_target = held;
    with_a_target.reversed.target = Credits::of(3);
    let mut spent = held;
    (spent.held, spent.spent) = (Credits::ZERO, held.held);
    for row in [with_a_target, spent] {
        let facts = order_is(&ordered, &lifecycle, Some(row));
        let decision = account.on(&facts, &withdrawn(), at(2, 0));
        assert_eq!(decision, Err(Need::FreshState));
    }
}
