//! The systems, and their emulators.

use std::time::Duration;

use atelier_emulator::Settings;

/// The value of every secret in tests.
pub(crate) const SECRET: &str = "a-secret-of-the-end-to-end-tests-alone";

/// The welcome credits of a demo account.
pub(crate) const WELCOME: u64 = 20;

/// The price of a picture from the default model, in credits.
pub(crate) const PRICE: u64 = 4;

/// The lifetime of a hold: none expires unless a test moves its deadline.
pub(crate) const HOLD_TTL: Duration = Duration::from_hours(2);

/// The most jobs that an account may have open.
pub(crate) const MAX_OPEN_JOBS: u64 = 4;

/// The most uploads that an account of the attacked system may have in a day.
pub(crate) const MAX_UPLOADS_PER_DAY: u64 = 50;

/// Only the attacked system has limits that a test can reach.
const ATTACKED_VARS: &[&str] = &["MAX_UPLOADS_PER_DAY:50", "MAX_UPLOAD_MIB_PER_DAY:100"];

/// A task with `#slow` or `#late` takes longer than any run of these tests: it ends when its test says so.
const HELD: Duration = Duration::from_hours(1);

/// The pauses before a refused callback is sent again, in milliseconds: over a minute, since no cron would help
/// a job whose callback was given up while the machine was overloaded.
const LONG_RETRY_WINDOW: &[u64] = &[100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600];

/// The same for systems in which callbacks are meant to be given up.
const SHORT_RETRY_WINDOW: &[u64] = &[100, 200, 400];

/// The settings of a system.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// How long a `#slow` task of its emulator takes.
    pub(crate) slow: Duration,
    /// The pauses between a callback's attempts, in milliseconds.
    pub(crate) callback_pauses: &'static [u64],
    /// The value of `PROVIDER_FALLBACKS`.
    pub(crate) fallbacks: &'static str,
    /// The value of `MODEL_OVERRIDES`.
    pub(crate) overrides: &'static str,
    /// More of its variables, as `NAME:value`.
    pub(crate) vars: &'static [&'static str],
    /// Whether its tests stop the Worker, so that they run one at a time.
    pub(crate) takes_turns: bool,
}

/// A system without cron: callbacks alone end its jobs.
pub(crate) const MAIN: Kind = Kind {
    name: "main",
    slow: HELD,
    callback_pauses: LONG_RETRY_WINDOW,
    fallbacks: "",
    overrides: "",
    vars: &[],
    takes_turns: false,
};

/// A system with all providers, also without cron.
pub(crate) const PROVIDERS: Kind = Kind {
    name: "providers",
    fallbacks: "fal,replicate,fashn,kling,kie,runware",
    ..MAIN
};

/// A system whose cron runs whenever one of its tests says so, for the jobs of all of them.
pub(crate) const CRON: Kind = Kind {
    name: "cron",
    callback_pauses: SHORT_RETRY_WINDOW,
    ..PROVIDERS
};

/// A system whose Worker is restarted, and whose rows are set to what they would be later.
pub(crate) const RESTARTED: Kind = Kind {
    name: "restarted",
    callback_pauses: SHORT_RETRY_WINDOW,
    takes_turns: true,
    ..MAIN
};

/// The system that attacks and failures are tried on, one after the other.
pub(crate) const ATTACKED: Kind = Kind {
    name: "attacked",
    vars: ATTACKED_VARS,
    ..RESTARTED
};

/// A system with a single test, since it measures memory.
pub(crate) const ALONE: Kind = Kind {
    name: "alone",
    ..MAIN
};

impl Kind {
    pub(crate) fn emulator(&self) -> Settings {
        let pauses = self.callback_pauses.iter().copied();
        let pauses = pauses.map(Duration::from_millis);
        Settings {
            api_key: SECRET.to_owned(),
            work: Duration::from_millis(150),
            slow: self.slow,
            late: HELD,
            callback_retry: Some(pauses.collect()),
            picture_side: 96,
            // On an overloaded machine the Worker is slow to serve a photo.
            fetch_timeout: Duration::from_secs(30),
            ..Settings::default()
        }
    }
}

/// Whether attacks run in full, and print their figures: `make attack`.
pub(crate) fn is_whole_attack() -> bool {
    std::env::var_os("ATELIER_ATTACK").is_some()
}
