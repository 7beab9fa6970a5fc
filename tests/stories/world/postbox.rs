//! Mail by the platform's binding, kept in memory, and an outer net that is open until it is closed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use atelier::mail::{Mail, NotSent};
use atelier::ports::{MailBinding, OuterNet};

/// All mails that were sent.
#[derive(Default)]
pub(crate) struct Postbox {
    mails: Mutex<Vec<Mail>>,
    is_net_closed: AtomicBool,
}

impl Postbox {
    /// The mails so far.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    /// From now on the outer net admits nobody.
    pub(crate) fn close_net(&self) {
        self.is_net_closed.store(true, Ordering::SeqCst);
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
impl OuterNet for Postbox {
    async fn admits(&self, _: &str) -> bool {
        !self.is_net_closed.load(Ordering::SeqCst)
    }
}
