//! What goes wrong on demand: with the creation of a session, or with its events.

use std::collections::BTreeSet;

use crate::address::has_tag;

/// The prefix of a fault's name in an e-mail address: `ada+pay-lost@example.com`.
const TAG: &str = "pay-";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Error,
    Hang,
    RateLimit,
    Duplicate,
    Twin,
    Lost,
    Reorder,
    Late,
    OldVersion,
    WrongSignature,
    OldSignature,
    FutureSignature,
}

/// Each one's name, and what it does.
pub(crate) const TABLE: [(&str, Fault, &str); 12] = [
    ("500", Fault::Error, "the creation fails"),
    (
        "hang",
        Fault::Hang,
        "the session is made, but never answered",
    ),
    (
        "429",
        Fault::RateLimit,
        "the creation is refused: too many requests",
    ),
    (
        "duplicate",
        Fault::Duplicate,
        "each event is delivered twice",
    ),
    ("twin", Fault::Twin, "each event has a twin with another id"),
    ("lost", Fault::Lost, "events are not delivered"),
    (
        "reorder",
        Fault::Reorder,
        "every second event is delivered before the first",
    ),
    ("late", Fault::Late, "events are delivered late"),
    (
        "old-version",
        Fault::OldVersion,
        "events have the shape of an old API version",
    ),
    (
        "wrong-signature",
        Fault::WrongSignature,
        "events are signed with another secret",
    ),
    (
        "old-signature",
        Fault::OldSignature,
        "events were signed ten minutes ago",
    ),
    (
        "future-signature",
        Fault::FutureSignature,
        "events are signed ten minutes ahead",
    ),
];

/// A set of faults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Faults(BTreeSet<Fault>);

impl Faults {
    /// Reads names with commas between them. The error is the name that is none.
    pub(crate) fn parse(names: &str) -> Result<Self, String> {
        let names = names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let faults = names.map(|name| {
            let known = TABLE.iter().find(|(known, ..)| *known == name);
            known
                .map(|(_, fault, _)| *fault)
                .ok_or_else(|| name.to_owned())
        });
        Ok(Self(faults.collect::<Result<_, _>>()?))
    }

    /// Those that an e-mail address asks for.
    pub(crate) fn of_address(address: &str) -> Self {
        let asked = TABLE
            .iter()
            .filter(|(name, ..)| has_tag(address, &format!("{TAG}{name}")));
        Self(asked.map(|(_, fault, _)| *fault).collect())
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of both.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.0.extend(&other.0);
        self
    }

    /// Those of events alone.
    pub(crate) fn of_events(mut self) -> Self {
        self.0.retain(|fault| !fault.is_of_creation());
        self
    }

    pub(crate) fn names(&self) -> String {
        let named = TABLE.iter().filter(|(_, fault, _)| self.has(*fault));
        let names: Vec<&str> = named.map(|(name, ..)| *name).collect();
        names.join(",")
    }
}

impl Fault {
    fn is_of_creation(self) -> bool {
        matches!(self, Self::Error | Self::Hang | Self::RateLimit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        let faults = Faults::parse("late, duplicate,hang").unwrap();
        assert_eq!(faults.names(), "hang,duplicate,late");
        assert_eq!(faults.of_events().names(), "duplicate,late");
        assert_eq!(Faults::parse("late,lte"), Err("lte".to_owned()));
        assert!(Faults::parse("").unwrap().is_empty());
    }

    #[test]
    fn addresses_ask_for_them() {
        let asked = Faults::of_address("ada+pay-lost+pay-500@example.com");
        assert_eq!(asked.names(), "500,lost");
        assert!(Faults::of_address("ada+lost@pay-lost.example").is_empty());
    }
}
