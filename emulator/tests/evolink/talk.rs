//! How the tests speak to `EvoLink`.

use serde_json::{Value, json};

use crate::stage::Stage;

pub(crate) const NANO_BANANA_2: &str = "gemini-3.1-flash-image-preview";
/// A model that makes several pictures in one task.
pub(crate) const SEVERAL: &str = "gpt-image-2";

impl Stage {
    /// An address of `EvoLink`'s.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.emulator.provider_url("evolink"))
    }

    /// A body with both pictures and a callback address.
    pub(crate) fn body(&self, prompt: &str) -> Value {
        json!({
            "model": NANO_BANANA_2,
            "prompt": prompt,
            "image_urls": [self.at_side("person.png"), self.at_side("garment.png")],
            "size": "3:4",
            "callback_url": self.hook(),
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
        let address = self.at("/v1/images/generations");
        self.send(self.http.post(address).json(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.send(self.http.get(self.at(path))).await
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
}
