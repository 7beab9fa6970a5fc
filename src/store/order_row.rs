//! The row of an order, and its one decoder.

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::StoreError;
use super::row::flag;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, OrderId, PackageId};
use crate::domain::money::{Currency, Money};
use crate::domain::order::{
    CheckoutSession, DisputeStage, Lifecycle, Purchase, RefundStage, Reversal, ReversalKind,
    Reversals, State, Terms,
};
use crate::domain::time::Timestamp;

/// An order as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// The id of the account.
    pub account: AccountId,
    /// The id of the order.
    pub id: OrderId,
    /// What was ordered.
    pub terms: Terms,
    /// Its life.
    pub lifecycle: Lifecycle,
    /// Its checkout session, also after that.
    pub session: Option<CheckoutSession>,
    /// The package of its credits.
    pub package: Option<PackageId>,
    /// What must not happen to it, and did.
    pub anomaly: Option<String>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The columns of an order `o`.
macro_rules! order_columns {
    () => {
        "o.account_id, o.id, o.state, o.version, o.processor, o.is_live, o.offer, o.name, o.credits, o.currency, o.minor,
         o.days, o.tries, o.errors, o.session_id, o.session_url, o.session_expires_at, o.looks, o.pending_since,
         o.payment, o.paid_at, o.receipt_url, o.package_id, o.anomaly, o.due_at, o.created_at, o.updated_at,
         (select json_group_array(json_object('id', r.id, 'kind', r.kind, 'stage', r.stage, 'minor', r.minor))
          from reversals r where r.account_id = o.account_id and r.order_id = o.id) as reversals"
    };
}
pub(super) use order_columns;

/// The columns as they are stored.
#[derive(Debug, Deserialize)]
pub(super) struct Columns {
    account_id: AccountId,
    id: OrderId,
    state: String,
    version: u32,
    processor: String,
    #[serde(deserialize_with = "flag")]
    is_live: bool,
    offer: String,
    name: String,
    credits: Credits,
    currency: String,
    minor: u64,
    days: Option<u32>,
    tries: u8,
    errors: u8,
    session_id: Option<String>,
    session_url: Option<String>,
    session_expires_at: Option<Timestamp>,
    looks: u8,
    pending_since: Option<Timestamp>,
    payment: Option<String>,
    paid_at: Option<Timestamp>,
    receipt_url: Option<String>,
    package_id: Option<PackageId>,
    anomaly: Option<String>,
    due_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    reversals: String,
}

#[derive(Deserialize)]
struct ReversalRow {
    id: String,
    kind: String,
    stage: String,
    minor: u64,
}

impl Columns {
    /// The order; a row whose columns do not fit together is an error.
    pub(super) fn order(self) -> Result<OrderRow, StoreError> {
        let id = self.id;
        let broken = || StoreError::Row(format!("the order {id} does not add up"));
        let currency = Currency::parse(&self.currency).map_err(|_| broken())?;
        let price = Money::of(self.minor, currency).ok_or_else(broken)?;
        let session = self.session().map_err(|()| broken())?;
        let state = self.state_with(session.clone()).ok_or_else(broken)?;
        Ok(OrderRow {
            account: self.account_id,
            id,
            terms: Terms {
                processor: self.processor,
                is_live: self.is_live,
                offer: self.offer,
                name: self.name,
                credits: self.credits,
                price,
                days: self.days,
            },
            lifecycle: Lifecycle {
                version: self.version,
                credits: self.credits,
                price,
                created_at: self.created_at,
                state,
                due_at: self.due_at,
            },
            session,
            package: self.package_id,
            anomaly: self.anomaly,
            updated_at: self.updated_at,
        })
    }

    fn session(&self) -> Result<Option<CheckoutSession>, ()> {
        match (&self.session_id, &self.session_url, self.session_expires_at) {
            (Some(id), Some(url), Some(expires_at)) => Ok(Some(CheckoutSession {
                id: id.clone(),
                url: url.clone(),
                expires_at,
            })),
            (None, None, None) => Ok(None),
            _ => Err(()),
        }
    }

