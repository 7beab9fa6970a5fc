//! The configured providers, with their addresses and keys.

use std::time::Duration;

use super::{ConfigError, Vars, check_base, invalid};
use crate::domain::credits::Credits;
use crate::provider::{self, Access, Cost, Provider, SigningSecret};

/// A provider with its address and keys.
#[derive(Clone)]
pub struct ProviderConfig {
    /// Its codec.
    pub codec: &'static dyn Provider,
    /// Its address and keys.
    pub access: Access,
    /// What one of its units is worth, in thousandths of our credits; `None` if the operator has
    /// not set it.
    pub credits_per_unit: Option<Cost>,
}

impl ProviderConfig {
    /// A cost in our credits, rounded up; `None` if `credits_per_unit` is not set.
    pub fn in_credits(&self, Cost(units): Cost) -> Option<Credits> {
        let Cost(rate) = self.credits_per_unit?;
        let millionths = u128::from(units).saturating_mul(rate.into());
        let credits = u64::try_from(millionths.div_ceil(1_000_000)).ok()?;
        Credits::try_from(credits).ok()
    }

    /// How long after a submission a callback for it may still arrive: the longest run plus the
    /// callback retry window.
    pub fn callback_possible_for(&self) -> Duration {
        let timing = self.codec.timing();
        timing
            .longest_run
            .saturating_add(timing.callback_retry_window)
    }
}

impl Vars<'_> {
    pub(super) fn providers(&self, local: bool) -> Result<Vec<ProviderConfig>, ConfigError> {
        let mut providers: Vec<ProviderConfig> = Vec::new();
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
            if !providers
                .iter()
                .any(|provider| provider.codec.name() == name)
            {
                providers.push(self.provider_config(provider, local)?);
            }
        }
        Ok(providers)
    }

    pub(super) fn former_providers(
        &self,
        chosen: &[ProviderConfig],
        local: bool,
    ) -> Result<Vec<ProviderConfig>, ConfigError> {
        let is_chosen = |name| chosen.iter().any(|provider| provider.codec.name() == name);
        let has_key = |name: &str| {
            self.get(&format!("{}_API_KEY", name.to_ascii_uppercase()))
                .is_some()
        };
        let former = provider::PROVIDERS.iter().copied();
        let former =
            former.filter(|provider| !is_chosen(provider.name()) && has_key(provider.name()));
        former
            .map(|provider| self.provider_config(provider, local))
            .collect()
    }

    /// The secrets that callbacks are signed with, separated by commas: two while one is being
    /// rotated. A malformed one is refused here, since otherwise only refused callbacks would
    /// reveal it.
    fn signing_secrets(&self, name: &str, kind: SigningSecret) -> Result<Vec<String>, ConfigError> {
        let secrets = self.get(name).unwrap_or_default();
        let secrets = secrets.split(',').map(|secret| secret.trim().to_owned());
        let secrets: Vec<_> = secrets.filter(|secret| !secret.is_empty()).collect();
        if secrets.is_empty() && kind != SigningSecret::None {
            return Err(invalid(name, "is not set"));
        }
        let problem = secrets.iter().find_map(|secret| kind.check(secret).err());
        problem.map_or(Ok(secrets), |problem| Err(invalid(name, problem)))
    }

    /// A key is sent in a header, so the address must be https.
    fn address_and_key(
        &self,
        provider: &dyn Provider,
        prefix: &str,
        local: bool,
    ) -> Result<(String, String), ConfigError> {
        let (url, key) = (format!("{prefix}_BASE_URL"), format!("{prefix}_API_KEY"));
        let address = match self.get(&url) {
            Some(address) => address,
            // Nothing resolves below `.invalid` (RFC 2606): only the operator knows this provider's
            // address.
            None if provider.base_url().ends_with(".invalid") => {
                return Err(invalid(&url, "is not set"));
            }
            None => provider.base_url().to_owned(),
        };
        check_base(&url, &address, local)?;
        let api_key = self.required(&key)?;
        if !api_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let problem = "has white space or letters that are not ASCII";
            return Err(invalid(&key, problem));
        }
        Ok((address.trim_end_matches('/').to_owned(), api_key))
    }

    fn provider_config(
        &self,
        provider: &'static dyn Provider,
        local: bool,
    ) -> Result<ProviderConfig, ConfigError> {
        let prefix = provider.name().to_ascii_uppercase();
        let (base_url, api_key) = self.address_and_key(provider, &prefix, local)?;
        let secret = format!("{prefix}_WEBHOOK_SECRET");
        let rate = format!("{prefix}_CREDITS_PER_UNIT");
        let credits_per_unit = self.get(&rate).map(|rate| Cost::parse(&rate));
        let is_no_rate = || invalid(&rate, "is not a decimal number above 0");
        if credits_per_unit.is_some_and(|rate| rate.is_none_or(|Cost(rate)| rate == 0)) {
            return Err(is_no_rate());
        }
        Ok(ProviderConfig {
            codec: provider,
            access: Access {
                base_url,
                api_key,
                webhook_secrets: self.signing_secrets(&secret, provider.signing_secret())?,
            },
            credits_per_unit: credits_per_unit.flatten(),
        })
    }
}
