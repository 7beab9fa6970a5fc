//! The made-up people, and those that a free choice of e-mail address or login makes.

use crate::{
    address::{has_tag, is_address},
    ids,
};

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) login: String,
    pub(crate) name: String,
    /// The subject of their ID tokens.
    pub(crate) sub: String,
    /// Their number at GitHub.
    pub(crate) id: u64,
    pub(crate) email: String,
    /// Whether they have proven that the address is theirs.
    pub(crate) is_verified: bool,
    /// A second address, which is not proven; GitHub lists it first.
    pub(crate) other_email: Option<String>,
    /// The address on their public page at GitHub, proven or not.
    pub(crate) public_email: Option<String>,
    /// The domain of their Google Workspace.
    pub(crate) domain: Option<String>,
    /// How many days ago they joined GitHub.
    pub(crate) days: u32,
}

/// One of the made-up people.
struct Row {
    login: &'static str,
    name: &'static str,
    number: u16,
    email: &'static str,
    is_verified: bool,
    other_email: Option<&'static str>,
    public_email: Option<&'static str>,
    domain: Option<&'static str>,
    days: u32,
}

/// What most of them have.
const USUAL: Row = Row {
    login: "",
    name: "",
    number: 0,
    email: "",
    is_verified: true,
    other_email: None,
    public_email: None,
    domain: None,
    days: 4_000,
};

const TABLE: [Row; 5] = [
    Row {
        login: "ada",
        name: "Ada Lovelace",
        number: 1,
        email: "ada@example.com",
        public_email: Some("ada@example.com"),
        ..USUAL
    },
    Row {
        login: "grace",
        name: "Grace Hopper",
        number: 2,
        email: "grace@example.com",
        other_email: Some("grace@other.example"),
        ..USUAL
    },
    Row {
        login: "wanda",
        name: "Wanda of Workspace",
        number: 3,
        email: "wanda@example.org",
        domain: Some("example.org"),
        days: 900,
        ..USUAL
    },
    Row {
        login: "ulla",
        name: "Ulla Unverified",
        number: 4,
        email: "ulla@example.com",
        is_verified: false,
        public_email: Some("ulla@example.com"),
        ..USUAL
    },
    Row {
        login: "nina",
        name: "Nina New",
        number: 5,
        email: "nina@example.com",
        days: 0,
        ..USUAL
    },
];

impl Person {
    fn of(row: &Row) -> Self {
        let number = u64::from(row.number);
        Self {
            login: row.login.to_owned(),
            name: row.name.to_owned(),
            sub: format!("1{number:020}"),
            id: number.saturating_add(1_000),
            email: row.email.to_owned(),
            is_verified: row.is_verified,
            other_email: row.other_email.map(str::to_owned),
            public_email: row.public_email.map(str::to_owned),
            domain: row.domain.map(str::to_owned),
            days: row.days,
        }
    }

    /// Somebody with this address. Their subject and number are derived from it; the address is
    /// verified, unless it has the tag `+unverified`, and they joined years ago, unless it has
    /// `+new`.
    fn with_email(email: &str) -> Self {
        let email = email.to_ascii_lowercase();
        let drawn = u128::from_be_bytes(ids::bytes(&email));
        let local = email.split('@').next().unwrap_or_default();
        let has = |tag: &str| has_tag(&email, tag);
        let login: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
        Self {
            name: login.clone(),
            login,
            sub: format!("2{:020}", drawn % 100_000_000_000_000_000_000),
            // Above those of the table.
            id: u64::try_from(drawn % 1_000_000_000).map_or(10_000, |id| id.saturating_add(10_000)),
            is_verified: !has("unverified"),
            days: if has("new") { 0 } else { USUAL.days },
            email: email.clone(),
            other_email: None,
            public_email: None,
            domain: None,
        }
    }
}

/// The made-up people.
pub(crate) fn all() -> impl Iterator<Item = Person> {
    TABLE.iter().map(Person::of)
}

/// Whoever has this login, subject or e-mail address: one of the made-up people, or one whom the
/// address, or a login at `example.com`, makes.
pub(crate) fn find(word: &str) -> Option<Person> {
    let word = word.trim();
    let is_meant = |person: &Person| {
        person.login == word || person.sub == word || person.email.eq_ignore_ascii_case(word)
    };
    if let Some(person) = all().find(is_meant) {
        return Some(person);
    }
    if word.contains('@') {
        return is_address(word).then(|| Person::with_email(word));
    }
    let is_login = word.len() <= 39 && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (is_login && !word.is_empty()).then(|| Person::with_email(&format!("{word}@example.com")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_found_or_made() {
        for word in ["ada", "100000000000000000001", "Ada@example.com"] {
            assert_eq!(find(word).unwrap().login, "ada", "{word}");
        }
        let made = find("Kay+new@example.net").unwrap();
        assert_eq!(made, find("kay+new@example.net").unwrap());
        assert_eq!((made.sub.len(), made.days, made.is_verified), (21, 0, true));
        assert!(!find("kay+unverified@example.net").unwrap().is_verified);
        assert_eq!(find("mallory").unwrap().email, "mallory@example.com");
        for word in ["", "a b", "@example.com", "a@b", "a@b@c.d"] {
            assert_eq!(find(word), None, "{word}");
        }
    }
}
