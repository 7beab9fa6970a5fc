//! Redacts vendors' texts before they are stored or logged: they repeat the URLs that they were
//! given, and a signed URL gives access to a picture.

/// The most characters of a vendor's text that are stored.
const MOST_STORED: usize = 500;

/// The most characters of a log line; an answer full of URLs would be longer.
const MOST_LOGGED: usize = 2000;

/// Replaces what was removed or cut off.
const BLOT: char = '\u{2026}';

/// The path in front of a callback's token, which authenticates the callback.
const CALLBACKS: &str = "/v1/webhooks/";

/// A vendor's text to be stored: without the queries of URLs, and truncated.
pub fn stored(words: &str) -> String {
    let words = cut(words, MOST_STORED.saturating_mul(4));
    cut(&without_queries(&words), MOST_STORED)
}

/// A log line: without the queries of URLs, without line breaks, and truncated. Text from outside, such
/// as a vendor's task id, can neither begin another line nor send control characters to a terminal.
pub fn logged(line: &str) -> String {
    let line = without_queries(&cut(line, MOST_LOGGED.saturating_mul(4)));
    let mut escaped = String::with_capacity(line.len());
    for letter in line.chars() {
        if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') {
            escaped.extend(letter.escape_default());
        } else {
            escaped.push(letter);
        }
    }
    cut(&escaped, MOST_LOGGED)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => {
            let kept = text.get(..end).unwrap_or_default();
            format!("{kept}{BLOT}")
        }
        None => text.to_owned(),
    }
}

/// The text, with each URL in it cut after its path, be it plain, escaped as in JSON, or
/// percent-encoded.
fn without_queries(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = next_address(rest) {
        let (before, address) = rest.split_at(begin);
        let ends =
            |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '<' | '>');
        let (address, after) = address.split_at(address.find(ends).unwrap_or(address.len()));
        kept.push_str(before);
        kept.push_str(address.get(..secret_at(address)).unwrap_or_default());
        if secret_at(address) < address.len() {
            kept.push(BLOT);
        }
        rest = after;
    }
    kept.push_str(rest);
    kept
}

fn next_address(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let schemes = ["://", ":\\/\\/", "%3a%2f%2f"];
    let begins = ["http", "https"]
        .iter()
        .flat_map(|name| schemes.map(|scheme| format!("{name}{scheme}")));
    begins.filter_map(|begin| lower.find(&begin)).min()
}

/// The position in a URL at which its query, its fragment or a callback's token begins; its length
/// if it has none.
fn secret_at(address: &str) -> usize {
    let lower = address.to_ascii_lowercase();
    let plain = lower.replace("\\/", "/");
    let query = ["?", "#", "%3f", "%23"];
    let query = query.iter().filter_map(|mark| lower.find(mark)).min();
    let token = if plain.contains(CALLBACKS) || lower.contains("%2fv1%2fwebhooks%2f") {
        lower.find("webhooks")
    } else {
        None
    };
    query.into_iter().chain(token).min().unwrap_or(lower.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queries_of_urls_are_redacted() {
        for (words, kept) in [
            ("could not read", "could not read"),
            (
                "could not read https://a.test/v1/images/x?expires=1&signature=s now",
                "could not read https://a.test/v1/images/x\u{2026} now",
            ),
            (
                r#"{"url":"https:\/\/a.test\/x?signature=s","b":"http://c.test/#s"}"#,
                "{\"url\":\"https:\\/\\/a.test\\/x\u{2026}\",\"b\":\"http://c.test/\u{2026}\"}",
            ),
            (
                "HTTPS%3A%2F%2Fa.test%2Fx%3Fsignature%3Ds failed",
                "HTTPS%3A%2F%2Fa.test%2Fx\u{2026} failed",
            ),
            (
                "called https://a.test/v1/webhooks/fal/dG9rZW4 twice",
                "called https://a.test/v1/\u{2026} twice",
            ),
            (
                r"https:\/\/a.test\/v1\/webhooks\/fal\/dG9rZW4",
                "https:\\/\\/a.test\\/v1\\/\u{2026}",
            ),
            ("why? because", "why? because"),
            ("https://a.test/x", "https://a.test/x"),
            ("\u{130}https://a.test/?s", "\u{130}https://a.test/\u{2026}"),
        ] {
            assert_eq!(stored(words), kept);
            assert_eq!(logged(words), kept);
        }
    }

    #[test]
    fn long_texts_are_truncated() {
        assert_eq!(stored(&"\u{e9}".repeat(500)), "\u{e9}".repeat(500));
        let long = stored(&"\u{e9}".repeat(501));
        assert_eq!(long, format!("{}\u{2026}", "\u{e9}".repeat(500)));
        assert_eq!(logged(&"x".repeat(5000)).chars().count(), 2001);
    }

    #[test]
    fn a_log_line_stays_one_line() {
        let named = "job_1: task\r\nevent=result_host_unlisted \u{1b}[31mred\u{2028}";
        let line = logged(named);
        assert_eq!(
            line,
            r"job_1: task\r\nevent=result_host_unlisted \u{1b}[31mred\u{2028}"
        );
    }
}
