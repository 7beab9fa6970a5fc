//! The providers in use, and how each is reached.

use url::Url;

use super::{ConfigError, Vars, invalid};
use crate::domain::credits::Credits;
use crate::provider::{self, Access, Cost, Provider};

/// A provider and how to reach it.
#[derive(Clone)]
pub struct Route {
    /// Its codec.
    pub provider: &'static dyn Provider,
    /// Its address and keys.
    pub access: Access,
    /// What one of its own units is worth in our credits, in thousandths, if the operator says.
    pub credits_per_unit: Option<Cost>,
}

impl Route {
    /// What a cost is in our credits, rounded up; `None` if nobody has said what they are worth.
    pub fn in_credits(&self, Cost(units): Cost) -> Option<Credits> {
        let Cost(rate) = self.credits_per_unit?;
        let millionths = u128::from(units).saturating_mul(rate.into());
        let credits = u64::try_from(millionths.div_ceil(1_000_000)).ok()?;
        Credits::try_from(credits).ok()
    }

    /// Whether a task can be looked up by our own name for it.
    pub fn can_find(&self) -> bool {
        self.provider.find(&self.access, "").is_some()
    }
}

impl Vars<'_> {
    pub(super) fn providers(&self) -> Result<Vec<Route>, ConfigError> {
        let mut routes: Vec<Route> = Vec::new();
        let named = std::iter::once(("PROVIDER", self.required("PROVIDER")?));
        let named = named.chain(
            self.list("PROVIDER_FALLBACKS")
                .into_iter()
                .map(|name| ("PROVIDER_FALLBACKS", name)),
        );
        for (variable, name) in named {
            let provider = provider::by_name(&name).ok_or_else(|| {
                let names: Vec<_> = provider::PROVIDERS
                    .iter()
                    .map(|provider| provider.name())
                    .collect();
                invalid(
                    variable,
                    &format!("names \"{name}\", which is not one of {}", names.join(", ")),
                )
            })?;
            if !routes.iter().any(|route| route.provider.name() == name) {
                routes.push(self.route(provider)?);
            }
        }
        Ok(routes)
    }

    pub(super) fn former_providers(&self, chosen: &[Route]) -> Result<Vec<Route>, ConfigError> {
        let is_chosen = |name| chosen.iter().any(|route| route.provider.name() == name);
        let has_key = |name: &str| {
            self.get(&format!("{}_API_KEY", name.to_ascii_uppercase()))
                .is_some()
        };
        let former = provider::PROVIDERS.iter().copied();
        let former =
            former.filter(|provider| !is_chosen(provider.name()) && has_key(provider.name()));
        former.map(|provider| self.route(provider)).collect()
    }

    /// Secrets, with commas between them: two, while one takes the other's place.
    fn secrets(&self, name: &str) -> Vec<String> {
        let secrets = self.get(name).unwrap_or_default();
        let secrets = secrets.split(',').map(|secret| secret.trim().to_owned());
        secrets.filter(|secret| !secret.is_empty()).collect()
    }

    fn route(&self, provider: &'static dyn Provider) -> Result<Route, ConfigError> {
        let prefix = provider.name().to_ascii_uppercase();
        let base_url = format!("{prefix}_BASE_URL");
        let address = self.get(&base_url);
        let address = address.unwrap_or_else(|| provider.base_url().to_owned());
        Url::parse(&address).map_err(|_| invalid(&base_url, "is not an address"))?;
        let rate = format!("{prefix}_CREDITS_PER_UNIT");
        let credits_per_unit = self.get(&rate).map(|rate| Cost::parse(&rate));
        let is_no_rate = || invalid(&rate, "is not a decimal number above 0");
        if credits_per_unit.is_some_and(|rate| rate.is_none_or(|Cost(rate)| rate == 0)) {
            return Err(is_no_rate());
        }
        Ok(Route {
            provider,
            access: Access {
                base_url: address.trim_end_matches('/').to_owned(),
                api_key: self.required(&format!("{prefix}_API_KEY"))?,
                webhook_secrets: self.secrets(&format!("{prefix}_WEBHOOK_SECRET")),
            },
            credits_per_unit: credits_per_unit.flatten(),
        })
    }
}
