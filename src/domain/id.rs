//! Ids: 128 bits each, written as a prefix and a ULID, so that they sort by their time of creation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ulid::Ulid;

use super::time::Timestamp;
use super::words::flaw_of_name;

/// The text is not an id of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the id of {0}")]
pub struct InvalidId(&'static str);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $thing:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[cfg_attr(test, schemars(extend("pattern" = concat!("^", $prefix, "[0-7][0-9A-HJKMNP-TV-Z]{25}$"))))]
        pub struct $name(Ulid);

        impl $name {
            /// The prefix of each id.
            pub const PREFIX: &str = $prefix;

            /// The id with these 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Ulid::from_bytes(bytes))
            }

            /// The id's 16 bytes.
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.to_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [0; ulid::ULID_LEN];
                f.write_str($prefix)?;
                f.write_str(self.0.array_to_str(&mut text))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = InvalidId($thing);
                let name = text.strip_prefix($prefix).ok_or(invalid)?;
                let id = Ulid::from_string(name).map_err(|_| invalid)?;
                // Each id has one spelling: lower case, and a leading digit beyond 128 bits, are
                // refused.
                (id.to_string() == name).then_some(Self(id)).ok_or(invalid)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

macro_rules! born {
    ($($name:ident),*) => {$(
        impl $name {
            /// A new id: 48 bits of time, 80 random bits.
            pub const fn new(now: Timestamp, random: u128) -> Self {
                Self(Ulid::from_parts(now.unsigned_millis(), random))
            }

            /// When it was created.
            pub fn made_at(self) -> Timestamp {
                Timestamp::from_millis(i64::try_from(self.0.timestamp_ms()).unwrap_or(i64::MAX))
            }
        }
    )*};
}

id!(
    /// The id of an account: `acc_` and 26 letters and digits. It is derived from a subject: a token's `sub`, or that
    /// of a user who signs in here.
    AccountId,
    "acc_",
    "an account"
);
id!(
    /// The id of a job, and of its hold: `job_` and 26 letters and digits, which sort by time.
    JobId,
    "job_",
    "a job"
);
id!(
    /// The id of a package: `pkg_` and 26 letters and digits, which sort by time.
    PackageId,
    "pkg_",
    "a package"
);
id!(
    /// The id of an upload: `upl_` and 26 letters and digits, which sort by time.
    UploadId,
    "upl_",
    "an upload"
);
id!(
    /// The id of a user who signs in here: `usr_` and 26 letters and digits.
    UserId,
    "usr_",
    "a user"
);
id!(
    /// The id of a session, by which it is listed and ended: `ses_` and 26 letters and digits.
    SessionId,
    "ses_",
    "a session"
);
id!(
    /// The id of an order: `ord_` and 26 letters and digits, which sort by time.
    OrderId,
    "ord_",
    "an order"
);
born!(JobId, PackageId, UploadId, UserId, SessionId, OrderId);

/// What the subject of an account begins with whose owner signs in here. No outside issuer may use it, or its
/// tokens would be those of our users.
pub const OWN_SUBJECTS: &str = "atelier:";

impl UserId {
    /// The subject of the user's account, for ever, whatever their ways in are.
    pub fn subject(self) -> String {
        format!("{OWN_SUBJECTS}{self}")
    }

    /// The user's account.
    pub fn account(self) -> AccountId {
        AccountId::of_subject(&self.subject())
    }
}

impl AccountId {
    /// The account of a token's subject: the first 128 bits of SHA-256 over a label and the
    /// subject. So a subject of any length and script fits a key, a URL and an object's name, and
    /// only the table `accounts` contains it.
    pub fn of_subject(subject: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(b"atelier account\n")
            .chain_update(subject)
            .finalize();
        let mut bytes = [0; 16];
        bytes
            .iter_mut()
            .zip(digest)
            .for_each(|(byte, of_digest)| *byte = of_digest);
        Self::from_bytes(bytes)
    }
}

/// The longest name of an account that operators can write, in characters.
const MAX_NAME_CHARS: usize = 255;

/// An account by its subject or its id. A subject that begins like an id, in any case, is refused,
/// since it would be a mistyped id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountName {
    /// The subject in its user's token.
    Subject(String),
    /// The id, as in jobs and keys.
    Id(AccountId),
}

impl AccountName {
    /// Reads an operator's input; the error says what is wrong with it.
    pub fn parse(name: &str) -> Result<Self, String> {
        if let Some(flaw) = flaw_of_name(name, MAX_NAME_CHARS) {
            return Err(flaw);
        }
        let is_id = name
            .get(..AccountId::PREFIX.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(AccountId::PREFIX));
        if !is_id && name.starts_with(OWN_SUBJECTS) {
            return Err("is of a user who signs in here: name the account by its id".into());
        }
        if !is_id {
            return Ok(Self::Subject(name.into()));
        }
        let id: Result<AccountId, InvalidId> = name.parse();
        id.map(Self::Id).map_err(|error| error.to_string())
    }

    /// The account with this subject or id.
    pub fn id(&self) -> AccountId {
        match self {
            Self::Subject(subject) => AccountId::of_subject(subject),
            Self::Id(id) => *id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        let id = JobId::new(Timestamp::from_millis(1_795_161_600_000), 7);
        assert_eq!(id.to_string(), "job_01M7VZGC000000000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn another_spelling_of_an_id_is_refused() {
        for text in [
            "",
            "job_",
            "upl_01M7V98KR00000000000000007",
            "job_01m7vzgc000000000000000007",
            "job_O1M7VZGC000000000000000007",
            "job_81M7VZGC000000000000000007",
        ] {
            assert!(text.parse::<JobId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_mistyped_id_is_no_id() {
        let id = AccountId::of_subject("ada");
        let text = id.to_string();
        assert_eq!(AccountName::parse(&text), Ok(AccountName::Id(id)));
        let flaw = Err("is not the id of an account".to_owned());
        for mistyped in [
            text.to_lowercase(),
            text.replace("acc_", "ACC_"),
            text[..29].to_owned(),
            format!("{text}X"),
            "acc_ada".into(),
            "Acc_".into(),
        ] {
            assert_eq!(AccountName::parse(&mistyped), flaw, "{mistyped}");
        }
        for name in ["ada", "account", "acc-1", "a", "\u{e9}acc_"] {
            let subject = AccountName::Subject(name.into());
            assert_eq!(AccountName::parse(name), Ok(subject));
        }
        for name in ["", " ", "ada\n", " lead", "trail "] {
            assert!(AccountName::parse(name).is_err(), "{name:?}");
        }
    }

    /// Pinned: a change would take away the credits of everybody who signs in here.
    #[test]
    fn the_account_of_a_user_never_changes() {
        let user = UserId::new(Timestamp::from_millis(1_795_161_600_000), 7);
        let subject = "atelier:usr_01M7VZGC000000000000000007";
        assert_eq!(user.subject(), subject);
        assert_eq!(user.account(), AccountId::of_subject(subject));
        assert!(AccountName::parse(subject).is_err());
    }

    /// Pinned: a change would give every account another id, and so take away everybody's credits.
    #[test]
    fn the_account_of_a_subject_never_changes() {
        let id = AccountId::of_subject("auth0|ada");
        assert_eq!(id.to_string(), "acc_1J8FH89W6ME8NHJBTJAH84AB6P");
        assert_ne!(id, AccountId::of_subject("auth0|ADA"));
    }
}
