//! Offers and orders in JSON.

use serde::Serialize;

use super::Time;
use crate::domain::credits::Credits;
use crate::domain::id::{AccountId, OrderId, PackageId};
use crate::domain::money::{Currency, Money};
use crate::domain::order::{Offer, Purchase, Reversal, ReversalKind, State, Status};
use crate::service::{Order, RevenueLine};

/// An amount of money, tax included.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Money"))]
pub(in crate::http) struct MoneyView {
    /// The currency's ISO 4217 code, in lower case.
    currency: &'static str,
    /// The amount in the currency's minor unit: cents, or yen.
    minor: u64,
    /// The amount for people, such as `5.00 USD`.
    text: String,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self {
            currency: money.currency.as_str(),
            minor: money.minor,
            text: money.to_string(),
        }
    }
}

/// Credits that are sold together.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Offer"))]
pub(in crate::http) struct SoldOffer {
    /// The offer's id, for `POST /v1/checkout`.
    id: String,
    /// Its name.
    name: String,
    /// How many credits.
    credits: Credits,
    /// The price in each currency that can be paid in; the first is the default.
    prices: Vec<MoneyView>,
    /// How many days the credits last; null: for good.
    expires_after_days: Option<u32>,
    /// Whether it is shown as the one to choose.
    is_highlighted: bool,
}

impl From<&Offer> for SoldOffer {
    fn from(offer: &Offer) -> Self {
        Self {
            id: offer.id.clone(),
            name: offer.name.clone(),
            credits: offer.credits,
            prices: offer.prices.iter().copied().map(Into::into).collect(),
            expires_after_days: offer.days,
            is_highlighted: offer.is_highlighted,
        }
    }
}

/// A purchase of credits.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Order"))]
pub(in crate::http) struct OrderView {
    /// The order's id.
    pub(in crate::http) id: OrderId,
    /// Where it is.
    pub(in crate::http) status: Status,
    /// The id of the offer.
    offer: String,
    /// The offer's name, when it was ordered.
    name: String,
    /// The credits that were ordered.
    credits: Credits,
    /// The price.
    price: MoneyView,
    /// When it was made.
    created_at: Time,
    /// When it last changed.
    updated_at: Time,
    /// When the payment arrived; null until then.
    paid_at: Option<Time>,
    /// Where to pay, as long as that can be done; else null.
    url: Option<String>,
    /// The package of its credits, once they are granted.
    package: Option<PackageId>,
    /// The processor's payment receipt, once known.
    receipt_url: Option<String>,
    /// How much money went back.
    refunded: MoneyView,
    /// The credits that were taken back with it.
    credits_taken_back: Credits,
    /// The credits that could not be taken back, since they were used or are reserved.
    shortage: Credits,
    /// Whether what was paid does not fit the order, so that an operator has to put it right.
    needs_help: bool,
}

impl From<&Order> for OrderView {
    fn from(order: &Order) -> Self {
        let row = &order.row;
        let terms = &row.terms;
        let purchase = purchase(order);
        let url = match &row.lifecycle.state {
            State::Open { session, .. } => Some(session.url.clone()),
            _ => None,
        };
        Self {
            id: row.id,
            status: row.lifecycle.status(),
            offer: terms.offer.clone(),
            name: terms.name.clone(),
            credits: terms.credits,
            price: terms.price.into(),
            created_at: Time(row.lifecycle.created_at),
            updated_at: Time(row.updated_at),
            paid_at: purchase.map(|purchase| Time(purchase.paid_at)),
            url,
            package: row.package,
            receipt_url: purchase.and_then(|purchase| purchase.receipt_url.clone()),
            refunded: money(reversed(order), terms.price.currency),
            credits_taken_back: order.taken,
            shortage: order.shortage,
            needs_help: row.anomaly.is_some() && purchase.is_none(),
        }
    }
}

fn purchase(order: &Order) -> Option<&Purchase> {
    match &order.row.lifecycle.state {
        State::Paid(purchase) => Some(purchase),
        _ => None,
    }
}

fn reversed(order: &Order) -> u64 {
    let paid = order.row.terms.price.minor;
    purchase(order).map_or(0, |purchase| purchase.reversals.reversed(paid))
}

fn money(minor: u64, currency: Currency) -> MoneyView {
    MoneyView::from(Money { minor, currency })
}

/// A page of orders.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Orders {
    /// Newest first.
    pub(in crate::http) orders: Vec<OrderView>,
    /// The `cursor` of the next page; null on the last one.
    pub(in crate::http) next_cursor: Option<OrderId>,
}

/// A purchase, as an operator sees it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AdminOrder"))]
pub(in crate::http) struct AdminOrderView {
    #[serde(flatten)]
    order: OrderView,
    /// Whose it is.
    account: AccountId,
    /// Who takes the money.
    processor: String,
    /// Whether real money moves.
    is_live: bool,
    /// The processor's id of the checkout session, once known.
    session: Option<String>,
    /// The processor's id of the payment, once it arrived.
    payment: Option<String>,
    /// Something that must not happen to it, and did; null if nothing.
    anomaly: Option<String>,
    /// What its unspent credits cost: so much can be refunded without a loss.
    refundable: MoneyView,
    /// Its refunds and disputes.
    reversals: Vec<ReversalView>,
}

