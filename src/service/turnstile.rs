//! Cloudflare Turnstile: a challenge in front of what costs money, where one is configured.
//!
//! Source: <https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::Error;
use crate::config::Turnstile;
use crate::domain::field_error::FieldError;
use crate::ports::Http;

const TIMEOUT: Duration = Duration::from_secs(5);

/// What the page's widget says that it is for.
pub const ACTION: &str = "sign-in";

/// Longer tokens are no tokens.
const MAX_TOKEN_CHARS: usize = 2048;

#[derive(Deserialize)]
struct Verdict {
    success: bool,
    #[serde(default)]
    hostname: Option<String>,
    #[serde(default)]
    action: Option<String>,
    #[serde(default, rename = "error-codes")]
    errors: Vec<String>,
}

/// Verifies challenges.
#[derive(Clone)]
pub(super) struct Challenges {
    config: Option<Turnstile>,
    host: String,
    http: Arc<dyn Http>,
}

impl Challenges {
    /// `host` is that of our own pages.
    pub(super) fn new(config: Option<Turnstile>, host: String, http: Arc<dyn Http>) -> Self {
        Self { config, host, http }
    }

    /// Refuses who has not passed the challenge, if there is one: (1) its answer is ours, for this action, on our own
    /// host; (2) while it cannot be verified people get in all the same, since the limits hold.
    pub(super) async fn check(&self, token: Option<&str>) -> Result<(), Error> {
        let Some(config) = &self.config else {
            return Ok(());
        };
        let refused = || {
            Error::Invalid(vec![FieldError::new(
                "challenge",
                "wasn't passed: please try it again",
            )])
        };
        let token = token.filter(|token| !token.is_empty() && token.len() <= MAX_TOKEN_CHARS);
        let verdict = match self.verdict(config, token.ok_or_else(refused)?).await {
            Ok(verdict) => verdict,
            Err(error) => {
                log::error!("event=challenge_unverified error=\"{error}\"");
                return Ok(()); // (2)
            }
        };
        let is_ours = verdict.hostname.is_none_or(|host| host == self.host)
            && verdict
                .action
                .is_none_or(|action| action.is_empty() || action == ACTION);
        if verdict.success && is_ours {
            Ok(())
        } else {
            Err(refused())
        } // (1)
    }

    async fn verdict(&self, config: &Turnstile, token: &str) -> Result<Verdict, String> {
        let form = Serializer::new(String::new())
            .append_pair("secret", &config.secret)
            .append_pair("response", token)
            .finish();
        let request = Request::post(format!("{}/siteverify", config.base_url))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(form))
            .map_err(|error| error.to_string())?;
        let answer = self
            .http
            .send(request, TIMEOUT)
            .await
            .map_err(|error| error.to_string())?;
        let verdict: Verdict =
            serde_json::from_slice(answer.body()).map_err(|error| error.to_string())?;
        if verdict.errors.iter().any(|error| error == "internal-error") {
            return Err("internal-error".into());
        }
        Ok(verdict)
    }
}
