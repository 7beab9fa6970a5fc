//! Money that people pay: whole minor units of one currency. All amounts include tax.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The currencies that offers may have, and how many digits their minor unit has (ISO 4217). Processors count money in
/// minor units, so a wrong exponent would be a price a hundred times too high, or too low: what is not in this table is
/// refused when the configuration is read.
const EXPONENTS: &[(&str, u8)] = &[
    ("aud", 2),
    ("bhd", 3),
    ("brl", 2),
    ("cad", 2),
    ("chf", 2),
    ("cny", 2),
    ("czk", 2),
    ("dkk", 2),
    ("eur", 2),
    ("gbp", 2),
    ("hkd", 2),
    ("inr", 2),
    ("jpy", 0),
    ("krw", 0),
    ("kwd", 3),
    ("mxn", 2),
    ("nok", 2),
    ("nzd", 2),
    ("pln", 2),
    ("sek", 2),
    ("sgd", 2),
    ("thb", 2),
    ("twd", 2),
    ("usd", 2),
    ("vnd", 0),
];

/// A currency of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: &'static str,
    exponent: u8,
}

/// The text is no currency of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a currency that we know")]
pub struct UnknownCurrency;

impl Currency {
    /// The currency with this code, in any case.
    pub fn parse(code: &str) -> Result<Self, UnknownCurrency> {
        let mut known = EXPONENTS.iter();
        let found = known.find(|(known, _)| known.eq_ignore_ascii_case(code));
        let (code, exponent) = *found.ok_or(UnknownCurrency)?;
        Ok(Self { code, exponent })
    }

    /// Its code in lower case, as processors have it.
    pub const fn as_str(self) -> &'static str {
        self.code
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).map_err(D::Error::custom)
    }
}

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money {
    /// In minor units: cents, or yen. At most 2^53 - 1.
    pub minor: u64,
    /// Of this currency.
    pub currency: Currency,
}

/// The largest amount that survives JSON and D1.
const MAX_MINOR: u64 = (1 << 53) - 1;

impl Money {
    /// So many minor units; `None` above 2^53 - 1.
    pub fn of(minor: u64, currency: Currency) -> Option<Self> {
        (minor <= MAX_MINOR).then_some(Self { minor, currency })
    }

    /// A decimal amount as people write it, such as `5`, `5.00` or, in yen, `500`: without a sign, and with no more
    /// digits after the point than the currency has.
    pub fn parse(text: &str, currency: Currency) -> Option<Self> {
        let digits = usize::from(currency.exponent);
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (text, ""),
        };
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > digits
        {
            return None;
        }
        let minor: u64 = format!("{whole}{fraction:0<digits$}").parse().ok()?;
        Self::of(minor, currency)
    }
}

impl fmt::Display for Money {
    /// `5.00 USD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.currency.exponent);
        let padded = format!("{:0>width$}", self.minor, width = digits.saturating_add(1));
        let (whole, fraction) = padded
            .split_at_checked(padded.len().saturating_sub(digits))
            .unwrap_or((&padded, ""));
        let point = if digits == 0 { "" } else { "." };
        let code = self.currency.code.to_ascii_uppercase();
        write!(f, "{whole}{point}{fraction} {code}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    /// ISO 4217, table A.1: the yen has no minor unit, the Kuwaiti dinar has a thousand fils.
    #[test]
    fn an_amount_is_read_and_written_by_the_minor_unit_of_its_currency() {
        for (text, code, minor, shown) in [
            ("5", "USD", 500, "5.00 USD"),
            ("5.5", "eur", 550, "5.50 EUR"),
            ("0.05", "usd", 5, "0.05 USD"),
            ("500", "jpy", 500, "500 JPY"),
            ("1.234", "kwd", 1234, "1.234 KWD"),
            ("0", "krw", 0, "0 KRW"),
        ] {
            let money = Money::parse(text, currency(code)).unwrap();
            assert_eq!(money.minor, minor, "{text} {code}");
            assert_eq!(money.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_amount_of_a_currency_is_none() {
        for (text, code) in [
            ("", "usd"),
            (".", "usd"),
            (".5", "usd"),
            ("5.", "usd"),
            ("5.001", "usd"),
            ("5.0", "jpy"),
            ("-5", "usd"),
            ("+5", "usd"),
            ("1e3", "usd"),
            ("5,00", "usd"),
            ("90071992547409.92", "usd"),
            ("99999999999999999999", "usd"),
        ] {
            assert_eq!(Money::parse(text, currency(code)), None, "{text} {code}");
        }
        assert_eq!(Currency::parse("xyz"), Err(UnknownCurrency));
        assert_eq!(Currency::parse(""), Err(UnknownCurrency));
    }
}
