//! Which part of a list is wanted.

use super::problem::Problem;
use crate::domain::field_error::FieldError;
use crate::domain::job::StateName;
use crate::domain::number;

const DEFAULT_PAGE: u8 = 20;
const MAX_PAGE: u8 = 100;

/// How much of a list is wanted.
pub(super) fn page_size(limit: Option<u8>) -> Result<u8, Problem> {
    let limit = limit.unwrap_or(DEFAULT_PAGE);
    if (1..=MAX_PAGE).contains(&limit) {
        return Ok(limit);
    }
    Err(invalid("limit", format!("must be 1 to {MAX_PAGE}")))
}

/// Where a page of a list begins: after what the page before it ended with.
pub(super) fn cursor<T: std::str::FromStr>(text: Option<&str>) -> Result<Option<T>, Problem> {
    let cursor = text.map(str::parse).transpose();
    cursor.map_err(|_| invalid("cursor", "is not a `next_cursor`"))
}

/// The same where the page before ended with a number.
pub(super) fn cursor_number(text: Option<&str>) -> Result<Option<u64>, Problem> {
    let cursor = text.map(number::whole).transpose();
    cursor.map_err(|_| invalid("cursor", "is not a `next_cursor`"))
}

/// The states in a comma-separated list. `name` gives the spelling: a state (admin) or a status (API).
pub(super) fn states(
    field: &str,
    list: Option<&str>,
    name: impl Fn(StateName) -> &'static str,
) -> Result<Option<Vec<StateName>>, Problem> {
    let state = |text: &str| {
        let state = StateName::ALL
            .into_iter()
            .find(|state| name(*state) == text);
        state.ok_or_else(|| {
            let names = StateName::ALL.map(&name).join(", ");
            invalid(
                field,
                format!("has \"{text}\", which is not one of {names}"),
            )
        })
    };
    let states = list.map(|list| list.split(',').map(str::trim).map(state).collect());
    states.transpose()
}

fn invalid(field: &str, message: impl Into<String>) -> Problem {
    Problem::invalid(&[FieldError::new(field, message)])
}
