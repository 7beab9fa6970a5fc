//! Buyers: each begins purchases, with a key or without, also twice at once and after an answer that was lost; pays or
//! does not; and looks at what became of it.

use std::collections::BTreeMap;

use atelier::domain::client::AddressPrefix;
use atelier::domain::id::{AccountId, OrderId};
use atelier::domain::limits::LimitName;
use atelier::domain::order::State;
use atelier::domain::time::Timestamp;
use atelier::service::{Atelier, CheckoutBegun, Error, NewOrder};

use super::executor::Place;
use super::people::user;
use super::refunding::Asked;
use super::stripe::{Event, Status, number};
use super::weather::Fault;
use super::world::World;

/// What Stripe's events are signed with.
pub(crate) const STRIPE_SECRET: &str = "whsec_a_simulation";

/// What is sold: little for a price that does not divide, and what lasts a day.
pub(crate) const OFFERS: &str = r#"[
    {"id": "small", "name": "20 credits", "credits": 20, "prices": ["5.00 USD", "4.50 EUR"]},
    {"id": "odd", "name": "7 credits", "credits": 7, "prices": ["9.99 USD"]},
    {"id": "day", "name": "30 credits", "credits": 30, "prices": ["12.00 USD"], "days": 1}]"#;

/// The offers, and the currencies that one can be paid in besides its first.
const WANTED: &[(&str, Option<&str>)] = &[
    ("small", None),
    ("small", Some("usd")),
    ("small", Some("eur")),
    ("odd", None),
    ("day", None),
];

/// How often a buyer tries again after an error, at most.
const TRIES: u8 = 3;

/// A purchase that somebody wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    account: AccountId,
    offer: &'static str,
    currency: Option<&'static str>,
    key: Option<String>,
}

impl Wish {
    /// The smallest, without a key.
    pub(crate) const fn small(account: AccountId) -> Self {
        Self {
            account,
            offer: "small",
            currency: None,
            key: None,
        }
    }
}

/// A session that a buyer knows the address of.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    account: AccountId,
    offer: (&'static str, Option<&'static str>),
    pub(crate) session: usize,
    step: u64,
}

/// What buyers and operators know.
#[derive(Debug, Default)]
pub(crate) struct Till {
    wishes: Vec<Wish>,
    pub(crate) told: Vec<Told>,
    /// The order of each key, and when that was told.
    keys: BTreeMap<(AccountId, String), (OrderId, u64)>,
    /// When each account began to buy something.
    begun: Vec<(AccountId, Timestamp)>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) ends: BTreeMap<&'static str, u64>,
}

impl Till {
    pub(crate) fn saw(&mut self, end: &'static str) {
        *self.ends.entry(end).or_default() += 1;
    }
}

/// Whether an error is ours or Stripe's, so that the same may be asked for again.
pub(crate) const fn is_passing(error: &Error) -> bool {
    matches!(
        error,
        Error::LedgerUnavailable(_) | Error::PaymentsUnavailable(_) | Error::PaymentsUnclear(_)
    )
}

fn network() -> AddressPrefix {
    AddressPrefix::of("203.0.113.7")
}

impl World {
    /// Somebody begins a purchase: a new one, or an earlier one again with its key.
    pub(crate) fn buy(&self, atelier: &Atelier, account: AccountId) {
        let wish = self.wish(account);
        let (world, atelier) = (self.this(), atelier.clone());
        self.start(Place::Worker, "checkout", async move {
            for _ in 0..TRIES {
                let answer = world.begins(&atelier, &wish).await;
                if answer.is_none_or(|answer| answer.is_ok()) || world.percent(50) {
                    return;
                }
            }
        });
    }

    fn wish(&self, account: AccountId) -> Wish {
        let mut till = self.till.lock().unwrap();
        let with_key = |wish: &&Wish| wish.account == account && wish.key.is_some();
        let earlier: Vec<_> = till.wishes.iter().filter(with_key).cloned().collect();
        if !earlier.is_empty() && self.percent(25) {
            let mut wish = earlier[self.place(earlier.len())].clone();
            if self.percent(10) {
                wish.offer = "odd";
                wish.currency = None;
                till.wishes.push(wish.clone());
            }
            return wish;
        }
        let (offer, currency) = WANTED[self.place(WANTED.len())];
        let key = self.percent(50);
        let key = key.then(|| format!("buy-{}", self.below(1 << 40)));
        let wish = Wish {
            account,
            offer,
            currency,
            key,
        };
        till.wishes.push(wish.clone());
        wish
    }

