//! Entity tags, as RFC 9110 has them.

use http::{HeaderMap, header};

/// Whether `If-Match` asks for something else than what is there. It is compared strongly: a weak tag is
/// never the same (RFC 9110, 13.1.1). This is evaluated before any other condition (13.2.2).
pub(super) fn is_other(headers: &HeaderMap, tag: &str) -> bool {
    let is_asked = headers.contains_key(header::IF_MATCH);
    let mut asked = listed(headers, &header::IF_MATCH);
    let is_strong = !tag.starts_with("W/");
    is_asked && !asked.any(|asked| asked == "*" || (is_strong && asked == tag))
}

/// The tags that a header lists, on one line or on several.
fn listed<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> impl Iterator<Item = &'a str> {
    let lists = headers.get_all(name).iter();
    lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim)
}

/// Whether the client has the current version. `If-None-Match` uses weak comparison (RFC 9110, 13.1.2).
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let mut known = listed(headers, &header::IF_NONE_MATCH);
    let strong = |tag: &str| tag.trim_start_matches("W/").to_owned();
    known.any(|known| known == "*" || strong(known) == strong(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_strong_tag_is_what_is_asked_for() {
        for (asked, tag, is_other_one) in [
            ("\"a\"", "\"a\"", false),
            ("\"b\", \"a\"", "\"a\"", false),
            ("*", "\"a\"", false),
            ("*", "W/\"a\"", false),
            ("\"b\"", "\"a\"", true),
            ("W/\"a\"", "\"a\"", true),
            ("W/\"a\"", "W/\"a\"", true),
            ("", "\"a\"", true),
        ] {
            let headers = [(header::IF_MATCH, asked.parse().unwrap())];
            let headers = headers.into_iter().collect();
            assert_eq!(is_other(&headers, tag), is_other_one, "{asked} {tag}");
        }
        assert!(!is_other(&HeaderMap::new(), "\"a\""));
    }

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
