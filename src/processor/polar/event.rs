//! Polar's events: which concern us, and what they say.

use serde_json::Value;

use super::reversals::{Unread, refund};
use crate::processor::Happening;

/// What an event says. `None` for what is no event.
pub(super) fn read(body: &[u8]) -> Option<Happening> {
    let event: Value = serde_json::from_slice(body).ok()?;
    let kind = event.get("type")?.as_str()?;
    let data = event.get("data")?;
    let text = |field: &str| data.get(field).and_then(Value::as_str);
    Some(match kind {
        // One that is still open has only been filled in further.
        "checkout.updated" if text("status")? == "open" => Happening::Ignored(kind.into()),
        "checkout.updated" | "checkout.expired" => Happening::Session {
            id: text("id")?.into(),
        },
        // The order says whether it had one.
        "order.paid" => match data.get("checkout_id")?.as_str() {
            Some(checkout) => Happening::Session {
                id: checkout.into(),
            },
            None => Happening::Ignored(format!("{kind} without a checkout")),
        },
        "refund.created" | "refund.updated" => match refund(data) {
            Ok(reversed) => Happening::Reversed(reversed),
            Err(Unread::NoneOfOurs) => Happening::Ignored(format!("{kind} of no payment of ours")),
            Err(Unread::Malformed) => return None,
        },
        // An order's own refund event counts what was refunded before, too.
        _ => Happening::Ignored(kind.into()),
    })
}
