//! The world of a story: everything outside of Atelier, in memory, doing what the story says.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use atelier::config::Config;
use atelier::config::slices::STATEMENTS_PER_INVOCATION;
use atelier::domain::id::AccountId;
use atelier::http::router;
use atelier::ports::{Clock, Ports};
use atelier::service::{Atelier, Operator};
use atelier::store::AccountStore;
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use serde_json::Value;
use tower::ServiceExt;

mod accounts;
mod browser;
mod check;
pub(crate) mod contract;
#[path = "../support/d1.rs"]
mod d1;
mod database;
#[path = "../support/evolink.rs"]
mod evolink;
mod grants;
#[path = "../support/invocation.rs"]
mod invocation;
mod issuer;
mod log;
mod pictures;
mod postbox;
mod privacy;
mod provider;
pub(crate) mod real;
pub(crate) mod sign;
mod slices;
mod small;
#[path = "../support/stripe.rs"]
mod stripe;
pub(crate) mod till;
mod user;
mod vendor;

pub(crate) use accounts::AccountObjects;
pub(crate) use browser::Browser;
pub(crate) use d1::migrations;
pub(crate) use database::{SqliteDatabase, When};
pub(crate) use issuer::{Key, OtherLibrary};
pub(crate) use log::logged;
pub(crate) use pictures::{Page, PictureStore, WEBP, chunk, png, png_of};
pub(crate) use privacy::tells_of;
pub(crate) use provider::{Ask, Create, Outside, Task, Wire};
pub(crate) use slices::Slices;
pub(crate) use small::{
    HandWoundClock, Pauses, SeededRandom, SteppedBackground, Transcript, advance,
};
pub(crate) use user::User;
pub(crate) use vendor::{Vendor, model};

pub(crate) const ADMIN_TOKEN: &str = "the operator's token, thirty-two characters";

/// 2026-11-20 08:10 UTC: not on the hour, so that a run of cron does not happen to read expired
/// credits.
const START: i64 = 1_795_161_600_000 + 600_000;

/// Everything outside of Atelier. Cheap to clone; all clones are the same world.
#[derive(Clone)]
pub(crate) struct World(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) database: Arc<SqliteDatabase>,
    pub(crate) outside: Arc<Outside>,
    pub(crate) pictures: Arc<PictureStore>,
    pub(crate) accounts: Arc<AccountObjects>,
    pub(crate) slices: Arc<Slices>,
    pub(crate) postbox: Arc<postbox::Postbox>,
    pub(crate) background: Arc<SteppedBackground>,
    pub(crate) clock: Arc<HandWoundClock>,
    pub(crate) transcript: Transcript,
    pub(crate) pauses: Arc<Pauses>,
    deployed: Mutex<Option<(Arc<Config>, Atelier)>>,
    isolates: AtomicU64,
    checked: Mutex<bool>,
}

impl std::ops::Deref for World {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        let checked = *self.checked.get_mut().unwrap();
        assert!(
            checked || std::thread::panicking(),
            "a story ends with `world.check()`"
        );
    }
}

impl Parts {
    /// The current deployment, in an invocation of its own.
    pub(crate) fn invocation(&self) -> Atelier {
        let config = self.config();
        let seed = 1000 + self.isolates.fetch_add(1, Ordering::Relaxed);
        let breaks = Box::new(|what: String| panic!("{what}"));
        let ports = invocation::invocation(&self.ports(seed), STATEMENTS_PER_INVOCATION, breaks);
        Atelier::new(config, ports)
    }

    /// The configuration that is deployed now.
    pub(crate) fn config(&self) -> Arc<Config> {
        let deployed = self.deployed.lock().unwrap();
        Arc::clone(&deployed.as_ref().unwrap().0)
    }

    fn put_in_place(&self, config: Arc<Config>, seed: u64) {
        let atelier = Atelier::new(Arc::clone(&config), self.ports(seed));
        *self.deployed.lock().unwrap() = Some((config, atelier));
    }

    fn ports(&self, seed: u64) -> Ports {
        Ports {
            database: self.database.clone(),
            http: self.outside.clone(),
            pictures: self.pictures.clone(),
            documents: self.pictures.clone(),
            mail: self.postbox.clone(),
            rate_limiter: self.postbox.clone(),
            accounts: self.accounts.clone(),
            invocations: self.slices.clone(),
            background: self.background.clone(),
            clock: self.clock.clone(),
            random: Arc::new(SeededRandom::from(seed)),
            signatures: Arc::new(OtherLibrary),
        }
    }
}

/// An answer of the API, with its whole body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    pub(crate) body: Value,
}

impl Answer {
    /// The problem's code; empty if it is no problem.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The id in the answer, such as a job's.
    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap().to_owned()
    }
}

/// The minimal configuration of a developer's machine.
pub(crate) fn config() -> Config {
    configured(&[])
}

/// The same with a real provider, at `<name>.test`, and its secret, if it has one.
pub(crate) fn config_of(provider: &str, secret: &str) -> Config {
    let prefix = provider.to_ascii_uppercase();
    let name = |rest: &str| format!("{prefix}_{rest}");
    configured(&[
        ("PROVIDER".into(), provider.into()),
        (name("API_KEY"), "key".into()),
        (name("BASE_URL"), format!("https://{provider}.test")),
        (name("WEBHOOK_SECRET"), secret.into()),
        ("NON_COMMERCIAL_MODELS".into(), "on".into()),
    ])
}

