//! Mail, by Cloudflare's Email Service.
//!
//! Source: <https://developers.cloudflare.com/email-service/api/send-emails/workers-api/>.

use async_trait::async_trait;
use worker::send::{SendFuture, SendWrapper};
use worker::{Env, Error, SendEmail, SendEmailBuilder};

use super::text_of;
use crate::mail::{Mail, NotSent};
use crate::ports::MailBinding;

const BINDING: &str = "EMAIL";

/// The `send_email` binding, if there is one.
pub(super) struct Email(pub(super) SendWrapper<Env>);

#[async_trait]
impl MailBinding for Email {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        SendFuture::new(async {
            let binding: SendEmail = self
                .0
                .send_email(BINDING)
                .map_err(|error| not_sent(&error))?;
            let Mail {
                from, to, message, ..
            } = mail;
            let builder = SendEmailBuilder::builder(from, to.as_str(), &message.subject);
            let message = builder.text(&message.text).html(&message.html).build();
            let sent = binding.send_with_builder(&message).await;
            sent.map(drop).map_err(|error| not_sent(&error.into()))
        })
        .await
    }
}

/// What passes is told from what does not by the error's code.
fn not_sent(error: &Error) -> NotSent {
    let text = text_of(error);
    let passing = [
        "E_RATE_LIMIT_EXCEEDED",
        "E_DELIVERY_FAILED",
        "E_INTERNAL_SERVER_ERROR",
    ];
    let is_passing = matches!(error, Error::RateLimitExceeded(_))
        || passing.iter().any(|code| text.contains(code));
    if is_passing {
        NotSent::Unavailable(text)
    } else {
        NotSent::Refused(text)
    }
}
