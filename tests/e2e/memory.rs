//! The isolate's memory while a large result is stored, as its inspector reports it: the JavaScript
//! heap and external memory, including that of WASM.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::case::{Case, until};
use super::settings::PRICE;
use super::system::System;

/// More than two parts of a multipart upload, and far less than the result.
const MOST: u64 = 16 * 1024 * 1024;

type Inspector =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A connection to the inspector of the Worker.
async fn inspect(system: &System) -> Inspector {
    let targets = format!("http://127.0.0.1:{}/json", system.inspector);
    let targets: Value = system
        .client
        .get(targets)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let address = targets[0]["webSocketDebuggerUrl"]
        .as_str()
        .expect("a target");
    let (inspector, _) = tokio_tungstenite::connect_async(address).await.unwrap();
    inspector
}

/// Ids of requests for garbage collection are offset by this, to tell their answers from those that
/// are awaited.
const COLLECTED: u64 = 1_000_000;

/// The bytes that the isolate uses now.
async fn used(inspector: &mut Inspector, id: u64) -> u64 {
    // Garbage is collected first: without this the figure depends on when the engine last did.
    let collect =
        json!({"id": id + COLLECTED, "method": "HeapProfiler.collectGarbage"}).to_string();
    inspector.send(Message::text(collect)).await.unwrap();
    let ask = json!({"id": id, "method": "Runtime.getHeapUsage"}).to_string();
    inspector.send(Message::text(ask)).await.unwrap();
    loop {
        let message = inspector.next().await.expect("an answer").unwrap();
        let Ok(answer) = serde_json::from_slice::<Value>(&message.into_data()) else {
            continue;
        };
        if answer["id"] == id {
            let parts = ["usedSize", "embedderHeapUsedSize", "backingStorageSize"];
            let part = |name: &str| answer["result"][name].as_f64().unwrap_or_default();
            let all: f64 = parts.iter().map(|name| part(name)).sum();
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "bytes"
            )]
            return all as u64;
        }
    }
}

/// A result of just under 25 MB is stored byte for byte, whether or not its length is known, and
/// the isolate never has much of it.
pub(crate) async fn a_large_result_is_streamed_in_little_memory(case: Case) {
    let mut inspector = inspect(&case.system).await;
    let warm = case.user().await;
    warm.generated("").await;
    for hashtags in ["#large", "#large #chunked"] {
        let user = case.user().await;
        let before = used(&mut inspector, 1).await;
        let id = user.requested(hashtags).await;
        let mut most = before;
        let mut looks = 1;
        let job = loop {
            looks += 1;
            most = most.max(used(&mut inspector, looks).await);
            tokio::time::sleep(Duration::from_millis(5)).await;
            let job = user.job(&id).await;
            if !["queued", "running", "storing"].contains(&job["status"].as_str().unwrap()) {
                break job;
            }
        };
        super::provider_faults::assert_completed(&job, PRICE, 0);
        let made = case.system.emulator.result_bytes(&case.task(&user).id);
        let url = job["images"][0]["url"].as_str().unwrap().to_owned();
        let shown = until("the picture is there", async || Some(user.get(&url).await)).await;
        assert!(shown.bytes == made[0], "{hashtags}: another picture");
        let (size, grown) = (made[0].len(), most - before);
        println!(
            "{hashtags}: {size} bytes stored, the isolate grew by {grown} at most in {looks} looks"
        );
        assert!(size > 24_000_000, "{size}");
        assert!(
            grown < MOST,
            "{hashtags}: the isolate grew by {grown} bytes"
        );
    }
}
