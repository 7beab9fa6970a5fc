//! Stripe: Checkout on Stripe's own page, with prices from our orders.
//!
//! Source: <https://docs.stripe.com/api/checkout/sessions>, <https://docs.stripe.com/webhooks>,
//! <https://docs.stripe.com/api/idempotent_requests>. Event bodies have the API version of the endpoint, not of our
//! requests, so what is read of them is what all versions have.

mod event;
mod reversals;
mod sessions;
mod signature;

use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::Value;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{
    Called, Look, Merchant, NewCheckout, NewRefund, NotTaken, NotUnderstood, Opened, Processor,
    Recent, RecentPage, Refunding, Request, Response, Reversed, is_refusal, success,
};
use crate::domain::time::Timestamp;
use reversals::Unread;

/// The version that requests are made for.
const VERSION: &str = "2026-10-28.endive";

/// As many as a list has at most.
const PAGE: &str = "100";

/// Stripe's codec.
#[derive(Debug, Clone, Copy)]
pub struct Stripe;

impl Processor for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    /// A key says whether money moves.
    fn base_url(&self, _: bool) -> &'static str {
        "https://api.stripe.com"
    }

    fn is_idempotent(&self) -> bool {
        true
    }

    /// Under its key it is the same session for at least a day. A processor's own failure is replayed under the same
    /// key, too, so a further try has another one.
    fn checkout(&self, merchant: &Merchant, new: &NewCheckout<'_>) -> Result<Request, http::Error> {
        let form = sessions::form(new);
        post(
            merchant,
            "/v1/checkout/sessions",
            Some(&sessions::key(new)),
            form,
        )
    }

    fn read_checkout(&self, response: &Response) -> Opened {
        sessions::read_created(response)
    }

    /// With its charge, which has the payment receipt.
    fn look(&self, merchant: &Merchant, session: &str) -> Result<Request, http::Error> {
        let query = Serializer::new(String::new())
            .append_pair("expand[]", "payment_intent.latest_charge")
            .finish();
        let id = in_path(session);
        get(merchant, &format!("/v1/checkout/sessions/{id}?{query}"))
    }

    fn read(&self, _: &Merchant, _: &str, response: &Response) -> Result<Look, NotUnderstood> {
        let body = success(response)?;
        let report = sessions::report(&body);
        let report = report.ok_or_else(|| NotUnderstood("it is no session".into()))?;
        Ok(Look::Report(report))
    }

    fn expire(&self, merchant: &Merchant, session: &str) -> Option<Result<Request, http::Error>> {
        let path = format!("/v1/checkout/sessions/{}/expire", in_path(session));
        Some(post(merchant, &path, None, String::new()))
    }

    fn event(
        &self,
        merchant: &Merchant,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Called, NotTaken> {
        let header = headers
            .get("stripe-signature")
            .and_then(|value| value.to_str().ok());
        let is_good = header.is_some_and(|header| {
            signature::verifies(&merchant.webhook_secrets, header, body, now)
        });
        if !is_good {
            return Err(NotTaken::BadSignature);
        }
        event::read(body).ok_or(NotTaken::Malformed)
    }

    /// First what went back already: a key is forgotten after a day, and its refund may be among them.
    fn refund(&self, merchant: &Merchant, new: &NewRefund<'_>) -> Result<Request, http::Error> {
        let query = Serializer::new(String::new())
            .append_pair("limit", PAGE)
            .append_pair("payment_intent", new.payment)
            .finish();
        get(merchant, &format!("/v1/refunds?{query}"))
    }

    /// The answer is the list of refunds, or the refund.
    fn read_refund(
        &self,
        merchant: &Merchant,
        new: &NewRefund<'_>,
        response: &Response,
    ) -> Refunding {
        let listed = success(response);
        let Some(refunds) = listed.as_ref().ok().and_then(|body| items(body).ok()) else {
            return reversals::read_created(response);
        };
        if let Some(known) = reversals::with_key(refunds, new.key) {
            return Refunding::Refund(known);
        }
        let form = Serializer::new(String::new())
            .append_pair("payment_intent", new.payment)
            .append_pair("amount", &new.amount.minor.to_string())
            .append_pair("reason", "requested_by_customer")
            .append_pair("metadata[key]", new.key)
            .finish();
        match post(merchant, "/v1/refunds", Some(new.key), form) {
            Ok(request) => Refunding::Ask(Box::new(request)),
            Err(error) => Refunding::Refused(error.to_string()),
        }
    }

    fn reversals(
        &self,
        merchant: &Merchant,
        payment: Option<&str>,
    ) -> Result<Vec<Request>, http::Error> {
        let mut query = Serializer::new(String::new());
        query.append_pair("limit", PAGE);
        if let Some(payment) = payment {
            query.append_pair("payment_intent", payment);
        }
        let query = query.finish();
        let lists = ["refunds", "disputes"];
        let lists = lists.map(|list| get(merchant, &format!("/v1/{list}?{query}")));
        lists.into_iter().collect()
    }

    fn read_reversals(&self, response: &Response) -> Result<Vec<Reversed>, NotUnderstood> {
        let body = success(response)?;
        let mut read = Vec::new();
        for item in items(&body)? {
            match reversals::listed(item) {
                Ok(reversed) => read.push(reversed),
                Err(Unread::NoneOfOurs) => {}
                Err(Unread::Malformed) => return Err(NotUnderstood(format!("{item} in a list"))),
            }
        }
        Ok(read)
    }

    /// By when they were made: a payment that takes days is of an older session.
    fn recent(&self, merchant: &Merchant, page: &RecentPage<'_>) -> Result<Request, http::Error> {
        let mut query = Serializer::new(String::new());
        query
            .append_pair("created[gte]", &page.since.seconds().to_string())
            .append_pair("status", "complete")
            .append_pair("limit", PAGE)
            .append_pair("expand[]", "data.payment_intent.latest_charge");
        if let Some(cursor) = page.cursor {
            query.append_pair("starting_after", cursor);
        }
        get(
            merchant,
            &format!("/v1/checkout/sessions?{}", query.finish()),
        )
    }

    /// A session that is none of ours, such as a subscription's, does not stop the others.
    fn read_recent(
        &self,
        _: &Merchant,
        _: &RecentPage<'_>,
        response: &Response,
    ) -> Result<Recent, NotUnderstood> {
        let body = success(response)?;
        let sessions = items(&body)?;
        let has_more = body.get("has_more").and_then(Value::as_bool);
        let has_more = has_more.unwrap_or_default();
        let next = has_more.then(|| id_of(sessions.last())).flatten();
        let sessions = sessions.iter().filter_map(sessions::report).collect();
        Ok(Recent { sessions, next })
    }
}

