//! Polar, the merchant of record: it sells what we offer, at our price, and owes the tax itself.
//!
//! Source: <https://polar.sh/docs/api-reference>, and the types and the verification of npm `@polar-sh/sdk` 1.0.1.
//!
//! 1. A checkout has the price of our order as a fixed one, made for it alone and with its tax included: at a product's
//!    own custom price the buyer would choose what to pay.
//! 2. A checkout does not name the order that Polar makes of it, and a refund names nothing else. So a checkout that
//!    succeeded is asked for its order, and that order is the payment.
//! 3. Nothing is idempotent. A refund carries its key, so that one whose answer was lost is found.
//! 4. Polar asks for what goes back without its tax, and adds that by itself: what was paid has to be known first.
//! 5. Nothing says whether real money moves. The sandbox has an address of its own.
//! 6. It does not call back about disputes: they are listed.

mod event;
mod reversals;
mod sessions;

use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::Value;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{
    Called, Look, Merchant, NewCheckout, NewRefund, NotTaken, NotUnderstood, Opened, Processor,
    Recent, RecentPage, Refunding, Request, Response, Reversed, is_refusal, success,
};
use crate::domain::time::Timestamp;
use crate::standard_webhooks;

/// The version that requests are made for.
const VERSION: &str = "2026-10";

/// As many as a list has at most.
const PAGE: &str = "100";

/// Polar's codec.
#[derive(Debug, Clone, Copy)]
pub struct Polar;

impl Processor for Polar {
    fn name(&self) -> &'static str {
        "polar"
    }

    fn base_url(&self, is_live: bool) -> &'static str {
        if is_live {
            "https://api.polar.sh"
        } else {
            "https://sandbox-api.polar.sh"
        }
    }

    fn is_idempotent(&self) -> bool {
        false
    }

    fn needs_product(&self) -> bool {
        true
    }

    fn checkout(&self, merchant: &Merchant, new: &NewCheckout<'_>) -> Result<Request, http::Error> {
        let body = sessions::body(merchant.product.as_deref(), new);
        post(merchant, "/v1/checkouts/", &body)
    }

    fn read_checkout(&self, response: &Response) -> Opened {
        sessions::read_created(response)
    }

    fn look(&self, merchant: &Merchant, session: &str) -> Result<Request, http::Error> {
        get(merchant, &format!("/v1/checkouts/{}", in_path(session)))
    }

    /// The answer is a checkout, or, once that has succeeded, the list of its orders.
    fn read(
        &self,
        merchant: &Merchant,
        session: &str,
        response: &Response,
    ) -> Result<Look, NotUnderstood> {
        let body = success(response)?;
        if let Ok(orders) = items(&body) {
            let report = sessions::of_orders(merchant, session, orders);
            let report = report.ok_or_else(|| NotUnderstood("it is no list of orders".into()))?;
            return Ok(Look::Report(report));
        }
        if sessions::has_succeeded(&body) {
            let query = Serializer::new(String::new())
                .append_pair("checkout_id", session)
                .finish();
            let request = get(merchant, &format!("/v1/orders/?{query}"));
            let request = request.map_err(|error| NotUnderstood(error.to_string()))?;
            return Ok(Look::Ask(Box::new(request)));
        }
        let report = sessions::of_checkout(merchant, &body);
        let report = report.ok_or_else(|| NotUnderstood("it is no checkout".into()))?;
        Ok(Look::Report(report))
    }

    /// The key is the secret's text, as Polar has always had it, or the base64 after `whsec_`, as Standard Webhooks has
    /// it: its own library takes both.
    fn event(
        &self,
        merchant: &Merchant,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Called, NotTaken> {
        let keys = merchant.webhook_secrets.iter().flat_map(|secret| {
            let is_standard = secret.starts_with("whsec_");
            let decoded = is_standard.then(|| standard_webhooks::key(secret));
            let text = standard_webhooks::text_key(secret);
            text.into_iter().chain(decoded.flatten())
        });
        standard_webhooks::verify(keys, headers, body, now).map_err(|_| NotTaken::BadSignature)?;
        let happening = event::read(body).ok_or(NotTaken::Malformed)?;
        Ok(Called {
            is_live: merchant.is_live,
            happening,
        })
    }

    /// First what went back already: it may have this key.
    fn refund(&self, merchant: &Merchant, new: &NewRefund<'_>) -> Result<Request, http::Error> {
        list_of(merchant, "refunds", Some(new.payment))
    }

    /// The answer is (1) the list of refunds, (2) the order, of whose tax the refund has its share, or (3) the refund.
    fn read_refund(
        &self,
        merchant: &Merchant,
        new: &NewRefund<'_>,
        response: &Response,
    ) -> Refunding {
        let body = match success(response) {
            Ok(body) => body,
            Err(_) if is_refusal(response.status()) => return Refunding::Refused(words(response)),
            Err(_) => return Refunding::Unknown(words(response)),
        };
        let request = if let Ok(refunds) = items(&body) {
            if let Some(known) = reversals::with_key(refunds, new.key) {
                return Refunding::Refund(known); // (1)
            }
            get(merchant, &format!("/v1/orders/{}", in_path(new.payment)))
        } else if body.get("refundable_amount").is_some() {
            match reversals::body(new, &body) {
                Ok(body) => post(merchant, "/v1/refunds/", &body), // (2)
                Err(why) => return Refunding::Refused(why),
            }
        } else {
            return match reversals::refund(&body) {
                Ok(refund) => Refunding::Refund(refund.reversal), // (3)
                Err(_) => Refunding::Unknown("it is no refund".into()),
            };
        };
        match request {
            Ok(request) => Refunding::Ask(Box::new(request)),
            Err(error) => Refunding::Refused(error.to_string()),
        }
    }

    fn reversals(
        &self,
        merchant: &Merchant,
        payment: Option<&str>,
    ) -> Result<Vec<Request>, http::Error> {
        let lists = ["refunds", "disputes"];
        let lists = lists.map(|list| list_of(merchant, list, payment));
        lists.into_iter().collect()
    }

    fn read_reversals(&self, response: &Response) -> Result<Vec<Reversed>, NotUnderstood> {
        reversals::listed(items(&success(response)?)?)
    }

    /// The oldest first, so that what is paid meanwhile moves none from its page.
    fn recent(&self, merchant: &Merchant, page: &RecentPage<'_>) -> Result<Request, http::Error> {
        let query = Serializer::new(String::new())
            .append_pair("created_after", &page.since.to_string())
            .append_pair("sorting", "created_at")
            .append_pair("page", page.cursor.unwrap_or("1"))
            .append_pair("limit", PAGE)
            .finish();
        get(merchant, &format!("/v1/orders/?{query}"))
    }

    /// An order that was made without a checkout is none of ours.
    fn read_recent(
        &self,
        merchant: &Merchant,
        page: &RecentPage<'_>,
        response: &Response,
    ) -> Result<Recent, NotUnderstood> {
        let body = success(response)?;
        let orders = items(&body)?.iter();
        let last = body.pointer("/pagination/max_page").and_then(Value::as_u64);
        let this: u64 = page.cursor.and_then(|page| page.parse().ok()).unwrap_or(1);
        let next = this.saturating_add(1);
        Ok(Recent {
            sessions: orders
                .filter_map(|order| sessions::of_order(merchant, order))
                .collect(),
            next: (Some(next) <= last).then(|| next.to_string()),
        })
    }
}

