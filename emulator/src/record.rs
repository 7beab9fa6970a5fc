//! Records of what the emulator received and sent, for tests to assert on.

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
    /// The requested model.
    pub model: String,
    /// The whole request body.
    pub body: Value,
    /// The URL to call back.
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
    /// The relevant headers, with the key redacted.
    pub headers: serde_json::Map<String, Value>,
    /// The body: JSON, or text where it is none; null of an empty one. Keys are redacted, and texts
    /// of more than 2,048 characters are cut.
    pub body: Value,
    /// The status of the answer; `None` while there is none, or if the caller left first.
    pub status: Option<u16>,
}

/// One attempt at a callback.
#[derive(Debug, Clone, PartialEq)]
pub struct CallbackAttempt {
    /// The task, or the checkout session, that it was sent for; `None` for [`crate::Emulator::send_callback`].
    pub task_id: Option<String>,
    /// The kind of callback.
    pub kind: CallbackKind,
    /// The URL that was called.
    pub url: String,
    /// The headers that sign it, as names and values; empty where the provider does not sign.
    pub headers: Vec<(String, String)>,
    /// The body, as JSON.
    pub body: Value,
    /// The same, byte for byte.
    pub bytes: Vec<u8>,
    /// The HTTP status of the answer, or why there was none.
    pub outcome: Result<u16, String>,
    /// When its outcome was known.
    pub at: SystemTime,
}

impl CallbackAttempt {
    /// Whether the receiver accepted it, with any 2xx.
    pub fn taken(&self) -> bool {
        matches!(self.outcome, Ok(200..=299))
    }
}

/// The kinds of callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackKind {
    /// A true callback about the end of the task.
    Terminal,
    /// A callback before the end: part of the provider's protocol, or under `#progress`.
    Progress,
    /// A forgery under `#forged`.
    Forged,
    /// The false failure after a completion, under `#reorder`.
    Contradiction,
    /// An event of a processor of payments.
    Payment,
    /// Sent by hand, with [`crate::Emulator::send_callback`] or [`crate::Emulator::send_signed`].
    ByHand,
}