/// The same with some variables changed.
pub(crate) fn configured(changes: &[(String, String)]) -> Config {
    let secret = "0123456789abcdef0123456789abcdef";
    Config::read(&|name| {
        let changed = changes.iter().find(|(changed, _)| changed == name);
        if let Some((_, value)) = changed {
            return Some(value.clone());
        }
        let value = match name {
            "ENVIRONMENT" => "local",
            "PUBLIC_URL" => "https://app.test",
            "PROVIDER" => "evolink",
            "EVOLINK_BASE_URL" => "https://evolink.test",
            "EVOLINK_API_KEY" => "sk-evo",
            "AUTH_JWT_SECRET" | "SIGNING_SECRET" => secret,
            "ADMIN_TOKEN" => ADMIN_TOKEN,
            _ => return None,
        };
        Some(value.to_owned())
    })
    .unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: Config) -> Self {
        log::install();
        let pauses = Arc::new(Pauses::default());
        let transcript = Transcript::default();
        let clock = Arc::new(HandWoundClock::at(START));
        let database = Arc::new(SqliteDatabase::migrated(Arc::clone(&pauses)));
        let outside = Arc::new(Outside::new(transcript.clone(), Arc::clone(&pauses)));
        let pictures = Arc::new(PictureStore::new(transcript.clone(), Arc::clone(&pauses)));
        let background = Arc::new(SteppedBackground::default());
        let accounts = Arc::new(AccountObjects::new(
            AccountStore::new(database.clone()),
            clock.clone(),
            (config.rules, config.limits),
            Arc::clone(&pauses),
        ));
        let parts = Arc::new_cyclic(|this| Parts {
            database,
            outside,
            pictures,
            accounts,
            slices: Arc::new(Slices::new(this.clone())),
            postbox: Arc::default(),
            background,
            clock,
            transcript,
            pauses,
            deployed: Mutex::new(None),
            isolates: AtomicU64::default(),
            checked: Mutex::new(false),
        });
        parts.put_in_place(Arc::new(config), 0);
        Self(parts)
    }

    /// The current deployment.
    pub(crate) fn atelier(&self) -> Atelier {
        let deployed = self.deployed.lock().unwrap();
        deployed.as_ref().unwrap().1.clone()
    }

    /// A client with the operators' token.
    pub(crate) fn operator(&self) -> Operator {
        self.atelier().access().operator(ADMIN_TOKEN).unwrap()
    }

    /// Deploys a new version: another configuration and new objects, in the same world.
    pub(crate) fn deploy(&self, config: Config) {
        self.accounts.evict_all();
        self.put_in_place(Arc::new(config), 7);
    }

    /// From now on a new isolate answers, with empty caches.
    pub(crate) fn other_isolate(&self) {
        let seed = 100 + self.isolates.fetch_add(1, Ordering::Relaxed);
        self.put_in_place(self.config(), seed);
    }

    /// Sends a request to the API.
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Answer {
        self.send_body(request.map(axum::body::Body::from)).await
    }

    /// The same with a streamed body.
    pub(crate) async fn send_body(&self, request: Request<axum::body::Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = router(self.atelier()).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes,
        };
        contract::check(&method, &path, &answer);
        answer
    }

    /// Sends JSON, or no body if it is null, with a token, or without one if it is empty.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let bytes = if body.is_null() {
            Bytes::new()
        } else {
            request = request.header("content-type", "application/json");
            body.to_string().into()
        };
        self.send(request.body(bytes).unwrap()).await
    }

    /// A user with a session.
    pub(crate) async fn user(&self, name: &str) -> User {
        User::log_in(self.clone(), name).await
    }

    /// A user with 20 credits, and a job of theirs that expired.
    pub(crate) async fn with_expired_job(&self, name: &str) -> (User, String) {
        let user = self.user(name).await;
        self.grant(name, 20).await;
        let job = user.running_job().await;
        self.tick(Duration::from_hours(2));
        // Their session has expired, too.
        let user = self.user(name).await;
        assert_eq!(user.status(&job).await, "expired");
        (user, job)
    }

    /// The provider calls back about a task, at the URL that it was given.
    pub(crate) async fn callback(&self, task: &str) -> u16 {
        let path = self.outside.callback_path(task);
        self.callback_at(&path, task).await
    }

    pub(crate) async fn callback_at(&self, path: &str, task: &str) -> u16 {
        let body = serde_json::json!({"id": task, "status": "completed"});
        self.call(Method::POST, path, "", &body).await.status
    }

    /// Runs the background work (`waitUntil`) to its end.
    pub(crate) async fn run_background(&self) {
        while let Some(task) = self.background.next() {
            task.await;
        }
    }

    /// Removes all anchors, so that later ones have nothing to compare with.
    pub(crate) fn forget_documents(&self) {
        self.pictures.forget_documents();
    }

    pub(crate) fn tick(&self, while_: Duration) {
        self.clock.advance(while_);
    }

    /// The current time of the world.
    pub(crate) fn now(&self) -> atelier::domain::time::Timestamp {
        self.clock.now()
    }

    /// One run of the cron, which must succeed.
    pub(crate) async fn run_cron(&self) {
        self.invocation().cron().run().await.unwrap();
    }

    /// Lets minutes pass, with a run of the cron in each, which may fail.
    pub(crate) async fn pass(&self, minutes: u64) {
        for _ in 0..minutes {
            self.tick(Duration::from_mins(1));
            let _may_fail = self.invocation().cron().run().await;
            self.run_background().await;
        }
    }

    /// The transcript of what went out, in order.
    pub(crate) fn went_out(&self) -> Vec<String> {
        self.transcript.lines()
    }

    /// What was fetched, in order.
    pub(crate) fn fetches(&self) -> Vec<String> {
        let mut lines = self.went_out();
        lines.retain(|line| line.starts_with("fetch"));
        lines
    }

    pub(crate) fn account(name: &str) -> AccountId {
        AccountId::of_subject(name)
    }
}
