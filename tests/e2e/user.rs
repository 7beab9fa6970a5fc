//! A user of the Worker, over HTTP.

use std::sync::Arc;

use futures::future::join;
use jsonwebtoken::{EncodingKey, Header};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::answer::Answer;
use super::case::until;
use super::pictures;
use super::settings::SECRET;
use super::system::System;

/// 2100-01-01, in seconds.
const FAR: u64 = 4_102_444_800;

impl System {
    /// Sends a request.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer {
        let of = format!("{method} {path}");
        let address = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.address)
        };
        let method: Method = method.parse().expect("a method");
        let request = with(self.client.request(method, address));
        let answer = request.send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{of}: {error:?}"));
        let provider = self.emulator.base_url().trim_start_matches("http://");
        Answer::read(of, answer, provider).await
    }

    /// Sends a request as the operator.
    pub(crate) async fn operator(
        &self,
        method: &str,
        path: &str,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer {
        self.ask(method, path, |request| with(request.bearer_auth(SECRET)))
            .await
    }

    pub(crate) async fn grant(&self, body: &Value) -> Answer {
        self.operator("POST", "/v1/admin/grants", |request| request.json(body))
            .await
    }
}

pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) token: String,
    system: Arc<System>,
}

impl User {
    pub(crate) async fn welcomed(system: &Arc<System>, name: &str) -> Self {
        let body = json!({"account": name});
        let session = system.ask("POST", "/v1/session", |request| request.json(&body));
        let session = session.await.ok(200);
        Self {
            name: name.to_owned(),
            token: session["token"].as_str().unwrap().to_owned(),
            system: Arc::clone(system),
        }
    }

    /// A user with a token of the identity provider, without welcome credits.
    pub(crate) fn with_token_of_our_own(system: &Arc<System>, name: &str) -> Self {
        let claims = json!({"sub": name, "exp": FAR});
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        Self {
            name: name.to_owned(),
            token: jsonwebtoken::encode(&Header::default(), &claims, &key).unwrap(),
            system: Arc::clone(system),
        }
    }

    pub(crate) fn system(&self) -> &System {
        &self.system
    }

    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer {
        let token = &self.token;
        self.system
            .ask(method, path, |request| with(request.bearer_auth(token)))
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, |request| request).await
    }

    pub(crate) async fn upload(&self, bytes: Vec<u8>) -> Answer {
        self.ask("POST", "/v1/uploads", |request| request.body(bytes))
            .await
    }

    /// Uploads a valid picture, and returns its id.
    pub(crate) async fn uploaded(&self, bytes: Vec<u8>) -> String {
        let upload = self.upload(bytes).await.ok(201);
        upload["id"].as_str().unwrap().to_owned()
    }

    /// The body of a generation request: two small pictures, and a prompt with these hashtags.
    pub(crate) async fn generation(&self, hashtags: &str) -> Value {
        let (photo, garment) = join(
            self.uploaded(pictures::small([90, 110, 130, 255])),
            self.uploaded(pictures::small([200, 20, 20, 255])),
        )
        .await;
        let prompt = format!("{hashtags} for {}", self.name);
        json!({"photo": photo, "garment": garment, "prompt": prompt})
    }

    pub(crate) async fn generate(&self, generation: &Value) -> Answer {
        self.ask("POST", "/v1/generate", |request| request.json(generation))
            .await
    }

    pub(crate) async fn generate_under_key(&self, key: &str, generation: &Value) -> Answer {
        self.ask("POST", "/v1/generate", |request| {
            request.header("idempotency-key", key).json(generation)
        })
        .await
    }

    /// Requests a picture, and returns the job's id.
    pub(crate) async fn requested(&self, hashtags: &str) -> String {
        let generation = self.generation(hashtags).await;
        id_of(&self.generate(&generation).await.ok(202))
    }

    /// Requests a picture, and follows the job to its end without the reconciler.
    pub(crate) async fn generated(&self, hashtags: &str) -> Value {
        let id = self.requested(hashtags).await;
        self.followed(&id).await
    }

    pub(crate) async fn job(&self, id: &str) -> Value {
        self.get(&format!("/v1/jobs/{id}")).await.ok(200)
    }

    /// Waits until the job is over, without the reconciler.
    pub(crate) async fn followed(&self, id: &str) -> Value {
        until(&format!("{id} is over"), async || over(self.job(id).await)).await
    }

    /// Waits until the job is over, while the cron runs again and again.
    pub(crate) async fn followed_by_the_reconciler(&self, id: &str) -> Value {
        until(&format!("{id} is over"), async || {
            self.system.run_cron().await;
            over(self.job(id).await)
        })
        .await
    }

    /// Waits until the job has this status, without the reconciler.
    pub(crate) async fn seen_to_be(&self, id: &str, status: &str) -> Value {
        until(&format!("{id} is {status}"), async || {
            Some(self.job(id).await).filter(|job| job["status"] == status)
        })
        .await
    }

    pub(crate) async fn cancel(&self, id: &str) -> Answer {
        let path = format!("/v1/jobs/{id}/cancel");
        self.ask("POST", &path, |request| request).await
    }

    pub(crate) async fn credits(&self) -> Value {
        self.get("/v1/credits").await.ok(200)
    }

    /// The journal, oldest first: each movement and its amount.
    pub(crate) async fn movements(&self) -> Vec<(String, u64)> {
        let history = self.get("/v1/credits/history?limit=100").await.ok(200);
        let entries = history["entries"].as_array().unwrap();
        let movement = |entry: &Value| {
            let kind = entry["kind"].as_str().unwrap().to_owned();
            (kind, entry["amount"].as_u64().unwrap())
        };
        entries.iter().rev().map(movement).collect()
    }

    /// Checks that nothing is held, and that this much is available.
    pub(crate) async fn has(&self, available: u64) {
        let credits = self.credits().await;
        let seen = (&credits["available"], &credits["held"]);
        assert_eq!(
            seen,
            (&json!(available), &json!(0)),
            "{}: {credits}",
            self.name
        );
    }
}

pub(crate) fn id_of(job: &Value) -> String {
    job["id"].as_str().expect("a job").to_owned()
}

fn over(job: Value) -> Option<Value> {
    let status = job["status"].as_str().expect("a status");
    let is_open = ["queued", "running", "uncertain", "storing"].contains(&status);
    (!is_open).then_some(job)
}