    fn state_with(&self, session: Option<CheckoutSession>) -> Option<State> {
        Some(match self.state.as_str() {
            "created" => State::Created {
                tries: self.tries,
                errors: self.errors,
            },
            "open" => State::Open {
                session: session?,
                looks: self.looks,
            },
            "pending" => State::Pending {
                session: session?,
                since: self.pending_since?,
            },
            "paid" => State::Paid(Purchase {
                payment: self.payment.clone()?,
                paid_at: self.paid_at?,
                receipt_url: self.receipt_url.clone(),
                reversals: reversals(&self.reversals)?,
            }),
            "failed" => State::Failed,
            "expired" => State::Expired,
            _ => return None,
        })
    }
}

fn reversals(text: &str) -> Option<Reversals> {
    let rows: Vec<ReversalRow> = serde_json::from_str(text).ok()?;
    let mut reversals = Reversals::default();
    for row in rows {
        reversals.note(Reversal {
            kind: kind(&row.kind, &row.stage)?,
            id: row.id,
            minor: row.minor,
        });
    }
    Some(reversals)
}

/// The kind of a reversal, from its two columns.
pub(super) fn kind(kind: &str, stage: &str) -> Option<ReversalKind> {
    let stage = || Json::from(stage);
    match kind {
        "refund" => {
            let stage: RefundStage = serde_json::from_value(stage()).ok()?;
            Some(ReversalKind::Refund(stage))
        }
        "dispute" => {
            let stage: DisputeStage = serde_json::from_value(stage()).ok()?;
            Some(ReversalKind::Dispute(stage))
        }
        _ => None,
    }
}

/// A reversal as it is stored.
pub(super) fn reversal(reversal: &Reversal) -> Json {
    let (kind, stage) = match reversal.kind {
        ReversalKind::Refund(stage) => ("refund", json!(stage)),
        ReversalKind::Dispute(stage) => ("dispute", json!(stage)),
    };
    json!({"id": reversal.id, "kind": kind, "stage": stage, "minor": reversal.minor})
}

/// The columns of an order that change, by their names.
pub(super) fn columns(order: &Lifecycle) -> Map<String, Json> {
    let session = match &order.state {
        State::Open { session, .. } | State::Pending { session, .. } => Some(session),
        _ => None,
    };
    let (tries, errors) = match order.state {
        State::Created { tries, errors } => (tries, errors),
        _ => (0, 0),
    };
    let looks = match order.state {
        State::Open { looks, .. } => looks,
        _ => 0,
    };
    let pending_since = match order.state {
        State::Pending { since, .. } => Some(since),
        _ => None,
    };
    let purchase = match &order.state {
        State::Paid(purchase) => Some(purchase),
        _ => None,
    };
    let reversals = purchase.map(|purchase| &purchase.reversals);
    let columns = json!({
        "state": state_name(&order.state), "version": order.version, "tries": tries, "errors": errors, "looks": looks,
        "session_id": session.map(|session| &session.id), "session_url": session.map(|session| &session.url),
        "session_expires_at": session.map(|session| session.expires_at), "pending_since": pending_since,
        "payment": purchase.map(|purchase| &purchase.payment), "paid_at": purchase.map(|purchase| purchase.paid_at),
        "receipt_url": purchase.and_then(|purchase| purchase.receipt_url.as_ref()),
        "is_disputed": u8::from(reversals.is_some_and(Reversals::is_disputed)),
        "is_in_dispute": u8::from(reversals.is_some_and(Reversals::has_open_dispute)),
        "target": order.clawback_target(), "reversed_minor": reversals.map_or(0, |reversals| reversals.reversed(order.price.minor)),
        "due_at": order.due_at,
    });
    match columns {
        Json::Object(columns) => columns,
        _ => Map::new(),
    }
}

const fn state_name(state: &State) -> &'static str {
    match state {
        State::Created { .. } => "created",
        State::Open { .. } => "open",
        State::Pending { .. } => "pending",
        State::Paid(_) => "paid",
        State::Failed => "failed",
        State::Expired => "expired",
    }
}
