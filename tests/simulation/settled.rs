//! The end of a seed's purchases: time passes until the cron has nothing to do, and every payment that Stripe took has
//! granted its credits, as every one that went back has taken them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use atelier::domain::id::AccountId;
use atelier::domain::time::Timestamp;
use atelier::service::Error;
use rusqlite::Row as SqlRow;

use super::ending::run_dry;
use super::events::Events;
use super::executor::{Executor, Place};
use super::people::{operator, user};
use super::sold::share;
use super::stripe::{Money, number};
use super::world::World;

/// More runs of the cron than any order needs.
const RUNS: u8 = 80;

const DUE: &str = "select min(due_at) from orders where due_at is not null";

/// What is short of what money that goes back is to take of a package, and was used: what expired is nobody's debt.
const SHORT: &str = "
    select coalesce(sum(max(reversal_target - expired - clawed_back, 0)), 0) from packages where account_id = ?1";

const ASKED: &str = "
    select exists (select 1 from orders o join reversals r on r.account_id = o.account_id and r.order_id = o.id
                   where o.account_id = ?1 and r.kind = 'dispute' and r.stage not in ('won', 'reinstated', 'lost'))";

const PACKAGE: &str = "
    select granted, remaining, held, spent, expired, clawed_back, reversal_target, reversal_taken from packages
    where account_id = ?1 and id = ?2";

const EARLY: &str = "select count(*) from early_reversals where payment <> 'pi_of_somebody'";

fn eight(row: &SqlRow<'_>) -> rusqlite::Result<[i64; 8]> {
    let mut cells = [0; 8];
    for (place, cell) in cells.iter_mut().enumerate() {
        *cell = row.get(place)?;
    }
    Ok(cells)
}

impl World {
    /// Whether credits that were used are still to be taken back from an account, or a dispute of a payment is open: what is lost bars by what is short.
    pub(crate) fn is_in_debt(&self, account: AccountId) -> bool {
        let connection = self.connection.lock().unwrap();
        let count = |sql| {
            let mut count = connection.prepare_cached(sql).unwrap();
            count.query_row([account.to_string()], |row| row.get::<_, i64>(0))
        };
        count(SHORT).unwrap() > 0 || count(ASKED).unwrap() > 0
    }

    /// Payments that are under way are decided; some of Stripe's events are never sent.
    pub(crate) fn stripe_ends(&self) {
        for session in self.under_way() {
            self.payment_ends(session);
        }
        if self.percent(50) {
            self.stripe.lock().unwrap().events.clear();
        }
    }

    /// (1) The events that are left arrive; (2) time passes until no order is due, and the hour at which what Stripe
    /// lists is compared; (3) whoever may buy can.
    pub(crate) fn everything_is_settled(
        self: &Arc<Self>,
        events: &Events,
        executor: &mut Executor,
    ) -> Result<(), String> {
        while !self.stripe.lock().unwrap().events.is_empty() {
            self.stripe_calls(&events.atelier); // (1)
        }
        run_dry(self, executor)?;
        self.until_nothing_is_due(events, executor)?; // (2)
        let left = 3_600_000 - self.time().millis().rem_euclid(3_600_000);
        self.pass(Duration::from_millis(left.unsigned_abs()));
        self.run_cron(&events.config);
        run_dry(self, executor)?;
        for (_, account) in &events.accounts {
            self.buys_in_peace(events, executor, *account)?; // (3)
        }
        self.until_nothing_is_due(events, executor)?;
        self.all_money_is_told()?;
        self.refunds_are_what_was_asked()?;
        self.sold_books_are_right(events, executor)
    }

    fn until_nothing_is_due(
        self: &Arc<Self>,
        events: &Events,
        executor: &mut Executor,
    ) -> Result<(), String> {
        for _ in 0..RUNS {
            let due = {
                let connection = self.connection.lock().unwrap();
                let due = connection.query_row(DUE, [], |row| row.get::<_, Option<i64>>(0));
                due.unwrap()
            };
            let Some(due) = due.map(Timestamp::from_millis) else {
                return Ok(());
            };
            self.pass(due.since(self.time()).max(Duration::from_mins(10)));
            self.sessions_end();
            self.run_cron(&events.config);
            run_dry(self, executor)?;
        }
        Err("an order is due for ever".into())
    }