/// A refund or a dispute.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Reversal"))]
struct ReversalView {
    /// The processor's id of it.
    id: String,
    /// `refund` or `dispute`.
    kind: &'static str,
    /// Where it is, such as `succeeded` or `withdrawn`.
    stage: String,
    /// How much.
    amount: MoneyView,
}

impl AdminOrderView {
    pub(in crate::http) fn new((order, unspent): &(Order, u64)) -> Self {
        let row = &order.row;
        let currency = row.terms.price.currency;
        let purchase = purchase(order);
        let reversals = purchase.into_iter().flat_map(|it| it.reversals.iter());
        Self {
            order: OrderView::from(order),
            account: row.account,
            processor: row.terms.processor.clone(),
            is_live: row.terms.is_live,
            session: row.session.as_ref().map(|session| session.id.clone()),
            payment: purchase.map(|purchase| purchase.payment.clone()),
            anomaly: row.anomaly.clone(),
            refundable: money(*unspent, currency),
            reversals: reversals
                .map(|reversal| {
                    let (kind, stage) = told(reversal);
                    ReversalView {
                        id: reversal.id.clone(),
                        kind,
                        stage,
                        amount: money(reversal.minor, currency),
                    }
                })
                .collect(),
        }
    }
}

/// The kind of a reversal, and its stage, in words.
fn told(reversal: &Reversal) -> (&'static str, String) {
    let name = |stage: serde_json::Result<serde_json::Value>| {
        let stage = stage.unwrap_or_default();
        stage.as_str().unwrap_or_default().to_owned()
    };
    match reversal.kind {
        ReversalKind::Refund(stage) => ("refund", name(serde_json::to_value(stage))),
        ReversalKind::Dispute(stage) => ("dispute", name(serde_json::to_value(stage))),
    }
}

/// A page of orders of all accounts.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AdminOrders"))]
pub(in crate::http) struct AdminOrdersView {
    /// Newest first.
    pub(in crate::http) orders: Vec<AdminOrderView>,
    /// The `cursor` of the next page; null on the last one.
    pub(in crate::http) next_cursor: Option<OrderId>,
}

/// What was sold in a month, in one currency, and what has become of it by now. All amounts are before fees.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "RevenueLine"))]
struct RevenueLineView {
    /// The month of the payments, in UTC, such as `2026-11`.
    month: String,
    /// The currency.
    currency: String,
    /// What was paid.
    sold: MoneyView,
    /// What of that went back since.
    refunded: MoneyView,
    /// The credits that were sold.
    credits_sold: Credits,
    /// What those of them cost that were spent since.
    earned: MoneyView,
    /// What those of them cost that can still be used.
    owed: MoneyView,
    /// What those of them cost that expired unused.
    expired: MoneyView,
}

/// What was sold, by month.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::http) struct Revenue {
    /// Newest first.
    months: Vec<RevenueLineView>,
}

impl Revenue {
    /// Currencies that are not known any more are left out: no order can have one.
    pub(in crate::http) fn new(lines: Vec<RevenueLine>) -> Self {
        let line = |line: RevenueLine| {
            let currency = Currency::parse(&line.currency).ok()?;
            Some(RevenueLineView {
                month: line.month,
                sold: money(line.sold, currency),
                refunded: money(line.refunded, currency),
                credits_sold: line.credits_sold,
                earned: money(line.earned, currency),
                owed: money(line.owed, currency),
                expired: money(line.expired, currency),
                currency: line.currency,
            })
        };
        let months = lines.into_iter().filter_map(line).collect();
        Self { months }
    }
}

/// Orders as RFC 4180 has it, with a header line.
pub(in crate::http) fn orders_csv(orders: &[(Order, u64)]) -> String {
    let header = "order,created_at,paid_at,account,processor,payment,offer,credits,currency,price,refunded,status,live\r\n";
    let amount = |minor, currency| {
        let text = Money { minor, currency }.to_string();
        text.split(' ').next().unwrap_or_default().to_owned()
    };
    let rows = orders.iter().map(|(order, _)| {
        let row = &order.row;
        let (terms, purchase) = (&row.terms, purchase(order));
        let currency = terms.price.currency;
        let status = serde_json::to_value(row.lifecycle.status()).unwrap_or_default();
        let cells = [
            row.id.to_string(),
            row.lifecycle.created_at.to_string(),
            purchase
                .map(|it| it.paid_at.to_string())
                .unwrap_or_default(),
            row.account.to_string(),
            terms.processor.clone(),
            purchase.map(|it| it.payment.clone()).unwrap_or_default(),
            terms.offer.clone(),
            terms.credits.to_string(),
            currency.as_str().to_ascii_uppercase(),
            amount(terms.price.minor, currency),
            amount(reversed(order), currency),
            status.as_str().unwrap_or_default().to_owned(),
            terms.is_live.to_string(),
        ];
        cells.map(quoted).join(",") + "\r\n"
    });
    std::iter::once(header.to_owned()).chain(rows).collect()
}

/// A cell, quoted where it has to be.
fn quoted(cell: String) -> String {
    if cell.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell
}
