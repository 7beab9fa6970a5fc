//! An account with one order, moved by the decisions that the Worker makes, and by nothing else.

use std::time::Duration;

use atelier::domain::account::{
    AccountState, Changes, Checkout, CheckoutFact, Clawback, Command, EarlierGrant, Fact, Facts,
    Open, OrderFact, OrderUnmoved, Policy, Reply, Write, decide, expire_holds,
};
use atelier::domain::credits::Credits;
use atelier::domain::id::{AccountId, JobId, OrderId, PackageId, UploadId};
use atelier::domain::job::{self, FailureCode, GenerationRequest, StoredImage};
use atelier::domain::ledger::{Package, PackageMove, Rules};
use atelier::domain::limits::Limits;
use atelier::domain::money::{Currency, Money};
use atelier::domain::options::Options;
use atelier::domain::order::{
    CheckoutSession, Event, Lifecycle, Payment, Reversal, Reversals, State, Terms,
};
use atelier::domain::picture::PictureFormat;
use atelier::domain::time::Timestamp;

pub(crate) const ACCOUNT: AccountId = AccountId::from_bytes([9; 16]);
pub(crate) const PACKAGE: PackageId = PackageId::from_bytes([7; 16]);
const ORDER: OrderId = OrderId::from_bytes([1; 16]);
const NEXT_ORDER: OrderId = OrderId::from_bytes([2; 16]);

/// What the order costs, in minor units.
pub(crate) const PRICE: u64 = 1000;

const POLICY: Policy = Policy {
    rules: Rules {
        max_open_holds: 4,
        hold_ttl: Duration::from_hours(24),
        release_grace: Duration::from_hours(72),
    },
    limits: Limits {
        generations_per_minute: 0,
        failed_per_hour: 0,
    },
};

pub(crate) fn money(minor: u64, currency: &str) -> Money {
    Money::of(minor, Currency::parse(currency).unwrap()).unwrap()
}

pub(crate) fn paid(id: &str, amount: Money) -> Event {
    let payment = Payment {
        id: id.into(),
        amount,
    };
    Event::Paid {
        payment,
        receipt_url: None,
    }
}

pub(crate) struct World {
    state: AccountState,
    terms: Terms,
    order: Lifecycle,
    /// The package's row, as the database has it: an account forgets what is used up.
    pub(crate) package: Option<Package>,
    pub(crate) granted_by_hand: Option<EarlierGrant>,
    anomaly: Option<String>,
    /// Reversals of a payment that is not seen yet, which are kept.
    early: Vec<Reversal>,
    pub(crate) now: Timestamp,
}

impl World {
    /// 20 credits for 10.00 USD, which last 30 days, can be paid.
    pub(crate) fn open() -> Self {
        let terms = Terms {
            processor: "stripe".into(),
            is_live: true,
            offer: "small".into(),
            name: "20 credits".into(),
            credits: Credits::of(20),
            price: money(PRICE, "usd"),
            days: Some(30),
        };
        let now = Timestamp::from_millis(0);
        let mut world = Self {
            state: AccountState::empty(ACCOUNT),
            order: Lifecycle::created(terms.credits, terms.price, now),
            terms,
            package: None,
            granted_by_hand: None,
            anomaly: None,
            early: Vec::new(),
            now,
        };
        world.hear(Event::SessionOpened(CheckoutSession {
            id: "cs_1".into(),
            url: "https://pay.test/cs_1".into(),
            expires_at: now.plus(Duration::from_hours(1)),
        }));
        world
    }

    /// The same, paid.
    pub(crate) fn paid() -> Self {
        let mut world = Self::open();
        world.hear(paid("pi_1", world.terms.price));
        world
    }

