//! `GET /v1` as a WebSocket: the same arrays of tasks, each message answered by as many messages as
//! there are tasks. It is how the vendor's own client talks (npm `@runware/sdk-js`).

use std::sync::Arc;

use axum::{
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    response::Response,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::{error::ApiError, tasks};
use crate::{
    log::{self, Line},
    world::World,
};

/// How many answers may wait to be sent.
const WAITING: usize = 64;

pub(crate) async fn open(State(world): State<Arc<World>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |socket| talk(world, socket).await)
}

/// Reads until the caller leaves. The first message must bring the key; tasks that take their time
/// do not hold up those behind them.
async fn talk(world: Arc<World>, socket: WebSocket) {
    let (mut outgoing, mut incoming) = socket.split();
    let (answers, mut waiting) = mpsc::channel::<Value>(WAITING);
    let sending = tokio::spawn(async move {
        while let Some(answer) = waiting.recv().await {
            let text = Message::Text(answer.to_string().into());
            if outgoing.send(text).await.is_err() {
                return;
            }
        }
    });
    let mut is_known = false;
    while let Some(Ok(message)) = incoming.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        for task in read(&text) {
            is_known = begin(&world, task, is_known, &answers).await;
        }
    }
    sending.abort();
}

/// The tasks of a message; one that cannot be read is a task without a type, which is refused.
fn read(text: &str) -> Vec<Map<String, Value>> {
    tasks::read(text.as_bytes()).unwrap_or_else(|_unreadable| vec![Map::new()])
}

/// Answers a task, later if it has to be worked on. Returns whether the caller is known from now on.
async fn begin(
    world: &Arc<World>,
    task: Map<String, Value>,
    is_known: bool,
    answers: &mpsc::Sender<Value>,
) -> bool {
    let is_work = task.get("taskType") == Some(&json!("imageInference"));
    if is_work && is_known {
        let (answering, answers) = (Arc::clone(world), answers.clone());
        world.spawn(async move {
            let mut is_known = true;
            answer(&answering, &task, &mut is_known, &answers).await;
        });
        return true;
    }
    let mut is_known = is_known;
    answer(world, &task, &mut is_known, answers).await;
    is_known
}

async fn answer(
    world: &Arc<World>,
    task: &Map<String, Value>,
    is_known: &mut bool,
    answers: &mpsc::Sender<Value>,
) {
    let said = tasks::perform(world, task, is_known).await;
    let body = match said {
        Ok(said) => said.body(),
        Err(error) => refused(&error, task),
    };
    log::write(world, Line::of_message(task, &body));
    // An error means that the caller has left.
    let _gone = answers.send(body).await;
}

fn refused(error: &ApiError, task: &Map<String, Value>) -> Value {
    json!({ "errors": [error.entry(task)] })
}
