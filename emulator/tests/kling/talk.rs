//! How the tests speak to Kling.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::stage::Stage;

const PATH: &str = "/v1/images/kolors-virtual-try-on";

impl Stage {
    /// Where tasks are made.
    pub(crate) fn tasks(&self) -> String {
        format!("{}{PATH}", self.emulator.provider_url("kling"))
    }

    /// The address of a task.
    pub(crate) fn address(&self, id: &str) -> String {
        format!("{}/{id}", self.tasks())
    }

    /// A body with both pictures and a callback address; the side server has the garment.
    pub(crate) fn body(&self, garment: &str) -> Value {
        json!({
            "model_name": "kolors-virtual-try-on-v1-5",
            "human_image": self.at_side("person.png"),
            "cloth_image": self.at_side(garment),
            "callback_url": self.hook(),
        })
    }

    /// A create call of a body.
    pub(crate) fn post(&self, body: &Value) -> RequestBuilder {
        self.http.post(self.tasks()).json(body)
    }

    /// Creates a task and returns its id.
    pub(crate) async fn create(&self, body: &Value) -> String {
        let (status, answer) = self.send(self.post(body)).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"]["task_id"].as_str().unwrap().to_owned()
    }

    /// A task as its address tells it.
    pub(crate) async fn task(&self, id: &str) -> Value {
        let (status, mut answer) = self.send(self.http.get(self.address(id))).await;
        assert_eq!((status, &answer["code"]), (200, &json!(0)));
        answer["data"].take()
    }

    /// Creates a task, waits for its end, and returns it as its address tells it.
    pub(crate) async fn finish(&self, body: &Value) -> Value {
        let id = self.create(body).await;
        self.settle(&id).await;
        self.task(&id).await
    }

    /// The statuses called back so far.
    pub(crate) fn told(&self) -> Vec<String> {
        let statuses = self.received().into_iter();
        let statuses = statuses.map(|(_, body)| body["task_status"].as_str().unwrap().to_owned());
        statuses.collect()
    }
}