fn items(list: &Value) -> Result<&Vec<Value>, NotUnderstood> {
    let items = list.get("data").and_then(Value::as_array);
    items.ok_or_else(|| NotUnderstood("it is no list".into()))
}

fn get(merchant: &Merchant, path: &str) -> Result<Request, http::Error> {
    let request = http::Request::get(format!("{}{path}", merchant.base_url));
    authorised(merchant, request).body(Bytes::new())
}

fn post(
    merchant: &Merchant,
    path: &str,
    key: Option<&str>,
    form: String,
) -> Result<Request, http::Error> {
    let mut request = http::Request::post(format!("{}{path}", merchant.base_url))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    authorised(merchant, request).body(form.into())
}

fn authorised(merchant: &Merchant, request: http::request::Builder) -> http::request::Builder {
    request
        .header(header::AUTHORIZATION, format!("Bearer {}", merchant.key))
        .header("stripe-version", VERSION)
}

fn in_path(id: &str) -> String {
    byte_serialize(id.as_bytes()).collect()
}

/// An object's id, whether it is expanded or not.
fn id_of(value: Option<&Value>) -> Option<String> {
    let value = value?;
    let id = value.as_str().or_else(|| value.get("id")?.as_str())?;
    Some(id.to_owned())
}

/// Whether an answer says that nothing was done, and that asking again would not help. That there were too many
/// requests has another status at times.
fn refuses(response: &Response) -> bool {
    is_refusal(response.status()) && text_of_error(response, "code") != "rate_limit"
}

/// What is wrong, as an answer says.
fn words(response: &Response) -> String {
    let status = response.status().as_u16();
    let text = |field| text_of_error(response, field);
    format!("{status} {}: {}", text("type"), text("message"))
}

fn text_of_error(response: &Response, field: &str) -> String {
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let error = body.get("error").and_then(|error| error.get(field));
    error.and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
