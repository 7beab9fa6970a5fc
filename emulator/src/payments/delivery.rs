//! Events on their way: signed anew for each attempt, and sent again until one is answered with a 2xx.

use std::{sync::Arc, time::Duration};

use super::{Event, Fault, Faults};
use crate::{
    clock,
    message::Message,
    record::CallbackKind,
    signing::{self, Signing},
    world::{Memory, World},
};

/// The pauses between attempts. The processors' own are hours and days.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];
/// How long an attempt may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long the page where one pays waits for the first answers.
const PATIENCE: Duration = Duration::from_secs(10);
/// How far off a wrong time is: above what receivers take.
const AGE: Duration = Duration::from_mins(10);

/// Sends the events of one change, each with the faults of its session.
pub(crate) fn announce(world: &Arc<World>, events: &[Event]) {
    let mut before = None;
    for event in events {
        let (world, event) = (Arc::clone(world), event.clone());
        let earlier = before.replace(event.id.clone());
        world
            .clone()
            .spawn(async move { deliver(&world, &event, earlier).await });
    }
}

/// Waits until each event was answered once, unless that takes too long or its faults keep it back.
pub(crate) async fn first_answers(world: &World, events: &[Event]) {
    let is_answered = |memory: &Memory| {
        events.iter().all(|event| {
            let kept_back = [Fault::Lost, Fault::Late, Fault::Reorder];
            let faults = faults_of(memory, event);
            kept_back.into_iter().any(|fault| faults.has(fault)) || attempts(memory, &event.id) > 0
        })
    };
    if url(world, event_name(events)).is_some() {
        let _late = tokio::time::timeout(PATIENCE, world.until(is_answered)).await;
    }
}

fn event_name(events: &[Event]) -> &'static str {
    events.first().map_or("", |event| event.by.name())
}

/// Sends an event until it is taken, in its turn: after the one before it, or as its faults have it.
async fn deliver(world: &World, event: &Event, earlier: Option<String>) {
    let faults = faults_of(&world.memory(), event);
    if faults.has(Fault::Lost) {
        return;
    }
    if faults.has(Fault::Late) {
        tokio::time::sleep(world.settings.payments_late).await;
    }
    if faults.has(Fault::Reorder) {
        wait_for_later(world, event).await;
    } else if let Some(earlier) = earlier {
        world.until(|memory| attempts(memory, &earlier) > 0).await;
    }
    let retries = world.settings.callback_retry.as_deref();
    let mut pauses = retries.unwrap_or(&PAUSES).iter();
    while !matches!(send(world, event, &faults).await, Ok(200..=299)) {
        match pauses.next() {
            Some(pause) => tokio::time::sleep(*pause).await,
            None => return,
        }
    }
    if faults.has(Fault::Duplicate) {
        let _either_way = send(world, event, &faults).await;
    }
}

/// The first, third, … event of a session waits until the one after it was sent, for some time.
async fn wait_for_later(world: &World, event: &Event) {
    let all = |memory: &Memory| -> Vec<(String, usize)> {
        let all = memory.books.events_of(&event.checkout);
        all.map(|event| (event.id.clone(), event.attempts))
            .collect()
    };
    let place = all(&world.memory())
        .iter()
        .position(|(id, _)| *id == event.id);
    let Some(place) = place.filter(|place| place % 2 == 0) else {
        return;
    };
    let later = place.saturating_add(1);
    let was_sent = |memory: &Memory| all(memory).get(later).is_some_and(|(_, sent)| *sent > 0);
    let limit = world.settings.payments_late;
    let _alone = tokio::time::timeout(limit, world.until(was_sent)).await;
}

/// Sends an event once more, without any fault. `None` if there is nowhere to send it.
pub(crate) async fn resend(world: &World, event: &Event) -> Option<Result<u16, String>> {
    url(world, event.by.name())?;
    Some(send(world, event, &Faults::default()).await)
}

async fn send(world: &World, event: &Event, faults: &Faults) -> Result<u16, String> {
    let url = url(world, event.by.name()).ok_or("nobody takes events")?;
    let now = clock::now();
    let at = if faults.has(Fault::OldSignature) {
        now.checked_sub(AGE)
    } else if faults.has(Fault::FutureSignature) {
        now.checked_add(AGE)
    } else {
        Some(now)
    };
    let forgers = signing::forgers(&world.settings);
    let settings = if faults.has(Fault::WrongSignature) {
        &forgers
    } else {
        &world.settings
    };
    let body = event.by.body(event);
    let headers = event.by.sign(&Signing {
        settings,
        task_id: &event.checkout,
        message_id: &event.id,
        at: at.unwrap_or(now),
        body: body.as_bytes(),
    });
    let headers = headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    let message = Message {
        task_id: Some(event.checkout.clone()),
        kind: CallbackKind::Payment,
        url,
        headers: headers.collect(),
        body: body.into(),
        timeout: Some(TIMEOUT),
    };
    let attempt = message.send(world).await;
    world.change(|memory| {
        if let Some(event) = memory.books.event_mut(&event.id) {
            event.attempts = event.attempts.saturating_add(1);
            event.is_delivered |= attempt.taken();
        }
    });
    attempt.outcome
}

/// Where a processor's events go, if anywhere.
fn url(world: &World, name: &str) -> Option<String> {
    let changed = world.memory().books.webhook.clone();
    let base = changed.or_else(|| world.settings.payments_webhook.clone())?;
    Some(format!("{}/{name}", base.trim_end_matches('/')))
}

fn attempts(memory: &Memory, id: &str) -> usize {
    memory.books.event(id).map_or(0, |event| event.attempts)
}

fn faults_of(memory: &Memory, event: &Event) -> Faults {
    let checkout = memory.books.find(event.by, &event.checkout);
    checkout
        .map(|checkout| checkout.faults.clone())
        .unwrap_or_default()
}
