//! Configuration, read once and checked as a whole: a missing or malformed value is reported, never
//! guessed.

mod addresses;
mod auth;
mod content;
mod overrides;
mod panic_at;
mod providers;
mod selling;
mod sign_in;
pub mod slices;

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::domain::credits::Credits;
use crate::domain::ledger::Rules;
use crate::domain::limits::Limits;
use crate::domain::model::{Listing, Model};
use crate::domain::number;
use crate::domain::result_host::{Inadmissible, ResultHosts};
use crate::moderation::Moderation;
use crate::signer::Signer;
use addresses::check_base;

pub use auth::AuthConfig;
pub use overrides::Overrides;
pub use panic_at::panic_at;
pub use providers::ProviderConfig;
pub use selling::{CheckoutLimits, ProcessorConfig, SellingConfig};
pub use sign_in::{
    Carrier, MailConfig, MailLimits, SignInConfig, SiteLinks, Turnstile, WelcomeLimits,
};

/// The default of `HOLD_TTL_SECONDS`: two hours, above every provider's longest run and callback
/// retry window.
pub const DEFAULT_HOLD_TTL: Duration = Duration::from_hours(2);

/// The default of `MAX_UPLOADS_PER_DAY`: a photo and a garment for each of a hundred pictures.
const DEFAULT_UPLOADS_PER_DAY: u64 = 200;

/// The default of `MAX_UPLOAD_MIB_PER_DAY`: as many photos of 2.5 MiB, a phone's.
const DEFAULT_UPLOAD_MIB_PER_DAY: u64 = 500;

/// The least that `MAX_UPLOAD_MIB_PER_DAY` may be, in MiB: a lower limit would never admit the
/// largest upload.
pub const LARGEST_UPLOAD_MIB: u64 = 10;

/// HMAC-SHA256 needs a key as long as its output, which is 32 bytes.
const MIN_SECRET_CHARS: usize = 32;

/// Reads a variable or a secret by its name: `None` if it is not set. An empty one counts as not
/// set.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A variable or secret that is missing or malformed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct ConfigError {
    /// The name of the variable or secret.
    pub name: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Everything that is configured for the routes and the reconciler.
#[derive(Clone)]
pub struct Config {
    /// Whether this is a developer's machine. Demo sessions are issued only there.
    pub local: bool,
    /// The URL at which the Worker is reached from outside, without a trailing slash.
    pub public_url: String,
    /// The providers in use: the default one, then the fallbacks in their order.
    pub providers: Vec<ProviderConfig>,
    /// Other providers that have a key: they get no new jobs, but their open ones are finished.
    pub former_providers: Vec<ProviderConfig>,
    /// Where the operator's values replace those that models declare.
    pub overrides: Overrides,
    /// Whether models with a non-commercial licence are offered.
    pub non_commercial_models: bool,
    /// Hosts that results may be fetched from, in addition to the providers' own.
    pub result_hosts: ResultHosts,
    /// Origins, other than our own, whose pages may use the API.
    pub allowed_origins: Vec<String>,
    /// The credits that a new account gets.
    pub welcome_credits: Credits,
    /// How many holds may be open, and how long they last.
    pub rules: Rules,
    /// How many generations an account may request.
    pub limits: Limits,
    /// How long pictures are kept.
    pub retention: Retention,
    /// What an account may upload within 24 hours.
    pub upload_limits: UploadLimits,
    /// How the tokens of an outside issuer are verified.
    pub auth: AuthConfig,
    /// How people sign in here, if they do.
    pub sign_in: Option<SignInConfig>,
    /// What is sold, and how, if anything is.
    pub selling: Option<Arc<SellingConfig>>,
    /// What the page says about who runs it.
    pub site: SiteLinks,
    /// Who judges prompts and photos, beside the list of words.
    pub moderation: Option<Moderation>,
    /// How many requests of an account may be refused for their content within a day, before it is blocked; 0 means
    /// that it never is.
    pub refused_per_day: u32,
    /// The token that operators send.
    pub admin_token: String,
    /// The previous such token, which still works during a rotation.
    pub previous_admin_token: Option<String>,
    /// Signs and verifies callback tokens and picture links.
    pub signer: Signer,
    /// How many jobs one invocation reconciles: [`JOBS_PER_SLICE`](slices::JOBS_PER_SLICE), and fewer
    /// in tests.
    pub jobs_per_slice: usize,
}

/// How long pictures are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Uploads, counted from when they arrived, and longer by [`Rules::hold_ttl`] where a job may be
    /// reading one.
    pub uploads: Duration,
    /// Results, counted from when they were stored; `None`: until their user deletes them.
    pub results: Option<Duration>,
}

