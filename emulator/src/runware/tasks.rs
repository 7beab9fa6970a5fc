//! `POST /v1`: an array of tasks, each answered in `data` or in `errors`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{
    Runware,
    error::ApiError,
    generation,
    wire::{self, Said},
};
use crate::{
    auth,
    claim::Claim,
    create, ids,
    protocol::Protocol,
    schema::{self, Field, Kind, optional, required},
    task::{Phase, Snapshot},
    world::{Memory, World},
};

type Task = Map<String, Value>;

/// What the tasks that ask for another one take.
const BY_UUID: &[Field] = &[
    required("taskType", Kind::Text(64)),
    required("taskUUID", Kind::Text(64)),
    optional("numberResults", Kind::Integer(1, 20)),
];

/// Answers a request: 200 if anything of it succeeded, else the status of its first error.
pub(crate) async fn answer(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let mut is_known = auth::presents(&headers, "Bearer", &world.settings.api_key);
    let tasks = match read(&body) {
        Ok(tasks) => tasks,
        Err(error) if is_known => return refused(&error),
        Err(_) => return refused(&ApiError::key()),
    };
    let mut said = Said::default();
    let mut status = None;
    for task in &tasks {
        match perform(&world, task, &mut is_known).await {
            Ok(more) => said.extend(more),
            Err(error) => {
                said.errors.push(error.entry(task));
                status = status.or(Some(error.status));
            }
        }
    }
    let status = status.filter(|_| said.data.is_empty()).unwrap_or(200);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(said.body()))
}

fn refused(error: &ApiError) -> (StatusCode, Json<Value>) {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    let errors = [error.entry(&Task::new())];
    (status, Json(json!({ "errors": errors })))
}

/// The tasks of a body: always an array, also of one.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Task>, ApiError> {
    let tasks: Vec<Task> = serde_json::from_slice(body).map_err(|error| {
        ApiError::parameter("body", &format!("must be an array of tasks: {error}"))
    })?;
    if tasks.is_empty() {
        return Err(ApiError::parameter("body", "must not be empty"));
    }
    Ok(tasks)
}

/// Carries out one task. A caller without a key in a header may send it in a task of its own.
pub(crate) async fn perform(
    world: &Arc<World>,
    task: &Task,
    is_known: &mut bool,
) -> Result<Said, ApiError> {
    let kind = task.get("taskType").and_then(Value::as_str);
    let kind = kind.ok_or_else(|| ApiError::missing("taskType"))?;
    if kind == "authentication" {
        *is_known = task.get("apiKey") == Some(&json!(world.settings.api_key));
    }
    if !*is_known {
        return Err(ApiError::key());
    }
    match kind {
        "authentication" => Ok(authenticated(task)),
        "ping" => Ok(Said::data(json!({ "taskType": "ping", "pong": true }))),
        "imageInference" => inference(world, task).await,
        "getResponse" => Ok(wire::told(&find(world, task)?)),
        "getTaskDetails" => Ok(Said::data(wire::details(&find(world, task)?))),
        _ => Err(ApiError::parameter("taskType", "is not supported here")),
    }
}

fn authenticated(task: &Task) -> Said {
    let session = task.get("connectionSessionUUID").and_then(Value::as_str);
    let session = session.map_or_else(|| ids::uuid("runware session"), str::to_owned);
    Said::data(json!({ "taskType": "authentication", "connectionSessionUUID": session }))
}

/// Creates a task; unless it is to be delivered later, waits for its end and tells that.
async fn inference(world: &Arc<World>, task: &Task) -> Result<Said, ApiError> {
    let generation = generation::parse(task)?;
    let id = generation.external_id.clone().unwrap_or_default();
    let is_used = |memory: &Memory| memory.tasks.contains_key(&id);
    let _claim = Claim::of(world, Runware.name(), &id, is_used)
        .ok_or_else(|| ApiError::parameter("taskUUID", "is another task's already"))?;
    let created = create::create(world, &Runware, generation).await?;
    if task.get("deliveryMethod") == Some(&json!("async")) {
        return Ok(Said::data(wire::accepted(&created.id)));
    }
    world
        .until(|memory| {
            let task = memory.tasks.get(&created.id);
            task.is_none_or(|task| task.phase != Phase::Open)
        })
        .await;
    Ok(wire::told(&find(world, task)?))
}

/// The task that another one asks for.
fn find(world: &World, task: &Task) -> Result<Snapshot, ApiError> {
    let id = generation::uuid(task)?;
    if task.get("taskType") != Some(&json!("imageInference")) {
        schema::check(BY_UUID, task).map_err(|breach| ApiError::breach(&breach))?;
    }
    world
        .snapshot_at(&Runware, &id)
        .ok_or_else(ApiError::no_such_task)
}
