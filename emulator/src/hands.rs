//! What a test does by hand to tasks that work for long: it ends them when it wants to.
//! `Emulator::complete` and `Emulator::fail` are for tests that run in this process; the route is
//! for those that run in another one, and know a task by its prompt alone.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    routing::post,
};
use serde::{Deserialize, Serialize};

use crate::{
    callback,
    run::{self, Verdict},
    task::{Phase, Task},
    world::{Memory, World},
};

/// How long the route waits for a task that it is to end: the caller may ask before the provider
/// has been.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/hands/complete", post(complete))
}

/// Which tasks are meant: those whose prompt contains this.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    prompt: String,
}

#[derive(Debug, Serialize)]
struct Ended {
    tasks: Vec<String>,
}

/// Completes every open task whose prompt contains the given words, once there is one; 404 if
/// none comes in time. The answer has their ids, and their callbacks are under way.
async fn complete(
    State(world): State<Arc<World>>,
    Query(which): Query<Which>,
) -> Result<Json<Ended>, StatusCode> {
    let meant = |memory: &Memory| open_tasks(memory, &which.prompt);
    tokio::time::timeout(PATIENCE, world.until(|memory| !meant(memory).is_empty()))
        .await
        .map_err(|_elapsed| StatusCode::NOT_FOUND)?;
    let tasks = meant(&world.look());
    for task in &tasks {
        end(&world, task, Verdict::Completed).await;
    }
    let tasks = tasks.into_iter().map(|task| task.id).collect();
    Ok(Json(Ended { tasks }))
}

fn open_tasks(memory: &Memory, prompt: &str) -> Vec<Task> {
    memory
        .tasks
        .values()
        .filter(|task| task.phase == Phase::Open && task.order.prompt.contains(prompt))
        .cloned()
        .collect()
}

/// Ends a task now, or changes how it ended; one that was open then calls back as it would have by
/// itself.
pub(crate) async fn end(world: &Arc<World>, task: &Task, verdict: Verdict) {
    if run::force(world, task, verdict).await {
        let (announcing, id) = (Arc::clone(world), task.id.clone());
        world.spawn(async move { callback::announce(&announcing, &id).await });
    }
}
