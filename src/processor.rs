//! The processors of payments, each a codec: requests out, answers and events in. No client, clock or store.
//!
//! What a processor calls back about is a hint with a signature: which checkout session to read. Only that tells what was
//! paid. What goes back is told by its signed event, since it has no session. To add a processor, write a file in the
//! order of [`stripe`] and list it in [`PROCESSORS`].

pub mod polar;
pub mod stripe;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::domain::id::OrderId;
use crate::domain::money::{Currency, Money};
use crate::domain::order::{CheckoutSession, Payment, Reversal};
use crate::domain::time::Timestamp;

/// All processors. `PROCESSOR` selects one.
pub const PROCESSORS: &[&dyn Processor] = &[&stripe::Stripe, &polar::Polar];

/// The processor with this name, such as `stripe`.
pub fn by_name(name: &str) -> Option<&'static dyn Processor> {
    let mut all = PROCESSORS.iter().copied();
    all.find(|processor| processor.name() == name)
}

/// A request to a processor.
pub type Request = http::Request<Bytes>;

/// A processor's answer, with its whole body.
pub type Response = http::Response<Bytes>;

/// One processor's wire format.
pub trait Processor: Send + Sync {
    /// Its name in configuration, in rows and in the addresses of its events: lower case letters.
    fn name(&self) -> &'static str;

    /// Where its API is, without a trailing slash: where real money moves, and where none does.
    fn base_url(&self, is_live: bool) -> &'static str;

    /// Whether a checkout that is asked for again under its key is the same session. Where it is not, the session of an
    /// answer that was lost has an address that nobody knows, and a payment of it is found by its order.
    fn is_idempotent(&self) -> bool;

    /// Whether what is sold has to be a product of [`Merchant::product`] there.
    fn needs_product(&self) -> bool {
        false
    }

    /// The request of a checkout session.
    fn checkout(&self, merchant: &Merchant, new: &NewCheckout<'_>) -> Result<Request, http::Error>;

    /// Reads the answer to [`Processor::checkout`].
    fn read_checkout(&self, response: &Response) -> Opened;

    /// The request of a session as it is now.
    fn look(&self, merchant: &Merchant, session: &str) -> Result<Request, http::Error>;

    /// Reads the answer to [`Processor::look`], or to a request that this asked for.
    fn read(
        &self,
        merchant: &Merchant,
        session: &str,
        response: &Response,
    ) -> Result<Look, NotUnderstood>;

    /// The request that ends an open session, so that nobody can pay it any more; `None` where that cannot be asked for.
    /// Its answer is read as that of [`Processor::look`]; one that is an error says that the session is not open.
    fn expire(&self, _: &Merchant, _session: &str) -> Option<Result<Request, http::Error>> {
        None
    }

    /// What an event says, if its signature is good.
    fn event(
        &self,
        merchant: &Merchant,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Called, NotTaken>;

    /// The request that gives money back, or that prepares it. Asked for again under its key it is the same refund,
    /// with every processor, unless that is done twice at once.
    fn refund(&self, merchant: &Merchant, new: &NewRefund<'_>) -> Result<Request, http::Error>;

    /// Reads the answer to [`Processor::refund`], or to a request that this asked for.
    fn read_refund(
        &self,
        merchant: &Merchant,
        new: &NewRefund<'_>,
        response: &Response,
    ) -> Refunding;

    /// The requests that list what has gone back of one payment, or of all: the latest refunds and disputes, a hundred of
    /// each.
    fn reversals(
        &self,
        merchant: &Merchant,
        payment: Option<&str>,
    ) -> Result<Vec<Request>, http::Error>;

    /// Reads the answer to one of [`Processor::reversals`].
    fn read_reversals(&self, response: &Response) -> Result<Vec<Reversed>, NotUnderstood>;

    /// The request that lists the sessions that were paid since some time, one page after the other.
    fn recent(&self, merchant: &Merchant, page: &RecentPage<'_>) -> Result<Request, http::Error>;

    /// Reads the answer to [`Processor::recent`].
    fn read_recent(
        &self,
        merchant: &Merchant,
        page: &RecentPage<'_>,
        response: &Response,
    ) -> Result<Recent, NotUnderstood>;
}

/// The operator's account at a processor: how its API is reached, and how its events are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// Where its API is.
    pub base_url: String,
    /// The key.
    pub key: String,
    /// What its events are signed with: two while one is being rotated.
    pub webhook_secrets: Vec<String>,
    /// What is sold there, by its id, where a processor has no prices without a product.
    pub product: Option<String>,
    /// Whether real money moves. What is only a test must grant nothing here, and the other way round.
    pub is_live: bool,
}

/// A checkout session to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCheckout<'a> {
    /// The order that it is for.
    pub order: OrderId,
    /// What stands on the processor's page.
    pub name: &'a str,
    /// What is to be paid, tax included.
    pub price: Money,
    /// The buyer's address, if it is known.
    pub email: Option<&'a str>,
    /// Where the buyer goes on after paying.
    pub success_url: &'a str,
    /// Where they go on without.
    pub cancel_url: &'a str,
    /// Until when they can pay.
    pub expires_at: Timestamp,
    /// How often the processor answered with an error of its own, which it repeats under the same key for a day. An
    /// answer that was lost is asked for again under the same key, or there would be two sessions.
    pub errors: u8,
}

/// The answer to the creation of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// There is one.
    Session(CheckoutSession),
    /// There is none, and will be none: the key or the request is not right.
    Refused(String),
    /// There may be one: it has to be asked for again, under the same key.
    Unknown(String),
    /// The processor failed, and repeats that under the same key: it has to be asked for under another one.
    Errored(String),
}

/// What a session is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionReport {
    /// The processor's id of it.
    pub id: String,
    /// The order that it says it is for.
    pub order: Option<OrderId>,
    /// Whether real money moves.
    pub is_live: bool,
    /// Whether it is paid.
    pub outcome: Outcome,
    /// Where the buyer sees the processor's payment receipt, if it is known.
    pub receipt_url: Option<String>,
}

