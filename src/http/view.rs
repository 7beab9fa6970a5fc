//! The domain in JSON: each answer is a type here, and the API's document is made from these types.

mod admin;
mod books;
mod job;
mod models;
mod orders;
mod overview;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Serialize, Serializer};

use super::problem::Problem;
use crate::domain::time::Timestamp;
use crate::service::Error;

pub(super) use admin::AdminJobsView;
pub(super) use books::{
    CreditsView, EntryView, ExpiringSoonView, History, LowBalanceView, PackageView,
    ReceiptLineView, csv, receipt,
};
pub(super) use job::{JobView, Jobs, eta_seconds, status};
pub(super) use models::{Models, OfferView, QuoteView, UploadView};
pub(super) use orders::{
    AdminOrderView, AdminOrdersView, MoneyView, OrderView, Orders, Revenue, SoldOffer, orders_csv,
};
pub(super) use overview::OverviewView;

/// A time in RFC 3339, in UTC.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time(pub(super) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Time {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "format": "date-time",
            "description": "A moment in UTC, to the millisecond, as RFC 3339 writes it: `2026-11-29T18:34:00.000Z`.",
        })
    }
}

/// An answer in JSON.
pub(super) fn answer<T: Serialize>(status: StatusCode, body: &T) -> Result<Response, Problem> {
    match serde_json::to_vec(body) {
        Ok(body) => {
            let kind = HeaderValue::from_static("application/json");
            Ok((status, [(header::CONTENT_TYPE, kind)], body).into_response())
        }
        Err(error) => Err(Error::Internal(error.to_string()).into()),
    }
}
