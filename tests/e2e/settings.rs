//! The systems, and the emulators beside them.

use std::time::Duration;

use atelier_emulator::Settings;

/// What every secret is in tests.
pub(crate) const SECRET: &str = "a-secret-of-the-end-to-end-tests-alone";

/// What a demo account starts with.
pub(crate) const WELCOME: u64 = 20;

/// What a picture of the default model costs.
pub(crate) const PRICE: u64 = 4;

/// How long a hold lives: none expires unless a test moves its deadline.
pub(crate) const HOLD_TTL: Duration = Duration::from_hours(2);

/// The most jobs that an account may have open.
pub(crate) const MAX_OPEN_JOBS: u64 = 4;

/// The most uploads that an account of the attacked system may have in a day.
pub(crate) const MAX_UPLOADS_PER_DAY: u64 = 50;

/// The attacked system has limits; in the others no test meets one.
const ATTACKED_VARS: &[&str] = &["MAX_UPLOADS_PER_DAY:50", "MAX_UPLOAD_MIB_PER_DAY:100"];

/// A task with `#slow` or `#late` is held for longer than any run of these tests: it ends when its test says so.
const HELD: Duration = Duration::from_hours(1);

/// A callback that is not taken is sent again after these, in milliseconds: for a minute, since no cron would help a job
/// whose callback was given up while the machine was busy.
const PATIENT: &[u64] = &[100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600];

/// The same where callbacks are meant to be given up.
const BRIEF: &[u64] = &[100, 200, 400];

/// What is particular to a system.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// How long a `#slow` task of its emulator takes.
    pub(crate) slow: Duration,
    /// The pauses between a callback's attempts, in milliseconds.
    pub(crate) callback_pauses: &'static [u64],
    /// Whom a job may go to, after the default provider.
    pub(crate) fallbacks: &'static str,
    /// What takes the place of what models declare: `MODEL_OVERRIDES`.
    pub(crate) overrides: &'static str,
    /// More of its variables, as `NAME:value`.
    pub(crate) vars: &'static [&'static str],
    /// Whether its tests stop the Worker, so that only one of them can run at a time.
    pub(crate) takes_turns: bool,
}

/// No cron runs in it: what its jobs come to, callbacks alone have done.
pub(crate) const MAIN: Kind = Kind {
    name: "main",
    slow: HELD,
    callback_pauses: PATIENT,
    fallbacks: "",
    overrides: "",
    vars: &[],
    takes_turns: false,
};

/// All providers are on offer in it, and no cron runs either.
pub(crate) const PROVIDERS: Kind = Kind {
    name: "providers",
    fallbacks: "fal,replicate,fashn,kling,kie,runware",
    ..MAIN
};

/// Cron runs in it, whenever one of its tests says so, for the jobs of all of them.
pub(crate) const CRON: Kind = Kind {
    name: "cron",
    callback_pauses: BRIEF,
    ..PROVIDERS
};

/// Its Worker is stopped and started again, and its rows are moved to where time would have taken them.
pub(crate) const RESTARTED: Kind = Kind {
    name: "restarted",
    callback_pauses: BRIEF,
    takes_turns: true,
    ..MAIN
};

/// Whatever is bad for a system is done to this one, one thing after the other.
pub(crate) const ATTACKED: Kind = Kind {
    name: "attacked",
    vars: ATTACKED_VARS,
    ..RESTARTED
};

/// Nobody else is in it.
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
            // On a machine that is busy with other things the Worker takes its time to show a photo.
            fetch_timeout: Duration::from_secs(30),
            ..Settings::default()
        }
    }
}

/// Whether all of the attacks is tried, and their figures are printed: `make attack`.
pub(crate) fn is_whole_attack() -> bool {
    std::env::var_os("ATELIER_ATTACK").is_some()
}
