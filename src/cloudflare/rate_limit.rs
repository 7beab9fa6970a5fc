//! The rate-limit binding: cheap, kept by each location for itself, and not exact.

use async_trait::async_trait;
use worker::Env;
use worker::send::{SendFuture, SendWrapper};

use super::text_of;
use crate::ports::RateLimiter;

const BINDING: &str = "SIGN_IN_LIMIT";

/// The binding, if there is one.
pub(super) struct RateLimit(pub(super) SendWrapper<Env>);

#[async_trait]
impl RateLimiter for RateLimit {
    async fn admits(&self, whom: &str) -> bool {
        SendFuture::new(async {
            let Ok(limiter) = self.0.rate_limiter(BINDING) else {
                return true;
            };
            match limiter.limit(whom.to_owned()).await {
                Ok(outcome) => outcome.success,
                Err(error) => {
                    log::warn!("event=rate_limiter_down error=\"{}\"", text_of(&error));
                    true
                }
            }
        })
        .await
    }
}
