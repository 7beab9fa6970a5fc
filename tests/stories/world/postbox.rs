//! Mail by the platform's binding, kept in memory, and an outer net that is open until it is closed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use atelier::mail::{Mail, NotSent};
use atelier::ports::{MailBinding, RateLimiter};

/// All mails that were sent.
#[derive(Default)]
pub(crate) struct Postbox {
    mails: Mutex<Vec<Mail>>,
    is_limit_reached: AtomicBool,
}

impl Postbox {
    /// The mails so far.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    /// From now on the outer net admits nobody.
    pub(crate) fn reach_limit(&self) {
        self.is_limit_reached.store(true, Ordering::SeqCst);
    }
}

#[async_trait]
impl MailBinding for Postbox {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        self.mails.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

#[async_trait]
impl RateLimiter for Postbox {
    async fn admits(&self, _: &str) -> bool {
        !self.is_limit_reached.load(Ordering::SeqCst)
    }
}