/// What is read of a session.
#[derive(Debug)]
pub enum Look {
    /// All of it.
    Report(SessionReport),
    /// Not enough: this request tells the rest, and its answer is read as that of the session.
    Ask(Box<Request>),
}

/// Whether a session is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Not yet.
    Open,
    /// It is.
    Paid(Payment),
    /// In a way that takes days.
    Pending,
    /// It will not be: the payment failed.
    Failed,
    /// Not in time.
    Expired,
    /// In a currency that no offer has.
    UnknownCurrency(String),
}

/// Something that a processor calls back about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// Something happened to a session: read it.
    Session {
        /// Its id.
        id: String,
    },
    /// The payment of a session, which takes days, failed.
    PaymentFailed {
        /// The session's id.
        session: String,
    },
    /// Money of a payment goes back, or comes again.
    Reversed(Reversed),
    /// Nothing that concerns us.
    Ignored(String),
}

/// Money of a payment that goes back, or comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversed {
    /// The payment's id.
    pub payment: String,
    /// In this currency.
    pub currency: Currency,
    /// The refund or dispute.
    pub reversal: Reversal,
}

/// A refund to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRefund<'a> {
    /// The payment that it is of.
    pub payment: &'a str,
    /// How much goes back, tax included.
    pub amount: Money,
    /// Its key, which no other refund has.
    pub key: &'a str,
}

/// The answer to a refund.
#[derive(Debug)]
pub enum Refunding {
    /// It is made, or under way.
    Refund(Reversal),
    /// This request makes it, or prepares it further.
    Ask(Box<Request>),
    /// There is none, and will be none.
    Refused(String),
    /// There may be one: it has to be asked for again, under the same key.
    Unknown(String),
}

/// A page of the sessions that were paid since some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentPage<'a> {
    /// Since when.
    pub since: Timestamp,
    /// What [`Recent::next`] of the page before said; `None` for the first.
    pub cursor: Option<&'a str>,
}

/// The sessions on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    /// What they are like.
    pub sessions: Vec<SessionReport>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// An event, as its signature proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// Whether real money moves.
    pub is_live: bool,
    /// What happened.
    pub happening: Happening,
}

/// Why an event is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Its signature is missing, wrong, or of another time.
    #[error("the signature is not good")]
    BadSignature,
    /// It is signed, and cannot be read.
    #[error("the event is not understood")]
    Malformed,
}

/// What an answer could not be read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the processor's answer is not understood: {0}")]
pub struct NotUnderstood(pub String);

/// Whether an answer says that nothing was done, and that asking again would not help. Of those that find fault with the
/// request, some do not: it took too long (408) or came too early (425), another one under its key is under way (409), or
/// there were too many (429). An answer of success that cannot be read says the least.
fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error() && !matches!(status.as_u16(), 408 | 409 | 425 | 429)
}

/// The body of an answer that is a success.
fn success(answer: &Response) -> Result<serde_json::Value, NotUnderstood> {
    if !answer.status().is_success() {
        return Err(NotUnderstood(format!("it answers {}", answer.status())));
    }
    serde_json::from_slice(answer.body()).map_err(|error| NotUnderstood(error.to_string()))
}

#[cfg(test)]
mod tests;
