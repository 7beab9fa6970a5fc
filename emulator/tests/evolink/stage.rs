//! An emulator, and beside it a server that takes callbacks and offers input pictures.

use std::{
    collections::VecDeque,
    io::Cursor,
    sync::{Arc, Mutex},
    time::Duration,
};

use atelier_emulator::{CallbackKind, Emulator, Settings};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use image::{ImageFormat, Rgba, RgbaImage};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::timeout};

pub(crate) const KEY: &str = "test-key";
pub(crate) const NANO_BANANA_2: &str = "gemini-3.1-flash-image-preview";
/// A model that makes several pictures in one task.
pub(crate) const SEVERAL: &str = "gpt-image-2";
const PATIENCE: Duration = Duration::from_secs(5);

/// What the receiver of callbacks was sent, and what it is to answer (200 when that runs out).
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    pub(crate) received: Vec<(String, Value)>,
    pub(crate) answers: VecDeque<u16>,
}

pub(crate) struct Stage {
    pub(crate) emulator: Emulator,
    pub(crate) http: reqwest::Client,
    pub(crate) inbox: Arc<Mutex<Inbox>>,
    pub(crate) side: String,
}

pub(crate) fn settings() -> Settings {
    Settings {
        api_key: KEY.to_owned(),
        work: Duration::from_millis(60),
        slow: Duration::from_millis(400),
        late: Duration::from_millis(600),
        callback_retry: [5, 10, 20].map(Duration::from_millis),
        callback_timeout: Duration::from_millis(500),
        picture_side: 96,
        ..Settings::default()
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(settings()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let inbox = Arc::default();
        Self {
            emulator: Emulator::start(settings).await.unwrap(),
            http: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            side: side(Arc::clone(&inbox)).await,
            inbox,
        }
    }

    /// A body with both pictures and a callback address.
    pub(crate) fn body(&self, prompt: &str) -> Value {
        json!({
            "model": NANO_BANANA_2,
            "prompt": prompt,
            "image_urls": [format!("{}/person.png", self.side), format!("{}/garment.png", self.side)],
            "size": "3:4",
            "callback_url": format!("{}/hooks/token-1", self.side),
        })
    }

    /// As [`Stage::body`], asking for `count` pictures.
    pub(crate) fn several(&self, prompt: &str, count: u32) -> Value {
        let mut body = self.body(prompt);
        body["model"] = json!(SEVERAL);
        body["n"] = json!(count);
        body
    }

    pub(crate) async fn post(&self, body: &Value) -> (u16, Value) {
        let address = format!("{}/v1/images/generations", self.emulator.base_url());
        let request = self.http.post(address).bearer_auth(KEY).json(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let address = format!("{}{path}", self.emulator.base_url());
        let request = self.http.get(address).bearer_auth(KEY);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn task(&self, id: &str) -> Value {
        let (status, body) = self.get(&format!("/v1/tasks/{id}")).await;
        assert_eq!(status, 200);
        body
    }

    /// Creates a task and returns its id.
    pub(crate) async fn create(&self, body: &Value) -> String {
        let (status, answer) = self.post(body).await;
        assert_eq!(status, 200, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn settle(&self, id: &str) {
        timeout(PATIENCE, self.emulator.settled(id))
            .await
            .unwrap()
            .unwrap();
    }

    /// Creates a task, waits for its end, and returns it as its address tells it.
    pub(crate) async fn finish(&self, body: &Value) -> Value {
        let id = self.create(body).await;
        self.settle(&id).await;
        self.task(&id).await
    }

    /// The first result's address of a finished task.
    pub(crate) async fn result_of(&self, prompt: &str) -> reqwest::Response {
        let task = self.finish(&self.body(prompt)).await;
        let address = task["results"][0].as_str().unwrap().to_owned();
        self.http.get(address).send().await.unwrap()
    }

    pub(crate) fn received(&self) -> Vec<(String, Value)> {
        self.inbox.lock().unwrap().received.clone()
    }

    /// What was sent, in short: what each callback was and the status it claimed.
    pub(crate) fn transcript(&self) -> Vec<(CallbackKind, String)> {
        let callbacks = self.emulator.callbacks();
        let short = callbacks.iter().map(|attempt| {
            let status = attempt.body["status"].as_str().unwrap_or_default();
            (attempt.kind, status.to_owned())
        });
        short.collect()
    }
}

async fn side(inbox: Arc<Mutex<Inbox>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let routes = Router::new()
        .route("/hooks/{token}", post(receive))
        .route("/person.png", get(async || png(Rgba([90, 110, 130, 255]))))
        .route("/garment.png", get(async || png(Rgba([200, 20, 20, 254]))))
        .route("/words.txt", get(async || "not a picture"))
        .with_state(inbox);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

async fn receive(
    State(inbox): State<Arc<Mutex<Inbox>>>,
    Path(token): Path<String>,
    Json(body): Json<Value>,
) -> StatusCode {
    let mut inbox = inbox.lock().unwrap();
    inbox.received.push((token, body));
    StatusCode::from_u16(inbox.answers.pop_front().unwrap_or(200)).unwrap()
}

fn png(colour: Rgba<u8>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbaImage::from_pixel(60, 80, colour)
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}
