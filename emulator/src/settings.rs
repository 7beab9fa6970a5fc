//! What a run of the emulator is given.

use std::time::Duration;

/// How the emulator listens and how long things take. The defaults are the binary's.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The key that callers must present.
    pub api_key: String,
    /// How long an ordinary generation takes.
    pub work: Duration,
    /// How long a `#slow` one takes.
    pub slow: Duration,
    /// How long a `#late` one takes.
    pub late: Duration,
    /// The pauses between a callback's attempts, as `EvoLink` documents them: 1, 2 and 4 s.
    pub callback_retry: [Duration; 3],
    /// How long one callback attempt may take. `EvoLink` documents 10 s.
    pub callback_timeout: Duration,
    /// How long fetching one input picture may take.
    pub fetch_timeout: Duration,
    /// The longer side of a result, in pixels.
    pub picture_side: u32,
    /// The operator's balance at the start, in the provider's credits.
    pub credits: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            port: 0,
            api_key: "local-emulator-key".to_owned(),
            work: Duration::from_secs(3),
            slow: Duration::from_secs(30),
            late: Duration::from_mins(3),
            callback_retry: [1, 2, 4].map(Duration::from_secs),
            callback_timeout: Duration::from_secs(10),
            fetch_timeout: Duration::from_secs(10),
            picture_side: 1024,
            credits: 1_000_000.0,
        }
    }
}
