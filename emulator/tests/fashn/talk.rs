//! How the tests speak to FASHN.

use reqwest::{RequestBuilder, Url};
use serde_json::{Value, json};

use crate::stage::Stage;

impl Stage {
    /// An address of FASHN's.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.emulator.provider_url("fashn"))
    }

    /// The body of a try-on of a garment that the side server has.
    pub(crate) fn try_on(&self, garment: &str) -> Value {
        json!({
            "model_name": "tryon-v1.6",
            "inputs": {
                "model_image": self.at_side("person.png"),
                "garment_image": self.at_side(garment),
            },
        })
    }

    /// The body of an edit.
    pub(crate) fn edit(&self, prompt: &str) -> Value {
        let image = self.at_side("person.png");
        json!({ "model_name": "edit", "inputs": { "image": image, "prompt": prompt } })
    }

    /// A run that calls back.
    pub(crate) fn run(&self, body: &Value) -> RequestBuilder {
        let query = [("webhook_url", self.hook())];
        let address = Url::parse_with_params(&self.at("/v1/run"), query).unwrap();
        self.http.post(address).json(body)
    }

    /// Runs a body and returns the prediction's id.
    pub(crate) async fn start(&self, body: &Value) -> String {
        let (status, answer) = self.send(self.run(body)).await;
        assert_eq!(status, 200, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    /// Runs a body, waits for the end, and returns the prediction as its address tells it.
    pub(crate) async fn finish(&self, body: &Value) -> Value {
        let id = self.start(body).await;
        self.settle(&id).await;
        self.status(&id).await
    }

    pub(crate) async fn status(&self, id: &str) -> Value {
        let address = self.at(&format!("/v1/status/{id}"));
        let (status, body) = self.send(self.http.get(address)).await;
        assert_eq!(status, 200);
        body
    }
}
