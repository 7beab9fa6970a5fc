//! The same tasks over a WebSocket, as the vendor's own client sends them.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::{
    stage::{KEY, Stage},
    talk::uuid,
};

const TIMEOUT: Duration = Duration::from_secs(5);

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(stage: &Stage) -> Self {
        let address = stage.emulator.provider_url("runware").replace("http", "ws");
        let (socket, _) = connect_async(format!("{address}/v1?sdk=js")).await.unwrap();
        Self(socket)
    }

    async fn send(&mut self, task: &Value) {
        let text = json!([task]).to_string();
        self.0.send(Message::Text(text.into())).await.unwrap();
    }

    async fn next(&mut self) -> Value {
        let message = timeout(TIMEOUT, self.0.next()).await.unwrap();
        let text = message.unwrap().unwrap().into_text().unwrap();
        serde_json::from_str(&text).unwrap()
    }

    async fn ask(&mut self, task: &Value) -> Value {
        self.send(task).await;
        self.next().await
    }
}

#[tokio::test]
async fn a_session_from_its_key_to_a_result() {
    let stage = Stage::new().await;
    let mut socket = Socket::open(&stage).await;
    let mut task = stage.edit("dress the person");
    task["deliveryMethod"] = json!("sync");
    let refused = socket.ask(&task).await;
    assert_eq!(refused["errors"][0]["code"], "invalidApiKey");
    let key = json!({ "taskType": "authentication", "apiKey": KEY });
    let known = socket.ask(&key).await;
    assert!(
        known["data"][0]["connectionSessionUUID"].is_string(),
        "{known}"
    );

    // The task works meanwhile.
    socket.send(&task).await;
    let ping = json!({ "taskType": "ping", "ping": true });
    let pong = json!({ "data": [{ "taskType": "ping", "pong": true }] });
    assert_eq!(socket.ask(&ping).await, pong);
    let result = socket.next().await;
    assert_eq!(result["data"][0]["taskUUID"], task["taskUUID"]);
    assert_eq!(result["data"][0]["status"], "success");
}

#[tokio::test]
async fn errors_name_their_task_and_the_connection_stays() {
    let stage = Stage::new().await;
    let mut socket = Socket::open(&stage).await;
    let wrong = json!({ "taskType": "authentication", "apiKey": "wrong" });
    let refused = socket.ask(&wrong).await;
    assert_eq!(refused["errors"][0]["taskType"], "authentication");
    socket
        .ask(&json!({ "taskType": "authentication", "apiKey": KEY }))
        .await;
    let id = uuid();
    let unknown = json!({ "taskType": "getResponse", "taskUUID": id });
    assert_eq!(
        socket.ask(&unknown).await["errors"][0]["taskUUID"],
        json!(id)
    );
    let mut bad = stage.edit("dress");
    bad["steps"] = json!(20);
    assert_eq!(socket.ask(&bad).await["errors"][0]["parameter"], "steps");
    assert_eq!(stage.emulator.created(), []);
}
