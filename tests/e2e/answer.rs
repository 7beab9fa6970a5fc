//! An answer of the Worker, and what must hold for every answer.

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

/// An answer, with its whole body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    of: String,
}

impl Answer {
    /// Reads an answer. Every one has a request id, is no 5xx, and never reveals the provider's address.
    pub(crate) async fn read(of: String, answer: reqwest::Response, provider: &str) -> Self {
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let bytes = answer.bytes().await.expect("a whole body");
        let answer = Self {
            status,
            headers,
            bytes,
            of,
        };
        let text = String::from_utf8_lossy(&answer.bytes);
        assert!(status < 500, "{answer}");
        assert!(answer.header("x-request-id").is_some(), "{answer}");
        assert!(!text.contains(provider), "{answer} tells of {provider}");
        answer
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{self}: {error}"))
    }

    /// The body of a success.
    pub(crate) fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self}");
        self.json()
    }

    /// Checks that the answer is this error, and returns its body.
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{self}");
        let media = self
            .headers
            .get(CONTENT_TYPE)
            .map(reqwest::header::HeaderValue::as_bytes);
        assert_eq!(media, Some(&b"application/problem+json"[..]), "{self}");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{self}");
        assert_eq!(problem["status"], status, "{self}");
        assert!(problem["detail"].is_string(), "{self}");
        problem
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = String::from_utf8_lossy(&self.bytes);
        let start: String = text.chars().take(600).collect();
        write!(f, "{} gave {}: {start}", self.of, self.status)
    }
}
