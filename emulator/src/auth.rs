//! The key of a call.

use axum::http::{HeaderMap, header};

/// Whether the headers bear `Authorization: SCHEME KEY`.
pub(crate) fn presents(headers: &HeaderMap, scheme: &str, key: &str) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        == Some((scheme, key))
}