    /// Whoever owes nothing can buy, and has their credits when they are back from paying; whoever owes cannot.
    fn buys_in_peace(
        self: &Arc<Self>,
        events: &Events,
        executor: &mut Executor,
        account: AccountId,
    ) -> Result<(), String> {
        let owes = self.is_in_debt(account);
        let begun = Arc::new(Mutex::new(None));
        let (world, atelier, tell) = (self.this(), events.atelier.clone(), Arc::clone(&begun));
        self.start(Place::Outside, "checkout", async move {
            let wish = super::buyers::Wish::small(account);
            *tell.lock().unwrap() = world.begins(&atelier, &wish).await;
        });
        run_dry(self, executor)?;
        let begun = begun.lock().unwrap().take();
        let begun = match begun {
            Some(Ok(begun)) if !owes => begun,
            Some(Err(Error::CannotBuy(_))) if owes => return Ok(()),
            Some(Err(Error::RateLimited(_))) => return Ok(()),
            other => return Err(format!("{account} buys, owing {owes}: {other:?}")),
        };
        let session = number(&begun.url).unwrap();
        self.pays(session);
        self.stripe.lock().unwrap().events.clear();
        let shown = Arc::new(Mutex::new(None));
        let (atelier, tell) = (events.atelier.clone(), Arc::clone(&shown));
        self.start(Place::Outside, "look at order", async move {
            let user = user(&atelier, account);
            *tell.lock().unwrap() = Some(atelier.own_orders().show(&user, begun.order).await);
        });
        run_dry(self, executor)?;
        let shown = shown.lock().unwrap().take().unwrap();
        match shown {
            Ok(order) if order.row.package.is_some() => Ok(()),
            other => Err(format!("{account} has paid, and is shown {other:?}")),
        }
    }

    /// (1) Every payment that Stripe took is granted, once; (2) of its package as many credits are taken back as are the
    /// share of the money that is gone, but for those that are short; (3) while something is short, nothing remains;
    /// (4) nothing waits for its payment.
    fn all_money_is_told(&self) -> Result<(), String> {
        let connection = self.connection.lock().unwrap();
        let books = self.books.lock().unwrap();
        let stripe = self.stripe.lock().unwrap();
        let mut till = self.till.lock().unwrap();
        let mut package = connection.prepare_cached(PACKAGE).unwrap();
        for (place, session) in stripe.sessions.iter().enumerate() {
            let order = &books.sold.orders[&session.order];
            if session.money != Money::Taken {
                continue;
            }
            let (payment, id) = (format!("pi_{place}"), &session.order);
            let Some(name) = order
                .package
                .as_ref()
                .filter(|_| order.payment.as_ref() == Some(&payment))
            else {
                return Err(format!("{payment} for {id} was taken: {order:?}")); // (1)
            };
            let row = package.query_row([&order.account, name], eight).unwrap();
            let [
                granted,
                remaining,
                held,
                spent,
                expired,
                clawed_back,
                target,
                taken,
            ] = row;
            let gone = stripe.gone(place);
            let expected = i64::try_from(share(order.credits, gone, session.minor)).unwrap();
            let short = expected - taken;
            let used = held + spent + expired;
            // (2): what is short is at most what is not there any more.
            let fits = target == expected && clawed_back == taken && (0..=used).contains(&short);
            if !fits || granted != remaining + used + taken {
                return Err(format!(
                    "{gone} of {payment} are gone, {expected} credits: {row:?}"
                ));
            }
            if short > 0 && remaining > 0 {
                return Err(format!("{name} is {short} short: {row:?}")); // (3)
            }
            let journal = &books.accounts[&order.account].packages[name];
            let ends = [
                ("paid", true),
                ("paid after it had ended", books.sold.has_ended(id)),
                ("reversed", gone > 0),
                ("taken back", taken > 0),
                ("given back", journal.given_back > 0),
                ("short", short > expired),
                ("disputed", stripe.is_disputed(place)),
                ("refunded by an operator", stripe.is_refunded(place)),
            ];
            for (what, _) in ends.iter().filter(|(_, is_so)| *is_so) {
                till.saw(what);
            }
        }
        let early: i64 = connection.query_row(EARLY, [], |row| row.get(0)).unwrap();
        if early > 0 {
            return Err(format!("{early} reversals wait for their payment")); // (4)
        }
        Ok(())
    }

    /// What operators are told of purchases: nothing that does not fit.
    fn sold_books_are_right(
        self: &Arc<Self>,
        events: &Events,
        executor: &mut Executor,
    ) -> Result<(), String> {
        let report = Arc::new(Mutex::new(None));
        let (atelier, tell) = (events.atelier.clone(), Arc::clone(&report));
        self.start(Place::Outside, "audit", async move {
            let operator = operator(&atelier);
            *tell.lock().unwrap() = Some(atelier.sold_books().audit(&operator).await);
        });
        run_dry(self, executor)?;
        let report = report.lock().unwrap().take().unwrap();
        match report {
            Ok(report) if report.problems.is_empty() => Ok(()),
            other => Err(format!("the audit of purchases says {other:?}")),
        }
    }
}
