//! E-mail addresses, as far as they are read here.

/// The address in `a@example.com` or `Name <a@example.com>`.
pub(crate) fn bare(mailbox: &str) -> Option<&str> {
    let address = match mailbox.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>')?,
        None => mailbox,
    };
    is_address(address).then_some(address)
}

/// Whether an address has a tag before its `@`: `a+down@example.com` has `down`.
pub(crate) fn has_tag(address: &str, tag: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default();
    local.split('+').skip(1).any(|given| given == tag)
}

/// Whether a text may be a bare e-mail address.
pub(crate) fn is_address(text: &str) -> bool {
    let is_plain = |part: &str| {
        let may_be_in = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | ',' | '@' | '"');
        !part.is_empty() && part.chars().all(may_be_in)
    };
    text.split_once('@')
        .is_some_and(|(local, domain)| is_plain(local) && is_plain(domain) && domain.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_have_an_address() {
        assert_eq!(bare("Ada L. <ada@example.com>"), Some("ada@example.com"));
        assert_eq!(bare("ada@example.com"), Some("ada@example.com"));
        for bad in ["ada", "Ada <ada@example.com", "Ada ada@example.com", "a@b"] {
            assert_eq!(bare(bad), None, "{bad}");
        }
    }

    #[test]
    fn tags_are_before_the_at() {
        assert!(has_tag("ada+x+down@example.com", "down"));
        for other in [
            "down@example.com",
            "ada+downs@example.com",
            "ada@a+down.example",
        ] {
            assert!(!has_tag(other, "down"), "{other}");
        }
    }
}
