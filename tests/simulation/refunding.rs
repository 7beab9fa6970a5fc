//! Operators who give money back: with a key or without, at a loss or not, and again after an answer that was lost.

use std::collections::BTreeMap;

use atelier::domain::id::OrderId;
use atelier::service::{Atelier, Error, Refunded, WantedRefund};

use super::buyers::is_passing;
use super::executor::Place;
use super::people::operator;
use super::sold::whole;
use super::stripe::number;
use super::world::World;

/// How often an operator tries again after an error, at most.
const TRIES: u8 = 4;

/// A refund that an operator asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) order: OrderId,
    minor: Option<u64>,
    pub(crate) accepts_loss: bool,
    key: Option<String>,
    /// The credits of the order that were spent when it was first asked for.
    pub(crate) spent: i64,
    /// The refunds that it was told of.
    told: Vec<(usize, u64)>,
}

impl World {
    /// An operator gives money back: new, or an earlier refund again with its key.
    pub(crate) fn give_back(&self, atelier: &Atelier) {
        let Some(place) = self.refund_to_ask_for() else {
            return;
        };
        let asked = self.till.lock().unwrap().asked[place].clone();
        let (world, atelier) = (self.this(), atelier.clone());
        self.start(Place::Worker, "refund", async move {
            for _ in 0..TRIES {
                let wanted = WantedRefund {
                    minor: asked.minor,
                    reason: "they asked for it",
                    accepts_loss: asked.accepts_loss,
                    idempotency_key: asked.key.as_deref(),
                };
                let refunds = atelier.refunds().unwrap();
                let operator = operator(&atelier);
                let answer = refunds.refund(&operator, asked.order, wanted).await;
                world.note(|| format!("refunding {asked:?}: {answer:?}"));
                if let Err(what) = world.refund_fits(place, &answer) {
                    return world.broke(what);
                }
                if answer.is_ok() || world.percent(40) {
                    return;
                }
            }
        });
    }

    /// The place of a refund among those that were asked for.
    fn refund_to_ask_for(&self) -> Option<usize> {
        let books = self.books.lock().unwrap();
        let mut till = self.till.lock().unwrap();
        let with_key: Vec<_> = (0..till.asked.len())
            .filter(|place| till.asked[*place].key.is_some())
            .collect();
        if !with_key.is_empty() && self.percent(35) {
            return Some(with_key[self.place(with_key.len())]);
        }
        let orders = books.sold.orders.iter();
        let paid: Vec<_> = orders
            .filter_map(|(id, order)| Some((id, order, order.payment.as_ref()?)))
            .collect();
        if paid.is_empty() {
            return None;
        }
        let (id, order, payment) = paid[self.place(paid.len())];
        let account = &books.accounts[&order.account];
        let spent = account.packages[order.package.as_ref()?].spent;
        let price = self.stripe.lock().unwrap().payment(payment)?.minor;
        let minor = self.percent(50);
        let key = self.percent(70);
        till.asked.push(Asked {
            order: id.parse().unwrap(),
            minor: minor.then(|| 1 + self.below(price + price / 5)),
            accepts_loss: self.percent(30),
            key: key.then(|| format!("refund-{}", self.below(1 << 40))),
            spent,
            told: Vec::new(),
        });
        Some(till.asked.len() - 1)
    }

    /// Checks an answer: (1) the refund is there, of this order, and as much as was asked for; (2) under a key it is
    /// always the same; (3) a refusal has a cause.
    fn refund_fits(&self, place: usize, answer: &Result<Refunded, Error>) -> Result<(), String> {
        let mut till = self.till.lock().unwrap();
        let stripe = self.stripe.lock().unwrap();
        let asked = &mut till.asked[place];
        let order = asked.order.to_string();
        let fits = match answer {
            Ok(refunded) => {
                let id = number(&refunded.reversal.id).unwrap();
                let refund = &stripe.refunds[id];
                let is_it = stripe.sessions[refund.session].order == order
                    && asked.minor.is_none_or(|minor| minor == refund.minor)
                    && refund.minor == refunded.reversal.minor; // (1)
                asked.told.push((id, refund.minor));
                let same = asked.told.iter().all(|(told, _)| *told == id);
                is_it && (same || asked.key.is_none()) // (2)
            }
            Err(error) if is_passing(error) => true,
            Err(Error::RefundAtALoss { .. }) => !asked.accepts_loss, // (3)
            Err(Error::NotRefundable { .. } | Error::Conflict(_)) => true,
            Err(_) => false,
        };
        if fits {
            Ok(())
        } else {
            Err(format!("{asked:?} is answered {answer:?}"))
        }
    }

    /// At the end: (1) what Stripe was asked for under a key is what an operator asked for, once; (2) without a loss that
    /// was accepted, no more went back than the credits cost that were not spent when it was first asked for.
    pub(crate) fn refunds_are_what_was_asked(&self) -> Result<(), String> {
        const ROWS: &str = "select key, order_id, request, minor from refunds";
        let connection = self.connection.lock().unwrap();
        let books = self.books.lock().unwrap();
        let till = self.till.lock().unwrap();
        let stripe = self.stripe.lock().unwrap();
        let mut rows = connection.prepare_cached(ROWS).unwrap();
        let rows = rows.query_map([], |row| {
            Ok((row.get(0)?, (row.get(1)?, row.get(2)?, whole(row, 3)?)))
        });
        let rows: BTreeMap<String, (String, Option<String>, u64)> =
            rows.unwrap().map(Result::unwrap).collect();
        let mut done = BTreeMap::<_, u64>::new();
        let mut sums = BTreeMap::<&String, u64>::new();
        for refund in &stripe.refunds {
            let Some(key) = &refund.key else {
                continue;
            };
            let order = &stripe.sessions[refund.session].order;
            let row = rows
                .get(key)
                .filter(|(of, _, minor)| of == order && *minor == refund.minor);
            let Some((_, request, _)) = row else {
                return Err(format!("nobody wrote down {refund:?}")); // (1)
            };
            let wanted = till.asked.iter().any(|asked| {
                asked.order.to_string() == *order
                    && asked.key == *request
                    && asked.minor.is_none_or(|minor| minor == refund.minor)
            });
            let count = done.entry((order, request)).or_default();
            *count += 1;
            if !wanted || request.is_some() && *count > 1 {
                return Err(format!("nobody asked for {refund:?}, or not twice")); // (1)
            }
            if refund.is_live() {
                *sums.entry(order).or_default() += refund.minor;
            }
        }
        for (id, sum) in sums {
            let of_order = till
                .asked
                .iter()
                .filter(|asked| asked.order.to_string() == *id);
            let of_order: Vec<_> = of_order.collect();
            if of_order.iter().any(|asked| asked.accepts_loss) {
                continue;
            }
            let order = &books.sold.orders[id];
            let spent = of_order.iter().map(|asked| asked.spent).min().unwrap_or(0);
            let unspent = u64::try_from(order.credits - spent).unwrap();
            let credits = u64::try_from(order.credits).unwrap();
            // Credits are whole: half of one may be on either side.
            let most = (order.minor * (2 * unspent + 1)).div_ceil(2 * credits);
            if sum > most {
                return Err(format!("{id}: {sum} went back, and {most} were left")); // (2)
            }
        }
        Ok(())
    }
}
