//! Where somebody goes on who has signed in.

use super::invalid;
use crate::service::Error;

/// Longer than any address of the page.
const MAX_RETURN_TO: usize = 512;

/// A path on our own origin, with what follows it: anything else would send people elsewhere.
pub(super) fn return_to(path: Option<&str>) -> Result<String, Error> {
    let path = path.unwrap_or("/");
    let mut chars = path.chars();
    let is_own = chars.next() == Some('/') && !matches!(chars.next(), Some('/' | '\\'));
    let is_plain = path.len() <= MAX_RETURN_TO
        && path
            .chars()
            .all(|char| char.is_ascii_graphic() && char != '\\');
    if is_own && is_plain {
        Ok(path.into())
    } else {
        Err(invalid("return_to", "isn't a path of this site"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for path in ["/", "/#/history", "/admin?x=1", "/a//b"] {
            assert_eq!(return_to(Some(path)).as_deref(), Ok(path));
        }
        for path in [
            "",
            "//evil.test",
            "/\\evil.test",
            "https://evil.test",
            "a",
            "/a\nb",
            "/\t/evil.test",
            "/ü",
        ] {
            assert!(return_to(Some(path)).is_err(), "{path:?}");
        }
    }
}
