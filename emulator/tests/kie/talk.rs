//! How the tests speak to KIE, and check what it signs.

use std::time::{Duration, UNIX_EPOCH};

use atelier_emulator::{CallbackAttempt, LOCAL_WEBHOOK_SECRET};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::stage::{KEY, Stage};

pub(crate) const EDIT: &str = "google/nano-banana-edit";

impl Stage {
    /// An address of KIE's.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}/api/v1/jobs/{path}", self.emulator.provider_url("kie"))
    }

    /// A body with both pictures and a callback address.
    pub(crate) fn body(&self, prompt: &str) -> Value {
        let pictures = ["person.png", "garment.png"].map(|name| self.at_side(name));
        json!({
            "model": EDIT,
            "callBackUrl": self.hook(),
            "input": {
                "prompt": prompt, "image_urls": pictures, "aspect_ratio": "3:4",
                "output_format": "png",
            },
        })
    }

    /// The create call, with the key.
    pub(crate) fn creation(&self, body: &Value) -> RequestBuilder {
        let address = self.at("createTask");
        self.http.post(address).bearer_auth(KEY).json(body)
    }

    /// What create answers; its HTTP status is 200 whatever that is.
    pub(crate) async fn post(&self, body: &Value) -> Value {
        let (status, answer) = self.send(self.creation(body)).await;
        assert_eq!(status, 200);
        answer
    }

    /// What a task's address answers, likewise.
    pub(crate) async fn get(&self, id: &str) -> Value {
        let address = self.at(&format!("recordInfo?taskId={id}"));
        let (status, answer) = self.send(self.http.get(address)).await;
        assert_eq!(status, 200);
        answer
    }

    /// Creates a task and returns its id.
    pub(crate) async fn create(&self, body: &Value) -> String {
        let answer = self.post(body).await;
        let id = answer["data"]["taskId"].as_str();
        id.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Creates a task, waits for its end, and returns its record.
    pub(crate) async fn finish(&self, body: &Value) -> Value {
        let id = self.create(body).await;
        self.settle(&id).await;
        self.get(&id).await["data"].clone()
    }
}

/// The addresses in a record's `resultJson`.
pub(crate) fn results(record: &Value) -> Vec<String> {
    let text = record["resultJson"].as_str().unwrap();
    let result: Value = serde_json::from_str(text).unwrap();
    serde_json::from_value(result["resultUrls"].clone()).unwrap()
}

/// What is wrong with a callback's proof: nothing, if KIE made it within five minutes, for the task
/// that the body speaks of.
pub(crate) fn flaw(attempt: &CallbackAttempt) -> &'static str {
    let header = |name: &str| {
        let mut headers = attempt.headers.iter();
        headers
            .find(|(one, _)| one == name)
            .map(|(_, value)| value.as_str())
    };
    let Some(signature) = header("x-webhook-signature") else {
        return "unsigned";
    };
    let timestamp = header("x-webhook-timestamp").unwrap();
    let signed = Duration::from_secs(timestamp.parse().unwrap());
    let sent = attempt.at.duration_since(UNIX_EPOCH).unwrap();
    if sent.abs_diff(signed) > Duration::from_mins(5) {
        return "old";
    }
    let id = attempt.body["data"]["taskId"].as_str().unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(LOCAL_WEBHOOK_SECRET.as_bytes()).unwrap();
    mac.update(format!("{id}.{timestamp}").as_bytes());
    let right = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    match signature {
        _ if signature == right => "",
        _ if right.starts_with(signature) => "truncated",
        _ => "another's",
    }
}
