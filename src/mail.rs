//! Mail: what is sent, and its carriers, one file each.

mod message;
mod purchase;
pub mod resend;

pub use message::{Message, replaced_address_message, sign_in_message};
pub use purchase::{expiry_message, failed_payment_message, receipt_message};

use crate::domain::email::EmailAddress;

/// A mail, ready to be carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// `Name <address>`, or an address alone.
    pub from: String,
    /// Who gets it.
    pub to: EmailAddress,
    /// What it says.
    pub message: Message,
    /// Sent with a second try, so that it is not a second mail.
    pub idempotency_key: String,
}

/// The languages that people read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The language that a browser asks for first.
    pub fn of(accept_language: &str) -> Self {
        let first = accept_language.split(',').next().unwrap_or_default().trim();
        let is_chinese = first
            .get(..2)
            .is_some_and(|start| start.eq_ignore_ascii_case("zh"));
        if is_chinese {
            Self::Chinese
        } else {
            Self::English
        }
    }
}

/// A mail that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// Its carrier is not reached, or busy: another try may do.
    #[error("the carrier is not available: {0}")]
    Unavailable(String),
    /// Its carrier does not take it: the key, the sender or the recipient is not right.
    #[error("the carrier refused it: {0}")]
    Refused(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_in_the_language_of_its_reader() {
        assert_eq!(Language::of("zh-CN,zh;q=0.9,en;q=0.8"), Language::Chinese);
        assert_eq!(Language::of("ZH"), Language::Chinese);
        for other in ["en-GB,zh;q=0.1", "de", "", "z", "日本"] {
            assert_eq!(Language::of(other), Language::English, "{other}");
        }
    }
}
