//! The settings of the emulator.

use std::{path::PathBuf, time::Duration};

use crate::signing::{LOCAL_SIGNING_SEED, LOCAL_WEBHOOK_SECRET};

/// Where a Worker of `make start` takes the events of payments.
const LOCAL_PAYMENTS_WEBHOOK: &str = "http://127.0.0.1:8787/v1/webhooks/payments";

/// How the emulator listens, and how long tasks take. The defaults are those of the binary, except
/// for the log.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The key that callers must present, to whichever provider.
    pub api_key: String,
    /// The secret that callbacks are signed with, by providers that share one with the receiver.
    pub webhook_secret: String,
    /// The seed of the Ed25519 key, for the providers that publish the key.
    pub signing_seed: [u8; 32],
    /// How long an ordinary generation takes.
    pub work: Duration,
    /// How long a `#slow` one takes.
    pub slow: Duration,
    /// How long a `#late` one takes.
    pub late: Duration,
    /// The pauses between a callback's attempts, instead of each provider's own.
    pub callback_retry: Option<Vec<Duration>>,
    /// How long one callback attempt may take, instead of each provider's own limit.
    pub callback_timeout: Option<Duration>,
    /// Where the events of payments go; the processor's name is added to the path. `None`: nowhere.
    pub payments_webhook: Option<String>,
    /// How late an event of a payment is under the fault `late`, and how long it waits under `reorder`.
    pub payments_late: Duration,
    /// How long a code of a sign-in lives, instead of each service's own time.
    pub code_lifetime: Option<Duration>,
    /// How long fetching one input picture may take.
    pub fetch_timeout: Duration,
    /// The longer side of a result, in pixels.
    pub picture_side: u32,
    /// Where requests and callbacks are logged, one line of JSON each.
    pub log: LogTo,
    /// The operator's balance at the start, in credits that all providers draw from.
    pub credits: f64,
}

/// Where the log goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LogTo {
    /// Nothing is written; [`crate::Emulator::calls`] still has everything.
    #[default]
    Nowhere,
    /// To standard output.
    Stdout,
    /// To the end of a file, which is moved to `FILE.1` when it has 4 MiB.
    File(PathBuf),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            port: 0,
            api_key: "local-emulator-key".to_owned(),
            webhook_secret: LOCAL_WEBHOOK_SECRET.to_owned(),
            signing_seed: LOCAL_SIGNING_SEED,
            work: Duration::from_secs(3),
            slow: Duration::from_secs(30),
            late: Duration::from_mins(3),
            callback_retry: None,
            callback_timeout: None,
            payments_webhook: Some(LOCAL_PAYMENTS_WEBHOOK.to_owned()),
            payments_late: Duration::from_secs(10),
            code_lifetime: None,
            fetch_timeout: Duration::from_secs(10),
            picture_side: 1024,
            log: LogTo::Nowhere,
            credits: 1_000_000.0,
        }
    }
}
