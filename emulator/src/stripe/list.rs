//! Lists: the newest first, in pages.

use serde_json::{Value, json};

use super::{
    error::ApiError,
    params::{Params, RANGE},
};
use crate::payments::Checkout;
use crate::schema::{Field, Kind, optional};

/// The parameters that all lists have.
pub(crate) const PAGE: [Field; 4] = [
    optional("limit", Kind::Integer(1, 100)),
    optional("starting_after", Kind::Text(255)),
    optional("ending_before", Kind::Text(255)),
    optional("expand", Kind::Any),
];

/// The parameters of a list of what came of payments: refunds, disputes.
pub(crate) const OF_PAYMENTS: [Field; 3] = [
    optional("created", Kind::Object(RANGE)),
    optional("charge", Kind::Text(255)),
    optional("payment_intent", Kind::Text(255)),
];

/// How many there are on a page where the caller does not say.
const USUAL: usize = 10;

/// Whether a list of what came of payments is asked for this one.
pub(crate) fn is_of_payment(params: &Params, checkout: &Checkout) -> bool {
    let is = |name, id: &String| params.text(name).is_none_or(|asked| asked == id);
    is("charge", &checkout.charge) && is("payment_intent", &checkout.payment)
}

/// A page of objects, which come the newest first. `what` is their name where an id is wrong.
pub(crate) fn page(
    params: &Params,
    what: &'static str,
    url: &str,
    all: &[Value],
) -> Result<Value, ApiError> {
    let limit = params
        .number("limit")
        .and_then(|limit| usize::try_from(limit).ok());
    let limit = limit.unwrap_or(USUAL);
    let place = |name: &'static str| -> Result<Option<usize>, ApiError> {
        let Some(id) = params.text(name) else {
            return Ok(None);
        };
        let place = all
            .iter()
            .position(|one| one.get("id").and_then(Value::as_str) == Some(id));
        let no_such = || ApiError::NoSuch(what, id.to_owned(), Some(name));
        place.map(Some).ok_or_else(no_such)
    };
    let (data, has_more) = match (place("starting_after")?, place("ending_before")?) {
        (Some(_), Some(_)) => {
            let words = "You can only use one of starting_after and ending_before.";
            return Err(ApiError::parameter("ending_before", words));
        }
        (None, Some(end)) => {
            let start = end.saturating_sub(limit);
            (all.get(start..end).unwrap_or_default().to_vec(), start > 0)
        }
        (after, None) => {
            let start = after.map_or(0, |place| place.saturating_add(1));
            let rest = all.get(start..).unwrap_or_default();
            (
                rest.iter().take(limit).cloned().collect(),
                rest.len() > limit,
            )
        }
    };
    Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": url }))
}
