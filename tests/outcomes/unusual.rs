//! The outcomes of payments that do not fit their order, and of money that goes back out of turn: the last table, with
//! one test per row.

use atelier::domain::account::EarlierGrant;
use atelier::domain::order::DisputeStage::{Lost, Opened, Reinstated, Withdrawn, Won};
use atelier::domain::order::RefundStage::{Pending, Succeeded};
use atelier::domain::order::{DisputeStage, Event, RefundStage, ReversalKind};

use super::reversals::reversed;
use super::world::{ACCOUNT, PRICE, World, money, paid};

/// Tells an order that can be paid these events.
fn told(events: impl IntoIterator<Item = Event>) -> World {
    let mut world = World::open();
    for event in events {
        world.wait(1);
        world.hear(event);
    }
    world
}

fn in_full() -> Event {
    paid("pi_1", money(PRICE, "usd"))
}

fn refund(minor: u64, stage: RefundStage) -> Event {
    reversed("re_1", ReversalKind::Refund(stage), minor)
}

fn dispute(minor: u64, stage: DisputeStage) -> Event {
    reversed("dp_1", ReversalKind::Dispute(stage), minor)
}

/// An operator sees a payment, and grants its credits under the reference that they would have.
fn granted_by_hand() -> World {
    let elsewhere = World::paid();
    let mut world = World::open();
    world.granted_by_hand = elsewhere.package.map(|package| EarlierGrant {
        account: ACCOUNT,
        package,
        is_first: true,
    });
    world.hear(in_full());
    world
}

fn clawed_back_first(minor: u64) -> World {
    let mut world = World::paid();
    world.claw_back(8);
    world.hear(refund(minor, Succeeded));
    world
}

/// All of it is withdrawn so many days before the credits expire, and won after that.
fn won_after_expiry(days_left: u64) -> World {
    let mut world = World::paid();
    world.wait((30 - days_left) * 24);
    world.hear(dispute(PRICE, Withdrawn));
    world.wait((days_left + 10) * 24);
    world.hear(dispute(PRICE, Won));
    world
}

/// One test per row, and the same rows on the page.
macro_rules! unusual {
    ($($name:ident: $title:literal, $world:expr => [$status:literal, $credits:literal, $anomaly:literal];)*) => {
        $(
            #[test]
            fn $name() {
                let mut world: World = $world;
                let (credits, life) = (world.credits(), world.life());
                let says = [world.status(), credits + &life, world.anomaly().into()];
                assert_eq!(says, [$status, $credits, $anomaly]);
            }
        )*

        pub(crate) fn rows() -> String {
            let mut page = String::from(
                "\n## Payments that do not fit, and money back out of turn\n\n| then | order | credits | anomaly for operators |\n|---|---|---|---|\n",
            );
            $(
                page.push_str(concat!("| ", $title, " | ", $status, " | ", $credits, " | ", $anomaly, " |\n"));
            )*
            page
        }
    };
}

unusual! {
    told_twice: "the payment is told twice", told([in_full(), in_full()])
        => ["paid", "20 usable", "-"];
    paid_twice: "it is paid twice", told([in_full(), paid("pi_2", money(PRICE, "usd"))])
        => ["paid", "20 usable", "it was paid twice: pi_1 and pi_2"];
    another_amount: "another amount is paid", told([paid("pi_1", money(999, "usd"))])
        => ["failed", "0 usable", "9.99 USD were paid instead of 10.00 USD"];
    another_currency: "it is paid in another currency", told([paid("pi_1", money(PRICE, "eur"))])
        => ["failed", "0 usable", "10.00 EUR were paid instead of 10.00 USD"];
    test_money: "it is paid in test money where real money moves", told([Event::Contradicted("the session cs_1 is of another mode".into())])
        => ["failed", "0 usable", "the session cs_1 is of another mode"];
    granted_before: "its credits were granted by hand, under its reference", granted_by_hand()
        => ["failed", "0 usable", "credits were granted for stripe:pi_1 before"];
    takes_days: "it is paid in a way that takes days", told([Event::PaymentPending])
        => ["pending", "0 usable", "-"];
    arrives: "that payment arrives", told([Event::PaymentPending, in_full()])
        => ["paid", "20 usable", "-"];
    fails: "that payment fails", told([Event::PaymentPending, Event::PaymentFailed])
        => ["failed", "0 usable", "-"];
    paid_after_failing: "it is paid after it had failed", told([Event::PaymentFailed, in_full()])
        => ["paid", "20 usable", "-"];
    paid_after_expiring: "it is paid after it had expired", told([Event::SessionExpired, in_full()])
        => ["paid", "20 usable", "-"];
    refunded_unseen: "a refund is told, and no payment is seen", told([refund(PRICE, Succeeded)])
        => ["open", "0 usable", "-"];
    refunded_before_seen: "a refund is told before its payment is seen", told([refund(PRICE, Succeeded), in_full()])
        => ["refunded", "20 taken, 0 usable", "-"];
    disputed_before_seen: "a dispute is told before its payment is seen", told([dispute(PRICE, Withdrawn), in_full()])
        => ["disputed", "20 taken, 0 usable; no checkout", "-"];
    refund_under_way: "a refund is under way", told([in_full(), refund(PRICE, Pending)])
        => ["refunded", "20 taken, 0 usable", "-"];
    small_refund: "0.24 are refunded: less than half a credit", told([in_full(), refund(24, Succeeded)])
        => ["partly_refunded", "20 usable", "-"];
    half_a_credit: "0.25 are refunded: half a credit", told([in_full(), refund(25, Succeeded)])
        => ["partly_refunded", "1 taken, 19 usable", "-"];
    opened: "a dispute is opened, and no money moves yet", told([in_full(), dispute(PRICE, Opened)])
        => ["disputed", "20 usable; no checkout", "-"];
    half_disputed: "a half is withdrawn for a dispute", told([in_full(), dispute(PRICE / 2, Withdrawn)])
        => ["disputed", "10 taken, 10 usable; no checkout", "-"];
    withdrawn_late: "that money was withdrawn is told after the dispute was won", told([in_full(), dispute(PRICE, Won), dispute(PRICE, Withdrawn)])
        => ["paid", "20 usable", "-"];
    back_after_all: "a dispute is lost, and the money comes back after all", told([in_full(), dispute(PRICE, Lost), dispute(PRICE, Reinstated)])
        => ["paid", "20 usable for 719 h", "-"];
    won_with_life_left: "money is withdrawn 20 days before the credits expire, and won 10 days after", won_after_expiry(20)
        => ["paid", "20 usable for 480 h", "-"];
    won_with_little_life_left: "money is withdrawn a day before they expire, and won 10 days after", won_after_expiry(1)
        => ["paid", "20 usable for 72 h", "-"];
    clawed_back_and_refunded: "8 were clawed back by hand, then all is refunded", clawed_back_first(PRICE)
        => ["refunded", "12 taken, 0 usable", "-"];
    clawed_back_and_partly_refunded: "8 were clawed back by hand, then 2.50 are refunded", clawed_back_first(PRICE / 4)
        => ["partly_refunded", "5 taken, 7 usable", "-"];
}
