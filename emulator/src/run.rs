//! A task's life, the same for every protocol.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::try_join_all;

use crate::{
    behaviour::{End, ResultFault},
    callback,
    files::ResultFile,
    inputs,
    picture::{self, Subject},
    task::{Event, Failure, FailureKind, Phase, QUEUED_PERCENT, Task},
    world::World,
};

/// The result's URL under `#ssrf`: the metadata service of a cloud machine.
const INTERNAL_ADDRESS: &str = "http://169.254.169.254/latest";

/// The result's URL under `#unlisted`: on a reserved host that no vendor has.
const UNLISTED_ADDRESS: &str = "https://unlisted.example/result.png";

/// How a task ends.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    Completed,
    Failed(Failure),
}

/// Takes a task from acceptance to its last callback:
///
/// 1. call back that it is queued, and later that it is running, where the protocol does that;
/// 2. fetch the inputs and make the pictures;
/// 3. wait for the rest of the work's time;
/// 4. send the false callbacks that come before the end;
/// 5. end it, unless it was canceled or ended manually meanwhile;
/// 6. call back.
pub(crate) async fn run(world: Arc<World>, id: String) {
    let Some(task) = world.task(&id) else {
        return;
    };
    // 1.
    callback::status(&world, &task, Event::Queued).await;
    // 2.
    let made = pictures(&world, &task).await;
    if made.is_ok() {
        // 1. again.
        work_until(&world, &task, u32::from(QUEUED_PERCENT)).await;
        if world.is_open(&id) {
            callback::status(&world, &task, Event::Started).await;
            callback::progress(&world, &task).await;
        }
        // 3.
        work_until(&world, &task, 100).await;
    }
    if !world.is_open(&id) {
        return;
    }
    // 4.
    callback::forgeries(&world, &task).await;
    // 5.
    let verdict = match (made, task.behaviour.end) {
        (Err(failure), _) => Verdict::Failed(failure),
        (Ok(_), End::Completed) => Verdict::Completed,
        (Ok(_), End::ServiceError) => Verdict::Failed(task.protocol.failure(FailureKind::Service)),
        (Ok(_), End::Refused) => Verdict::Failed(task.protocol.failure(FailureKind::Refused)),
        (Ok(_), End::Unreadable) => Verdict::Failed(task.protocol.failure(FailureKind::Input)),
    };
    if world.is_open(&id) && world.end(&id, phase(&world, &task, verdict).await) {
        // 6.
        callback::announce(&world, &id).await;
    }
}

/// Waits until this share of the task's work, in percent, is done.
async fn work_until(world: &World, task: &Task, percent: u32) {
    let part = task.work(&world.settings).saturating_mul(percent);
    let then = part
        .checked_div(100)
        .and_then(|part| task.accepted.checked_add(part));
    if let Some(then) = then {
        tokio::time::sleep_until(then).await;
    }
}

/// Ends a task manually, or changes how it ended. Returns whether it was open until now.
pub(crate) async fn force(world: &World, task: &Task, verdict: Verdict) -> bool {
    world.force(&task.id, phase(world, task, verdict).await)
}

/// Applies a verdict; a completed task's results can be fetched from then on.
async fn phase(world: &World, task: &Task, verdict: Verdict) -> Phase {
    match verdict {
        Verdict::Failed(failure) => Phase::Failed(failure),
        Verdict::Completed => match pictures(world, task).await {
            Ok(pictures) => Phase::Completed(publish(world, task, pictures)),
            Err(failure) => Phase::Failed(failure),
        },
    }
}

/// Makes the task's pictures before they are needed.
pub(crate) async fn make_early(world: &World, task: &Task) {
    // An error here becomes the end of the task.
    drop(pictures(world, task).await);
}

/// The task's pictures, made at the first call.
async fn pictures(world: &World, task: &Task) -> Result<Vec<Bytes>, Failure> {
    task.pictures
        .get_or_init(|| make(world, task))
        .await
        .clone()
}

async fn make(world: &World, task: &Task) -> Result<Vec<Bytes>, Failure> {
    let generation = &task.generation;
    if let Some(failure) = task.protocol.flaw(generation) {
        return Err(failure);
    }
    let refuse = |what: String| Failure {
        message: what,
        ..task.protocol.failure(FailureKind::Input)
    };
    let timeout = world.settings.fetch_timeout;
    let fetches = generation.images.iter().map(async |url| {
        inputs::picture(&world.client, url, generation.image_bytes, timeout)
            .await
            .map_err(|error| refuse(format!("Input image {}: {error}", inputs::shown(url))))
    });
    let mut images = try_join_all(fetches).await?.into_iter();
    let subject = Subject {
        person: images.next(),
        garment: images.next(),
        prompt: generation.prompt.clone(),
        ratio: generation.ratio,
        count: generation.count,
        side: world.settings.picture_side,
    };
    let large = task.behaviour.large;
    let compose = move || {
        if large {
            (0..subject.count).map(picture::noise).collect()
        } else {
            picture::compose(&subject)
        }
    };
    tokio::task::spawn_blocking(compose)
        .await
        .map_err(|_interrupted| refuse("Composing was interrupted".to_owned()))?
        .map(|pictures| pictures.into_iter().map(Bytes::from).collect())
        .map_err(|error| refuse(format!("Encoding failed: {error}")))
}

/// Stores the pictures under their URLs, and returns the URLs to list.
fn publish(world: &World, task: &Task, mut pictures: Vec<Bytes>) -> Vec<String> {
    if task.behaviour.partial {
        pictures.pop();
    }
    let fault = task.behaviour.result;
    let files = (0_usize..).zip(pictures).map(|(index, bytes)| {
        let file = ResultFile {
            task_id: task.id.clone(),
            index,
            bytes,
            fault,
        };
        (format!("{}-{index}.png", task.id), file)
    });
    world.change(|memory| {
        files
            .map(|(name, file)| {
                let address = match fault {
                    Some(ResultFault::Internal) => INTERNAL_ADDRESS.to_owned(),
                    Some(ResultFault::Unlisted) => UNLISTED_ADDRESS.to_owned(),
                    _ => format!("{}/files/{name}", world.base_url),
                };
                memory.files.insert(name, file);
                address
            })
            .collect()
    })
}
