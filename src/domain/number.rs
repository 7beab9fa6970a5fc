//! Numbers that are read from text. `str::parse` takes a sign and leading zeros, which would give one
//! number several spellings; these do not.

/// Why a text is not taken as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotANumber {
    /// It is not written as one.
    #[error("is not a whole number")]
    NotWhole,
    /// It is one, but below 0 or above what fits.
    #[error("is out of range")]
    OutOfRange,
}

/// A whole number from 0 to 2^64 - 1, in the one way that JSON writes it: digits without a sign or
/// leading zeros.
pub fn whole(text: &str) -> Result<u64, NotANumber> {
    let below_zero = text.strip_prefix('-');
    let written = below_zero.unwrap_or(text);
    let is_digits = !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit());
    let is_padded = written.len() > 1 && written.starts_with('0');
    match below_zero {
        _ if !is_digits || is_padded => Err(NotANumber::NotWhole),
        Some("0") => Err(NotANumber::NotWhole),
        Some(_) => Err(NotANumber::OutOfRange),
        None => written.parse().map_err(|_| NotANumber::OutOfRange),
    }
}

/// The same as HTTP has it (RFC 9110, `1*DIGIT`): leading zeros mean nothing there. `None` also for
/// what does not fit.
pub fn digits(text: &str) -> Option<u64> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_has_one_spelling() {
        assert_eq!(whole("0"), Ok(0));
        assert_eq!(whole("18446744073709551615"), Ok(u64::MAX));
        for text in [
            "",
            "+5",
            "007",
            "00",
            "-0",
            "-",
            "--1",
            " 5",
            "5 ",
            "1e3",
            "1.0",
            "0x5",
            "\u{0665}",
            "5\u{200b}",
        ] {
            assert_eq!(whole(text), Err(NotANumber::NotWhole), "{text}");
        }
        for text in ["18446744073709551616", "-1", "-18446744073709551616"] {
            assert_eq!(whole(text), Err(NotANumber::OutOfRange), "{text}");
        }
    }

    #[test]
    fn http_pads_with_zeros_and_signs_nothing() {
        assert_eq!((digits("0"), digits("007")), (Some(0), Some(7)));
        for text in ["", "+5", "-5", "5 ", "18446744073709551616", "\u{0665}"] {
            assert_eq!(digits(text), None, "{text}");
        }
    }
}
