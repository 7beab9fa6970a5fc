//! A user of the API.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use super::{Answer, World, png};

#[derive(Clone)]
pub(crate) struct User {
    pub(crate) world: World,
    token: String,
}

impl User {
    pub(crate) async fn log_in(world: World, name: &str) -> Self {
        let body = json!({"account": name});
        let answer = world.call(Method::POST, "/v1/session", "", &body).await;
        let token = answer.body["token"]
            .as_str()
            .expect("no session")
            .to_owned();
        Self { world, token }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.world
            .call(Method::GET, path, &self.token, &Value::Null)
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.world.call(Method::POST, path, &self.token, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.world
            .call(Method::DELETE, path, &self.token, &Value::Null)
            .await
    }

    pub(crate) async fn try_upload(&self, bytes: Bytes) -> Answer {
        let request = Request::post("/v1/uploads")
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-length", bytes.len())
            .body(bytes);
        self.world.send(request.unwrap()).await
    }

    /// Uploads a picture, and returns its id.
    pub(crate) async fn upload(&self, name: &str) -> String {
        let answer = self.try_upload(png(name)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.id()
    }

    /// Uploads these bytes, and returns their id.
    pub(crate) async fn upload_of(&self, bytes: impl Into<Bytes>) -> String {
        let answer = self.try_upload(bytes.into()).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.id()
    }

    /// The same request, with pictures that are large enough for every model.
    pub(crate) async fn large_request(&self) -> Value {
        let picture = self.upload_of(super::png_of("x", 300, 300)).await;
        json!({"photo": picture, "garment": picture})
    }

    /// Uploads a photo and a garment: a request for one picture.
    pub(crate) async fn request(&self) -> Value {
        json!({"photo": self.upload("me").await, "garment": self.upload("coat").await})
    }

    /// A request for several pictures from a model that makes several.
    pub(crate) async fn request_of(&self, model: &str, count: u8) -> Value {
        json!({"photo": self.upload("me").await, "prompt": "a red coat", "model": model, "count": count})
    }

    pub(crate) async fn generate(&self, request: &Value) -> Answer {
        self.post("/v1/generate", request).await
    }

    pub(crate) async fn generate_as(&self, key: &str, request: &Value) -> Answer {
        self.post_as(key, "/v1/generate", request).await
    }

    /// A request under an idempotency key.
    pub(crate) async fn post_as(&self, key: &str, path: &str, request: &Value) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(request.to_string().into());
        self.world.send(request.unwrap()).await
    }

    /// An open job that has not been dispatched yet.
    pub(crate) async fn open_job(&self) -> String {
        let answer = self.generate(&self.request().await).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.id()
    }

    /// A job that a provider has accepted.
    pub(crate) async fn running_job(&self) -> String {
        let job = self.open_job().await;
        self.world.run_background().await;
        assert_eq!(self.status(&job).await, "running");
        job
    }

    pub(crate) async fn job(&self, id: &str) -> Value {
        let answer = self.get(&format!("/v1/jobs/{id}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub(crate) async fn status(&self, id: &str) -> String {
        self.job(id).await["status"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn cancel(&self, id: &str) -> Answer {
        self.post(&format!("/v1/jobs/{id}/cancel"), &Value::Null)
            .await
    }

    /// The credits that are available, and those that are held.
    pub(crate) async fn credits(&self) -> (u64, u64) {
        let answer = self.get("/v1/credits").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let number = |name: &str| answer.body[name].as_u64().unwrap();
        (number("available"), number("held"))
    }

    /// The journal, oldest first, one line per row; packages are A, B, C … in the order of their
    /// grants.
    pub(crate) async fn journal(&self) -> Vec<String> {
        let mut entries = Vec::new();
        let mut cursor = String::new();
        loop {
            let answer = self
                .get(&format!("/v1/credits/history?limit=100{cursor}"))
                .await;
            entries.extend(answer.body["entries"].as_array().unwrap().clone());
            let Some(next) = answer.body["next_cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        entries.reverse();
        let granted = entries.iter().filter(|entry| entry["kind"] == "grant");
        let packages: Vec<_> = granted.map(|entry| entry["package"].clone()).collect();
        let line = |entry: &Value| {
            let (kind, amount) = (entry["kind"].as_str().unwrap(), &entry["amount"]);
            let place = packages
                .iter()
                .position(|package| *package == entry["package"]);
            let Some(place) = place else {
                return format!("{kind} {amount}");
            };
            let package = char::from(b'A' + u8::try_from(place % 26).unwrap());
            let (left, held) = (&entry["remaining_after"], &entry["held_after"]);
            format!("{kind} {amount} of {package}: {left} left, {held} held")
        };
        entries.iter().map(line).collect()
    }
}
