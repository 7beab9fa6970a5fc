//! How the tests speak to fal, and check what it signs.

use std::time::{Duration, UNIX_EPOCH};

use atelier_emulator::{CallbackAttempt, LOCAL_SIGNING_SEED};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use reqwest::{RequestBuilder, Response, Url};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::stage::{KEY, Stage};

pub(crate) const NANO_BANANA: &str = "fal-ai/nano-banana/edit";
pub(crate) const KOLORS: &str = "fal-ai/kling/v1-5/kolors-virtual-try-on";

impl Stage {
    /// An address of fal's.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.emulator.provider_url("fal"))
    }

    /// An input of nano-banana's, with both pictures.
    pub(crate) fn input(&self, prompt: &str) -> Value {
        let pictures = ["person.png", "garment.png"].map(|name| self.at_side(name));
        json!({ "prompt": prompt, "image_urls": pictures, "aspect_ratio": "3:4" })
    }

    /// A submit with a webhook.
    pub(crate) fn submission(&self, endpoint: &str, input: &Value) -> RequestBuilder {
        let webhook = [("fal_webhook", self.hook())];
        let address = Url::parse_with_params(&self.at(endpoint), webhook).unwrap();
        keyed(self.http.post(address).json(input))
    }

    pub(crate) async fn submit(&self, endpoint: &str, input: &Value) -> (u16, Value) {
        read(self.submission(endpoint, input).send().await.unwrap()).await
    }

    /// Submits, waits for the end, and returns what submit answered.
    pub(crate) async fn finish(&self, endpoint: &str, input: &Value) -> Value {
        let (status, answer) = self.submit(endpoint, input).await;
        assert_eq!(status, 200, "{answer}");
        self.settle(answer["request_id"].as_str().unwrap()).await;
        answer
    }

    /// As [`Stage::finish`]; then what the status and the result addresses answer.
    pub(crate) async fn ending(&self, endpoint: &str, input: &Value) -> (Value, (u16, Value)) {
        let answer = self.finish(endpoint, input).await;
        let (status, shown) = self.get(&answer["status_url"]).await;
        assert_eq!(status, 200);
        (shown, self.get(&answer["response_url"]).await)
    }

    pub(crate) async fn get(&self, address: &Value) -> (u16, Value) {
        let request = self.http.get(address.as_str().unwrap());
        read(keyed(request).send().await.unwrap()).await
    }

    pub(crate) async fn cancel(&self, address: &Value) -> (u16, Value) {
        let request = self.http.put(address.as_str().unwrap());
        read(keyed(request).send().await.unwrap()).await
    }
}

pub(crate) fn keyed(request: RequestBuilder) -> RequestBuilder {
    request.header("authorization", format!("Key {KEY}"))
}

async fn read(response: Response) -> (u16, Value) {
    (response.status().as_u16(), response.json().await.unwrap())
}

/// The key of a published key set.
pub(crate) fn published(keys: &Value) -> VerifyingKey {
    let key = &keys["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"]),
        (&json!("OKP"), &json!("Ed25519"))
    );
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap());
    VerifyingKey::from_bytes(&bytes.unwrap().try_into().unwrap()).unwrap()
}

/// What is wrong with a callback's proof: nothing, if fal itself sent it within five minutes.
pub(crate) fn flaw(attempt: &CallbackAttempt) -> &'static str {
    let header = |name: &str| {
        let name = format!("x-fal-webhook-{name}");
        let mut headers = attempt.headers.iter();
        headers
            .find(|(one, _)| *one == name)
            .map(|(_, value)| value.as_str())
    };
    let Some(signature) = header("signature") else {
        return "unsigned";
    };
    let timestamp = header("timestamp").unwrap();
    let signed = Duration::from_secs(timestamp.parse().unwrap());
    let sent = attempt.at.duration_since(UNIX_EPOCH).unwrap();
    if sent.abs_diff(signed) > Duration::from_mins(5) {
        return "old";
    }
    let Ok(signature) = Signature::from_slice(&unhex(signature)) else {
        return "truncated";
    };
    let digest = Sha256::digest(&attempt.bytes);
    let digest: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let [id, user] = ["request-id", "user-id"].map(|name| header(name).unwrap());
    let said = format!("{id}\n{user}\n{timestamp}\n{}", digest.concat());
    let key = SigningKey::from_bytes(&LOCAL_SIGNING_SEED).verifying_key();
    match key.verify_strict(said.as_bytes(), &signature) {
        Ok(()) => "",
        Err(_) => "another's",
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
