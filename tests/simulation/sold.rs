//! What must hold for purchases after every batch: each order moves as it may, is paid by a payment that Stripe took, and
//! has one package; and what is to be taken back of that follows from the money that is known to be gone.

use std::collections::BTreeMap;

use atelier::ports::Statement;
use rusqlite::{Connection, Row as SqlRow};

use super::stripe::{Stripe, number};

const ORDERS: &str = "
    select o.id, o.state, o.offer, o.currency, o.minor, o.credits, o.payment, o.session_id, o.package_id, p.reference,
           p.granted, p.reversal_target, o.account_id, o.idempotency_key
    from orders o left join packages p on p.account_id = o.account_id and p.id = o.package_id
    where o.account_id = ?1";

const REVERSALS: &str = "
    select r.id, r.kind, r.stage, r.minor from reversals r where r.account_id = ?1 and r.order_id = ?2";

/// The packages of an account that were bought.
const BOUGHT: &str =
    "select count(*) from packages where account_id = ?1 and reference like 'stripe:%'";

/// An order's row, as far as these checks need it.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) account: String,
    pub(crate) state: String,
    pub(crate) offer: String,
    pub(crate) currency: String,
    pub(crate) minor: u64,
    pub(crate) credits: i64,
    pub(crate) payment: Option<String>,
    /// The key that it was begun under.
    pub(crate) key: Option<String>,
    session: Option<String>,
    pub(crate) package: Option<String>,
    reference: Option<String>,
    granted: Option<i64>,
    pub(crate) target: Option<u64>,
    /// Whether it ever ended unpaid, also if money came all the same.
    has_ended: bool,
}

/// All orders, and when the orders of each account last changed.
#[derive(Debug, Default)]
pub(crate) struct Sold {
    pub(crate) orders: BTreeMap<String, Order>,
    changed: BTreeMap<String, u64>,
    /// The order that each payment has paid.
    payments: BTreeMap<String, String>,
}

/// Whether an order may go from one state to another.
fn may_go(from: Option<&str>, to: &str) -> bool {
    match from {
        None => to == "created",
        Some("created") => true,
        Some("open") => to != "created",
        Some("pending") => !matches!(to, "created" | "open"),
        Some("failed") => matches!(to, "failed" | "paid"),
        Some("expired") => matches!(to, "expired" | "paid"),
        Some(_) => to == "paid",
    }
}

/// So many of the credits are to go back, rounded to the nearest, half up: written from docs/SELLING.md.
pub(crate) fn share(credits: i64, gone: u64, paid: u64) -> u64 {
    let credits = u64::try_from(credits).unwrap();
    let (whole, rest) = (credits * gone / paid, credits * gone % paid);
    whole + u64::from(2 * rest >= paid)
}

impl Sold {
    /// After a batch at a step that may have to do with orders: (1) each moves as it may; (2) one that is paid is paid;
    /// (3) nobody has two pages to pay one thing; (4) nothing else was granted for money.
    pub(crate) fn after(
        &mut self,
        connection: &Connection,
        account: &str,
        statements: &[Statement],
        stripe: &Stripe,
        step: u64,
    ) -> Result<(), String> {
        if !statements.iter().any(|each| each.sql.contains(" orders")) {
            return Ok(());
        }
        self.changed.insert(account.into(), step);
        let mut orders = connection.prepare_cached(ORDERS).unwrap();
        let orders = orders.query_map([account], order_of).unwrap();
        let (mut open, mut paid) = (Vec::new(), 0);
        for (id, mut order) in orders.map(Result::unwrap) {
            let before = self.orders.get(&id);
            let from = before.map(|before| before.state.as_str());
            if !may_go(from, &order.state) {
                return Err(format!("{id} goes from {from:?} to {}", order.state)); // (1)
            }
            let ends = matches!(order.state.as_str(), "failed" | "expired");
            order.key = before.map_or(order.key, |before| before.key.clone());
            order.has_ended = ends || before.is_some_and(|before| before.has_ended);
            self.is_paid(&id, &order, stripe)
                .map_err(|what| format!("{id} {what}: {order:?}"))?; // (2)
            takes_back(connection, &id, &order, stripe)
                .map_err(|what| format!("{id} {what}: {order:?}"))?;
            if matches!(order.state.as_str(), "created" | "open") {
                open.push((order.offer.clone(), order.currency.clone()));
            }
            paid += i64::from(order.state == "paid");
            self.orders.insert(id, order);
        }
        let count = open.len();
        open.sort_unstable();
        open.dedup();
        if open.len() != count {
            return Err(format!("{account} has two open orders of one offer")); // (3)
        }
        let mut bought = connection.prepare_cached(BOUGHT).unwrap();
        let bought: i64 = bought.query_row([account], |row| row.get(0)).unwrap();
        if bought == paid {
            Ok(())
        } else {
            Err(format!(
                "{account} has {bought} packages for {paid} payments"
            )) // (4)
        }
    }