    fn facts(&self) -> Facts {
        Facts {
            may_have_happened: false,
            job: Fact::Absent,
            grant: self.granted_by_hand.clone().into(),
            clawback: Fact::Absent,
            earlier_job: Fact::Absent,
            missing_upload: Fact::Absent,
            order: Fact::Present(OrderFact {
                terms: self.terms.clone(),
                lifecycle: self.order.clone(),
                package: self.package,
            }),
            checkout: Fact::Present(CheckoutFact {
                shortage: self.shortage(),
                is_disputed: match &self.order.state {
                    State::Paid(purchase) => Reversals::has_open_dispute(&purchase.reversals),
                    _ => false,
                },
                ..CheckoutFact::default()
            }),
        }
    }

    /// As the account's keeper does: releases expired holds, decides, and remembers.
    pub(crate) fn tell(&mut self, command: &Command) -> Reply {
        if let Some(due) = expire_holds(&POLICY, &self.state, self.now) {
            self.follow(&due.changes);
            self.state.follow(&due.changes);
        }
        let decision = decide(&POLICY, &self.state, &self.facts(), command, self.now).unwrap();
        self.follow(&decision.changes);
        self.state.follow(&decision.changes);
        decision.reply
    }

    fn follow(&mut self, changes: &Changes) {
        self.package = self.package.or(changes.money.granted);
        for moved in &changes.money.moved {
            add(self.package.as_mut().unwrap(), moved);
        }
        for write in &changes.writes {
            match write {
                Write::Order(change) => self.order = change.lifecycle.clone(),
                Write::OrderAnomaly(_, _, what) => self.anomaly = Some(what.clone()),
                _ => {}
            }
        }
    }

    /// Something happens to the order. What is told before the payment is seen is told again after it.
    pub(crate) fn hear(&mut self, event: Event) {
        let command = |event| Command::OrderEvent {
            order: ORDER,
            event,
            package: PACKAGE,
        };
        let reply = self.tell(&command(event.clone()));
        let Reply::OrderUnmoved { because, .. } = reply else {
            assert!(matches!(reply, Reply::OrderMoved { .. }), "{reply:?}");
            for reversal in std::mem::take(&mut self.early) {
                self.hear(Event::Reversed(reversal));
            }
            return;
        };
        match (because, event) {
            (OrderUnmoved::NotPaidYet, Event::Reversed(reversal)) => self.early.push(reversal),
            (OrderUnmoved::Anomaly(what), _) => assert_eq!(Some(what), self.anomaly),
            (because, event) => panic!("{event:?} is not applied: {because:?}"),
        }
    }

    pub(crate) fn wait(&mut self, hours: u64) {
        self.now = self.now.plus(Duration::from_hours(hours));
        self.tell(&Command::Balance);
    }

    /// A job reserves credits for so many pictures.
    pub(crate) fn reserve(&mut self, job: u8, pictures: u8, credits_each: u32) {
        let request = GenerationRequest {
            model: "a/model".into(),
            photo: UploadId::from_bytes([1; 16]),
            garment: Some(UploadId::from_bytes([2; 16])),
            prompt: None,
            aspect_ratio: None,
            options: Options::default(),
            count: pictures,
            credits_per_image: Credits::of(credits_each),
            fingerprint: format!("request {job}"),
        };
        let open = Open {
            job: JobId::from_bytes([job; 16]),
            request,
            first: "a/model".into(),
            idempotency_key: None,
        };
        let reply = self.tell(&Command::Open(Box::new(open)));
        assert!(matches!(reply, Reply::Opened(_)), "{reply:?}");
        let task_id = "t".into();
        self.happens(
            job,
            job::Event::Accepted {
                task_id,
                cost: None,
            },
        );
    }

    pub(crate) fn charge(&mut self, job: u8, pictures: u8) {
        let (task_id, results) = ("t".into(), vec![String::new(); pictures.into()]);
        let stored = vec![];
        self.happens(
            job,
            job::Event::Succeeded {
                task_id,
                results,
                cost: None,
                stored,
            },
        );
        let image = |position| StoredImage {
            position,
            format: PictureFormat::Png,
            bytes: 9,
            width: 1,
            height: 1,
        };
        let images = (0..pictures).map(image).collect();
        self.happens(job, job::Event::Stored { images });
    }