/// The latest refunds or disputes.
fn list_of(merchant: &Merchant, list: &str, order: Option<&str>) -> Result<Request, http::Error> {
    let mut query = Serializer::new(String::new());
    query
        .append_pair("sorting", "-created_at")
        .append_pair("limit", PAGE);
    if let Some(order) = order {
        query.append_pair("order_id", order);
    }
    get(merchant, &format!("/v1/{list}/?{}", query.finish()))
}

fn items(list: &Value) -> Result<&Vec<Value>, NotUnderstood> {
    let items = list.get("items").and_then(Value::as_array);
    // An order has items, too.
    let is_list = list.get("pagination").is_some();
    items
        .filter(|_| is_list)
        .ok_or_else(|| NotUnderstood("it is no list".into()))
}

fn get(merchant: &Merchant, path: &str) -> Result<Request, http::Error> {
    let request = http::Request::get(format!("{}{path}", merchant.base_url));
    authorised(merchant, request).body(Bytes::new())
}

fn post(merchant: &Merchant, path: &str, body: &Value) -> Result<Request, http::Error> {
    let request = http::Request::post(format!("{}{path}", merchant.base_url))
        .header(header::CONTENT_TYPE, "application/json");
    authorised(merchant, request).body(body.to_string().into())
}

fn authorised(merchant: &Merchant, request: http::request::Builder) -> http::request::Builder {
    request
        .header(header::AUTHORIZATION, format!("Bearer {}", merchant.key))
        .header("polar-version", VERSION)
}

fn in_path(id: &str) -> String {
    byte_serialize(id.as_bytes()).collect()
}

/// What is wrong, as an answer says. What was sent is repeated in it and left out here, since it has the buyer's
/// address.
fn words(response: &Response) -> String {
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let error = body.get("error").and_then(Value::as_str);
    let detail = body.get("detail").unwrap_or(&Value::Null);
    let detail = detail.as_str().or_else(|| {
        let first = detail.pointer("/0/msg")?;
        first.as_str()
    });
    let status = response.status().as_u16();
    let (error, detail) = (error.unwrap_or_default(), detail.unwrap_or_default());
    format!("{status} {error}: {detail}")
}

fn moment(value: Option<&Value>) -> Option<Timestamp> {
    Timestamp::parse(value?.as_str()?)
}

#[cfg(test)]
mod tests;