/// What an account may upload within 24 hours; `None` means no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UploadLimits {
    /// How many pictures.
    pub count: Option<u64>,
    /// The most bytes in total.
    pub bytes: Option<u64>,
}

impl Config {
    /// Reads and checks all variables and secrets. Errors name the first that is missing or
    /// malformed.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, ConfigError> {
        let vars = Vars(lookup);
        let local = vars.get("ENVIRONMENT").as_deref() == Some("local");
        let public_url = vars
            .required("PUBLIC_URL")?
            .trim_end_matches('/')
            .to_owned();
        check_base("PUBLIC_URL", &public_url, local)?;
        let providers = vars.providers(local)?;
        Ok(Self {
            local,
            public_url,
            former_providers: vars.former_providers(&providers, local)?,
            providers,
            overrides: vars.overrides()?,
            non_commercial_models: vars.switch("NON_COMMERCIAL_MODELS")?,
            result_hosts: vars.result_hosts()?,
            allowed_origins: vars.origins()?,
            welcome_credits: Credits::try_from(vars.number("WELCOME_CREDITS")?.unwrap_or(0))
                .map_err(|error| invalid("WELCOME_CREDITS", &error.to_string()))?,
            rules: rules(lookup)?,
            limits: limits(lookup)?,
            retention: vars.retention()?,
            upload_limits: vars.upload_limits()?,
            auth: vars.auth(local)?,
            sign_in: vars.sign_in(local)?,
            selling: vars.selling(local)?.map(Arc::new),
            site: vars.site(local)?,
            moderation: vars.moderation(local)?,
            refused_per_day: vars.whole("MAX_REFUSED_PER_DAY", 10)?,
            admin_token: vars.secret("ADMIN_TOKEN")?,
            previous_admin_token: vars.optional_secret("ADMIN_TOKEN_PREVIOUS")?,
            signer: vars.signer()?,
            jobs_per_slice: slices::JOBS_PER_SLICE,
        })
    }

    /// The models that can be requested, the default one first.
    pub fn models(&self) -> Vec<Listing> {
        let models = self.providers.iter();
        let models = models.flat_map(|provider| provider.codec.models());
        let offered = models.filter(|model| self.offers(model));
        offered.map(|model| self.overrides.listing(model)).collect()
    }

    /// Whether the model's licence allows offering it here.
    pub const fn offers(&self, model: &Model) -> bool {
        self.non_commercial_models || !model.non_commercial
    }

    /// The URL of a result, if it may be fetched: its host belongs to a provider with a key, or is
    /// one that the operator added.
    pub fn admit_result(&self, address: &str) -> Result<Url, Inadmissible> {
        let providers = self.providers.iter().chain(&self.former_providers);
        let hosts = providers.flat_map(|provider| provider.codec.result_hosts());
        let hosts: Vec<_> = hosts.copied().collect();
        self.result_hosts.admit(address, &hosts)
    }

    /// The provider with this name, if it is in use or still has open jobs to finish.
    pub fn provider(&self, name: &str) -> Option<&ProviderConfig> {
        self.providers
            .iter()
            .chain(&self.former_providers)
            .find(|provider| provider.codec.name() == name)
    }
}

/// The rules for holds alone, which is all that an account object needs, with [`limits`].
pub fn rules(lookup: Lookup<'_>) -> Result<Rules, ConfigError> {
    let vars = Vars(lookup);
    let max_open_holds = usize::try_from(vars.positive("MAX_OPEN_JOBS", 4)?);
    let hold_ttl = vars.positive("HOLD_TTL_SECONDS", DEFAULT_HOLD_TTL.as_secs())?;
    Ok(Rules {
        max_open_holds: max_open_holds.unwrap_or(usize::MAX),
        hold_ttl: Duration::from_secs(hold_ttl),
        release_grace: Duration::from_hours(vars.number("RELEASE_GRACE_HOURS")?.unwrap_or(72)),
    })
}

/// How many generations an account may request, which its object also needs.
pub fn limits(lookup: Lookup<'_>) -> Result<Limits, ConfigError> {
    let vars = Vars(lookup);
    let number = |name, default| {
        let number = vars.number(name)?.unwrap_or(default);
        // `number` admits at most 2^32 - 1.
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    };
    Ok(Limits {
        generations_per_minute: number("MAX_GENERATIONS_PER_MINUTE", 20)?,
        failed_per_hour: number("MAX_FAILED_PER_HOUR", 40)?,
    })
}

struct Vars<'a>(Lookup<'a>);

