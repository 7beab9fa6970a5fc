//! Polar's checkouts, orders, refunds, disputes and events (`polar.sh/docs`), for its API version of
//! 2026-10. It knows one product, whose price is chosen by the merchant. There is no tax. What Polar has
//! and is not emulated is refused, like what it does not have.

mod checkouts;
mod error;
mod list;
mod orders;
mod shape;

use std::sync::Arc;

use axum::{
    Router,
    routing::{any, get},
};
use serde_json::{Value, json};

use crate::{
    clock, ids,
    payments::{self, Change, Checkout, Event, Kind, Processor, Stage, Told},
    signing::{Headers, Signing, standard_webhooks_under},
    world::World,
};

/// The product that there is.
pub(crate) const PRODUCT: &str = "c4ed1700-0000-4000-8000-000000000001";

pub(crate) fn routes() -> Router<Arc<World>> {
    let api = Router::new()
        .route(
            "/v1/checkouts/",
            get(checkouts::list).post(checkouts::create),
        )
        .route("/v1/checkouts/{id}", get(checkouts::show))
        .route("/v1/orders/", get(orders::list))
        .route("/v1/orders/{id}", get(orders::show))
        .route("/v1/refunds/", get(orders::refunds).post(orders::refund))
        .route("/v1/disputes/", get(orders::disputes))
        .route("/v1/disputes/{id}", get(orders::dispute))
        .route("/v1/{*unknown}", any(checkouts::unknown));
    api.merge(payments::pages(&POLAR))
}

/// Polar, as its checkouts have it.
#[derive(Debug)]
pub(crate) struct Polar;

pub(crate) static POLAR: Polar = Polar;

impl Processor for Polar {
    fn name(&self) -> &'static str {
        "polar"
    }

    fn title(&self) -> &'static str {
        "Polar"
    }

    fn placeholder(&self) -> &'static str {
        "{CHECKOUT_ID}"
    }

    fn id(&self, _of: Kind, drawn: &str) -> String {
        ids::uuid(drawn)
    }

    fn events(
        &self,
        checkout: &Checkout,
        change: Change,
        told: &Told<'_>,
    ) -> Vec<(&'static str, Value)> {
        let own = |kind| (kind, shape::checkout(checkout, told.base_url));
        let order = |kind| (kind, shape::order(checkout));
        let refund = |place: usize, kind| {
            let refund = checkout.refunds.get(place);
            let is_done = refund.is_some_and(|refund| refund.stage == Stage::Succeeded);
            let told = refund.map(|refund| (kind, shape::refund(checkout, refund)));
            told.into_iter()
                .chain(is_done.then(|| order("order.refunded")))
                .collect()
        };
        match change {
            Change::Paid | Change::Arrived => vec![own("checkout.updated"), order("order.paid")],
            Change::Pending | Change::Failed => vec![own("checkout.updated")],
            Change::Expired => vec![own("checkout.expired")],
            Change::Refunded(place) => refund(place, "refund.created"),
            Change::RefundSucceeded(place) | Change::RefundFailed(place) => {
                refund(place, "refund.updated")
            }
            // It does not call back about a dispute; only its API tells of it.
            Change::Disputed | Change::Escalated | Change::FraudWarning => Vec::new(),
        }
    }

    fn body(&self, event: &Event) -> String {
        let at = clock::iso8601_of(event.created);
        json!({ "type": event.kind, "timestamp": at, "data": event.object }).to_string()
    }

    fn sign(&self, signing: &Signing<'_>) -> Headers {
        // The scheme of Standard Webhooks, but under the secret as text.
        standard_webhooks_under(signing.settings.webhook_secret.as_bytes(), signing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    /// Made by npm `standardwebhooks`, whose secret was the base64 of this text.
    #[test]
    fn the_secret_is_text() {
        let settings = Settings {
            webhook_secret: "polar_whs_test_secret_0123456789".to_owned(),
            ..Settings::default()
        };
        let body =
            r#"{"type":"order.paid","timestamp":"2026-11-29T00:00:00Z","data":{"id":"ord_1"}}"#;
        let mut headers = POLAR.sign(&Signing {
            settings: &settings,
            task_id: "any",
            message_id: "wh_1",
            at: clock::at(1_795_910_400),
            body: body.as_bytes(),
        });
        let signature = "v1,XsF8Nj9/YcMe3pSnwVsQGmZm/LJYY23NGHAyQhB6zyA=";
        assert_eq!(
            headers.pop(),
            Some(("webhook-signature", signature.to_owned()))
        );
    }
}
