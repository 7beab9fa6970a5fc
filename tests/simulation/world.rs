//! The world of one seed: everything that outlives a process, and everything that is not Atelier.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Poll, Waker};
use std::time::Duration;

use atelier::config::{Config, ProviderConfig};
use atelier::domain::ledger::Rules;
use atelier::domain::limits::Limits;
use atelier::domain::time::Timestamp;
use atelier::ports::Ports;
use atelier::signer::Signer;
use futures::future::BoxFuture;
use rusqlite::Connection;

use super::books::Books;
use super::buyers::{OFFERS, STRIPE_SECRET, Till};
use super::codec::Acme;
use super::d1;
use super::executor::Place;
use super::objects::Objects;
use super::people::SECRET;
use super::pictures::Kept;
use super::provider::Outside;
use super::random::Random;
use super::stripe::Stripe;
use super::truth::Truth;
use super::visitors::{Visitors, WELCOME};
use super::weather::{COUNT, Fault, Weather};

/// 2026-11-20 08:10 UTC.
const START: i64 = 1_795_161_600_000 + 600_000;

/// How many lines of a trace a failure prints: about sixty steps, at two lines each.
const LAST_LINES: usize = 120;

/// The lines of a trace to keep: all, the last ones, or none.
pub(crate) enum Trace {
    None,
    Last(VecDeque<String>),
    Printed,
}

pub(crate) struct World {
    this: Weak<Self>,
    random: Mutex<Random>,
    pub(crate) weather: Weather,
    calm: AtomicBool,
    now: AtomicI64,
    step: AtomicU64,
    trace: Mutex<Trace>,
    broken: Mutex<Option<String>>,
    pub(crate) faults: Mutex<[u64; COUNT]>,
    /// The number of slices that were handed on.
    pub(crate) slices: AtomicU64,
    sleepers: Mutex<Vec<(u64, Waker)>>,
    started: Mutex<Vec<(Place, &'static str, BoxFuture<'static, ()>)>>,
    pub(crate) rules: Rules,
    pub(crate) limits: Limits,
    pub(crate) signer: Signer,
    pub(crate) connection: Mutex<Connection>,
    pub(crate) books: Mutex<Books>,
    pub(crate) objects: Mutex<Objects>,
    pub(crate) outside: Mutex<Outside>,
    pub(crate) kept: Mutex<Kept>,
    pub(crate) documents: Mutex<BTreeMap<String, String>>,
    pub(crate) truth: Mutex<Truth>,
    pub(crate) visitors: Mutex<Visitors>,
    pub(crate) stripe: Mutex<Stripe>,
    pub(crate) till: Mutex<Till>,
}

/// The configuration of a seed, with short deadlines and low limits, so that they are reached.
pub(crate) fn config(random: &mut Random) -> Config {
    let ttl = ["180", "900", "1800", "3600"][random.place(4)];
    let grace = ["0", "1", "72"][random.place(3)];
    let limit = ["1", "3", "4", "6"][random.place(4)];
    let per_minute = ["0", "2", "20"][random.place(3)];
    let failed = ["0", "3", "40"][random.place(3)];
    let checkouts = ["0", "3", "10"][random.place(3)];
    let mut config = Config::read(&|name| {
        let value = match name {
            "ENVIRONMENT" => "local",
            "PUBLIC_URL" => "https://app.test",
            "PROVIDER" => "evolink",
            "EVOLINK_API_KEY" => "sk-evo",
            "AUTH_JWT_SECRET" | "SIGNING_SECRET" | "ADMIN_TOKEN" => SECRET,
            "SIGN_IN" => "email",
            "MAIL" => "cloudflare",
            "MAIL_FROM" => "hello@app.test",
            "CLAIMS_SECRET" => SECRET,
            "WELCOME_CREDITS" => WELCOME,
            // All come from one network.
            "WELCOME_PER_ADDRESS_PER_DAY"
            | "MAX_SIGN_UPS_PER_DAY"
            | "MAX_SIGN_IN_MAILS_PER_HOUR" => "0",
            "PROCESSOR" => "stripe",
            "STRIPE_BASE_URL" => "https://stripe.test",
            "STRIPE_API_KEY" => "sk_test_1",
            "STRIPE_WEBHOOK_SECRET" => STRIPE_SECRET,
            "OFFERS" => OFFERS,
            "MAX_CHECKOUTS_PER_HOUR" => checkouts,
            "MAX_CHECKOUTS_PER_ADDRESS_PER_HOUR" => "0",
            "HOLD_TTL_SECONDS" => ttl,
            "RELEASE_GRACE_HOURS" => grace,
            "MAX_OPEN_JOBS" => limit,
            "MAX_GENERATIONS_PER_MINUTE" => per_minute,
            "MAX_FAILED_PER_HOUR" => failed,
            _ => return None,
        };
        Some(value.to_owned())
    })
    .unwrap();
    let acme = ProviderConfig {
        codec: &Acme,
        access: Acme::access(),
        credits_per_unit: Some(atelier::provider::Cost(700)),
    };
    config.providers.insert(random.place(2), acme);
    config.jobs_per_slice = 1 + random.place(3);
    config
}

