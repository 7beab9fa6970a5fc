//! Parts of the configuration: each shows what its holders need, and none gives the whole away.

use std::sync::Arc;

use url::Url;

use super::ids::Ids;
use crate::config::{Config, ProviderConfig, Retention, SellingConfig, SignInConfig, SiteLinks};
use crate::domain::model::{Listing, Model};
use crate::domain::result_host::Inadmissible;
use crate::domain::time::Timestamp;

/// The models that are sold, and for how much.
#[derive(Clone)]
pub(super) struct Catalog(Arc<Config>);

impl Catalog {
    pub(super) fn new(config: Arc<Config>) -> Self {
        Self(config)
    }

    /// The default model first.
    pub(super) fn models(&self) -> Vec<Listing> {
        self.0.models()
    }

    /// The models of each provider that comes after this one in the list.
    pub(super) fn models_after(
        &self,
        provider: &str,
    ) -> impl Iterator<Item = impl Iterator<Item = Listing>> {
        let providers = self.0.providers.iter();
        let after = providers.skip_while(move |each| each.codec.name() != provider);
        after.skip(1).map(|provider| {
            let models = provider.codec.models().iter();
            let offered = models.filter(|model| self.0.offers(model));
            offered.map(|model| self.0.overrides.listing(model))
        })
    }
}

/// How each provider is reached, with its keys.
#[derive(Clone)]
pub(super) struct ProviderConfigs(Arc<Config>);

impl ProviderConfigs {
    pub(super) fn new(config: Arc<Config>) -> Self {
        Self(config)
    }

    /// A provider that is, or was, in use.
    pub(super) fn get(&self, name: &str) -> Option<&ProviderConfig> {
        self.0.provider(name)
    }

    /// What a model's vendor calls it.
    pub(super) fn vendor_id(&self, model: &'static Model) -> &str {
        self.0.overrides.vendor_id(model)
    }
}

/// The hosts that results may be fetched from.
#[derive(Clone)]
pub(super) struct ListedHosts(Arc<Config>);

impl ListedHosts {
    pub(super) fn new(config: Arc<Config>) -> Self {
        Self(config)
    }

    /// The address of a result, if it may be fetched.
    pub(super) fn admit(&self, address: &str) -> Result<Url, Inadmissible> {
        self.0.admit_result(address)
    }

    /// Whether results may be fetched from any of these hosts, which have commas between them.
    pub(super) fn has_any(&self, hosts: &str) -> bool {
        let is_listed = |host| self.admit(&format!("https://{host}/")).is_ok();
        hosts.split(',').any(is_listed)
    }
}

/// What the answers themselves depend on: where we are reached, by whom, and when.
pub struct Site {
    config: Arc<Config>,
    ids: Ids,
}

impl Site {
    pub(super) fn new(config: Arc<Config>, ids: Ids) -> Self {
        Self { config, ids }
    }

    /// Whether this is somebody's own machine.
    pub fn is_local(&self) -> bool {
        self.config.local
    }

    /// Whether we are reached by https.
    pub fn is_https(&self) -> bool {
        self.config.public_url.starts_with("https://")
    }

    /// Our own origin.
    pub fn origin(&self) -> String {
        let url = Url::parse(&self.config.public_url);
        url.map(|url| url.origin().ascii_serialization())
            .unwrap_or_default()
    }

    /// Who runs it, as the page says.
    pub fn links(&self) -> &SiteLinks {
        &self.config.site
    }

    /// How people sign in here, if they do.
    pub fn sign_in(&self) -> Option<&SignInConfig> {
        self.config.sign_in.as_ref()
    }

    /// What is sold here, if anything is.
    pub fn selling(&self) -> Option<&SellingConfig> {
        self.config.selling.as_deref()
    }

    /// How long pictures are kept.
    pub fn retention(&self) -> Retention {
        self.config.retention
    }

    /// Front ends on other origins that may use the API.
    pub fn allowed_origins(&self) -> &[String] {
        &self.config.allowed_origins
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.ids.now()
    }

    /// A new id for an answer, by which it is found in the log.
    pub fn request_id(&self) -> String {
        self.ids.request_id()
    }
}