    /// Begins a purchase, and checks the answer; `None` if it is wrong.
    pub(crate) async fn begins(
        &self,
        atelier: &Atelier,
        wish: &Wish,
    ) -> Option<Result<CheckoutBegun, Error>> {
        let (step, time) = (self.step(), self.time());
        self.till.lock().unwrap().begun.push((wish.account, time));
        let owed = self.is_in_debt(wish.account);
        let new = NewOrder {
            offer: wish.offer,
            currency: wish.currency,
            idempotency_key: wish.key.as_deref(),
        };
        let checkouts = atelier.checkouts().unwrap();
        let user = user(atelier, wish.account);
        let answer = checkouts.begin(&user, new, &network()).await;
        self.note(|| format!("buying {wish:?}: {answer:?}"));
        let wrong = match &answer {
            Ok(begun) => self.may_pay(wish, begun, step),
            Err(error) => self.may_not_buy(wish, error, (step, time, owed)),
        };
        match wrong {
            Ok(()) => Some(answer),
            Err(what) => {
                self.broke(what);
                None
            }
        }
    }

    /// Checks where somebody can pay: (1) a session of the order that they are told; (2) the order is theirs, and what
    /// they want; (3) a key has one order, unless that ended unpaid or was forgotten; (4) nobody has two pages to pay
    /// one thing.
    fn may_pay(&self, wish: &Wish, begun: &CheckoutBegun, step: u64) -> Result<(), String> {
        let id = begun.order;
        let session = number(&begun.url).ok_or_else(|| begun.url.clone())?;
        let books = self.books.lock().unwrap();
        let order = books.sold.orders.get(&id.to_string());
        let order = order.ok_or_else(|| format!("{id} is told, and not there"))?;
        let stripe = self.stripe.lock().unwrap();
        let known = &stripe.sessions[session];
        if known.order != id.to_string() {
            return Err(format!("{id} is to be paid at {}", begun.url)); // (1)
        }
        let is_wanted = order.account == wish.account.to_string()
            && order.offer == wish.offer
            && wish.currency.is_none_or(|it| order.currency == it);
        if !is_wanted {
            return Err(format!("{wish:?} is answered with {order:?}")); // (2)
        }
        let mut till = self.till.lock().unwrap();
        // One that was open before, under another key or none, is no key's own.
        if let Some(key) = wish.key.as_ref().filter(|_| order.key == wish.key) {
            let entry = till.keys.entry((wish.account, key.clone()));
            let (first, since) = *entry.or_insert((id, step));
            let is_free = books.sold.has_ended(&first.to_string())
                || books.gone.forgotten_since(&wish.account.to_string(), since);
            if first != id && !is_free {
                return Err(format!("{key} has {first}, and gets {id}")); // (3)
            }
            till.keys.insert((wish.account, key.clone()), (id, step));
        }
        let told = Told {
            account: wish.account,
            offer: (wish.offer, wish.currency.filter(|it| *it != "usd")),
            session,
            step,
        };
        let another = till.told.iter().find(|other| {
            let same = other.account == told.account && other.offer == told.offer;
            let is_open = |number: usize| stripe.sessions[number].status == Status::Open;
            let forgotten = books
                .gone
                .forgotten_since(&told.account.to_string(), other.step);
            let differs = other.session != session;
            same && differs && is_open(other.session) && is_open(session) && !forgotten
        });
        if let Some(other) = another {
            return Err(format!("{told:?} can be paid, and so can {other:?}")); // (4)
        }
        till.told.push(told);
        Ok(())
    }

    /// Checks a refusal, to a request of this step and time: it has a cause.
    fn may_not_buy(
        &self,
        wish: &Wish,
        error: &Error,
        (step, time, owed): (u64, Timestamp, bool),
    ) -> Result<(), String> {
        let account = wish.account.to_string();
        let changed = || {
            self.books
                .lock()
                .unwrap()
                .sold
                .changed_since(&account, step)
        };
        let mut till = self.till.lock().unwrap();
        let fits = match error {
            _ if is_passing(error) => true,
            Error::CannotBuy(_) => {
                till.saw("debtors refused");
                drop(till);
                owed || changed() || self.is_in_debt(wish.account)
            }
            Error::RateLimited(reached) => {
                till.saw("checkouts refused by their number");
                let hours = match reached.name {
                    LimitName::CheckoutsPerHour => 1,
                    LimitName::CheckoutsPerDay => 24,
                    _ => 0,
                };
                let since = time.minus(std::time::Duration::from_hours(hours));
                let lately = till.begun.iter();
                let lately = lately.filter(|(of, at)| *of == wish.account && *at >= since);
                hours > 0 && lately.count() >= usize::try_from(reached.limit).unwrap()
            }
            Error::IdempotencyMismatch => till.wishes.iter().any(|other| {
                other.account == wish.account
                    && other.key == wish.key
                    && wish.key.is_some()
                    && other.offer != wish.offer
            }),
            // It was paid, or ended, before it was told; or its key is of one that was.
            Error::Conflict(_) => wish.key.is_some() || changed(),
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(format!("{wish:?} is answered {error:?}"))
        }
    }

