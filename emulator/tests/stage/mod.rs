//! An emulator, and beside it a server that takes callbacks and offers input pictures. The tests of
//! every provider share it.
#![allow(dead_code, reason = "no provider's tests use all of it")]

pub(crate) mod served;

use std::{
    collections::VecDeque,
    io::Cursor,
    sync::{Arc, Mutex},
    time::Duration,
};

use atelier_emulator::{CallbackKind, Emulator, Settings, label};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use image::{ImageFormat, Rgba, RgbaImage};
use serde_json::Value;
use tokio::{net::TcpListener, time::timeout};

pub(crate) const KEY: &str = "test-key";
/// How wide the pictures are, in pixels: small, which is quick, but not where Kling is to take them.
const WIDTH: u32 = match env!("CARGO_CRATE_NAME").as_bytes() {
    b"kling" | b"strict" => 300,
    _ => 60,
};
/// What the garment is made of.
const GARMENT: Rgba<u8> = Rgba([200, 20, 20, 254]);
/// How long an answer that never comes is waited for.
const ENOUGH: Duration = Duration::from_millis(300);
const TIMEOUT: Duration = Duration::from_secs(5);

/// What the receiver of callbacks was sent, and what it is to answer (200 when that runs out).
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    /// The tokens and the JSON.
    pub(crate) received: Vec<(String, Value)>,
    /// The headers and the exact bytes of the same, in the same order.
    pub(crate) raw: Vec<(HeaderMap, Bytes)>,
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
        callback_retry: Some([5, 10, 20].map(Duration::from_millis).to_vec()),
        callback_timeout: Some(Duration::from_millis(500)),
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

    /// The address of something that the side server has.
    pub(crate) fn at_side(&self, path: &str) -> String {
        format!("{}/{path}", self.side)
    }

    /// Where callbacks go.
    pub(crate) fn hook(&self) -> String {
        self.at_side("hooks/token-1")
    }

    /// What the receiver answers next.
    pub(crate) fn answer(&self, statuses: impl IntoIterator<Item = u16>) {
        self.inbox.lock().unwrap().answers.extend(statuses);
    }

    /// Sends a request with the key; the answer's status and JSON.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let response = request.bearer_auth(KEY).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Sends a create call with the key that makes a task and is not answered within a while.
    pub(crate) async fn is_never_answered(&self, request: reqwest::RequestBuilder) {
        let before = self.emulator.created().len();
        let accepted = async {
            while self.emulator.created().len() == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            tokio::time::sleep(ENOUGH).await;
        };
        tokio::select! {
            answer = request.bearer_auth(KEY).send() => panic!("it is answered: {answer:?}"),
            () = accepted => {}
        }
    }

    pub(crate) async fn settle(&self, id: &str) {
        timeout(TIMEOUT, self.emulator.settled(id))
            .await
            .unwrap()
            .unwrap();
    }

    pub(crate) fn received(&self) -> Vec<(String, Value)> {
        self.inbox.lock().unwrap().received.clone()
    }

    pub(crate) fn raw(&self) -> Vec<(HeaderMap, Bytes)> {
        self.inbox.lock().unwrap().raw.clone()
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
        .route("/garment.png", get(async || garment()))
        .route(
            "/tagged/{tags}",
            get(async |Path(tags): Path<String>| tagged(garment(), &tags)),
        )
        .route(
            "/labelled/{tags}",
            get(async |Path(tags): Path<String>| labelled(&tags)),
        )
        .route("/both/{label}/{tags}", get(both))
        .route(
            "/small.png",
            get(async || encoded(299, ImageFormat::Png, GARMENT)),
        )
        .route(
            "/garment.webp",
            get(async || encoded(300, ImageFormat::WebP, GARMENT)),
        )
        .route("/words.txt", get(async || "not a picture"))
        .with_state(inbox);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

async fn receive(
    State(inbox): State<Arc<Mutex<Inbox>>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> StatusCode {
    let mut inbox = inbox.lock().unwrap();
    let body = serde_json::from_slice(&bytes).unwrap();
    inbox.received.push((token, body));
    inbox.raw.push((headers, bytes));
    StatusCode::from_u16(inbox.answers.pop_front().unwrap_or(200)).unwrap()
}

fn garment() -> Vec<u8> {
    png(GARMENT)
}

/// A file with hashtags after its own end: `/tagged/slow+fail` has `#slow#fail`.
fn tagged(mut file: Vec<u8>, tags: &str) -> Vec<u8> {
    for tag in tags.split('+') {
        file.extend_from_slice(format!("#{tag}").as_bytes());
    }
    file
}

/// A garment with hashtags in its pixels: `/labelled/slow+fail` has `#slow#fail`.
fn labelled(tags: &str) -> Vec<u8> {
    let text = tagged(Vec::new(), tags);
    label(&garment(), &String::from_utf8(text).unwrap()).unwrap()
}

/// One with some in its pixels and some after its end.
async fn both(Path((label, tags)): Path<(String, String)>) -> Vec<u8> {
    tagged(labelled(&label), &tags)
}

fn png(colour: Rgba<u8>) -> Vec<u8> {
    encoded(WIDTH, ImageFormat::Png, colour)
}

/// A picture of this width, a third higher than wide.
fn encoded(width: u32, format: ImageFormat, colour: Rgba<u8>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbaImage::from_pixel(width, width.saturating_mul(4) / 3, colour)
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}
