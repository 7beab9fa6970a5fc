//! Ending long tasks manually, for tests. `Emulator::complete` and `Emulator::fail` are for tests
//! in the same process; the route is for tests in another one, which know a task only by its
//! prompt.

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

/// How long the route waits for a task to end: the caller may ask before the provider was called.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/manual/complete", post(complete))
}

/// Selects the tasks whose prompt contains this.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    prompt: String,
}

#[derive(Debug, Serialize)]
struct Ended {
    tasks: Vec<String>,
}

/// Completes every open task whose prompt contains the text, once there is one; 404 if none comes
/// in time. The answer has their ids; their callbacks are under way.
async fn complete(
    State(world): State<Arc<World>>,
    Query(which): Query<Which>,
) -> Result<Json<Ended>, StatusCode> {
    let meant = |memory: &Memory| open_tasks(memory, &which.prompt);
    tokio::time::timeout(TIMEOUT, world.until(|memory| !meant(memory).is_empty()))
        .await
        .map_err(|_elapsed| StatusCode::NOT_FOUND)?;
    let tasks = meant(&world.memory());
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
        .filter(|task| task.phase == Phase::Open && task.generation.prompt.contains(prompt))
        .cloned()
        .collect()
}

/// Ends a task now, or changes how it ended; one that was open then calls back as usual.
pub(crate) async fn end(world: &Arc<World>, task: &Task, verdict: Verdict) {
    if run::force(world, task, verdict).await {
        let (announcing, id) = (Arc::clone(world), task.id.clone());
        world.spawn(async move { callback::announce(&announcing, &id).await });
    }
}
