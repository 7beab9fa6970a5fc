//! The outcomes of refunds and disputes, by what had become of the credits: the third table, with one test per cell.

use atelier::domain::order::{DisputeStage, Event, RefundStage, Reversal, ReversalKind};

use super::world::{PRICE, World};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refund {
    No,
    Quarter,
    All,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dispute {
    No,
    Inquiry,
    Withdrawn,
    Won,
    Lost,
}

/// What had become of the credits when the money went back.
#[derive(Debug, Clone, Copy)]
enum Before {
    AllThere,
    EightSpent,
    AllSpent,
    EightHeldThenReleased,
    EightHeldThenCharged,
    Expired,
}

impl Refund {
    const ALL: [Self; 4] = [Self::No, Self::Quarter, Self::All, Self::Failed];

    const fn title(self) -> &'static str {
        match self {
            Self::No => "-",
            Self::Quarter => "2.50",
            Self::All => "10.00",
            Self::Failed => "10.00, then failed",
        }
    }

    fn told(self) -> Vec<Event> {
        use RefundStage::{Pending, Succeeded, Undone};
        let (minor, stages): (_, &[RefundStage]) = match self {
            Self::No => (0, &[]),
            Self::Quarter => (PRICE / 4, &[Pending, Succeeded]),
            Self::All => (PRICE, &[Pending, Succeeded]),
            Self::Failed => (PRICE, &[Pending, Succeeded, Undone]),
        };
        let kinds = stages.iter().copied().map(ReversalKind::Refund);
        kinds.map(|kind| reversed("re_1", kind, minor)).collect()
    }
}

impl Dispute {
    const ALL: [Self; 5] = [
        Self::No,
        Self::Inquiry,
        Self::Withdrawn,
        Self::Won,
        Self::Lost,
    ];

    const fn title(self) -> &'static str {
        match self {
            Self::No => "-",
            Self::Inquiry => "inquiry",
            Self::Withdrawn => "money withdrawn",
            Self::Won => "withdrawn, then won",
            Self::Lost => "withdrawn, then lost",
        }
    }

    fn told(self) -> Vec<Event> {
        use DisputeStage::{Inquiry, Lost, Opened, Reinstated, Withdrawn, Won};
        let stages: &[DisputeStage] = match self {
            Self::No => &[],
            Self::Inquiry => &[Inquiry],
            Self::Withdrawn => &[Opened, Withdrawn],
            Self::Won => &[Opened, Withdrawn, Reinstated, Won],
            Self::Lost => &[Opened, Withdrawn, Lost],
        };
        let kinds = stages.iter().copied().map(ReversalKind::Dispute);
        kinds.map(|kind| reversed("dp_1", kind, PRICE)).collect()
    }
}

pub(super) fn reversed(id: &str, kind: ReversalKind, minor: u64) -> Event {
    let id = id.into();
    Event::Reversed(Reversal { id, kind, minor })
}

/// What becomes of an order and its credits if these events are told, each twice.
fn after(before: Before, told: &[Event]) -> (String, String) {
    let mut world = World::paid();
    world.wait(1);
    match before {
        Before::AllThere => {}
        Before::EightSpent | Before::EightHeldThenReleased | Before::EightHeldThenCharged => {
            world.reserve(1, 4, 2);
        }
        Before::AllSpent => world.reserve(1, 4, 5),
        Before::Expired => world.wait(30 * 24),
    }
    if matches!(before, Before::EightSpent | Before::AllSpent) {
        world.charge(1, 4);
    }
    for event in told {
        world.wait(1);
        world.hear(event.clone());
        world.hear(event.clone());
    }
    match before {
        Before::EightHeldThenReleased => world.release(1),
        Before::EightHeldThenCharged => world.charge(1, 4),
        _ => {}
    }
    (world.status(), world.credits())
}

/// The same, whether the refund is told first or the dispute.
fn outcome(refund: Refund, dispute: Dispute, before: Before) -> (String, String) {
    let (refund, dispute) = (refund.told(), dispute.told());
    let outcome = after(before, &[refund.clone(), dispute.clone()].concat());
    assert_eq!(outcome, after(before, &[dispute, refund].concat()));
    outcome
}