    /// (1) A paid order has its payment and package, and no other has; (2) Stripe took that money, for this order, and
    /// as much as it costs; (3) it grants what was ordered; (4) no other order has that payment.
    fn is_paid(&mut self, id: &str, order: &Order, stripe: &Stripe) -> Result<(), &'static str> {
        let of_order = |number: usize| {
            let session = stripe.sessions.get(number);
            session.filter(|session| session.order == *id)
        };
        let session = order.session.as_deref();
        if session.is_some_and(|name| number(name).and_then(of_order).is_none()) {
            return Err("has a session of another order");
        }
        let (Some(payment), Some(package)) = (&order.payment, &order.package) else {
            let is_unpaid =
                order.payment.is_none() && order.package.is_none() && order.state != "paid";
            return if is_unpaid {
                Ok(())
            } else {
                Err("is paid in part") // (1)
            };
        };
        let taken = stripe.payment(payment);
        let is_taken = taken.is_some_and(|taken| taken.order == *id && taken.minor == order.minor);
        if order.state != "paid" || !is_taken {
            return Err("is paid, and its money was not taken"); // (2)
        }
        let reference = order.reference.as_ref();
        let fits = reference.is_some_and(|it| *it == format!("stripe:{payment}"))
            && order.granted == Some(order.credits);
        if !fits {
            return Err("grants what was not ordered"); // (3)
        }
        let first = self.payments.entry(payment.clone());
        if *first.or_insert(id.into()) != id {
            return Err("shares its payment"); // (4)
        }
        let before = self
            .orders
            .get(id)
            .and_then(|before| before.package.as_ref());
        if before.is_some_and(|before| before != package) {
            return Err("has another package");
        }
        Ok(())
    }

    /// Whether an order ever ended unpaid.
    pub(crate) fn has_ended(&self, id: &str) -> bool {
        self.orders.get(id).is_some_and(|order| order.has_ended)
    }

    /// Whether the orders of an account changed at this step or after it.
    pub(crate) fn changed_since(&self, account: &str, step: u64) -> bool {
        self.changed.get(account).is_some_and(|last| *last >= step)
    }
}

/// (1) What is known to go back is what Stripe told of this payment; (2) as many credits are to be taken back as are
/// that money's share.
fn takes_back(
    connection: &Connection,
    id: &str,
    order: &Order,
    stripe: &Stripe,
) -> Result<(), &'static str> {
    let mut rows = connection.prepare_cached(REVERSALS).unwrap();
    let cells = |row: &SqlRow<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, whole(row, 3)?));
    let rows = rows.query_map([order.account.as_str(), id], cells).unwrap();
    let mut gone = 0;
    for row in rows {
        let (name, kind, stage, minor): (String, String, String, u64) = row.unwrap();
        let place = number(&name).unwrap();
        let known = match kind.as_str() {
            "refund" => stripe.refunds.get(place).map(|it| (it.session, it.minor)),
            _ => stripe.disputes.get(place).map(|it| (it.session, it.minor)),
        };
        let session = order.payment.as_deref().and_then(number);
        if known.is_none_or(|(of, much)| Some(of) != session || much != minor) {
            return Err("is told of money that did not go back"); // (1)
        }
        let is_live = match kind.as_str() {
            "refund" => stage != "undone",
            _ => matches!(stage.as_str(), "withdrawn" | "lost"),
        };
        gone += if is_live { minor } else { 0 };
    }
    let expected = share(order.credits, gone.min(order.minor), order.minor);
    if order.target.unwrap_or(0) == expected {
        Ok(())
    } else {
        Err("takes back another share of its credits") // (2)
    }
}

/// A number that is never negative.
pub(crate) fn whole(row: &SqlRow<'_>, place: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(place).map(i64::cast_unsigned)
}

fn order_of(row: &SqlRow<'_>) -> rusqlite::Result<(String, Order)> {
    let order = Order {
        state: row.get(1)?,
        offer: row.get(2)?,
        currency: row.get(3)?,
        minor: whole(row, 4)?,
        credits: row.get(5)?,
        payment: row.get(6)?,
        session: row.get(7)?,
        package: row.get(8)?,
        reference: row.get(9)?,
        granted: row.get(10)?,
        target: row.get::<_, Option<i64>>(11)?.map(i64::cast_unsigned),
        account: row.get(12)?,
        key: row.get(13)?,
        has_ended: false,
    };
    Ok((row.get(0)?, order))
}
