//! How the tests speak to Replicate, and how they verify what it says.

use atelier_emulator::LOCAL_WEBHOOK_SECRET;
use axum::{body::Bytes, http::HeaderMap};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::stage::Stage;

pub(crate) const NANO_BANANA_2: &str = "google/nano-banana-2";
pub(crate) const TRY_ON: &str =
    "cuuupid/idm-vton:0513734a452173b8173e907e3a59d19a36266e55b48528559432bd21c7d7e985";

impl Stage {
    /// An address of Replicate's.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.emulator.provider_url("replicate"))
    }

    /// A body with both pictures and a callback address for the end.
    pub(crate) fn body(&self, prompt: &str) -> Value {
        json!({
            "version": NANO_BANANA_2,
            "input": {
                "prompt": prompt,
                "image_input": [self.at_side("person.png"), self.at_side("garment.png")],
                "aspect_ratio": "3:4",
            },
            "webhook": self.hook(),
            "webhook_events_filter": ["completed"],
        })
    }

    /// A try-on without words, whose garment's file ends in these hashtags: `slow+fail`.
    pub(crate) fn try_on(&self, tags: &str) -> Value {
        json!({
            "version": TRY_ON,
            "input": {
                "human_img": self.at_side("person.png"),
                "garm_img": self.at_side(&format!("tagged/{tags}")),
                "category": "upper_body",
            },
            "webhook": self.hook(),
            "webhook_events_filter": ["completed"],
        })
    }

    pub(crate) async fn post(&self, body: &Value) -> (u16, Value) {
        let address = self.at("/v1/predictions");
        self.send(self.http.post(address).json(body)).await
    }

    /// Creates a prediction and returns its id.
    pub(crate) async fn create(&self, body: &Value) -> String {
        let (status, answer) = self.post(body).await;
        assert_eq!(status, 201, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn prediction(&self, id: &str) -> Value {
        let request = self.http.get(self.at(&format!("/v1/predictions/{id}")));
        let (status, body) = self.send(request).await;
        assert_eq!(status, 200);
        body
    }

    pub(crate) async fn cancel(&self, id: &str) -> (u16, Value) {
        let address = self.at(&format!("/v1/predictions/{id}/cancel"));
        self.send(self.http.post(address)).await
    }

    /// Creates a prediction, waits for its end, and returns it as its address tells it.
    pub(crate) async fn finish(&self, body: &Value) -> Value {
        let id = self.create(body).await;
        self.settle(&id).await;
        self.prediction(&id).await
    }
}

/// What a callback's headers say.
pub(crate) struct WebhookHeaders {
    pub(crate) id: String,
    pub(crate) timestamp: u64,
    pub(crate) signature: String,
}

impl WebhookHeaders {
    /// None where a header is missing.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let header = |name| Some(headers.get(name)?.to_str().unwrap().to_owned());
        Some(Self {
            id: header("webhook-id")?,
            timestamp: header("webhook-timestamp")?.parse().unwrap(),
            signature: header("webhook-signature")?,
        })
    }
}

/// Whether a callback is signed with the local secret, by a computation of the tests' own.
pub(crate) fn verifies((headers, body): &(HeaderMap, Bytes)) -> bool {
    let Some(webhook) = WebhookHeaders::of(headers) else {
        return false;
    };
    let encoded = LOCAL_WEBHOOK_SECRET.strip_prefix("whsec_").unwrap();
    let key = BASE64_STANDARD.decode(encoded).unwrap();
    let mut signed = format!("{}.{}.", webhook.id, webhook.timestamp).into_bytes();
    signed.extend_from_slice(body);
    let tag = BASE64_STANDARD.encode(hmac(&key, &signed));
    webhook.signature == format!("v1,{tag}")
}

/// RFC 2104, for keys of at most one block.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |with: u8| -> Vec<u8> {
        let mut block = key.to_vec();
        block.resize(64, 0);
        block.iter().map(|byte| byte ^ with).collect()
    };
    let inner = Sha256::digest([pad(0x36).as_slice(), message].concat());
    Sha256::digest([pad(0x5c).as_slice(), inner.as_slice()].concat()).to_vec()
}
