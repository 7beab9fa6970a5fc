//! What every create call does once its protocol has read it.

use std::{sync::Arc, time::Duration};

use crate::{
    behaviour::{self, Answer, Behaviour, Refusal},
    inputs,
    protocol::Protocol,
    record::CallbackKind,
    run,
    task::{Order, Task},
    world::World,
};

/// How long create takes to be answered with `#lagging`: long enough for a user to think better of it.
const LAG: Duration = Duration::from_millis(600);

/// Takes an order, and returns when it is to be answered:
///
/// 1. read its behaviour;
/// 2. refuse it, if that is its behaviour or the balance does not cover it;
/// 3. write it down and set it going;
/// 4. wait as long as its behaviour has it.
pub(crate) async fn create(
    world: &Arc<World>,
    protocol: &'static dyn Protocol,
    order: Order,
) -> Result<Task, Refusal> {
    // 1.
    let behaviour = behaviour_of(world, &order).await;
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
        .accept(protocol, order, behaviour)
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

/// An order's behaviour: by its prompt, or where it has none by what its garment carries, the second
/// picture: in its pixels, and after its file's end. One that cannot be fetched says nothing here;
/// the task fails later.
async fn behaviour_of(world: &World, order: &Order) -> Behaviour {
    if !order.prompt.is_empty() {
        return Behaviour::of(&order.prompt);
    }
    let Some(garment) = order.images.get(1).or_else(|| order.images.first()) else {
        return Behaviour::default();
    };
    let timeout = world.settings.fetch_timeout;
    match inputs::fetch(&world.client, garment, order.image_bytes, timeout).await {
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
