//! Stripe's events: which concern us, and what they say.

use serde_json::Value;

use super::id_of;
use super::reversals::{Unread, dispute_of_event, refund, reversed};
use crate::processor::{Called, Happening, Reversed};

/// What an event says. `None` for what is no event.
pub(super) fn read(body: &[u8]) -> Option<Called> {
    let event: Value = serde_json::from_slice(body).ok()?;
    let kind = event.get("type")?.as_str()?;
    // Thin events (`v2.core.event`) have another shape, and nothing that we subscribe to.
    let Some(object) = event.pointer("/data/object") else {
        let is_live = event
            .get("livemode")
            .and_then(Value::as_bool)
            .unwrap_or_default();
        return Some(Called {
            is_live,
            happening: Happening::Ignored(kind.into()),
        });
    };
    let is_live = event.get("livemode")?.as_bool()?;
    let happening = match kind {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.expired" => Happening::Session {
            id: id_of(Some(object))?,
        },
        "checkout.session.async_payment_failed" => Happening::PaymentFailed {
            session: id_of(Some(object))?,
        },
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            told(kind, reversed(object, refund(kind, object)?))?
        }
        kind if kind.starts_with("charge.dispute.") => match dispute_of_event(kind, object) {
            Some(dispute) => told(kind, reversed(object, dispute))?,
            None => Happening::Ignored(kind.into()),
        },
        // A charge's own refund event counts what was refunded before, too.
        _ => Happening::Ignored(kind.into()),
    };
    Some(Called { is_live, happening })
}

fn told(kind: &str, reversed: Result<Reversed, Unread>) -> Option<Happening> {
    match reversed {
        Ok(reversed) => Some(Happening::Reversed(reversed)),
        Err(Unread::NoneOfOurs) => {
            Some(Happening::Ignored(format!("{kind} of no payment of ours")))
        }
        Err(Unread::Malformed) => None,
    }
}
