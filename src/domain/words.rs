//! Texts from users and operators: whether they are blank, and whether they can be names.

/// Whether nothing of a text can be seen: white space of any script, control characters, and what
/// Unicode has readers ignore (zero-width spaces, joiners, marks of direction, variation selectors,
/// tags, fillers).
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_invisible)
}

/// What keeps a text from being a name or a reference of at most `most` characters, if anything: two
/// names that look the same would be two accounts, and two references two grants.
pub fn flaw_of_name(text: &str, most: usize) -> Option<String> {
    let is_control = |char: char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}');
    let ends = [text.chars().next(), text.chars().next_back()];
    if text.is_empty() || text.chars().count() > most {
        Some(format!("must have 1 to {most} characters"))
    } else if is_blank(text) {
        Some("has nothing in it that can be seen".into())
    } else if text.chars().any(is_control) {
        Some("has control characters in it".into())
    } else if ends.into_iter().flatten().any(is_invisible) {
        Some("begins or ends with white space".into())
    } else {
        None
    }
}

fn is_invisible(char: char) -> bool {
    char.is_whitespace() || char.is_control() || is_ignorable(char)
}

/// Unicode's `Default_Ignorable_Code_Point` (17.0), the interlinear annotation marks, and the braille
/// pattern without dots.
const fn is_ignorable(char: char) -> bool {
    matches!(
        char,
        '\u{00ad}'
            | '\u{034f}'
            | '\u{061c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_says_nothing() {
        for text in [
            "",
            " \t\r\n\u{a0}\u{2003}\u{3000}\u{85}",
            "\u{200b}",
            "\u{200c}\u{200d}\u{2060}\u{feff}",
            "\u{fe0f}\u{e0101}",
            "\u{202e}\u{2066}\u{061c}",
            "\u{0}\u{7f}",
            "\u{ad}\u{34f}\u{180e}\u{3164}\u{2800}",
            "\u{e0067}\u{e007f}",
        ] {
            assert!(is_blank(text), "{text:?}");
        }
        for text in ["a", "\u{200b}.", "\u{2764}\u{fe0f}", "红", "\u{301}", "-"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn a_name_looks_like_what_it_is() {
        let fine = [
            "ada",
            "auth0|ada",
            "Ada Lovelace",
            "\u{645}\u{200c}\u{646}",
            &"x".repeat(255),
        ];
        for name in fine {
            assert_eq!(flaw_of_name(name, 255), None, "{name:?}");
        }
        for (name, flaw) in [
            ("", "must have 1 to 255 characters"),
            (&*"x".repeat(256), "must have 1 to 255 characters"),
            (" ", "has nothing in it that can be seen"),
            ("\u{200b}", "has nothing in it that can be seen"),
            ("ada\n", "has control characters in it"),
            ("a\u{0}da", "has control characters in it"),
            ("a\u{2028}da", "has control characters in it"),
            (" lead", "begins or ends with white space"),
            ("trail\u{a0}", "begins or ends with white space"),
            ("trail\u{200b}", "begins or ends with white space"),
        ] {
            assert_eq!(flaw_of_name(name, 255).as_deref(), Some(flaw), "{name:?}");
        }
    }
}