impl Vars<'_> {
    fn get(&self, name: &str) -> Option<String> {
        (self.0)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    fn required(&self, name: &str) -> Result<String, ConfigError> {
        self.get(name).ok_or_else(|| invalid(name, "is not set"))
    }

    fn secret(&self, name: &str) -> Result<String, ConfigError> {
        let secret = self.required(name)?;
        if secret.chars().count() < MIN_SECRET_CHARS {
            return Err(invalid(
                name,
                &format!("is shorter than {MIN_SECRET_CHARS} characters"),
            ));
        }
        Ok(secret)
    }

    fn optional_secret(&self, name: &str) -> Result<Option<String>, ConfigError> {
        let is_set = self.get(name).is_some();
        is_set.then(|| self.secret(name)).transpose()
    }

    fn signer(&self) -> Result<Signer, ConfigError> {
        let (name, previous) = ("SIGNING_SECRET", "SIGNING_SECRET_PREVIOUS");
        let signer = Signer::new(&self.secret(name)?).ok_or_else(|| invalid(name, "is no key"))?;
        match self.optional_secret(previous)? {
            Some(secret) => signer
                .after(&secret)
                .ok_or_else(|| invalid(previous, "is no key")),
            None => Ok(signer),
        }
    }

    fn number(&self, name: &str) -> Result<Option<u64>, ConfigError> {
        let is_none = || invalid(name, "is not a whole number from 0 to 4294967295");
        let number = self.get(name).map(|value| number::whole(&value));
        let number = number.transpose().map_err(|_| is_none())?;
        match number {
            Some(number) if number > u32::MAX.into() => Err(is_none()),
            number => Ok(number),
        }
    }

    fn positive(&self, name: &str, default: u64) -> Result<u64, ConfigError> {
        match self.number(name)? {
            Some(0) => Err(invalid(name, "must be above 0")),
            number => Ok(number.unwrap_or(default)),
        }
    }

    fn retention(&self) -> Result<Retention, ConfigError> {
        let days = |days: u64| Duration::from_hours(days.saturating_mul(24));
        let results = self.number("RESULT_DAYS")?.unwrap_or(30);
        Ok(Retention {
            uploads: days(self.positive("UPLOAD_DAYS", 1)?),
            results: (results > 0).then(|| days(results)),
        })
    }

    fn upload_limits(&self) -> Result<UploadLimits, ConfigError> {
        const MIB: &str = "MAX_UPLOAD_MIB_PER_DAY";
        let limit = |name, default| -> Result<Option<u64>, ConfigError> {
            let limit = self.number(name)?.unwrap_or(default);
            Ok((limit > 0).then_some(limit))
        };
        let mib = limit(MIB, DEFAULT_UPLOAD_MIB_PER_DAY)?;
        if mib.is_some_and(|mib| mib < LARGEST_UPLOAD_MIB) {
            return Err(invalid(
                MIB,
                &format!("is neither 0 nor at least {LARGEST_UPLOAD_MIB}, as one upload may have"),
            ));
        }
        Ok(UploadLimits {
            count: limit("MAX_UPLOADS_PER_DAY", DEFAULT_UPLOADS_PER_DAY)?,
            bytes: mib.map(|mib| mib.saturating_mul(1024 * 1024)),
        })
    }

    fn switch(&self, name: &str) -> Result<bool, ConfigError> {
        match self.get(name).as_deref() {
            None | Some("off") => Ok(false),
            Some("on") => Ok(true),
            Some(_) => Err(invalid(name, "is neither \"on\" nor \"off\"")),
        }
    }

    fn list(&self, name: &str) -> Vec<String> {
        let list = self.get(name).unwrap_or_default();
        list.split(',')
            .map(|item| item.trim().trim_end_matches('/').to_owned())
            .filter(|item| !item.is_empty())
            .collect()
    }

    fn result_hosts(&self) -> Result<ResultHosts, ConfigError> {
        let list = self.get("RESULT_HOSTS").unwrap_or_default();
        ResultHosts::parse(&list).map_err(|item| {
            let problem = format!("has \"{item}\", which is no host, host:port or *.host");
            invalid("RESULT_HOSTS", &problem)
        })
    }

    fn origins(&self) -> Result<Vec<String>, ConfigError> {
        let origins = self.list("ALLOWED_ORIGINS");
        let is_origin = |text: &&String| {
            let origin = Url::parse(text)
                .ok()
                .map(|url| url.origin().ascii_serialization());
            origin.as_ref() == Some(*text)
        };
        match origins.iter().find(|text| !is_origin(text)) {
            Some(text) => Err(invalid(
                "ALLOWED_ORIGINS",
                &format!("has \"{text}\", which is no origin"),
            )),
            None => Ok(origins),
        }
    }
}

fn invalid(name: &str, problem: &str) -> ConfigError {
    ConfigError {
        name: name.into(),
        problem: problem.into(),
    }
}

#[cfg(test)]
mod tests;
