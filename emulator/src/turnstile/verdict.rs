//! The answer, and the tokens that the emulator judges.

use serde::Serialize;

use crate::clock;

/// How the emulator's own tokens begin; then come the action, the host name, and anything, with `|`
/// between them: `LOCAL|sign-in|127.0.0.1|7`.
const LOCAL_PREFIX: &str = "LOCAL|";
/// The host name that the dummy token is told to be from.
const DUMMY_HOST: &str = "example.com";

/// An answer.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge_ts: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hostname: Option<String>,
    #[serde(rename = "error-codes")]
    error_codes: Vec<Problem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cdata: Option<String>,
}

/// The codes of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Problem {
    #[serde(rename = "missing-input-secret")]
    MissingSecret,
    #[serde(rename = "invalid-input-secret")]
    InvalidSecret,
    #[serde(rename = "missing-input-response")]
    MissingResponse,
    #[serde(rename = "invalid-input-response")]
    InvalidResponse,
    #[serde(rename = "bad-request")]
    BadRequest,
    #[serde(rename = "timeout-or-duplicate")]
    TimeoutOrDuplicate,
    #[serde(rename = "internal-error")]
    Internal,
}

/// One of the emulator's own tokens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    action: &'a str,
    hostname: &'a str,
}

impl<'a> Token<'a> {
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        let mut parts = token.strip_prefix(LOCAL_PREFIX)?.split('|');
        Some(Self {
            action: parts.next()?,
            hostname: parts.next()?,
        })
    }
}

impl Verdict {
    pub(crate) fn of(token: &Token<'_>) -> Self {
        Self::success(token.hostname, token.action)
    }

    pub(crate) fn of_dummy() -> Self {
        Self::success(DUMMY_HOST, "")
    }

    fn success(hostname: &str, action: &str) -> Self {
        Self {
            success: true,
            challenge_ts: Some(clock::iso8601(clock::now())),
            hostname: Some(hostname.to_owned()),
            error_codes: Vec::new(),
            action: Some(action.to_owned()),
            cdata: Some(String::new()),
        }
    }

    pub(crate) fn failure(problem: Problem) -> Self {
        Self {
            success: false,
            challenge_ts: None,
            hostname: None,
            error_codes: vec![problem],
            action: None,
            cdata: None,
        }
    }
}
