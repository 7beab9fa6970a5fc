//! What GitHub's sign-in and `OpenID`'s have in common: the people, the page where one is chosen, the
//! codes and access tokens, and the way back.

pub(crate) mod chooser;
pub(crate) mod grants;
pub(crate) mod people;

use std::time::Duration;

use axum::response::{IntoResponse, Redirect, Response};
use url::Url;

use crate::{callback_url, settings::Settings};

/// An address that browsers are sent back to: https, or http to a loopback address.
#[derive(Debug, Clone)]
pub(crate) struct ReturnAddress(Url);

impl ReturnAddress {
    /// The error says what the address must be.
    pub(crate) fn parse(address: &str) -> Result<Self, &'static str> {
        callback_url::check(address)?;
        match Url::parse(address) {
            Ok(url) if url.fragment().is_none() => Ok(Self(url)),
            Ok(_) => Err("must not have a fragment"),
            Err(_) => Err("must be a URL"),
        }
    }

    /// Redirects the browser there, with these parameters added.
    pub(crate) fn send_back(mut self, parameters: &[(&str, Option<&str>)]) -> Response {
        {
            let mut query = self.0.query_pairs_mut();
            for (name, value) in parameters {
                if let Some(value) = value {
                    query.append_pair(name, value);
                }
            }
        }
        Redirect::to(self.0.as_str()).into_response()
    }
}

/// How long a code lives: as the service has it, unless the settings say otherwise.
pub(crate) fn code_lifetime(settings: &Settings, usual: Duration) -> Duration {
    settings.code_lifetime.unwrap_or(usual)
}

/// Whether a text is the SHA-256 of a code verifier: 43 characters of base64url.
pub(crate) fn is_challenge(text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.len() == 43 && text.chars().all(is_digit)
}
