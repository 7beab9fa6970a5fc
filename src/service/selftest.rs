//! Whether everything that is needed is there, as an operator would try it by hand.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::Operator;
use super::configured::ListedHosts;
use super::ids::Ids;
use crate::config::{Config, ProviderConfig};
use crate::domain::model::Listing;
use crate::domain::picture::PictureFormat;
use crate::ports::{Http, PictureRemover, PictureWriter};
use crate::provider::SigningSecret;
use crate::store::{Reader, SchemaState, StoreError, WaitingResults};

/// The newest migration that this version needs.
pub const MIGRATION: &str = "0005_orders.sql";

/// The cron runs each minute: within three, it must have run.
const CRON_RAN_WITHIN: Duration = Duration::from_mins(3);

const CALLBACK_TIMEOUT: Duration = Duration::from_secs(10);

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What is checked, as `database`.
    pub name: String,
    /// What is wrong, or else how it is.
    pub outcome: Result<String, String>,
}

/// Tries what a deployment needs. It has the whole configuration, since that is what it tests.
pub struct SelfTest {
    config: Arc<Config>,
    hosts: ListedHosts,
    store: Reader,
    http: Arc<dyn Http>,
    writer: Arc<dyn PictureWriter>,
    remover: Arc<dyn PictureRemover>,
    ids: Ids,
}

impl SelfTest {
    pub(super) fn new(
        config: Arc<Config>,
        hosts: ListedHosts,
        store: Reader,
        http: Arc<dyn Http>,
        (writer, remover): (Arc<dyn PictureWriter>, Arc<dyn PictureRemover>),
        ids: Ids,
    ) -> Self {
        Self {
            config,
            hosts,
            store,
            http,
            writer,
            remover,
            ids,
        }
    }

    /// Tries everything: the address that providers call, each provider's secrets, the database, the
    /// pictures and the cron.
    pub async fn run(&self, _: &Operator) -> Vec<Check> {
        let state = self.store.schema_state().await;
        let check = |name: &str, outcome| Check {
            name: name.into(),
            outcome,
        };
        let mut checks = vec![
            check("callbacks", self.try_callbacks().await),
            check("public_url", self.try_public_url()),
            check("database", database(&state)),
            check("cron", self.cron(&state)),
            check("pictures", self.try_pictures().await),
            check("result hosts", self.try_result_hosts().await),
            check("prices", self.prices()),
        ];
        let providers = self.config.providers.iter();
        let providers = providers.chain(&self.config.former_providers);
        checks.extend(providers.map(|provider| Check {
            name: format!("provider {}", provider.codec.name()),
            outcome: Ok(secrets(provider)),
        }));
        checks
    }

    /// Asks for our own health from outside. A redirect or a login in between would also be between
    /// us and a provider.
    async fn try_callbacks(&self) -> Result<String, String> {
        let address = format!("{}/healthz", self.config.public_url);
        let request = http::Request::get(&address).body(Bytes::new());
        let request = request.map_err(|error| error.to_string())?;
        let answer = self.http.send(request, CALLBACK_TIMEOUT).await;
        let answer = answer.map_err(|error| format!("{address}: {error}"))?;
        let says = format!("{address} answers {}", answer.status().as_u16());
        let is_ours = answer.body().starts_with(br#"{"ok":true"#);
        match (answer.status().as_u16(), is_ours) {
            (200, true) => Ok(says),
            (200, false) => Err(format!("{says}, but what is there is not us")),
            (_, _) => Err(says),
        }
    }

    /// No model may be sold for what its vendor takes, or for less: ours are not, so it is an
    /// override that does it.
    fn prices(&self) -> Result<String, String> {
        let models = self.config.models();
        let loss = |listing: &Listing| {
            let (vendors, ours) = listing.loss()?;
            let id = listing.model.id;
            Some(format!("{id} costs {vendors} and is sold for {ours}"))
        };
        let losses: Vec<_> = models.iter().filter_map(loss).collect();
        if losses.is_empty() {
            return Ok("each model is sold above what its vendor takes".into());
        }
        Err(losses.join("; "))
    }

    fn try_public_url(&self) -> Result<String, String> {
        let url = &self.config.public_url;
        if self.config.local || url.starts_with("https://") {
            Ok(url.clone())
        } else {
            Err(format!("{url} is not https"))
        }
    }

    fn cron(&self, state: &Result<SchemaState, StoreError>) -> Result<String, String> {
        let state = state.as_ref().map_err(ToString::to_string)?;
        let reconciled_at = state.reconciled_at.ok_or("the reconciler has never run")?;
        let says = format!("the reconciler last ran at {reconciled_at}");
        let is_recent = self.ids.now().since(reconciled_at) <= CRON_RAN_WITHIN;
        if is_recent { Ok(says) } else { Err(says) }
    }

    /// Finds results that wait for an operator, and says what to do about them.
    async fn try_result_hosts(&self) -> Result<String, String> {
        let waiting = self.store.waiting_results().await;
        let waiting = waiting.map_err(|error| error.to_string())?;
        let unlisted = waiting
            .iter()
            .filter(|each| !self.hosts.has_any(&each.hosts));
        let says = unlisted.map(|each| {
            let WaitingResults {
                hosts,
                provider,
                jobs,
            } = each;
            let (results, wait) = match jobs {
                1 => ("result", "waits"),
                _ => ("results", "wait"),
            };
            format!("{jobs} {results} of {provider} {wait}: add {hosts} to RESULT_HOSTS")
        });
        let says: Vec<_> = says.collect();
        if says.is_empty() {
            return Ok("no result waits for its host to be listed".into());
        }
        Err(says.join("; "))
    }

    /// Writes an object and removes it.
    async fn try_pictures(&self) -> Result<String, String> {
        let key = format!("selftest/{}", self.ids.request_id());
        let bytes = Bytes::from_static(b"selftest");
        let put = self.writer.put(&key, PictureFormat::Png, bytes).await;
        put.map_err(|error| error.to_string())?;
        let deleted = self.remover.delete(&[key]).await;
        deleted.map_err(|error| error.to_string())?;
        Ok("an object was written and removed".into())
    }
}

fn database(state: &Result<SchemaState, StoreError>) -> Result<String, String> {
    let state = state.as_ref().map_err(ToString::to_string)?;
    let newest = state.migration.as_deref().unwrap_or("nothing");
    if newest < MIGRATION {
        return Err(format!("{newest} is applied, {MIGRATION} is needed"));
    }
    Ok(format!("{newest} is applied"))
}

/// A missing or malformed secret is refused with the configuration, at this route as at all others, so this
/// only tells which were found.
fn secrets(provider: &ProviderConfig) -> String {
    let name = provider.codec.name().to_ascii_uppercase();
    match provider.codec.signing_secret() {
        SigningSecret::None => format!("{name}_API_KEY is set; its callbacks need no secret"),
        SigningSecret::StandardWebhooks | SigningSecret::Text => {
            format!("{name}_API_KEY and {name}_WEBHOOK_SECRET are set")
        }
    }
}
