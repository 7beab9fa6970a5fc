//! Amounts, as people read them.

/// Currencies without minor units, of those that Stripe lists.
const WHOLE: [&str; 15] = [
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
];

/// As `5.00 USD`, or `500 JPY`.
pub(crate) fn text(minor: u64, currency: &str) -> String {
    let code = currency.to_ascii_uppercase();
    if WHOLE.contains(&currency) {
        return format!("{minor} {code}");
    }
    format!("{}.{:02} {code}", minor / 100, minor % 100)
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        assert_eq!(text(1_205, "usd"), "12.05 USD");
        assert_eq!(text(500, "jpy"), "500 JPY");
    }
}
