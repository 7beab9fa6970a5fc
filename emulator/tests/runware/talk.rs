//! How the tests speak to Runware.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::stage::Stage;

pub(crate) const NANO_BANANA: &str = "google:nano-banana@2.1";
pub(crate) const TRY_ON: &str = "prunaai:p-image@try-on";

/// A UUID of version 4 that no other test has.
pub(crate) fn uuid() -> String {
    static SERIAL: AtomicU32 = AtomicU32::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    format!("764cabcf-b745-4b3e-ae38-{serial:012x}")
}

impl Stage {
    /// A task that calls back, with a prompt and both pictures.
    pub(crate) fn edit(&self, prompt: &str) -> Value {
        let pictures = ["person.png", "garment.png"].map(|name| self.at_side(name));
        json!({
            "taskType": "imageInference", "taskUUID": uuid(), "model": NANO_BANANA,
            "positivePrompt": prompt, "inputs": { "referenceImages": pictures },
            "outputType": "URL", "outputFormat": "PNG", "numberResults": 1, "includeCost": true,
            "deliveryMethod": "async", "webhookURL": self.hook(),
        })
    }

    /// A task without a prompt, of a garment that the side server has.
    pub(crate) fn try_on(&self, garment: &str) -> Value {
        let [person, garment] = ["person.png", garment].map(|name| self.at_side(name));
        json!({
            "taskType": "imageInference", "taskUUID": uuid(), "model": TRY_ON,
            "inputs": { "referenceImages": [
                { "image": garment, "role": "garment" }, { "image": person, "role": "person" }
            ] },
            "deliveryMethod": "async", "webhookURL": self.hook(),
        })
    }

    /// A request of these tasks.
    pub(crate) fn post(&self, tasks: &Value) -> RequestBuilder {
        let address = format!("{}/v1", self.emulator.provider_url("runware"));
        self.http.post(address).json(tasks)
    }

    /// The request for a task's state.
    pub(crate) fn question(&self, id: &str) -> RequestBuilder {
        self.post(&json!([{ "taskType": "getResponse", "taskUUID": id }]))
    }

    /// Creates a task and returns its id.
    pub(crate) async fn create(&self, task: &Value) -> String {
        let (status, answer) = self.send(self.post(&json!([task]))).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"][0]["taskUUID"].as_str().unwrap().to_owned()
    }

    /// Creates a task, waits for its end, and returns what `getResponse` says of it.
    pub(crate) async fn finish(&self, task: &Value) -> Value {
        let id = self.create(task).await;
        self.settle(&id).await;
        self.send(self.question(&id)).await.1
    }
}
