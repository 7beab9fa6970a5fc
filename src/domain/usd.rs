//! US dollars: what vendors' prices are in.

use std::fmt;

use super::credits::Credits;

/// An amount of US dollars, in millionths: vendors price pictures to a tenth of a cent and below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(u64);

impl Usd {
    /// The list price of one credit, $0.0125: at this rate a model's price has to be above its
    /// vendor's.
    pub const PER_CREDIT: Self = Self(12_500);

    /// So many millionths of a dollar.
    pub const fn millionths(millionths: u64) -> Self {
        Self(millionths)
    }

    /// A decimal amount such as `0.067`, with at most six digits after the point. `None` for
    /// anything else: no sign, no exponent, no currency.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |text: &str| {
            !text.is_empty() && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole) || !is_number(fraction) {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let fraction: u64 = format!("{fraction:0<6}").parse().ok()?;
        whole
            .checked_mul(1_000_000)?
            .checked_add(fraction)
            .map(Self)
    }

    /// What credits are sold for, at the list price; the most there is if that is too much to say.
    pub const fn of(credits: Credits) -> Self {
        Self(credits.get().saturating_mul(Self::PER_CREDIT.0))
    }
}

impl fmt::Display for Usd {
    /// `$0.067`: without the zeros at the end, but at least to the cent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let digits = format!("{fraction:06}");
        let digits = digits.trim_end_matches('0');
        write!(f, "${whole}.{digits:0<2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_as_it_is_written() {
        for (text, millionths, shown) in [
            ("0.067", 67_000, "$0.067"),
            ("1", 1_000_000, "$1.00"),
            ("12.5", 12_500_000, "$12.50"),
            ("0.000001", 1, "$0.000001"),
            ("0", 0, "$0.00"),
        ] {
            let amount = Usd::millionths(millionths);
            assert_eq!(Usd::parse(text), Some(amount), "{text}");
            assert_eq!(amount.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_plain_decimal_is_no_amount() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "$1",
            "1,5",
            "1.0000001",
            " 1",
            "１",
            "1000000.0",
        ] {
            assert_eq!(Usd::parse(text), None, "{text}");
        }
    }

    #[test]
    fn credits_are_worth_their_list_price() {
        assert_eq!(Usd::of(Credits::of(4)), Usd::millionths(50_000));
        assert_eq!(Usd::of(Credits::MAX), Usd::millionths(u64::MAX));
    }
}
