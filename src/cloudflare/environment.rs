//! What the Worker is given: variables, secrets and bindings.

use std::sync::{Arc, LazyLock};

use worker::Env;
use worker::send::SendWrapper;

use super::accounts::AccountObjects;
use super::d1::D1;
use super::fetch::Outside;
use super::r2::R2;
use super::reconciler::ReconcilerObjects;
use super::runtime::{SystemClock, SystemRandom};
use super::signatures::WebCrypto;
use super::text_of;
use crate::config::{Config, ConfigError};
use crate::ports::{Background, Pictures, Ports};
use crate::service::{Atelier, Isolate};

/// What this isolate remembers.
static ISOLATE: LazyLock<Isolate> = LazyLock::new(Isolate::default);

/// A variable or a secret: the runtime makes no difference.
pub(super) fn lookup(env: &Env) -> impl Fn(&str) -> Option<String> {
    |name| env.var(name).ok().map(|value| value.to_string())
}

/// The application, as it is configured for this deployment.
pub(super) fn atelier(env: &Env, background: Arc<dyn Background>) -> Result<Atelier, ConfigError> {
    let config = Config::read(&lookup(env))?;
    let missing = |name: &str, error: &worker::Error| ConfigError {
        name: name.into(),
        problem: format!("is not bound: {}", text_of(error)),
    };
    let bucket = env.bucket("PICTURES");
    let bucket = bucket.map_err(|error| missing("PICTURES", &error))?;
    let storage = Arc::new(R2(bucket));
    let ports = Ports {
        database: Arc::new(D1(env.d1("DB").map_err(|error| missing("DB", &error))?)),
        http: Arc::new(Outside),
        pictures: Arc::clone(&storage) as Arc<dyn Pictures>,
        documents: storage,
        accounts: Arc::new(AccountObjects(SendWrapper::new(
            env.durable_object("ACCOUNTS")
                .map_err(|error| missing("ACCOUNTS", &error))?,
        ))),
        invocations: Arc::new(ReconcilerObjects(SendWrapper::new(
            env.durable_object("RECONCILERS")
                .map_err(|error| missing("RECONCILERS", &error))?,
        ))),
        background,
        signatures: Arc::new(WebCrypto),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
    };
    let isolate = ISOLATE.clone();
    Ok(Atelier::remembering(Arc::new(config), ports, isolate))
}
