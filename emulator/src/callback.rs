//! Callbacks: the true ones with their retries, and the lies around them.

use reqwest::Url;
use serde_json::Value;

use crate::{
    behaviour::CallbackFault,
    clock,
    record::{CallbackAttempt, CallbackKind},
    task::{FailureKind, Phase, Snapshot, State, Task},
    world::World,
};

/// What `#forged` claims as the result.
const HOSTILE_RESULT: &str = "http://hostile.invalid/stolen.png";
/// The task that `#forged` speaks of instead.
const OTHER_TASK: &str = "task-unified-1000000000-somebody";
/// The progress that `#progress` reports, in percent.
const REPORTED_PROGRESS: [u8; 2] = [30, 70];

/// Sends a body to an address once, and writes the attempt down.
pub(crate) async fn attempt(
    world: &World,
    task_id: Option<&str>,
    kind: CallbackKind,
    url: &str,
    body: &Value,
) -> CallbackAttempt {
    let request = world
        .client
        .post(url)
        .timeout(world.settings.callback_timeout)
        .json(body);
    let outcome = match request.send().await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) => Err(error.to_string()),
    };
    let attempt = CallbackAttempt {
        task_id: task_id.map(str::to_owned),
        kind,
        url: url.to_owned(),
        body: body.clone(),
        outcome,
        at: clock::now(),
    };
    world.change(|memory| memory.callbacks.push(attempt.clone()));
    attempt
}

/// Sends until a 2xx comes back or the retries are used up.
async fn deliver(world: &World, task: &Task, kind: CallbackKind, url: &str, body: &Value) {
    let mut pauses = world.settings.callback_retry.iter();
    while !attempt(world, Some(&task.id), kind, url, body)
        .await
        .taken()
    {
        let Some(pause) = pauses.next() else {
            return;
        };
        tokio::time::sleep(*pause).await;
    }
}

/// Calls the end of a task back, as truly and as often as its behaviour has it.
pub(crate) async fn announce(world: &World, id: &str) {
    if let (Some(task), Some(now)) = (world.task(id), world.snapshot(id))
        && let Some(url) = task.order.callback_url.as_deref()
    {
        if !task.behaviour.has(CallbackFault::Lost) {
            let times = if task.behaviour.has(CallbackFault::Thrice) {
                3
            } else {
                1
            };
            let truth = task.protocol.body(&now);
            for _ in 0..times {
                deliver(world, &task, CallbackKind::Terminal, url, &truth).await;
            }
        }
        if task.behaviour.has(CallbackFault::Contradicted)
            && matches!(task.phase, Phase::Completed(_))
        {
            let lie = task.protocol.body(&failed(&task));
            deliver(world, &task, CallbackKind::Contradiction, url, &lie).await;
        }
    }
    world.change(|memory| {
        if let Some(task) = memory.tasks.get_mut(id) {
            task.announced = true;
        }
    });
}

/// Under `#progress`, reports twice before the end. Each is sent once.
pub(crate) async fn progress(world: &World, task: &Task) {
    let Some(url) = task.order.callback_url.as_deref() else {
        return;
    };
    if !task.behaviour.has(CallbackFault::Progress) {
        return;
    }
    for percent in REPORTED_PROGRESS {
        let body = task.protocol.body(&task.showing(State::Running(percent)));
        attempt(world, Some(&task.id), CallbackKind::Progress, url, &body).await;
    }
}

/// Under `#forged`, sends three lies while the task still runs. Each is sent once.
///
/// 1. To a wrong token: that it completed, with a hostile result.
/// 2. To the right address: that another task completed, with a hostile result.
/// 3. To the right address: that it failed.
pub(crate) async fn forgeries(world: &World, task: &Task) {
    let Some(url) = task.order.callback_url.as_deref() else {
        return;
    };
    if !task.behaviour.has(CallbackFault::Forged) {
        return;
    }
    let stolen = task.showing(State::Completed(vec![HOSTILE_RESULT.to_owned()]));
    let mut another = stolen.clone();
    OTHER_TASK.clone_into(&mut another.id);
    let lies = [
        (with_wrong_token(url), stolen),
        (url.to_owned(), another),
        (url.to_owned(), failed(task)),
    ];
    for (url, lie) in lies {
        let body = task.protocol.body(&lie);
        attempt(world, Some(&task.id), CallbackKind::Forged, &url, &body).await;
    }
}

fn failed(task: &Task) -> Snapshot {
    task.showing(State::Failed(task.protocol.failure(FailureKind::Service)))
}

/// The same address with another character at the end of its path.
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
