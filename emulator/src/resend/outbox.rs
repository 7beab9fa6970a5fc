//! The mails that were sent, and the idempotency keys they were sent with.

use std::{
    collections::{HashMap, VecDeque},
    time::SystemTime,
};

use serde_json::Value;

use crate::address::bare;

/// How many mails are kept: the newest ones.
const KEPT: usize = 500;

/// A mail that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The id that Resend's answer has.
    pub id: String,
    /// The sender: `a@example.com` or `Name <a@example.com>`.
    pub from: String,
    /// The recipients, in the same forms.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text part; empty if there is none.
    pub text: String,
    /// The HTML part; empty if there is none.
    pub html: String,
    /// The address for replies, where one was sent.
    pub reply_to: Option<String>,
    /// When it was accepted.
    pub at: SystemTime,
}

impl Mail {
    /// Whether it was sent to this bare address, in any case.
    pub fn is_to(&self, address: &str) -> bool {
        let is_same = |to: &String| bare(to).is_some_and(|to| to.eq_ignore_ascii_case(address));
        self.to.iter().any(is_same)
    }
}

/// A request with an idempotency key.
#[derive(Debug)]
struct Keyed {
    body: Value,
    id: String,
}

/// The mails that were sent.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// The oldest one first.
    mails: VecDeque<Mail>,
    keyed: HashMap<String, Keyed>,
}

/// The idempotency key was used with another body.
#[derive(Debug)]
pub(crate) struct OtherBody;

impl Outbox {
    /// The id of the mail that an idempotency key was used for.
    pub(crate) fn earlier(&self, key: &str, body: &Value) -> Result<Option<String>, OtherBody> {
        match self.keyed.get(key) {
            None => Ok(None),
            Some(keyed) if keyed.body == *body => Ok(Some(keyed.id.clone())),
            Some(_) => Err(OtherBody),
        }
    }

    /// Keeps a mail, and the body under its idempotency key.
    pub(crate) fn keep(&mut self, mail: Mail, key: Option<String>, body: Value) {
        if let Some(key) = key {
            let id = mail.id.clone();
            self.keyed.insert(key, Keyed { body, id });
        }
        self.mails.push_back(mail);
        while self.mails.len() > KEPT {
            self.mails.pop_front();
        }
    }

    /// The oldest one first.
    pub(crate) fn mails(&self) -> impl DoubleEndedIterator<Item = &Mail> {
        self.mails.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn the_newest_mails_are_kept() {
        let mut outbox = Outbox::default();
        for number in 0..KEPT + 3 {
            let mail = Mail {
                id: number.to_string(),
                from: "a@example.com".to_owned(),
                to: vec!["Ada <ada@example.com>".to_owned()],
                subject: String::new(),
                text: String::new(),
                html: String::new(),
                reply_to: None,
                at: clock::at(0),
            };
            outbox.keep(mail, None, Value::Null);
        }
        let ids: Vec<&str> = outbox.mails().map(|mail| mail.id.as_str()).collect();
        assert_eq!((ids.len(), ids[0]), (KEPT, "3"));
        assert!(outbox.mails().all(|mail| mail.is_to("ADA@example.com")));
    }
}
