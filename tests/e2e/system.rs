//! A Worker with its state, and its emulator.

use std::net::TcpListener;
use std::time::Duration;

use atelier_emulator::Emulator;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::settings::{HOLD_TTL, Kind, MAX_OPEN_JOBS, WELCOME};
use super::wrangler::{Group, Workshop};
use super::{books, identity};

/// How long the Worker has to answer for the first time, on an overloaded machine.
const START: Duration = Duration::from_secs(90);

/// The time limit for an answer.
const ANSWER: Duration = Duration::from_secs(30);

/// The pause between two checks of a condition.
pub(crate) const TICK: Duration = Duration::from_millis(100);

pub(crate) struct System {
    pub(crate) kind: Kind,
    pub(crate) emulator: Emulator,
    pub(crate) workshop: Workshop,
    pub(crate) address: String,
    pub(crate) client: reqwest::Client,
    /// The names of all accounts.
    pub(crate) users: std::sync::Mutex<Vec<String>>,
    /// Locked by each test in turn, where they stop the Worker.
    pub(crate) turn: Mutex<()>,
    /// The port of the Worker's inspector.
    pub(crate) inspector: u16,
    keys: String,
    port: u16,
    group: Mutex<Option<Group>>,
}

impl System {
    /// Starts a system with an empty database, and waits until it answers.
    pub(crate) async fn start(kind: Kind) -> Result<Self, String> {
        let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}");
        let emulator = Emulator::start(kind.emulator())
            .await
            .map_err(|error| failed("the emulator", &error))?;
        let workshop = Workshop::new().map_err(|error| failed("the workshop", &error))?;
        workshop
            .migrate()
            .await
            .map_err(|error| failed("wrangler d1", &error))?;
        let keys = identity::publish().await;
        let keys = keys.map_err(|error| failed("the identity provider", &error))?;
        let port = free_port().map_err(|error| failed("a free port", &error))?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(ANSWER)
            .redirect(reqwest::redirect::Policy::none())
            // A connection that was open when the Worker was killed must not be reused.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| failed("the client", &error))?;
        let system = Self {
            kind,
            emulator,
            workshop,
            address: format!("http://127.0.0.1:{port}"),
            client,
            users: std::sync::Mutex::default(),
            turn: Mutex::default(),
            inspector: free_port().map_err(|error| failed("a free port", &error))?,
            keys,
            port,
            group: Mutex::new(None),
        };
        system.boot().await?;
        Ok(system)
    }

    /// Starts the Worker on the stored state.
    pub(crate) async fn boot(&self) -> Result<(), String> {
        self.boot_with(&[]).await
    }

    /// The same with more variables, as `NAME:value`.
    pub(crate) async fn boot_with(&self, more: &[String]) -> Result<(), String> {
        let vars = [&self.vars(), more].concat();
        let mut group = self
            .workshop
            .serve(self.port, self.inspector, &vars)
            .map_err(|error| error.to_string())?;
        let deadline = Instant::now() + START;
        let health = format!("{}/healthz", self.address);
        loop {
            let answer = self.client.get(&health).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            if group.ended().is_some() || Instant::now() > deadline {
                group.end().await;
                let tail = self.workshop.log_tail();
                return Err(format!("the Worker does not answer; its log:\n{tail}"));
            }
            sleep(TICK).await;
        }
        *self.group.lock().await = Some(group);
        Ok(())
    }

    /// Kills the Worker: whatever it was doing is left undone.
    pub(crate) async fn kill(&self) {
        let group = self.group.lock().await.take();
        group.expect("a running Worker").kill().await;
        while TcpListener::bind(("127.0.0.1", self.port)).is_err() {
            sleep(TICK).await;
        }
    }

    /// Restarts the Worker on the stored state.
    pub(crate) async fn restart(&self) {
        self.kill().await;
        self.boot().await.unwrap();
    }

    /// Makes a job's hold reach its deadline. The clock cannot be set, so the rows are changed while nobody
    /// reads them.
    pub(crate) async fn expire_hold(&self, job: &str) {
        self.kill().await;
        books::expire_hold(&self.workshop.state(), job);
        self.boot().await.unwrap();
    }

    pub(crate) async fn end(&self) {
        if let Some(group) = self.group.lock().await.take() {
            group.end().await;
        }
    }

    /// Runs the cron, as happens each minute in production.
    pub(crate) async fn run_cron(&self) {
        let address = format!("{}/cdn-cgi/local/scheduled", self.address);
        let answer = self
            .client
            .get(address)
            .send()
            .await
            .expect("a run of cron");
        assert_eq!(answer.status(), 200, "the reconciler");
    }

    fn vars(&self) -> Vec<String> {
        let emulator = self.emulator.base_url();
        let host = emulator.trim_start_matches("http://");
        let providers = atelier_emulator::providers().map(|name| {
            let address = self.emulator.provider_url(name);
            format!("{}_BASE_URL:{address}", name.to_ascii_uppercase())
        });
        let own = vec![
            format!("PROVIDER_FALLBACKS:{}", self.kind.fallbacks),
            format!("MODEL_OVERRIDES:{}", self.kind.overrides),
            format!("PUBLIC_URL:{}", self.address),
            format!("RESULT_HOSTS:{host}"),
            format!("AUTH_JWKS_URL:{}", self.keys),
            format!("WELCOME_CREDITS:{WELCOME}"),
            format!("MAX_OPEN_JOBS:{MAX_OPEN_JOBS}"),
            // One account does in a minute what people do in days.
            "MAX_GENERATIONS_PER_MINUTE:0".into(),
            "MAX_FAILED_PER_HOUR:0".into(),
            format!("HOLD_TTL_SECONDS:{}", HOLD_TTL.as_secs()),
        ];
        let more = self.kind.vars.iter().map(ToString::to_string);
        own.into_iter().chain(providers).chain(more).collect()
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
