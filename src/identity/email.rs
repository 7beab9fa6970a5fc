//! One-time codes by e-mail.

use std::time::Duration;

use super::{Identity, SignInMethod};
use crate::domain::email::EmailAddress;

/// How long a code is good. Mail takes a while.
pub const CODE_TTL: Duration = Duration::from_mins(10);

/// Digits alone, which a phone types, and suggests from the mail. With 5 tries a code, and at most 20 codes for a
/// mailbox within an hour, whoever guesses has a chance of 1 to 1,000,000 within that hour.
pub const CODE_DIGITS: usize = 8;

const CODES: u128 = 100_000_000;

/// A code from 128 random bits. That these are no multiple of the number of codes makes some more likely by less
/// than 2^-100.
pub fn code(bits: u128) -> String {
    let number = bits.checked_rem(CODES).unwrap_or_default();
    format!("{number:0CODE_DIGITS$}")
}

/// A code as somebody typed it, without what they put between its digits; `None` if it cannot be one.
pub fn typed(text: &str) -> Option<String> {
    let digits = text
        .chars()
        .filter(|char| !char.is_whitespace() && *char != '-');
    let digits: String = digits.collect();
    let is_code = digits.len() == CODE_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then_some(digits)
}

/// What a code proves: that its sender reads the mail of this address now.
pub fn identity(email: EmailAddress) -> Identity {
    Identity {
        method: SignInMethod::Email,
        subject: email.to_string(),
        proven_email: Some(email.clone()),
        email: Some(email),
        name: None,
        created_at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_eight_digits() {
        assert_eq!(code(0), "00000000");
        assert_eq!(code(100_000_007), "00000007");
        assert_eq!(code(u128::MAX), "68211455");
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for text in ["12345678", " 1234 5678 ", "1234-5678", "12 34 56 78"] {
            assert_eq!(typed(text).as_deref(), Some("12345678"), "{text:?}");
        }
        for text in ["", "1234567", "123456789", "1234567a", "１２３４５６７８"] {
            assert_eq!(typed(text), None, "{text:?}");
        }
    }
}
