//! A second provider, so that jobs can fail over: EvoLink's wire format at other prices, with signed callbacks,
//! cancel, and lookup by our reference.

use atelier::domain::credits::Credits;
use atelier::domain::model::Model;
use atelier::provider::evolink::EvoLink;
use atelier::provider::{
    Access, BadSignature, Callback, CallbackReport, Capabilities, Created, Provider, Report,
    Request, Response, Submission, Task, Timing,
};
use bytes::Bytes;

/// The header that signs its callbacks.
pub(crate) const SIGNATURE: &str = "x-acme-signature";

/// The secret that they are signed with; here it is the signature itself.
pub(crate) const SECRET: &str = "acme's webhook secret";

#[derive(Debug, Clone, Copy)]
pub(crate) struct Acme;

impl Acme {
    /// Its configuration.
    pub(crate) fn access() -> Access {
        Access {
            base_url: "https://acme.test".into(),
            api_key: "sk-acme".into(),
            webhook_secrets: vec![SECRET.into()],
        }
    }
}

const fn model(id: &'static str, price: u32, max_count: u8) -> Model {
    Model {
        id,
        provider: "acme",
        vendor_id: id,
        takes: atelier::domain::model::Takes {
            photo: atelier::domain::model::Need::Required,
            garment: atelier::domain::model::Need::Optional,
            prompt: atelier::domain::model::Need::Optional,
        },
        pictures: atelier::domain::model::PictureLimits::ANY,
        aspect_ratios: &["1:1", "3:4"],
        supported: atelier::domain::options::SupportedOptions::NONE,
        max_count,
        max_prompt_chars: 2000,
        credits_per_image: Credits::of(price),
        vendor_price: None,
        typical: std::time::Duration::from_secs(20),
        non_commercial: false,
    }
}

const MODELS: &[Model] = &[model("acme/one", 5, 1), model("acme/many", 2, 6)];

impl Provider for Acme {
    fn name(&self) -> &'static str {
        "acme"
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    fn base_url(&self) -> &'static str {
        "https://acme.test"
    }

    fn result_hosts(&self) -> &'static [&'static str] {
        EvoLink.result_hosts()
    }

    fn timing(&self) -> Timing {
        EvoLink.timing()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            cancel: true,
            find: true,
            signed_callbacks: true,
        }
    }

    fn create(&self, access: &Access, submission: &Submission<'_>) -> Result<Request, http::Error> {
        EvoLink.create(access, submission)
    }

    fn read_created(&self, response: &Response) -> Created {
        EvoLink.read_created(response)
    }

    fn task(&self, access: &Access, task: &Task<'_>) -> Result<Request, http::Error> {
        EvoLink.task(access, task)
    }

    fn read_task(&self, response: &Response) -> Report {
        EvoLink.read_task(response)
    }

    fn cancel(&self, access: &Access, task: &Task<'_>) -> Option<Result<Request, http::Error>> {
        let url = format!("{}/v1/cancel/{}", access.base_url, task.id);
        Some(http::Request::post(url).body(Bytes::new()))
    }

    fn find(&self, access: &Access, reference: &str) -> Option<Result<Request, http::Error>> {
        let url = format!("{}/v1/references/{reference}", access.base_url);
        Some(http::Request::get(url).body(Bytes::new()))
    }

    fn read_found(&self, response: &Response) -> (Option<String>, Report) {
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap_or_default();
        (
            body["id"].as_str().map(String::from),
            self.read_task(response),
        )
    }

    fn read_callback(
        &self,
        access: &Access,
        callback: &Callback<'_>,
    ) -> Result<CallbackReport, BadSignature> {
        let signature = callback
            .headers
            .get(SIGNATURE)
            .and_then(|value| value.to_str().ok());
        if signature.is_none() || signature != access.webhook_secrets.first().map(String::as_str) {
            return Err(BadSignature);
        }
        let body = Bytes::copy_from_slice(callback.body);
        let text: serde_json::Value = serde_json::from_slice(&body).map_err(|_| BadSignature)?;
        let task_id = text["id"].as_str().ok_or(BadSignature)?.to_owned();
        let report = EvoLink.read_task(&http::Response::new(body));
        Ok(CallbackReport::Verified { task_id, report })
    }
}