    /// A buyer looks at an order of theirs, which also tells where it can be paid; or a stranger does.
    pub(crate) fn look_at_order(&self, atelier: &Atelier, stranger: AccountId) {
        let books = self.books.lock().unwrap();
        let orders = &books.sold.orders;
        if orders.is_empty() {
            return;
        }
        let place = self.place(orders.len());
        let (id, order) = orders.iter().nth(place).unwrap();
        let (id, account) = (id.parse::<OrderId>().unwrap(), order.account.clone());
        drop(books);
        let asks = if self.percent(10) {
            stranger
        } else {
            account.parse().unwrap()
        };
        let (world, atelier) = (self.this(), atelier.clone());
        self.start(Place::Worker, "look at order", async move {
            let answer = atelier.own_orders().show(&user(&atelier, asks), id).await;
            world.note(|| format!("looking at {id}: {answer:?}"));
            match answer {
                Ok(_) if asks.to_string() != account => {
                    world.broke(format!("{id} was shown to a stranger"));
                }
                Ok(order) => world.saw_order(&order.row.lifecycle.state, id),
                Err(Error::NotFound) if asks.to_string() != account => {}
                Err(Error::LedgerUnavailable(_)) => {}
                Err(error) => world.broke(format!("a look at {id} is answered {error:?}")),
            }
        });
    }

    /// What is shown as paid was.
    fn saw_order(&self, state: &State, id: OrderId) {
        let State::Paid(purchase) = state else {
            return;
        };
        let stripe = self.stripe.lock().unwrap();
        let session = stripe.payment(&purchase.payment);
        if session.is_none_or(|session| session.order != id.to_string()) {
            drop(stripe);
            self.broke(format!("{id} is shown as paid by {}", purchase.payment));
        }
    }

    /// One of Stripe's events arrives, in any order, and again if the answer is an error; or one that is forged, or none
    /// of ours.
    pub(crate) fn stripe_calls(&self, atelier: &Atelier) {
        let strange = self.strikes(Fault::EventStrange);
        let strange = strange.then(|| self.strange_event()).flatten();
        let event = strange.or_else(|| {
            let mut stripe = self.stripe.lock().unwrap();
            let count = stripe.events.len();
            (count > 0).then(|| stripe.events.swap_remove(self.place(count)))
        });
        let Some(mut event) = event else {
            return;
        };
        let forged = self.strikes(Fault::EventForged);
        let (world, atelier) = (self.this(), atelier.clone());
        self.start(Place::Worker, "payment event", async move {
            let headers = event.signed(world.time(), forged);
            let body = event.body.clone().into();
            let events = atelier.payment_events().unwrap();
            let answer = events.receive("stripe", &headers, &body).await;
            world.note(|| format!("{} {forged}: {answer:?}", event.body));
            match answer {
                Err(Error::BadEvent) if forged => {}
                Ok(()) if !forged => {}
                Err(error) if is_passing(&error) && !forged => {
                    if event.tries > 0 {
                        event.tries -= 1;
                        world.stripe.lock().unwrap().events.push(event);
                    }
                }
                other => world.broke(format!("an event is answered {other:?}: {event:?}")),
            }
        });
    }
}

impl Event {
    /// As Stripe signs; or as somebody does who does not have the secret.
    fn signed(&self, now: Timestamp, forged: bool) -> http::HeaderMap {
        let secret = if forged {
            "whsec_guessed"
        } else {
            STRIPE_SECRET
        };
        let signature = super::signature::signature(secret, now.seconds(), &self.body);
        let mut headers = http::HeaderMap::new();
        headers.insert("stripe-signature", signature.parse().unwrap());
        headers
    }
}
