//! Creating a task, for all providers, once the protocol has read the call.

use std::{sync::Arc, time::Duration};

use crate::{
    behaviour::{self, Answer, Behaviour, Refusal},
    inputs,
    protocol::Protocol,
    record::CallbackKind,
    run,
    task::{Generation, Task},
    world::World,
};

/// How long create takes to answer with `#lagging`: long enough for a user to cancel meanwhile.
const LAG: Duration = Duration::from_millis(600);

/// Accepts a generation, and returns when the call is to be answered:
///
/// 1. read its behaviour;
/// 2. refuse it, if its behaviour says so or the balance does not cover it;
/// 3. record it and start it;
/// 4. wait as long as its behaviour says.
pub(crate) async fn create(
    world: &Arc<World>,
    protocol: &'static dyn Protocol,
    generation: Generation,
) -> Result<Task, Refusal> {
    // 1.
    let behaviour = behaviour_of(world, &generation).await;
    let answer = behaviour.answer;
    // 2.
    if behaviour.down.contains(protocol.name()) {
        return Err(Refusal::Internal);
    }
    if let Answer::Refused(refusal) = answer {
        return Err(refusal);
    }
    // 3.
    let task = world
        .accept(protocol, generation, behaviour)
        .map_err(|_out_of_credit| Refusal::NoCredit)?;
    world.spawn(run::run(Arc::clone(world), task.id.clone()));
    // 4.
    match answer {
        Answer::AtOnce | Answer::Refused(_) => {}
        Answer::AfterCallback => called_back(world, &task.id).await,
        Answer::Later => tokio::time::sleep(LAG).await,
        Answer::Never => world.stopped().await,
    }
    Ok(task)
}

/// A generation's behaviour: from its prompt or, without one, from the text in the pixels and after
/// the end of its second picture, the garment. One that cannot be fetched has no effect here; the
/// task fails later.
async fn behaviour_of(world: &World, generation: &Generation) -> Behaviour {
    if !generation.prompt.is_empty() {
        return Behaviour::of(&generation.prompt);
    }
    let Some(garment) = generation
        .images
        .get(1)
        .or_else(|| generation.images.first())
    else {
        return Behaviour::default();
    };
    let timeout = world.settings.fetch_timeout;
    match inputs::fetch(&world.client, garment, generation.image_bytes, timeout).await {
        Err(_unreadable) => Behaviour::default(),
        Ok(file) => {
            let appended = behaviour::appended(&file);
            let label = inputs::label(file).await;
            Behaviour::of(&format!("{label} {appended}"))
        }
    }
}

/// Waits until the first terminal callback was answered, or none will come.
async fn called_back(world: &World, id: &str) {
    world
        .until(|memory| {
            let attempted = memory.callbacks.iter().any(|attempt| {
                attempt.kind == CallbackKind::Terminal && attempt.task_id.as_deref() == Some(id)
            });
            attempted || memory.tasks.get(id).is_none_or(|task| task.announced)
        })
        .await;
}