/// One test per cell, and the same cells as rows of the page.
macro_rules! reversals {
    ($($name:ident: $refund:ident, $dispute:ident => $status:literal [
        $there:literal, $eight:literal, $spent:literal, $released:literal, $charged:literal, $expired:literal
    ];)*) => {
        $(
            mod $name {
                use super::{Before, Dispute, Refund, outcome};

                fn is(before: Before, says: &str) {
                    let (status, credits) = outcome(Refund::$refund, Dispute::$dispute, before);
                    assert_eq!((status.as_str(), credits.as_str()), ($status, says));
                }

                #[test]
                fn with_all_credits_there() {
                    is(Before::AllThere, $there);
                }

                #[test]
                fn with_eight_spent() {
                    is(Before::EightSpent, $eight);
                }

                #[test]
                fn with_all_spent() {
                    is(Before::AllSpent, $spent);
                }

                #[test]
                fn with_eight_held_and_released_later() {
                    is(Before::EightHeldThenReleased, $released);
                }

                #[test]
                fn with_eight_held_and_charged_later() {
                    is(Before::EightHeldThenCharged, $charged);
                }

                #[test]
                fn with_all_expired() {
                    is(Before::Expired, $expired);
                }
            }
        )*

        const ROWS: &[(Refund, Dispute, &str, [&str; 6])] = &[
            $((Refund::$refund, Dispute::$dispute, $status, [$there, $eight, $spent, $released, $charged, $expired])),*
        ];
    };
}

