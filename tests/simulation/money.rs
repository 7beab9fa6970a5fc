//! What becomes of money: buyers pay, at once, late or never; merchants give back, and banks take back, which they
//! decide later.

use std::collections::BTreeSet;

use super::stripe::{Event, Money, Refund, Status};
use super::weather::Fault;
use super::world::World;

/// How a dispute begins: as a question, or with the money.
const BEGINNINGS: [&str; 2] = ["warning_needs_response", "needs_response"];

impl World {
    /// A buyer pays a session whose address they were given: nobody has another's.
    pub(crate) fn pay(&self) {
        self.sessions_end();
        let till = self.till.lock().unwrap();
        let stripe = self.stripe.lock().unwrap();
        let told: BTreeSet<_> = till.told.iter().map(|told| told.session).collect();
        let is_open = |number: &usize| stripe.sessions[*number].status == Status::Open;
        let open: Vec<_> = told.into_iter().filter(is_open).collect();
        drop((till, stripe));
        if !open.is_empty() {
            self.pays(open[self.place(open.len())]);
        }
    }

    pub(crate) fn pays(&self, session: usize) {
        let money = if self.strikes(Fault::PaymentDelayed) {
            Money::UnderWay
        } else {
            Money::Taken
        };
        self.note(|| format!("cs_{session} is paid: {money:?}"));
        let mut stripe = self.stripe.lock().unwrap();
        stripe.sessions[session].status = Status::Complete;
        stripe.sessions[session].money = money;
        drop(stripe);
        self.has_happened(session, 200, "completed");
    }

    /// A payment that takes long is decided.
    pub(crate) fn payment_ends(&self, session: usize) {
        let (money, what) = if self.strikes(Fault::PaymentFailed) {
            (Money::Failed, "async_payment_failed")
        } else {
            (Money::Taken, "async_payment_succeeded")
        };
        self.stripe.lock().unwrap().sessions[session].money = money;
        self.has_happened(session, 200, what);
    }

    /// The payments that are under way.
    pub(crate) fn under_way(&self) -> Vec<usize> {
        let stripe = self.stripe.lock().unwrap();
        let sessions = stripe.sessions.iter().enumerate();
        let under_way = sessions.filter(|(_, session)| session.money == Money::UnderWay);
        under_way.map(|(number, _)| number).collect()
    }

    /// Something becomes of some money.
    pub(crate) fn money_moves(&self) {
        self.sessions_end();
        let under_way = self.under_way();
        if !under_way.is_empty() && self.percent(30) {
            return self.payment_ends(under_way[self.place(under_way.len())]);
        }
        let stripe = self.stripe.lock().unwrap();
        let sessions = stripe.sessions.iter().enumerate();
        let taken: Vec<_> = sessions
            .filter(|(_, session)| session.money == Money::Taken)
            .map(|(number, _)| number)
            .collect();
        drop(stripe);
        if taken.is_empty() {
            return;
        }
        let session = taken[self.place(taken.len())];
        match self.below(10) {
            0 => self.gives_back(session),
            1 | 2 => self.bank_asks(session),
            3..=5 => self.refund_goes_on(),
            _ => self.bank_decides(),
        }
    }

    /// The merchant gives money back in Stripe's dashboard.
    fn gives_back(&self, session: usize) {
        let left = self.stripe.lock().unwrap().refundable(session);
        if left == 0 {
            return;
        }
        let minor = if self.percent(40) {
            left
        } else {
            1 + self.below(left)
        };
        let status = if self.percent(70) {
            "succeeded"
        } else {
            "pending"
        };
        let mut stripe = self.stripe.lock().unwrap();
        stripe.refunds.push(Refund {
            session,
            minor,
            status,
            key: None,
        });
        let said = stripe.said_refund(stripe.refunds.len() - 1);
        drop(stripe);
        self.stripe_tells("refund.created", &said);
    }

    /// A refund arrives, or does not after all.
    fn refund_goes_on(&self) {
        let stripe = self.stripe.lock().unwrap();
        let count = stripe.refunds.len();
        if count == 0 {
            return;
        }
        let number = self.place(count);
        let status = stripe.refunds[number].status;
        drop(stripe);
        let (status, kind) = match status {
            "pending" | "succeeded" if self.strikes(Fault::RefundFailed) => {
                ("failed", "refund.failed")
            }
            "pending" => ("succeeded", "refund.updated"),
            _ => return,
        };
        let mut stripe = self.stripe.lock().unwrap();
        stripe.refunds[number].status = status;
        let said = stripe.said_refund(number);
        drop(stripe);
        self.stripe_tells(kind, &said);
    }

    /// A bank asks, at times for money that was refunded in part.
    fn bank_asks(&self, session: usize) {
        let mut stripe = self.stripe.lock().unwrap();
        if stripe.is_disputed(session) {
            return;
        }
        let paid = stripe.sessions[session].minor;
        let minor = if self.percent(70) {
            paid
        } else {
            1 + self.below(paid)
        };
        let dispute = stripe.dispute(session, minor, BEGINNINGS[self.place(2)]);
        let said = stripe.said_dispute(dispute);
        drop(stripe);
        self.stripe_tells("charge.dispute.created", &said);
    }

    /// A dispute goes on: a question is answered, or becomes one about money; that is withdrawn, and comes back if the
    /// bank decides so.
    fn bank_decides(&self) {
        let stripe = self.stripe.lock().unwrap();
        let count = stripe.disputes.len();
        if count == 0 {
            return;
        }
        let number = self.place(count);
        let (status, moves) = (
            stripe.disputes[number].status,
            stripe.disputes[number].moves,
        );
        drop(stripe);
        let is_for_us = self.percent(50);
        let (status, moves, kinds): (_, _, &[&str]) = match (status, moves) {
            ("warning_needs_response", _) if is_for_us => ("warning_closed", 0, &["closed"]),
            ("warning_needs_response", _) => ("needs_response", 0, &["updated"]),
            ("needs_response", 0) => ("needs_response", 1, &["funds_withdrawn"]),
            ("needs_response", _) if self.percent(30) => ("under_review", 1, &["updated"]),
            ("needs_response" | "under_review", _) if is_for_us => {
                ("won", 2, &["funds_reinstated", "closed"])
            }
            ("needs_response" | "under_review", _) => ("lost", 1, &["closed"]),
            _ => return,
        };
        let mut stripe = self.stripe.lock().unwrap();
        stripe.disputes[number].status = status;
        stripe.disputes[number].moves = moves;
        let said = stripe.said_dispute(number);
        drop(stripe);
        for kind in kinds {
            self.stripe_tells(&format!("charge.dispute.{kind}"), &said);
        }
    }

    /// Events that are none of ours: of somebody else's payment, or of real money.
    pub(crate) fn strange_event(&self) -> Option<Event> {
        let stripe = self.stripe.lock().unwrap();
        let count = stripe.refunds.len();
        if count == 0 {
            return None;
        }
        let mut refund = stripe.said_refund(self.place(count));
        drop(stripe);
        refund["id"] = format!("re_x{}", self.below(1000)).into();
        let is_live = self.percent(50);
        if !is_live {
            refund["payment_intent"] = "pi_of_somebody".into();
        }
        Some(Event::new("refund.created", &refund, is_live))
    }
}
