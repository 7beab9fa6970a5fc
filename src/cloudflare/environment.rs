//! What the Worker is given: variables, secrets and bindings.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use wasm_bindgen::JsValue;
use worker::Env;
use worker::send::SendWrapper;

use super::accounts::AccountObjects;
use super::d1::D1;
use super::fetch::Outside;
use super::mail::Email;
use super::r2::R2;
use super::rate_limit::RateLimit;
use super::reconciler::ReconcilerObjects;
use super::runtime::{SystemClock, SystemRandom};
use super::signatures::WebCrypto;
use super::text_of;
use crate::config::{Config, ConfigError};
use crate::ports::{Accounts, Background, Database, Invocations, Pictures, Ports};
use crate::service::{Atelier, Isolate};

/// What this isolate remembers.
static ISOLATE: LazyLock<Isolate> = LazyLock::new(Isolate::default);

/// What is read once and serves all requests of the isolate, as long as its environment is the same one.
static DEPLOYMENT: Mutex<Option<Deployment>> = Mutex::new(None);

/// Configuration and bindings.
#[derive(Clone)]
struct Deployment {
    env: SendWrapper<JsValue>,
    /// The same as the library has it, for bindings that are looked up when they are used.
    bindings: SendWrapper<Env>,
    config: Arc<Config>,
    database: Arc<dyn Database>,
    storage: Arc<R2>,
    accounts: Arc<dyn Accounts>,
    invocations: Arc<dyn Invocations>,
}

impl Deployment {
    /// The deployment of an environment, as it is known, or else read anew.
    fn of(env: &Env) -> Result<Self, ConfigError> {
        let mut known = DEPLOYMENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref().filter(|known| *known.env == **env) {
            return Ok(known.clone());
        }
        let read = Self::read(env)?;
        Ok(known.insert(read).clone())
    }

    fn read(env: &Env) -> Result<Self, ConfigError> {
        let config = Arc::new(Config::read(&lookup(env))?);
        let missing = |name: &'static str| {
            move |error: worker::Error| ConfigError {
                name: name.into(),
                problem: format!("is not bound: {}", text_of(&error)),
            }
        };
        let objects = |name| {
            let namespace = env.durable_object(name).map_err(missing(name));
            namespace.map(SendWrapper::new)
        };
        Ok(Self {
            env: SendWrapper::new(JsValue::clone(env)),
            bindings: SendWrapper::new(env.clone()),
            config,
            database: Arc::new(D1::new(env.d1("DB").map_err(missing("DB"))?)),
            storage: Arc::new(R2(env.bucket("PICTURES").map_err(missing("PICTURES"))?)),
            accounts: Arc::new(AccountObjects(objects("ACCOUNTS")?)),
            invocations: Arc::new(ReconcilerObjects(objects("RECONCILERS")?)),
        })
    }

    fn ports(self, background: Arc<dyn Background>) -> Ports {
        Ports {
            database: self.database,
            http: Arc::new(Outside),
            pictures: Arc::clone(&self.storage) as Arc<dyn Pictures>,
            documents: self.storage,
            mail: Arc::new(Email(self.bindings.clone())),
            rate_limiter: Arc::new(RateLimit(self.bindings)),
            accounts: self.accounts,
            invocations: self.invocations,
            background,
            signatures: Arc::new(WebCrypto),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }
}

/// A variable or a secret: the runtime makes no difference.
pub(super) fn lookup(env: &Env) -> impl Fn(&str) -> Option<String> {
    |name| env.var(name).ok().map(|value| value.to_string())
}

/// The application, as it is configured for this deployment, for one invocation.
pub(super) fn atelier(env: &Env, background: Arc<dyn Background>) -> Result<Atelier, ConfigError> {
    let deployment = Deployment::of(env)?;
    let config = Arc::clone(&deployment.config);
    let ports = deployment.ports(background);
    Ok(Atelier::remembering(config, ports, ISOLATE.clone()))
}