reversals! {
    nothing_back: No, No => "paid" [
        "20 usable", "12 usable", "0 usable",
        "20 usable", "12 usable", "0 usable"
    ];
    inquiry: No, Inquiry => "disputed" [
        "20 usable; no checkout", "12 usable; no checkout", "0 usable; no checkout",
        "20 usable; no checkout", "12 usable; no checkout", "0 usable; no checkout"
    ];
    withdrawn: No, Withdrawn => "disputed" [
        "20 taken, 0 usable; no checkout", "12 taken, 8 short, 0 usable; no checkout", "20 short, 0 usable; no checkout",
        "20 taken, 0 usable; no checkout", "12 taken, 8 short, 0 usable; no checkout", "0 usable; no checkout"
    ];
    dispute_won: No, Won => "paid" [
        "20 usable", "12 usable", "0 usable",
        "20 usable", "12 usable", "0 usable"
    ];
    dispute_lost: No, Lost => "disputed" [
        "20 taken, 0 usable", "12 taken, 8 short, 0 usable; no checkout", "20 short, 0 usable; no checkout",
        "20 taken, 0 usable", "12 taken, 8 short, 0 usable; no checkout", "0 usable"
    ];
    quarter_refunded: Quarter, No => "partly_refunded" [
        "5 taken, 15 usable", "5 taken, 7 usable", "5 short, 0 usable; no checkout",
        "5 taken, 15 usable", "5 taken, 7 usable", "0 usable"
    ];
    quarter_refunded_and_inquiry: Quarter, Inquiry => "disputed" [
        "5 taken, 15 usable; no checkout", "5 taken, 7 usable; no checkout", "5 short, 0 usable; no checkout",
        "5 taken, 15 usable; no checkout", "5 taken, 7 usable; no checkout", "0 usable; no checkout"
    ];
    quarter_refunded_and_withdrawn: Quarter, Withdrawn => "disputed" [
        "20 taken, 0 usable; no checkout", "12 taken, 8 short, 0 usable; no checkout", "20 short, 0 usable; no checkout",
        "20 taken, 0 usable; no checkout", "12 taken, 8 short, 0 usable; no checkout", "0 usable; no checkout"
    ];
    quarter_refunded_and_dispute_won: Quarter, Won => "partly_refunded" [
        "5 taken, 15 usable", "5 taken, 7 usable", "5 short, 0 usable; no checkout",
        "5 taken, 15 usable", "5 taken, 7 usable", "0 usable"
    ];
    quarter_refunded_and_dispute_lost: Quarter, Lost => "disputed" [
        "20 taken, 0 usable", "12 taken, 8 short, 0 usable; no checkout", "20 short, 0 usable; no checkout",
        "20 taken, 0 usable", "12 taken, 8 short, 0 usable; no checkout", "0 usable"
    ];
    all_refunded: All, No => "refunded" [
        "20 taken, 0 usable", "12 taken, 8 short, 0 usable; no checkout", "20 short, 0 usable; no checkout",
        "20 taken, 0 usable", "12 taken, 8 short, 0 usable; no checkout", "0 usable"
    ];
    all_refunded_and_inquiry: All, Inquiry => "disputed" [
        "20 taken, 0 usable; no checkout", "12 taken, 8 short, 0 usable; no checkout", "20 short, 0 usable; no checkout",
        "20 taken, 0 usable; no checkout", "12 taken, 8 short, 0 usable; no checkout", "0 usable; no checkout"
    ];
    all_refunded_and_withdrawn: All, Withdrawn => "disputed" [
        "20 taken, 0 usable; no checkout", "12 taken, 8 short, 0 usable; no checkout", "20 short, 0 usable; no checkout",
        "20 taken, 0 usable; no checkout", "12 taken, 8 short, 0 usable; no checkout", "0 usable; no checkout"
    ];
    all_refunded_and_dispute_won: All, Won => "refunded" [
        "20 taken, 0 usable", "12 taken, 8 short, 0 usable; no checkout", "20 short, 0 usable; no checkout",
        "20 taken, 0 usable", "12 taken, 8 short, 0 usable; no checkout", "0 usable"
    ];
    all_refunded_and_dispute_lost: All, Lost => "disputed" [
        "20 taken, 0 usable", "12 taken, 8 short, 0 usable; no checkout", "20 short, 0 usable; no checkout",
        "20 taken, 0 usable", "12 taken, 8 short, 0 usable; no checkout", "0 usable"
    ];
    refund_failed: Failed, No => "paid" [
        "20 usable", "12 usable", "0 usable",
        "20 usable", "12 usable", "0 usable"
    ];
    refund_failed_and_inquiry: Failed, Inquiry => "disputed" [
        "20 usable; no checkout", "12 usable; no checkout", "0 usable; no checkout",
        "20 usable; no checkout", "12 usable; no checkout", "0 usable; no checkout"
    ];
    refund_failed_and_withdrawn: Failed, Withdrawn => "disputed" [
        "20 taken, 0 usable; no checkout", "12 taken, 8 short, 0 usable; no checkout", "20 short, 0 usable; no checkout",
        "20 taken, 0 usable; no checkout", "12 taken, 8 short, 0 usable; no checkout", "0 usable; no checkout"
    ];
    refund_failed_and_dispute_won: Failed, Won => "paid" [
        "20 usable", "12 usable", "0 usable",
        "20 usable", "12 usable", "0 usable"
    ];
    refund_failed_and_dispute_lost: Failed, Lost => "disputed" [
        "20 taken, 0 usable", "12 taken, 8 short, 0 usable; no checkout", "20 short, 0 usable; no checkout",
        "20 taken, 0 usable", "12 taken, 8 short, 0 usable; no checkout", "0 usable"
    ];
}

#[test]
fn each_refund_meets_each_dispute() {
    let all = Refund::ALL
        .into_iter()
        .flat_map(|refund| Dispute::ALL.map(|dispute| (refund, dispute)));
    let rows = ROWS.iter().map(|(refund, dispute, ..)| (*refund, *dispute));
    assert!(rows.eq(all));
}

const HEAD: &str = "
## Refund × dispute × spent credits

20 credits were bought for 10.00. Then money goes back: by a refund, by a dispute of all of it, or by both. A column is what
had become of the credits by then. A cell says what is taken back, what should be and was spent (*short*), what is usable
in the end, and whether the account is refused another checkout. Each cell is told with the refund first and with the
dispute first, everything twice, and comes to the same. What expired is neither taken nor owed.

| refund | dispute | order | all there | 8 spent | all spent | 8 held, then released | 8 held, then charged | all expired |
|---|---|---|---|---|---|---|---|---|
";

pub(crate) fn rows() -> String {
    let mut page = HEAD.to_owned();
    for (refund, dispute, status, cells) in ROWS {
        let (refund, dispute) = (refund.title(), dispute.title());
        let cells = cells.join(" | ");
        page.push_str(&["|", refund, "|", dispute, "|", status, "|", &cells, "|\n"].join(" "));
    }
    page
}
