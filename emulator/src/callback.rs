//! Callbacks: the true ones with their retries, and the false and forged ones around them.

use reqwest::Url;

use crate::{
    behaviour::{CallbackFault, SignatureFault},
    message::{Draft, HOSTILE_RESULT, Message},
    protocol::Ack,
    record::CallbackKind,
    task::{Event, FailureKind, Phase, QUEUED_PERCENT, Snapshot, State, Task},
    world::World,
};

/// The serial of the other task that `#forged` names; no real task has it.
const OTHER_SERIAL: u64 = u64::MAX;
/// When that task was supposedly created, in Unix seconds.
const OTHER_CREATED: u64 = 1_000_000_000;
/// The progress that `#progress` reports, in percent.
const REPORTED_PROGRESS: [u8; 2] = [30, 70];

/// Sends a callback until it is delivered or given up, or the retries are used up. Each attempt is
/// signed anew.
async fn deliver(world: &World, task: &Task, draft: &Draft<'_>) {
    let pauses = world.settings.callback_retry.as_deref();
    let mut pauses = pauses.unwrap_or(task.protocol.retries().pauses).iter();
    while let Some(message) = draft.sign(world, task.behaviour.signature) {
        let answered = message.send(world).await.outcome;
        let ack = answered.map_or(Ack::Again, |status| task.protocol.ack(status));
        match (ack, pauses.next()) {
            (Ack::Again, Some(pause)) => tokio::time::sleep(*pause).await,
            (Ack::Taken | Ack::GivenUp, _) | (Ack::Again, None) => return,
        }
    }
}

/// Calls back about the end of a task, as correctly and as often as its behaviour says.
pub(crate) async fn announce(world: &World, id: &str) {
    if let (Some(task), Some(now)) = (world.task(id), world.snapshot(id))
        && let Some(url) = address(&task, Event::Ended)
    {
        if !task.behaviour.has(CallbackFault::Lost) {
            let times = if task.behaviour.has(CallbackFault::Thrice) {
                3
            } else {
                1
            };
            for truth in Draft::all_of(world, &task, CallbackKind::Terminal, url, &now) {
                for _ in 0..times {
                    deliver(world, &task, &truth).await;
                }
            }
        }
        if task.behaviour.has(CallbackFault::Contradicted)
            && matches!(task.phase, Phase::Completed(_))
        {
            let kind = CallbackKind::Contradiction;
            let false_report = Draft::of(world, &task, kind, url, &failed(&task));
            deliver(world, &task, &false_report).await;
        }
    }
    world.change(|memory| {
        if let Some(task) = memory.tasks.get_mut(id) {
            task.announced = true;
        }
    });
}

/// Calls back about an event, if the protocol does that. It is sent once.
pub(crate) async fn status(world: &World, task: &Task, event: Event) {
    let state = match event {
        Event::Queued => State::Queued,
        Event::Started => State::Running(QUEUED_PERCENT),
        Event::Ended => return,
    };
    if let Some(url) = address(task, event)
        && !task.behaviour.has(CallbackFault::Lost)
    {
        report(world, task, url, state).await;
    }
}

/// Under `#progress`, reports twice before the end. Each is sent once.
pub(crate) async fn progress(world: &World, task: &Task) {
    if let Some(url) = task.generation.callback_url.as_deref()
        && task.behaviour.has(CallbackFault::Progress)
    {
        for percent in REPORTED_PROGRESS {
            report(world, task, url, State::Running(percent)).await;
        }
    }
}

async fn report(world: &World, task: &Task, url: &str, state: State) {
    let shown = task.showing(state);
    let draft = Draft::of(world, task, CallbackKind::Progress, url, &shown);
    if let Some(message) = draft.sign(world, task.behaviour.signature) {
        message.send(world).await;
    }
}

/// Under `#forged`, sends three forgeries while the task still runs, each once. Where the provider
/// signs its callbacks, each is sent with a signature by another key, and again without one.
///
/// 1. To a wrong token: that it completed, with a hostile result.
/// 2. To the right address: that another task completed, with a hostile result.
/// 3. To the right address: that it failed.
pub(crate) async fn forgeries(world: &World, task: &Task) {
    let Some(url) = task.generation.callback_url.as_deref() else {
        return;
    };
    if !task.behaviour.has(CallbackFault::Forged) {
        return;
    }
    let stolen = task.showing(State::Completed(vec![HOSTILE_RESULT.to_owned()]));
    let another = Snapshot {
        id: task.protocol.task_id(OTHER_CREATED, OTHER_SERIAL),
        ..stolen.clone()
    };
    let false_reports = [
        (with_wrong_token(url), stolen),
        (url.to_owned(), another),
        (url.to_owned(), failed(task)),
    ];
    for (url, false_report) in false_reports {
        let draft = Draft::of(world, task, CallbackKind::Forged, &url, &false_report);
        for message in forged(world, &draft) {
            message.send(world).await;
        }
    }
}

/// A forgery, as a forger could sign it.
fn forged(world: &World, draft: &Draft<'_>) -> Vec<Message> {
    let messages = match draft.sign(world, Some(SignatureFault::WrongKey)) {
        None => [None, draft.sign(world, None)],
        signed => [signed, draft.sign(world, Some(SignatureFault::Missing))],
    };
    messages.into_iter().flatten().collect()
}

/// The URL to call back about an event, if there is one.
fn address(task: &Task, event: Event) -> Option<&str> {
    let wanted = task.generation.events.contains(&event);
    task.generation.callback_url.as_deref().filter(|_| wanted)
}

fn failed(task: &Task) -> Snapshot {
    task.showing(State::Failed(task.protocol.failure(FailureKind::Service)))
}

/// The same URL with another character at the end of its path.
fn with_wrong_token(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else {
        return url.to_owned();
    };
    let mut path = url.path().to_owned();
    let last = if path.ends_with('A') { 'B' } else { 'A' };
    path.pop();
    path.push(last);
    url.set_path(&path);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_token_differs_in_its_last_character() {
        assert_eq!(
            with_wrong_token("http://127.0.0.1:1/hooks/abc?x=1"),
            "http://127.0.0.1:1/hooks/abA?x=1"
        );
        assert_eq!(with_wrong_token("http://h/hooks/abA"), "http://h/hooks/abB");
    }
}
