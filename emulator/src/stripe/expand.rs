//! `expand[]`: which ids an answer has as objects.

use std::collections::BTreeSet;

use super::error::ApiError;

/// The kinds of objects, as far as they can be expanded.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Object {
    Session,
    Intent,
    Charge,
    Refund,
    Dispute,
    Event,
    Other,
}

/// The paths that are to be expanded, below one object.
#[derive(Debug, Default, Clone)]
pub(crate) struct Expand(BTreeSet<String>);

impl Object {
    /// What a property of it is expanded to.
    fn property(self, name: &str) -> Option<Self> {
        match (self, name) {
            (Self::Session, "line_items") => Some(Self::Other),
            (Self::Session | Self::Charge | Self::Refund | Self::Dispute, "payment_intent") => {
                Some(Self::Intent)
            }
            (Self::Intent, "latest_charge") | (Self::Refund | Self::Dispute, "charge") => {
                Some(Self::Charge)
            }
            (Self::Charge, "refunds") => Some(Self::Other),
            _ => None,
        }
    }
}

impl Expand {
    /// Reads the paths of an object's answer.
    pub(crate) fn of(object: Object, paths: &[&str]) -> Result<Self, ApiError> {
        let mut expand = Self::default();
        for path in paths {
            let end = path.split('.').try_fold(object, Object::property);
            if end.is_none() {
                let words = format!("This property cannot be expanded ({path}).");
                return Err(ApiError::parameter("expand", words));
            }
            expand.0.insert((*path).to_owned());
        }
        Ok(expand)
    }

    /// The same of a list's answer: below `data`.
    pub(crate) fn of_list(object: Object, paths: &[&str]) -> Result<Self, ApiError> {
        let below = paths.iter().map(|path| {
            let words = || format!("This property cannot be expanded ({path}).");
            let below = path.strip_prefix("data.");
            below.ok_or_else(|| ApiError::parameter("expand", words()))
        });
        Self::of(object, &below.collect::<Result<Vec<_>, _>>()?)
    }

    /// Whether a property is to be an object, and what of that one is. `None` where an id will do.
    pub(crate) fn below(&self, name: &str) -> Option<Self> {
        let mut below = BTreeSet::new();
        let mut is_meant = false;
        for path in &self.0 {
            let (first, rest) = path.split_once('.').unwrap_or((path, ""));
            if first == name {
                is_meant = true;
                if !rest.is_empty() {
                    below.insert(rest.to_owned());
                }
            }
        }
        is_meant.then_some(Self(below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_known() {
        let expand = Expand::of(Object::Session, &["payment_intent.latest_charge"]).unwrap();
        let intent = expand.below("payment_intent").unwrap();
        assert!(intent.below("latest_charge").is_some() && expand.below("line_items").is_none());
        for bad in ["customer", "payment_intent.charge", "data.line_items", ""] {
            assert!(Expand::of(Object::Session, &[bad]).is_err(), "{bad}");
        }
        let list = Expand::of_list(Object::Refund, &["data.charge"]).unwrap();
        assert!(list.below("charge").is_some());
        assert!(Expand::of_list(Object::Refund, &["charge"]).is_err());
    }
}
