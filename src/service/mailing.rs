//! Sending mail by the carrier that is configured.

use std::sync::Arc;
use std::time::Duration;

use super::ids::Ids;
use crate::config::{Carrier, MailConfig};
use crate::domain::email::EmailAddress;
use crate::mail::{Mail, Message, NotSent, resend};
use crate::ports::{Http, MailBinding};
use crate::redact;

const TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait before the second try.
const PAUSE: Duration = Duration::from_secs(1);

/// Sends mail.
#[derive(Clone)]
pub(super) struct Mailing {
    config: MailConfig,
    http: Arc<dyn Http>,
    binding: Arc<dyn MailBinding>,
    ids: Ids,
}

impl Mailing {
    pub(super) fn new(
        config: MailConfig,
        http: Arc<dyn Http>,
        binding: Arc<dyn MailBinding>,
        ids: Ids,
    ) -> Self {
        Self {
            config,
            http,
            binding,
            ids,
        }
    }

    /// Sends a message, a second time if its carrier was not available. Nobody waits for it: the log tells what became
    /// of it.
    pub(super) async fn send(&self, to: EmailAddress, message: Message) {
        let from = self.config.from.clone();
        let idempotency_key = format!("{:032x}", self.ids.bits());
        let mail = Mail {
            from,
            to,
            message,
            idempotency_key,
        };
        let mut outcome = self.attempt(&mail).await;
        if matches!(outcome, Err(NotSent::Unavailable(_))) {
            self.ids.sleep(PAUSE).await;
            outcome = self.attempt(&mail).await;
        }
        match outcome {
            Ok(()) => log::info!("event=mail_sent"),
            Err(error) => {
                let error = without_address(&error.to_string(), &mail.to);
                log::error!("event=mail_failed error=\"{error}\"");
            }
        }
    }

    async fn attempt(&self, mail: &Mail) -> Result<(), NotSent> {
        match &self.config.carrier {
            Carrier::Cloudflare => self.binding.send(mail).await,
            Carrier::Resend { base_url, key } => {
                let request = resend::request(base_url, key, mail);
                let request = request.map_err(|error| NotSent::Refused(error.to_string()))?;
                let answer = self.http.send(request, TIMEOUT).await;
                resend::read(&answer.map_err(|error| NotSent::Unavailable(error.to_string()))?)
            }
        }
    }
}

/// A carrier's words may repeat the address, in whatever case.
pub(super) fn without_address(words: &str, address: &EmailAddress) -> String {
    let words = redact::stored(words).to_ascii_lowercase();
    words.replace(address.as_str(), "…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_reaches_the_log() {
        let address = EmailAddress::parse("ada@example.com").unwrap();
        let words = "422 validation_error: Invalid `to`: Ada@Example.com is suppressed";
        let logged = without_address(words, &address);
        assert_eq!(
            logged,
            "422 validation_error: invalid `to`: … is suppressed"
        );
    }
}