impl World {
    pub(crate) fn new(mut random: Random, config: &Config, trace: Trace) -> Arc<Self> {
        let weather = Weather::of(&mut random);
        Arc::new_cyclic(|this| Self {
            this: this.clone(),
            random: random.into(),
            weather,
            calm: false.into(),
            now: START.into(),
            step: 0.into(),
            trace: trace.into(),
            broken: Mutex::default(),
            faults: [0; COUNT].into(),
            slices: 0.into(),
            sleepers: Mutex::default(),
            started: Mutex::default(),
            rules: config.rules,
            limits: config.limits,
            signer: config.signer.clone(),
            connection: d1::migrated().into(),
            books: Books::new(config.rules.release_grace).into(),
            objects: Mutex::default(),
            outside: Mutex::default(),
            kept: Mutex::default(),
            documents: Mutex::default(),
            truth: Mutex::default(),
            visitors: Mutex::default(),
            stripe: Mutex::default(),
            till: Mutex::default(),
        })
    }

    /// The world itself, as a strong reference.
    pub(crate) fn this(&self) -> Arc<Self> {
        self.this.upgrade().unwrap()
    }

    pub(crate) fn ports(&self) -> Ports {
        let this = || self.this();
        Ports {
            database: this(),
            http: this(),
            pictures: this(),
            documents: this(),
            mail: this(),
            rate_limiter: this(),
            accounts: this(),
            invocations: this(),
            background: this(),
            signatures: this(),
            clock: this(),
            random: this(),
        }
    }

    // ---- Chance

    pub(crate) fn random<T>(&self, draw: impl FnOnce(&mut Random) -> T) -> T {
        draw(&mut self.random.lock().unwrap())
    }

    pub(crate) fn below(&self, end: u64) -> u64 {
        self.random(|random| random.below(end))
    }

    pub(crate) fn place(&self, length: usize) -> usize {
        self.random(|random| random.place(length))
    }

    /// True with this probability in percent.
    pub(crate) fn percent(&self, of_hundred: u64) -> bool {
        self.below(100) < of_hundred
    }

    /// Whether this fault happens now.
    pub(crate) fn strikes(&self, fault: Fault) -> bool {
        let odds = self.weather.odds(fault);
        let strikes = odds > 0 && !self.is_calm() && self.below(1000) < odds;
        if strikes {
            self.count(fault);
        }
        strikes
    }

    pub(crate) fn count(&self, fault: Fault) {
        self.faults.lock().unwrap()[fault as usize] += 1;
        self.note(|| format!("  ! {}", fault.words()));
    }

    /// An operator lists the host that results wait for.
    pub(crate) fn list(&self) {
        self.books.lock().unwrap().jobs.is_listed = true;
    }

    pub(crate) fn is_listed(&self) -> bool {
        self.books.lock().unwrap().jobs.is_listed
    }

    pub(crate) fn calm_down(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    // ---- Time

    pub(crate) fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    pub(crate) fn pass(&self, while_: Duration) {
        let millis = i64::try_from(while_.as_millis()).unwrap();
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    pub(crate) fn step(&self) -> u64 {
        self.step.load(Ordering::Relaxed)
    }

    /// Begins the next step, and wakes the tasks that slept until then.
    pub(crate) fn begin_step(&self) {
        let step = self.step.fetch_add(1, Ordering::Relaxed) + 1;
        let mut sleepers = self.sleepers.lock().unwrap();
        let mut place = 0;
        while place < sleepers.len() {
            if sleepers[place].0 <= step {
                sleepers.swap_remove(place).1.wake();
            } else {
                place += 1;
            }
        }
    }

    /// Wakes all sleeping tasks.
    pub(crate) fn wake_all(&self) {
        let sleepers = std::mem::take(&mut *self.sleepers.lock().unwrap());
        for (_, waker) in sleepers {
            waker.wake();
        }
    }

    /// Yields as every call to the outside does: other tasks run meanwhile, at times for long.
    pub(crate) async fn pause(&self) {
        let steps = if self.strikes(Fault::LongStall) {
            self.below(800)
        } else if self.strikes(Fault::Stall) {
            self.below(60)
        } else {
            0
        };
        let until = self.step() + steps;
        let mut waited = false;
        poll_fn(|context| {
            if waited && (self.step() >= until || self.is_calm()) {
                return Poll::Ready(());
            }
            waited = true;
            if steps == 0 {
                context.waker().wake_by_ref();
            } else {
                let waker = context.waker().clone();
                self.sleepers.lock().unwrap().push((until, waker));
            }
            Poll::Pending
        })
        .await;
    }

    // ---- Tasks

    pub(crate) fn start(
        &self,
        place: Place,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        self.started
            .lock()
            .unwrap()
            .push((place, name, Box::pin(task)));
    }

    pub(crate) fn take_started(&self) -> Vec<(Place, &'static str, BoxFuture<'static, ()>)> {
        std::mem::take(&mut *self.started.lock().unwrap())
    }

    // ---- What happened

    pub(crate) fn note(&self, line: impl FnOnce() -> String) {
        let mut trace = self.trace.lock().unwrap();
        match &mut *trace {
            Trace::None => {}
            Trace::Printed => println!("{:>6} {} {}", self.step(), self.time(), line()),
            Trace::Last(lines) => {
                if lines.len() == LAST_LINES {
                    lines.pop_front();
                }
                lines.push_back(format!("{:>6} {} {}", self.step(), self.time(), line()));
            }
        }
    }

    pub(crate) fn last_steps(&self) -> String {
        match &*self.trace.lock().unwrap() {
            Trace::Last(lines) => lines.iter().flat_map(|line| [line, "\n"]).collect(),
            Trace::None | Trace::Printed => String::new(),
        }
    }

    /// Records a violation. The first one counts.
    pub(crate) fn broke(&self, what: impl Into<String>) {
        self.broken.lock().unwrap().get_or_insert(what.into());
    }

    pub(crate) fn broken(&self) -> Option<String> {
        self.broken.lock().unwrap().clone()
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken.lock().unwrap().is_some()
    }
}
