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
    task::{Failure, FailureKind, Phase, Task},
    world::World,
};

/// What `#ssrf` names as the result: the metadata service of a cloud machine.
const INTERNAL_ADDRESS: &str = "http://169.254.169.254/latest";

/// How a task is to end.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    Completed,
    Failed(Failure),
}

/// Takes a task from acceptance to its last callback:
///
/// 1. fetch the inputs and make the pictures;
/// 2. let the rest of the work's time pass;
/// 3. tell the lies that come before the end;
/// 4. end it, unless that was done by hand meanwhile;
/// 5. call back.
pub(crate) async fn run(world: Arc<World>, id: String) {
    let Some(task) = world.task(&id) else {
        return;
    };
    // 1.
    let made = pictures(&world, &task).await;
    // 2.
    if made.is_ok() {
        callback::progress(&world, &task).await;
        if let Some(end) = task.accepted.checked_add(task.work(&world.settings)) {
            tokio::time::sleep_until(end).await;
        }
    }
    if !world.is_open(&id) {
        return;
    }
    // 3.
    callback::forgeries(&world, &task).await;
    // 4.
    let verdict = match (made, task.behaviour.end) {
        (Err(failure), _) => Verdict::Failed(failure),
        (Ok(_), End::Completed) => Verdict::Completed,
        (Ok(_), End::ServiceError) => Verdict::Failed(task.protocol.failure(FailureKind::Service)),
        (Ok(_), End::Refused) => Verdict::Failed(task.protocol.failure(FailureKind::Refused)),
    };
    if world.is_open(&id) && close(&world, &task, verdict).await {
        // 5.
        callback::announce(&world, &id).await;
    }
}

/// Ends a task, or changes how it ended. Returns whether it was open until now.
pub(crate) async fn close(world: &World, task: &Task, verdict: Verdict) -> bool {
    let end = match verdict {
        Verdict::Failed(failure) => Phase::Failed(failure),
        Verdict::Completed => match pictures(world, task).await {
            Ok(pictures) => Phase::Completed(publish(world, task, pictures)),
            Err(failure) => Phase::Failed(failure),
        },
    };
    world.close(&task.id, end)
}

/// The task's pictures, made at the first call.
async fn pictures(world: &World, task: &Task) -> Result<Vec<Bytes>, Failure> {
    task.pictures
        .get_or_init(|| make(world, task))
        .await
        .clone()
}

async fn make(world: &World, task: &Task) -> Result<Vec<Bytes>, Failure> {
    let order = &task.order;
    let refuse = |what: String| Failure {
        message: what,
        ..task.protocol.failure(FailureKind::Input)
    };
    let timeout = world.settings.fetch_timeout;
    let fetches = order.images.iter().map(async |url| {
        inputs::picture(&world.client, url, order.image_bytes, timeout)
            .await
            .map_err(|error| refuse(format!("Input image {url}: {error}")))
    });
    let mut images = try_join_all(fetches).await?.into_iter();
    let subject = Subject {
        person: images.next(),
        garment: images.next(),
        prompt: order.prompt.clone(),
        ratio: order.ratio,
        count: order.count,
        side: world.settings.picture_side,
    };
    tokio::task::spawn_blocking(move || picture::compose(&subject))
        .await
        .map_err(|_interrupted| refuse("Composing was interrupted".to_owned()))?
        .map(|pictures| pictures.into_iter().map(Bytes::from).collect())
        .map_err(|error| refuse(format!("Encoding failed: {error}")))
}

/// Puts the pictures under their addresses, and returns the addresses to list.
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
                    _ => format!("{}/files/{name}", world.base_url),
                };
                memory.files.insert(name, file);
                address
            })
            .collect()
    })
}
