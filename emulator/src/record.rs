//! What the emulator saw and did, for tests to assert on.

use std::time::SystemTime;

use serde_json::Value;

/// A create call that was accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatedTask {
    /// The name of the provider.
    pub provider: &'static str,
    /// The id the provider gave it.
    pub id: String,
    /// The prompt, hashtags included; empty where the request has no field for it.
    pub prompt: String,
    /// The model asked for.
    pub model: String,
    /// The whole request body.
    pub body: Value,
    /// Where the end is to be called back.
    pub callback_url: Option<String>,
    /// The caller's own id for the task, where the provider takes one.
    pub external_id: Option<String>,
    /// When it was accepted.
    pub at: SystemTime,
}

/// A request that reached the emulator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, without its `?`; empty where there is none.
    pub query: String,
    /// The headers that say what it is, the key blotted out.
    pub headers: serde_json::Map<String, Value>,
    /// The body: JSON, or text where it is none; null of an empty one. Keys are blotted out, and
    /// texts of more than 2,048 characters are cut.
    pub body: Value,
    /// The status answered; none while unanswered, or where the caller left first.
    pub status: Option<u16>,
}

/// One attempt at a callback.
#[derive(Debug, Clone, PartialEq)]
pub struct CallbackAttempt {
    /// The task it was sent for; none for [`crate::Emulator::send_callback`].
    pub task_id: Option<String>,
    /// What it was.
    pub kind: CallbackKind,
    /// Where it went.
    pub url: String,
    /// The headers that prove it, as names and values; none where the provider signs nothing.
    pub headers: Vec<(String, String)>,
    /// What it said.
    pub body: Value,
    /// The same, byte for byte.
    pub bytes: Vec<u8>,
    /// The HTTP status it was answered with, or why there was none.
    pub outcome: Result<u16, String>,
    /// When its outcome was known.
    pub at: SystemTime,
}

impl CallbackAttempt {
    /// Whether the receiver took it: any 2xx.
    pub fn taken(&self) -> bool {
        matches!(self.outcome, Ok(200..=299))
    }
}

/// What a callback was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackKind {
    /// The true word that the task has ended.
    Terminal,
    /// A word before the end: one that the provider's protocol has, or one under `#progress`.
    Progress,
    /// A forgery under `#forged`.
    Forged,
    /// The false failure after a completion, under `#reorder`.
    Contradiction,
    /// Sent by hand, with [`crate::Emulator::send_callback`] or [`crate::Emulator::send_signed`].
    ByHand,
}
