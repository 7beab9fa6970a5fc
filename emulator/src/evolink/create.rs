//! `POST /v1/images/generations`.

use std::sync::Arc;

use axum::{Json, extract::State};
use bytes::Bytes;
use serde_json::Value;

use super::{EvoLink, account::Caller, error::ApiError, order, wire};
use crate::{
    behaviour::{Answer, Behaviour},
    record::CallbackKind,
    run,
    world::World,
};

/// Parse, refuse if told to, accept, run, and answer as the behaviour has it.
pub(crate) async fn create(
    _caller: Caller,
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let order = order::parse(&body)?;
    let behaviour = Behaviour::of(&order.prompt);
    let answer = behaviour.answer;
    if let Answer::Refused(refusal) = answer {
        return Err(refusal.into());
    }
    let task = world
        .accept(&EvoLink, order, behaviour)
        .map_err(|_out_of_credit| ApiError::NoCredit)?;
    let estimated_seconds = task.work(&world.settings).as_secs().max(1);
    world.spawn(run::run(Arc::clone(&world), task.id.clone()));
    match answer {
        Answer::AtOnce | Answer::Refused(_) => {}
        Answer::AfterCallback => called_back(&world, &task.id).await,
        Answer::Never => world.stopped().await,
    }
    Ok(Json(wire::accepted(&task, estimated_seconds)))
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
