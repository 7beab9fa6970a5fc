//! Entity tags, as RFC 9110 has them.

use http::{HeaderMap, header};

/// Whether who asks has it already. `If-None-Match` is compared weakly: what differs in its bytes
/// alone is the same.
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let lists = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut known = lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim);
    let strong = |tag: &str| tag.trim_start_matches("W/").to_owned();
    known.any(|known| known == "*" || strong(known) == strong(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_however_weak_it_is() {
        for (known, is) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\" , W/\"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
            ("", false),
        ] {
            let headers = [(header::IF_NONE_MATCH, known.parse().unwrap())];
            let headers = headers.into_iter().collect();
            assert_eq!(is_known(&headers, "\"a\""), is, "{known}");
            assert_eq!(is_known(&headers, "W/\"a\""), is, "{known}");
        }
        assert!(!is_known(&HeaderMap::new(), "\"a\""));
    }
}
