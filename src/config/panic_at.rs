//! `PANIC_AT`: where to panic, to test how panics are handled.

use super::Lookup;

/// A path of the API, `account` for the account object, or `reconciler` for the reconciler's object. It is read
/// on a developer's machine alone, so that nobody can make a deployed Worker panic.
pub fn panic_at(lookup: Lookup<'_>) -> Option<String> {
    let place = lookup("PANIC_AT").filter(|place| !place.is_empty())?;
    (lookup("ENVIRONMENT").as_deref() == Some("local")).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_at_works_only_on_a_developers_machine() {
        for (environment, place, expected) in [
            (Some("local"), Some("/healthz"), Some("/healthz")),
            (Some("local"), Some(""), None),
            (Some("local"), None, None),
            (Some("production"), Some("/healthz"), None),
            (Some("LOCAL"), Some("/healthz"), None),
            (None, Some("/healthz"), None),
        ] {
            let lookup = |name: &str| {
                let value = match name {
                    "ENVIRONMENT" => environment,
                    "PANIC_AT" => place,
                    _ => None,
                };
                value.map(str::to_owned)
            };
            assert_eq!(
                panic_at(&lookup).as_deref(),
                expected,
                "{environment:?} {place:?}"
            );
        }
    }
}
