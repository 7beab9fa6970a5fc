//! The checkout sessions and events of all processors.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use serde_json::Value;

use super::{By, Change, Checkout, Denied, Fault, Faults, Kind, New, State, Told, delivery};
use crate::{
    clock,
    stripe::Keyed,
    world::{Memory, World},
};

/// All of them, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Books {
    checkouts: Vec<Checkout>,
    events: Vec<Event>,
    /// The faults that the next sessions of a processor have.
    coming: Vec<Coming>,
    /// The addresses whose creations have failed as they asked.
    struck: HashSet<String>,
    /// Stripe's idempotency keys.
    pub(crate) keyed: HashMap<String, Keyed>,
    /// Where events go, if that was changed: the processor's name is added.
    pub(crate) webhook: Option<String>,
}

/// Something that a processor tells of.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) by: By,
    /// The session's id.
    pub(crate) checkout: String,
    pub(crate) kind: &'static str,
    pub(crate) object: Value,
    /// In Unix seconds.
    pub(crate) created: u64,
    /// Whether it has the shape of an old API version.
    pub(crate) is_old: bool,
    /// How often it was sent, and answered or not.
    pub(crate) attempts: usize,
    pub(crate) is_delivered: bool,
}

#[derive(Debug)]
struct Coming {
    by: &'static str,
    faults: Faults,
    times: u64,
}

impl Books {
    /// A processor's sessions, the oldest first.
    pub(crate) fn checkouts(&self, by: By) -> impl DoubleEndedIterator<Item = &Checkout> {
        let all = self.checkouts.iter();
        all.filter(move |checkout| checkout.by.name() == by.name())
    }

    /// A processor's events, the oldest first.
    pub(crate) fn events(&self, by: By) -> impl DoubleEndedIterator<Item = &Event> {
        let all = self.events.iter();
        all.filter(move |event| event.by.name() == by.name())
    }

    /// The newest session that has this id, payment, charge, or reference of the merchant's.
    pub(crate) fn find(&self, by: By, reference: &str) -> Option<&Checkout> {
        let is_meant = |checkout: &&Checkout| {
            [&checkout.id, &checkout.payment, &checkout.charge].contains(&&reference.to_owned())
                || checkout.reference.as_deref() == Some(reference)
        };
        self.checkouts(by).rev().find(is_meant)
    }

    pub(crate) fn event(&self, id: &str) -> Option<&Event> {
        self.events.iter().find(|event| event.id == id)
    }

    /// The events of a session, the oldest first.
    pub(crate) fn events_of(&self, checkout: &str) -> impl Iterator<Item = &Event> {
        let all = self.events.iter();
        all.filter(move |event| event.checkout == checkout)
    }

    pub(crate) fn event_mut(&mut self, id: &str) -> Option<&mut Event> {
        self.events.iter_mut().find(|event| event.id == id)
    }

    pub(crate) fn checkout_mut(&mut self, by: By, id: &str) -> Option<&mut Checkout> {
        let mut all = self.checkouts.iter_mut();
        all.find(|checkout| checkout.by.name() == by.name() && checkout.id == id)
    }

    /// Lets the next sessions of a processor have these faults, instead of what was set before.
    pub(crate) fn expect(&mut self, by: By, faults: Faults, times: u64) {
        self.coming.retain(|coming| coming.by != by.name());
        if times > 0 && !faults.is_empty() {
            let by = by.name();
            self.coming.push(Coming { by, faults, times });
        }
    }

    /// The faults of a session that is asked for: what was set, and what the buyer's address has. An
    /// address fails a creation once.
    pub(crate) fn strike(&mut self, by: By, email: Option<&str>) -> Faults {
        let mut faults = Faults::default();
        if let Some(coming) = self.coming.iter_mut().find(|coming| coming.by == by.name()) {
            faults = coming.faults.clone();
            coming.times = coming.times.saturating_sub(1);
        }
        self.coming.retain(|coming| coming.times > 0);
        let Some(email) = email else {
            return faults;
        };
        let asked = Faults::of_address(email);
        let is_first = asked.is_empty() || self.struck.insert(format!("{} {email}", by.name()));
        faults.and(&if is_first { asked } else { asked.of_events() })
    }
}

/// Opens a session, which expires in its time.
pub(crate) fn open(world: &Arc<World>, by: By, new: New, faults: &Faults) -> Checkout {
    let now = clock::unix_seconds(clock::now());
    let checkout = world.change(|memory| {
        let mut id = |kind| by.id(kind, &memory.draw(""));
        let checkout = Checkout {
            by,
            id: id(Kind::Session),
            payment: id(Kind::Payment),
            charge: id(Kind::Charge),
            reference: new.reference,
            name: new.name,
            minor: new.minor,
            currency: new.currency,
            email: new.email,
            success_url: new.success_url,
            cancel_url: new.cancel_url,
            asked: new.asked,
            created: now,
            expires: now.saturating_add(new.lifetime),
            state: State::Open,
            changed: now,
            is_delayed: false,
            is_declined: false,
            refunds: Vec::new(),
            dispute: None,
            faults: faults.clone().of_events(),
        };
        memory.books.checkouts.push(checkout.clone());
        checkout
    });
    let (timed, id) = (Arc::clone(world), checkout.id.clone());
    world.spawn(async move {
        tokio::time::sleep(Duration::from_secs(new.lifetime)).await;
        // One that was paid does not expire.
        let _paid = expire(&timed, by, &id);
    });
    checkout
}

/// Expires an open session.
pub(crate) fn expire(world: &Arc<World>, by: By, id: &str) -> Result<Vec<Event>, Denied> {
    change(world, by, id, |checkout, _, now| {
        checkout.close(State::Expired, now)?;
        Ok(Some(Change::Expired))
    })
}

/// Changes a session of this id, and tells of it. The effect is given a text to make an id of, and
/// the time.
pub(crate) fn change(
    world: &Arc<World>,
    by: By,
    id: &str,
    effect: impl FnOnce(&mut Checkout, &str, u64) -> Result<Option<Change>, Denied>,
) -> Result<Vec<Event>, Denied> {
    let now = clock::unix_seconds(clock::now());
    let base_url = world.provider_url(by.name());
    let told = world.change(|memory| {
        let drawn = memory.draw("");
        let checkout = memory.books.checkout_mut(by, id).ok_or(Denied::NotOpen)?;
        let change = effect(checkout, &drawn, now)?;
        let checkout = checkout.clone();
        let change = change.map(|change| tell(memory, &checkout, change, &base_url, now));
        Ok(change.unwrap_or_default())
    })?;
    delivery::announce(world, &told);
    Ok(told)
}

/// Writes the events of a change down.
fn tell(
    memory: &mut Memory,
    checkout: &Checkout,
    change: Change,
    base_url: &str,
    now: u64,
) -> Vec<Event> {
    let is_old = checkout.faults.has(Fault::OldVersion);
    let drawn = memory.draw("");
    let told = Told {
        base_url,
        is_old,
        drawn: &drawn,
        now,
    };
    let times = if checkout.faults.has(Fault::Twin) {
        2
    } else {
        1
    };
    let told = checkout.by.events(checkout, change, &told).into_iter();
    let events: Vec<Event> = told
        .flat_map(|told| std::iter::repeat_n(told, times))
        .map(|(kind, object)| Event {
            id: checkout.by.id(Kind::Event, &memory.draw("")),
            by: checkout.by,
            checkout: checkout.id.clone(),
            kind,
            object,
            created: now,
            is_old,
            attempts: 0,
            is_delivered: false,
        })
        .collect();
    memory.books.events.extend(events.iter().cloned());
    events
}
