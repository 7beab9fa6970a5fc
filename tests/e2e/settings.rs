//! The systems, and the emulators beside them.

use std::time::Duration;

use atelier_emulator::Settings;

/// What every secret is in tests.
pub(crate) const SECRET: &str = "a-secret-of-the-end-to-end-tests-alone";

/// What a demo account starts with.
pub(crate) const WELCOME: u64 = 20;

/// What a picture of the default model costs.
pub(crate) const PRICE: u64 = 4;

/// The most jobs that an account may have open.
pub(crate) const MAX_OPEN_JOBS: u64 = 4;

/// What is particular to a system.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// How long a hold lives.
    pub(crate) hold_ttl: Duration,
    /// How long a `#slow` task of its emulator takes.
    pub(crate) slow: Duration,
    /// How long a `#late` one takes.
    pub(crate) late: Duration,
    /// Whom a job may go to, after the default provider.
    pub(crate) fallbacks: &'static str,
    /// What takes the place of what models declare: `MODEL_OVERRIDES`.
    pub(crate) overrides: &'static str,
}

/// No hold becomes stale in it.
pub(crate) const MAIN: Kind = Kind {
    name: "main",
    hold_ttl: Duration::from_hours(2),
    slow: Duration::from_secs(4),
    late: Duration::from_mins(3),
    fallbacks: "",
    overrides: "",
};

/// All providers are on offer in it.
pub(crate) const PROVIDERS: Kind = Kind {
    name: "providers",
    fallbacks: "fal,replicate,fashn,kling,kie",
    ..MAIN
};

/// Nobody else is in it.
pub(crate) const ALONE: Kind = Kind {
    name: "alone",
    ..MAIN
};

/// Holds become stale in it, 5 s after a submission without an answer is given up, which takes 20 s.
pub(crate) const SHORT: Kind = Kind {
    name: "short",
    hold_ttl: Duration::from_secs(25),
    slow: Duration::from_secs(4),
    late: Duration::from_secs(28),
    fallbacks: "",
    overrides: "",
};

/// It is killed and started again. The sweep first asks about a running job after 15 s, which leaves it 15 s more.
pub(crate) const CRASH: Kind = Kind {
    name: "crash",
    hold_ttl: Duration::from_secs(30),
    slow: Duration::from_secs(3),
    late: Duration::from_mins(3),
    fallbacks: "",
    overrides: "",
};

impl Kind {
    pub(crate) fn emulator(&self) -> Settings {
        Settings {
            api_key: SECRET.to_owned(),
            work: Duration::from_millis(150),
            slow: self.slow,
            late: self.late,
            callback_retry: Some([100, 200, 400].map(Duration::from_millis).into()),
            picture_side: 96,
            // On a machine that is busy with other things the Worker takes its time to show a photo.
            fetch_timeout: Duration::from_secs(30),
            ..Settings::default()
        }
    }
}
