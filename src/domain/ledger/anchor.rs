//! The heads of all journals, written down outside of the database.
//!
//! A journal's rows are hashed over one another, but anybody who can write to the database can rewrite all of
//! them. They cannot rewrite what was put elsewhere the day before: each account's last row and its
//! hash, in parts that are chained by their digests.
//!
//! A part is a text, pinned byte for byte by a test:
//!
//! ```text
//! atelier anchor 1
//! day 2026-11-29
//! part 0
//! previous <digest of the part before, 64 hexadecimal digits>
//! after <the account that the part before ends with, or ->
//! through <the account that this part ends with, or - for the last part of its day>
//! <account> <seq> <hash>
//! …
//! ```
//!
//! Lines of accounts whose journal did not contain what was anchored before are carried on, behind
//! those of the heads: what was once anchored is compared for ever.

use std::fmt::Write;

use super::Hash;
use crate::domain::id::AccountId;

const FORMAT: &str = "atelier anchor 1";

/// The last row of an account's journal at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchored {
    /// Of which account.
    pub account: AccountId,
    /// The row's place.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
}

/// A part of an anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The day in UTC, as `2026-11-29`.
    pub day: String,
    /// 0 for the first of its day.
    pub number: u32,
    /// The digest of the part before, which may be of another day.
    pub previous: Hash,
    /// It has the accounts after this one,
    pub after: Option<AccountId>,
    /// up to this one; `None`: all that there are.
    pub through: Option<AccountId>,
    /// Their last rows, then those that are carried on.
    pub lines: Vec<Anchored>,
}

impl Part {
    /// As it is stored.
    pub fn text(&self) -> String {
        let account = |account: Option<AccountId>| {
            account.map_or_else(|| "-".to_owned(), |account| account.to_string())
        };
        let mut text = format!(
            "{FORMAT}\nday {}\npart {}\nprevious {}\nafter {}\nthrough {}\n",
            self.day,
            self.number,
            self.previous,
            account(self.after),
            account(self.through),
        );
        for Anchored { account, seq, hash } in &self.lines {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{account} {seq} {hash}");
        }
        text
    }

    /// Reads what [`Part::text`] wrote, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        (lines.next()? == FORMAT).then_some(())?;
        let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let day = field("day")?.to_owned();
        let number = field("part")?.parse().ok()?;
        let previous = field("previous")?.parse().ok()?;
        let account = |text: &str| match text {
            "-" => Some(None),
            account => account.parse().ok().map(Some),
        };
        let after = account(field("after")?)?;
        let through = account(field("through")?)?;
        let part = Self {
            day,
            number,
            previous,
            after,
            through,
            lines: lines.map(line).collect::<Option<_>>()?,
        };
        (part.text() == text).then_some(part)
    }

    /// Whether it has the lines of an account.
    pub fn covers(&self, account: AccountId) -> bool {
        self.after.is_none_or(|after| after < account)
            && self.through.is_none_or(|through| account <= through)
    }
}

/// What the next part begins with.
pub fn digest(text: &str) -> Hash {
    Hash::of(text)
}

fn line(text: &str) -> Option<Anchored> {
    let mut words = text.split(' ');
    let anchored = Anchored {
        account: words.next()?.parse().ok()?,
        seq: words.next()?.parse().ok()?,
        hash: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some(anchored)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part() -> Part {
        let account = AccountId::of_subject("ada");
        Part {
            day: "2026-11-29".into(),
            number: 1,
            previous: digest("the part before"),
            after: Some(AccountId::from_bytes([0; 16])),
            through: None,
            lines: vec![Anchored {
                account,
                seq: 7,
                hash: Hash::GENESIS,
            }],
        }
    }

    /// Parts are kept for years, and each begins with the digest of the one before: changing this makes
    /// them unreadable.
    #[test]
    fn a_part_never_changes() {
        let text = part().text();
        let zeros = "0".repeat(64);
        let expected = format!(
            "atelier anchor 1\nday 2026-11-29\npart 1\n\
             previous {}\n\
             after acc_00000000000000000000000000\nthrough -\n\
             {} 7 {zeros}\n",
            digest("the part before"),
            AccountId::of_subject("ada"),
        );
        assert_eq!(text, expected);
        assert_eq!(Part::parse(&text), Some(part()));
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest("").to_string(), empty);
    }

    #[test]
    fn what_was_touched_is_no_part() {
        let text = part().text();
        for touched in [
            String::new(),
            text.replace("anchor 1", "anchor 2"),
            text.replace(" 7 ", " 07 "),
            text.replace(" 7 ", " -7 "),
            text.replace("through -", "through"),
            text.replace("through -\n", ""),
            text.replace("part 1", "part one"),
            format!("{text}\n"),
            format!("{text}more\n"),
            text.trim_end().to_owned(),
        ] {
            assert_eq!(Part::parse(&touched), None, "{touched}");
        }
    }

    #[test]
    fn a_part_covers_what_is_after_its_begin_up_to_its_end() {
        let id = |byte| AccountId::from_bytes([byte; 16]);
        let middle = Part {
            after: Some(id(2)),
            through: Some(id(4)),
            ..part()
        };
        let covered = |part: &Part| {
            (1..=5)
                .filter(|byte| part.covers(id(*byte)))
                .collect::<Vec<_>>()
        };
        assert_eq!(covered(&middle), [3, 4]);
        let first = Part {
            after: None,
            through: Some(id(2)),
            ..part()
        };
        assert_eq!(covered(&first), [1, 2]);
        let last = Part {
            after: Some(id(4)),
            through: None,
            ..part()
        };
        assert_eq!(covered(&last), [5]);
    }
}
