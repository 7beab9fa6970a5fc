//! Providers for single stories: EvoLink's wire format under another name, or with other models.

use atelier::config::ProviderConfig;
use atelier::domain::credits::Credits;
use atelier::domain::model::Model;
use atelier::provider::evolink::EvoLink;
use atelier::provider::{
    Access, BadSignature, Callback, CallbackReport, Capabilities, Created, Provider, Report,
    Request, Response, SigningSecret, Submission, Task, Timing,
};

/// A provider with the name that its models have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vendor {
    pub(crate) name: &'static str,
    pub(crate) models: &'static [Model],
    /// The signature that its callbacks need; without one they are unverified.
    pub(crate) signs: bool,
}

/// EvoLink's first model with another id, price and number of pictures.
pub(crate) fn model(
    provider: &'static str,
    id: &'static str,
    price: u32,
    max_count: u8,
) -> &'static [Model] {
    let model = Model {
        id,
        provider,
        credits_per_image: Credits::of(price),
        vendor_price: None,
        max_count,
        ..EvoLink.models()[0]
    };
    Box::leak(Box::new([model]))
}

impl Vendor {
    /// Its configuration.
    pub(crate) fn config(self) -> ProviderConfig {
        let access = Access {
            base_url: format!("https://{}.test", self.name),
            api_key: "sk-vendor".into(),
            webhook_secrets: Vec::new(),
        };
        ProviderConfig {
            codec: Box::leak(Box::new(self)),
            access,
            credits_per_unit: None,
        }
    }
}

impl Provider for Vendor {
    fn name(&self) -> &'static str {
        self.name
    }

    fn models(&self) -> &'static [Model] {
        self.models
    }

    fn base_url(&self) -> &'static str {
        "https://vendor.test"
    }

    fn result_hosts(&self) -> &'static [&'static str] {
        EvoLink.result_hosts()
    }

    fn timing(&self) -> Timing {
        EvoLink.timing()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            signed_callbacks: self.signs,
            ..Capabilities::NONE
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

    fn signing_secret(&self) -> SigningSecret {
        if self.signs {
            SigningSecret::Text
        } else {
            SigningSecret::None
        }
    }

    fn read_callback(
        &self,
        access: &Access,
        callback: &Callback<'_>,
    ) -> Result<CallbackReport, BadSignature> {
        if self.signs && access.webhook_secrets.is_empty() {
            return Err(BadSignature);
        }
        EvoLink.read_callback(access, callback)
    }
}