    pub(crate) fn release(&mut self, job: u8) {
        let reason = FailureCode::GenerationFailed;
        let (task_id, detail) = (None, String::new());
        self.happens(
            job,
            job::Event::Failed {
                task_id,
                reason,
                detail,
            },
        );
    }

    fn happens(&mut self, job: u8, event: job::Event) {
        let reply = self.tell(&Command::JobEvent {
            job: JobId::from_bytes([job; 16]),
            attempt: None,
            event,
        });
        assert!(matches!(reply, Reply::Moved { .. }), "{reply:?}");
    }

    /// An operator takes credits back by hand.
    pub(crate) fn claw_back(&mut self, credits: u32) {
        let reply = self.tell(&Command::Clawback(Clawback {
            package: PACKAGE,
            credits: Credits::of(credits),
            reason: "a mistake".into(),
            reference: "by hand".into(),
            operator: None,
        }));
        assert!(matches!(reply, Reply::ClawedBack { .. }), "{reply:?}");
    }

    /// The credits that were to be taken back, and were spent, or still may be.
    fn shortage(&self) -> Credits {
        let package = self.package.as_ref();
        package.map(Package::spent_shortage).unwrap_or_default()
    }

    /// Whether the account may buy more.
    fn can_buy(&mut self) -> bool {
        let checkout = Checkout {
            order: NEXT_ORDER,
            terms: self.terms.clone(),
            idempotency_key: None,
            refuses_debtors: true,
        };
        match self.tell(&Command::Checkout(Box::new(checkout))) {
            Reply::Ordered { is_new: true, .. } => true,
            Reply::Refused(_) => false,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn status(&self) -> String {
        let status = serde_json::to_value(self.order.status()).unwrap();
        status.as_str().unwrap().into()
    }

    pub(crate) fn anomaly(&self) -> &str {
        self.anomaly.as_deref().unwrap_or("-")
    }

    /// For how long credits that were given back can be used, if that is longer than without that.
    pub(crate) fn life(&self) -> String {
        let until = self.package.and_then(|row| row.reversed.reinstated_until);
        until.map_or_else(String::new, |until| {
            format!(" for {} h", until.since(self.now).as_secs() / 3600)
        })
    }

    /// What became of the credits, in the words of a cell.
    pub(crate) fn credits(&mut self) -> String {
        let usable = match self.tell(&Command::Balance) {
            Reply::Balance { available, .. } => available,
            other => panic!("{other:?}"),
        };
        let mut says = Vec::new();
        let taken = self.package.map(|package| package.reversed.taken);
        if let Some(taken) = taken.filter(|taken| !taken.is_zero()) {
            says.push(format!("{taken} taken"));
        }
        let shortage = self.shortage();
        if !shortage.is_zero() {
            says.push(format!("{shortage} short"));
        }
        says.push(format!("{usable} usable"));
        let mut says = says.join(", ");
        if !self.can_buy() {
            says.push_str("; no checkout");
        }
        says
    }
}

/// As the database does: it adds differences.
fn add(row: &mut Package, moved: &PackageMove) {
    let add = |column: &mut Credits, change: i64| {
        let sum = i64::try_from(column.get()).unwrap() + change;
        *column = Credits::try_from(u64::try_from(sum).unwrap()).unwrap();
    };
    add(&mut row.remaining, moved.remaining);
    add(&mut row.held, moved.held);
    add(&mut row.spent, moved.spent);
    add(&mut row.expired, moved.expired);
    add(&mut row.clawed_back, moved.clawed_back);
    row.grace_until = moved.grace_until;
    let taken = row.reversed.taken;
    row.reversed = moved.reversed.unwrap_or(row.reversed);
    row.reversed.taken = taken;
    add(&mut row.reversed.taken, moved.taken);
}
